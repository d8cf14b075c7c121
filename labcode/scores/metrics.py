"""Scores of reconstructions and subspaces."""

import numpy as np
import torch
from scipy import linalg
from torch import Tensor

from labcode import checks


def mse(x: Tensor, reconstruction: Tensor) -> Tensor:
    """Mean squared error of each image, averaged over its pixels.

    Parameters
    ----------
    x : Tensor, shape (n, ...)
        Images, with pixels from 0 to 1.
    reconstruction : Tensor, same shape
        Its pixels may lie outside [0, 1].

    Returns
    -------
    Tensor, shape (n,)
        In squared pixel units; 0 for equal images.

    Raises
    ------
    TypeError
        If one of the two is no tensor.
    ValueError
        If their shapes differ, or the pixels of `x` are not from 0 to 1.
    """
    checks.alike(x, reconstruction)
    checks.pixels(x)
    return mean_square(x - reconstruction)


def mean_square(difference: Tensor) -> Tensor:
    """Mean of the squared numbers of each item of a batch, shape (n,).

    Parameters
    ----------
    difference : Tensor, shape (n, ...)
        Of images, or of anything else.
    """
    checks.items(difference)
    return (difference**2).flatten(1).mean(1)


def psnr(mean_squared_error: Tensor | float) -> Tensor:
    """Peak signal-to-noise ratio in decibels, -10 log10(MSE), of pixels in [0, 1].

    The PSNR of a mean MSE is not the mean of PSNRs: by Jensen's inequality it is smaller.
    The book takes the PSNR of the mean, unless it says otherwise.

    Raises
    ------
    ValueError
        If an MSE is negative or not a number.
    """
    errors = torch.as_tensor(mean_squared_error, dtype=torch.float64)
    if not (errors >= 0).all():
        raise ValueError(f"a mean squared error is 0 or more, and this is {mean_squared_error}.")
    return -10 * torch.log10(errors)


def binary_accuracy(x: Tensor, reconstruction: Tensor) -> float:
    """Keras's `accuracy` of images: rounded reconstructions compared with grey targets.

    Parameters
    ----------
    x, reconstruction : Tensor, shape (n, ...)

    Returns
    -------
    float
        Share of equal pixels, 0 to 1.
    """
    checks.alike(x, reconstruction)
    checks.items(x)
    return ((reconstruction > 0.5).to(x.dtype) == x).double().mean().item()


def ssim(x: Tensor, reconstruction: Tensor) -> Tensor:
    """Structural similarity of each pair of images with pixels in [0, 1].

    Parameters
    ----------
    x, reconstruction : Tensor, shape (n, 1, height, width)
        At least 11 pixels high and wide; pixels of `x` from 0 to 1.

    Returns
    -------
    Tensor, shape (n,)
        At most 1, for equal images.

    Raises
    ------
    TypeError
        If one of the two is no tensor.
    ValueError
        If their shapes differ or are too small, or the pixels of `x` are not from 0 to 1.

    Notes
    -----
    Wang, Bovik, Sheikh and Simoncelli (2004), equation 13: Gaussian window of standard deviation
    1.5 over 11 x 11 pixels, K1 = 0.01, K2 = 0.03, averaged over the windows that lie inside.
    """
    checks.alike(x, reconstruction)
    checks.pixels(x)
    if x.ndim != 4 or min(x.shape[2:]) < 11:
        raise ValueError(
            "SSIM compares images of shape (n, 1, height, width), at least 11 x 11 pixels, and "
            f"got {tuple(x.shape)}."
        )
    rows, columns = (_windows(side, x) for side in x.shape[2:])

    def local_mean(image: Tensor) -> Tensor:
        return rows @ image @ columns.T

    mean_x, mean_y = local_mean(x), local_mean(reconstruction)
    variance_x = local_mean(x * x) - mean_x**2
    variance_y = local_mean(reconstruction * reconstruction) - mean_y**2
    covariance = local_mean(x * reconstruction) - mean_x * mean_y
    c1, c2 = 0.01**2, 0.03**2
    similarity = ((2 * mean_x * mean_y + c1) * (2 * covariance + c2)) / (
        (mean_x**2 + mean_y**2 + c1) * (variance_x + variance_y + c2)
    )
    return similarity.flatten(1).mean(1)


def _windows(side: int, like: Tensor) -> Tensor:
    """Gaussian weighted means over the windows of 11 that fit in a side, (side - 10, side).

    A matrix for each axis: on small images far faster than a convolution of one channel.
    """
    offsets = torch.arange(-5, 6, dtype=like.dtype, device=like.device)
    profile = torch.exp(-(offsets**2) / (2 * 1.5**2))
    weights = like.new_zeros(side - 10, side)
    for window in range(side - 10):
        weights[window, window : window + 11] = profile / profile.sum()
    return weights


def principal_angles(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Principal angles in radians between two column spaces, the largest first.

    Parameters
    ----------
    a, b : ndarray, shapes (d, k) and (d, j)

    Returns
    -------
    ndarray, shape (min(k, j),)
        Between 0 (a common direction) and pi/2. Computed by SciPy after Knyazev and Argentati
        (2002), which is accurate for small angles too.
    """
    checks.column_spaces(a, b)
    return np.asarray(linalg.subspace_angles(a, b))
