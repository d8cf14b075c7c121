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


def history(network: runs.Spec, name: str = "train_loss") -> xr.DataArray:
    """What a run kept after each epoch, such as `train_loss`; dimension `epoch`, from 1 on."""
    values = runs.history_of(network)[name].numpy()
    return xr.DataArray(values, dims="epoch", coords={"epoch": np.arange(len(values)) + 1})


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
