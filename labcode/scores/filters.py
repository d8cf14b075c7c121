"""What the units of a first layer look at, and which maps of a code are dead."""

from typing import Any

import numpy as np
import xarray as xr
from torch import Tensor, nn

from labcode import checks, data, runs
from labcode.runs.measured import measured
from labcode.scores.reconstruction import through
from labcode.training.networks import RunSpec


def locality(filters: np.ndarray, window: int) -> xr.Dataset:
    """How local filters are.

    Parameters
    ----------
    filters : ndarray, shape (n, height, width)
    window : int
        Side of a square, in pixels; a smaller filter is a window itself.

    Returns
    -------
    Dataset
        `weight` (filter, row, column); `share` (filter), of a filter's energy the part inside its
        best window; `pixels` (filter), the participation ratio: how many it effectively uses.
    """
    checks.filters(filters, window)
    energy = filters.astype(float) ** 2
    total = energy.sum((1, 2))
    side = min(window, energy.shape[1])
    windows = np.lib.stride_tricks.sliding_window_view(energy, (side, side), (1, 2))
    share = windows.sum((3, 4)).max((1, 2)) / total
    pixels = total**2 / (energy**2).sum((1, 2))
    return xr.Dataset(
        {
            "weight": (("filter", "row", "column"), filters),
            "share": ("filter", share, {"units": "1", "long_name": "energy in the best window"}),
            "pixels": ("filter", pixels, {"units": "pixels", "long_name": "pixels in use"}),
        },
        {
            name: np.arange(n)
            for name, n in zip(("filter", "row", "column"), filters.shape, strict=True)
        },
    )


def dead_maps(maps: Tensor) -> int:
    """How many maps are 0 at every place of every image.

    A ReLU that never opens has no gradient, so it stays shut: a dead unit.

    Parameters
    ----------
    maps : Tensor, shape (images, maps, places)
        Not negative.
    """
    checks.dimensions("maps", maps, ("images", "maps", "places"))
    checks.not_negative("maps", maps)
    return int((maps.amax((0, 2)) == 0).sum())


@measured
def first_layer(network: RunSpec) -> xr.DataArray:
    """The weights of a trained network's first layer on each unit's image or window.

    Returns
    -------
    DataArray, dimensions `filter`, `row` and `column`
        28 by 28 for a dense layer, the kernel of the first input channel for a convolution.
    """
    layers = runs.model_of(runs.get(network)).encoder.modules()
    layer: Any = next(one for one in layers if isinstance(one, nn.Linear | nn.Conv2d))
    weights = layer.weight.detach()
    shaped = weights.view(-1, 28, 28) if isinstance(layer, nn.Linear) else weights[:, 0]
    dims = ("filter", "row", "column")
    return xr.DataArray(
        shaped.numpy(),
        {name: np.arange(n) for name, n in zip(dims, shaped.shape, strict=True)},
        dims,
        attrs={"long_name": "weight"},
    )


@measured
def dead_code_maps(network: RunSpec, maps: int, images: int) -> float:
    """How many of the maps that a network's code is made of are 0 on the first test images."""
    x = data.fashion_mnist("test").pixels[:images]
    codes = through(runs.model_of(runs.get(network)).encode, x)
    return float(dead_maps(codes.view(len(x), maps, -1)))
