"""From noise to data by a denoiser, and back to an image of which a part is missing.

Both take the denoiser as a function, and compute with arrays of NumPy or of torch alike.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike

from labcode.theory import checks

Array = TypeVar("Array")
Denoiser = Callable[[Array, float], Array]


def noise_levels(high: float, low: float, steps: int, bend: float = 7.0) -> np.ndarray:
    """Strengths of noise from high to low, closer together where they are low; then 0.

    Parameters
    ----------
    high, low : float
        high > low > 0.
    steps : int
        Levels above 0, at least 2.
    bend : float
        rho of Karras et al. (2022), equation 5: 1 is evenly spaced.

    Returns
    -------
    ndarray, shape (steps + 1,)
    """
    checks.positive(low=low, bend=bend)
    checks.positive(range=high - low)
    checks.whole(2, steps=steps)
    even = np.linspace(high ** (1 / bend), low ** (1 / bend), steps)
    return np.append(even**bend, 0.0)


def flow(denoise: Denoiser[Array], y: Array, levels: Sequence[float] | np.ndarray) -> Array:
    """The probability flow dy/ds = (y - r(y, s)) / s, from strong noise to none.

    Parameters
    ----------
    denoise : callable
        r(y, s), the mean of x given y.
    y : array
        At noise of strength levels[0]: s n, if the data are small beside it.
    levels : sequence of float
        Decreasing, the last one 0.

    Returns
    -------
    array
        Of the shape of `y`.

    Notes
    -----
    Heun's method: each step's slope is the mean of those at both of its ends; the last step, whose
    end has no slope, is Euler's. Karras et al. (2022), algorithm 1.
    """
    for s, t in pairwise(float(level) for level in levels):
        slope = (y - denoise(y, s)) / s  # type: ignore[operator]
        ahead = y + (t - s) * slope
        if t:
            slope = (slope + (ahead - denoise(ahead, t)) / t) / 2
            ahead = y + (t - s) * slope
        y = ahead
    return y


def flow_gains(eigenvalues: ArrayLike, levels: Sequence[float] | np.ndarray) -> np.ndarray:
    """What the exact flow multiplies each component of centred Gaussian data by.

    sqrt(l / (l + s^2)), s the first level: so N(0, s^2) becomes N(0, l s^2 / (l + s^2)), which
    tends to the data's N(0, l) as s grows.

    Parameters
    ----------
    eigenvalues : array_like, shape (d,)
    levels
        As in `flow`.
    """
    checks.numbers(eigenvalues=eigenvalues)
    checks.variances(eigenvalues=eigenvalues)
    l = np.asarray(eigenvalues, dtype=float)
    return np.sqrt(l / (l + float(levels[0]) ** 2))


def missing_by_wiener(
    y: ArrayLike, seen: ArrayLike, mean: ArrayLike, covariance: ArrayLike, std: float
) -> np.ndarray:
    """E[x | the pixels that are seen], for Gaussian data: the best repair, linear or not.

    Parameters
    ----------
    y : array_like, shape (n, d)
        x + s n; what stands where nothing is seen does not matter.
    seen : array_like of bool, shape (d,)
        The same pixels in all images, at least one.
    mean, covariance : array_like, shapes (d,) and (d, d)
        mu and S of the data.
    std : float
        s > 0.

    Returns
    -------
    ndarray, shape (n, d)
        mu + S M' (M S M' + s^2 I)^-1 (M y - M mu), with M the rows of I that are seen.
    """
    checks.table(y=y)
    checks.shapes({}, ("covariance", covariance, "dd"), ("mean", mean, "d"), ("seen", seen, "d"))
    checks.positive(std=std)
    y, mean, s = (np.asarray(part, dtype=float) for part in (y, mean, covariance))
    there = np.asarray(seen, dtype=bool)
    own = s[np.ix_(there, there)] + std**2 * np.eye(there.sum())
    return np.asarray(mean + (y - mean)[:, there] @ np.linalg.solve(own, s[there]))


def plug_and_play(
    denoise: Denoiser[Array],
    y: Array,
    seen: Array,
    start: Array,
    levels: Sequence[float] | np.ndarray,
) -> Array:
    """Put the seen pixels back, denoise, repeat: a repair by a denoiser that knows no masks.

    Parameters
    ----------
    denoise : callable
        r(y, s).
    y, seen, start : array
        What is given, 1 where it is seen and 0 elsewhere, and a first guess; shapes that broadcast.
    levels : sequence of float
        s of each round. The last ones should be the noise of y.

    Notes
    -----
    x <- r(x - M'(M x - M y), s): proximal gradient descent, with the denoiser in the place of the
    proximal map (Venkatakrishnan, Bouman and Wohlberg, 2013). The Wiener filter is one, of the
    energy s^2 x' S^-1 x / 2: so for Gaussian data rounds at the noise of y end at
    `missing_by_wiener`.
    """
    x = start
    for level in levels:
        x = denoise(x + seen * (y - x), float(level))  # type: ignore[operator]
    return x
