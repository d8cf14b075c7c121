"""Checkerboards: what transposed convolutions leave in reconstructions, at period 2."""

import numpy as np
import torch
import xarray as xr
from torch import Tensor

from labcode import checks, data, runs
from labcode.runs.measured import measured
from labcode.scores.metrics import mse
from labcode.scores.reconstruction import through
from labcode.training.networks import ModelSpec, RunSpec

ABOUT = {"units": "1", "long_name": "power at period 2 / beside it"}
FIRST_WEIGHTS, SEEN = 5, 200


def checkerboard(images: Tensor) -> float:
    """Power at period 2, along rows or columns, over the power at the next longer period.

    Smooth images have at most about 1; a checkerboard has more.

    Parameters
    ----------
    images : Tensor, shape (n, 1, height, width)
        Reconstructions; height and width are even.
    """
    checks.images(images)
    checks.even_sides(images)
    checks.not_black("sets of images", images.flatten()[None])
    power = torch.fft.fft2(images[:, 0]).abs().square().mean(0)
    row, column = power.shape[0] // 2, power.shape[1] // 2
    at_two = power[row].sum() + power[:, column].sum()
    beside = power[row - 1].sum() + power[:, column - 1].sum()
    return (at_two / beside).item()


@measured
def reconstruction_checkerboard(network: RunSpec, images: int) -> xr.Dataset:
    """`mse` per pixel, and `checkerboard` of reconstructions, on the last so many training images.

    The same quantity as `untrained_checkerboard` and `images_checkerboard`, so that the three can
    be compared.
    """
    checks.counts(images=images)
    x = data.images_of(network.data, "train").pixels[-images:]
    restored = through(runs.model_of(runs.get(network)), x)
    about = {"units": "squared pixel units", "long_name": "validation MSE per pixel"}
    return xr.Dataset(
        {
            "mse": ((), mse(x, restored).mean().item(), about),
            "checkerboard": ((), checkerboard(restored[:SEEN]), ABOUT),
        }
    )


@measured
def images_checkerboard(images: int) -> xr.DataArray:
    """`checkerboard` of the first 200 of the last so many training images themselves."""
    checks.counts(images=images)
    return xr.DataArray(
        checkerboard(data.fashion_mnist("train").pixels[-images:][:SEEN]), attrs=ABOUT
    )


@measured
def untrained_checkerboard(model: ModelSpec, images: int) -> xr.DataArray:
    """Median over first weights, of the reconstructions, which have no other fine structure.

    Parameters
    ----------
    model : ModelSpec
    images : int
        The first 200 of the last so many training images.
    """
    checks.counts(images=images)
    x = data.fashion_mnist("train").pixels[-images:][:SEEN]
    ratios = []
    for seed in range(FIRST_WEIGHTS):
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            ratios.append(checkerboard(through(model.build().eval(), x)))
    return xr.DataArray(float(np.median(ratios)), attrs=ABOUT)
