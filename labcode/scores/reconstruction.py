"""How well trained networks give images back, and how they learned to."""

from collections.abc import Callable
from typing import Literal

import numpy as np
import torch
import xarray as xr
from torch import Tensor

from labcode import checks, data, runs
from labcode.runs.measured import measured
from labcode.scores.metrics import mse
from labcode.training.loop import first_epochs
from labcode.training.networks import RunSpec


@measured
def reconstruction_error(
    network: RunSpec, part: Literal["train", "test"] = "test", images: int | None = None
) -> float:
    """MSE per pixel of a trained network on the first images of its data, in evaluation mode.

    Parameters
    ----------
    network : RunSpec
    part : str
        `train` or `test`.
    images : int, optional
        All of them if not given.
    """
    checks.option("part", part, ("train", "test"))
    split = data.load(network.data)
    x = (split.train if part == "train" else split.test).pixels[:images]
    return mse(x, through(runs.model_of(runs.get(network)), x)).mean().item()


@measured
def clipped_error(network: RunSpec) -> float:
    """MSE per pixel on the test images of what a network gives back, clipped to [0, 1].

    For a sigmoid's output it is `reconstruction_error`; for an affine one it may be smaller.
    """
    x = data.load(network.data).test.pixels
    restored = through(runs.model_of(runs.get(network)), x)
    return mse(x, restored.clamp(0, 1)).mean().item()


@measured
def reconstructions(network: RunSpec, images: int) -> xr.DataArray:
    """What a network gives back of the first test images.

    Returns
    -------
    DataArray, dimensions `image`, `row` and `column`
        Not clipped.
    """
    x = data.load(network.data).test.pixels[:images]
    restored = through(runs.model_of(runs.get(network)), x)[:, 0]
    about = {"units": "pixel units", "long_name": "reconstruction"}
    return xr.DataArray(restored.numpy(), dims=("image", "row", "column"), attrs=about)


@measured
def codes(network: RunSpec, images: int) -> xr.DataArray:
    """Codes of the first test images; dimensions `image` and `unit`."""
    x = data.load(network.data).test.pixels[:images]
    found = through(runs.model_of(runs.get(network)).encode, x)
    about = {"units": "1", "long_name": "code"}
    return xr.DataArray(found.numpy(), dims=("image", "unit"), attrs=about)


def best_validation_loss(network: runs.Spec) -> float:
    """The lowest of all epochs, on validation images."""
    return runs.history_of(network)["validation_loss"].min().item()


def history(network: runs.Spec, name: str = "train_loss") -> xr.DataArray:
    """What a run kept after each epoch, such as `train_loss`; dimension `epoch`, from 1 on."""
    return _by_epoch(runs.history_of(network)[name], name)


def live_history(network: runs.Spec, epochs: int, name: str = "train_loss") -> xr.DataArray:
    """The same of the run's first epochs, trained on the spot on the CPU; nothing is kept."""
    with first_epochs(epochs):
        return _by_epoch(network.train("cpu").history[name], name)


def _by_epoch(values: Tensor, name: str) -> xr.DataArray:
    about = {"units": "squared pixel units", "long_name": name.replace("_", " ")}
    epochs = {"epoch": np.arange(len(values)) + 1}
    return xr.DataArray(values.numpy(), epochs, ("epoch",), name, about)


def seconds(network: runs.Spec) -> float:
    """Seconds that a run spent in training, without validation."""
    return runs.history_of(network)["seconds"].sum().item()


@torch.no_grad()
def through(function: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """What a network, its encoder or its decoder makes of many inputs, 1,000 at a time.

    Parameters
    ----------
    function : callable
        From a batch, shape (b, ...), to a batch of as many.
    x : Tensor, shape (n, ...)
    """
    return torch.cat([function(some) for some in x.split(1000)])
