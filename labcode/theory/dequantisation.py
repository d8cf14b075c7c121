r"""Nats that can be compared: densities of pixels that have only 256 grey levels.

A density of 8-bit pixels has no upper bound: it can be a spike on each level. Noise between the
levels makes it a bound on a probability (Theis, van den Oord and Bethge, 2016, section 3.1).
"""

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from labcode.theory import checks

LEVELS = 256


def dequantised(x: ArrayLike, noise: ArrayLike) -> np.ndarray:
    """Pixels spread evenly over the cells of their grey levels, in [0, 1).

    Parameters
    ----------
    x : array_like
        Grey levels over 255, from 0 to 1.
    noise : array_like, same shape
        Uniform on [0, 1).
    """
    checks.matching(x=x, noise=noise)
    x, noise = np.asarray(x, dtype=np.float64), np.asarray(noise, dtype=np.float64)
    return np.asarray((x * (LEVELS - 1) + noise) / LEVELS)


def dequantised_moments(mean: ArrayLike, covariance: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    r"""Mean and covariance of dequantised pixels from those of the pixels, without a draw.

    Each pixel becomes :math:`(255 x + u) / 256` with an independent uniform :math:`u` of mean 1/2
    and variance 1/12.

    Parameters
    ----------
    mean : array_like, shape (d,)
    covariance : array_like, shape (d, d)
    """
    checks.shapes({}, ("mean", mean, "d"), ("covariance", covariance, "dd"))
    mean, covariance = np.asarray(mean, dtype=float), np.asarray(covariance, dtype=float)
    shrunk = (LEVELS - 1) / LEVELS
    between = np.eye(len(mean)) / (12 * LEVELS**2)
    return shrunk * mean + 0.5 / LEVELS, shrunk**2 * covariance + between


def bits_per_dimension(log_likelihood: ArrayLike, d: int) -> Any:
    r"""Bits a pixel that a code of the grey levels takes, from a density of dequantised pixels.

    :math:`-\log p / (d \ln 2) + 8`: a density of pixels in [0, 1] is 256 times as large as one of
    levels. For dequantised pixels it bounds what the discrete model takes from above, and cannot
    be below 0 on average; for the levels themselves, as they are, it can.

    Parameters
    ----------
    log_likelihood : array_like
        In nats an image.
    d : int
        Pixels of an image.
    """
    checks.numbers(log_likelihood=log_likelihood)
    checks.whole(1, d=d)
    nats = np.asarray(log_likelihood, dtype=np.float64)
    return math.log2(LEVELS) - nats / (d * math.log(2))
