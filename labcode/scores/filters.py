"""What the units of a first layer look at, and which maps of a code are dead."""

import numpy as np
import xarray as xr
from torch import Tensor


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
    return int((maps.amax((0, 2)) == 0).sum())
