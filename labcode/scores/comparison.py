"""Images beside what became of them: scores image by image, and their means."""

from collections.abc import Sequence

import numpy as np
import torch
import xarray as xr
from numpy.typing import ArrayLike
from torch import Tensor

from labcode import checks
from labcode.scores.metrics import mse, psnr, ssim

BATCH = 500


def image_scores(x: Tensor, changed: Tensor) -> xr.Dataset:
    """MSE and SSIM of each image.

    Parameters
    ----------
    x : Tensor, shape (n, 1, height, width)
        With pixels from 0 to 1.
    changed : Tensor, same shape
        Reconstructions or damaged copies; their pixels may lie outside [0, 1].

    Returns
    -------
    Dataset, dimension `image`
        `mse` per pixel, in squared pixel units, and `ssim`.
    """
    checks.images(x)
    checks.alike(x, changed)
    # In slices, which is several times faster than all at once.
    pairs = list(zip(x.split(BATCH), changed.split(BATCH), strict=True))
    errors, similarities = (torch.cat([score(*pair) for pair in pairs]) for score in (mse, ssim))
    about = {"units": "squared pixel units", "long_name": "MSE per pixel"}
    return xr.Dataset(
        {
            "mse": ("image", errors.numpy(), about),
            "ssim": ("image", similarities.numpy(), {"units": "1", "long_name": "SSIM"}),
        }
    )


def means(scores: xr.Dataset) -> xr.Dataset:
    """Means of `mse` and `ssim` over the dimension `image`, and `psnr`, that of the mean MSE."""
    found = scores[["mse", "ssim"]].astype(float).mean("image", keep_attrs=True)
    return found.assign(psnr=decibels(found.mse))


def decibels(error: xr.DataArray) -> xr.DataArray:
    """PSNR in decibels of each MSE, as `labcode.scores.metrics.psnr` defines it."""
    found = xr.apply_ufunc(lambda values: psnr(torch.as_tensor(values)).numpy(), error)
    return found.assign_attrs(units="dB", long_name="PSNR")


def at_shares(values: ArrayLike, shares: Sequence[float]) -> np.ndarray:
    """The places of the values that stand at these shares of the order, the smallest at 0.

    Parameters
    ----------
    values : array_like, shape (n,)
    shares : sequence of float, from 0 to 1

    Examples
    --------
    >>> at_shares([3.0, 1.0, 2.0], [0, 0.5, 1]).tolist()
    [1, 2, 0]
    """
    checks.order(values, shares)
    order = np.argsort(values, kind="stable")
    return order[[round(share * (len(order) - 1)) for share in shares]]
