"""Training without clean images, in closed form: Noise2Noise and Stein's estimate, both linear.

Data are centred and Gaussian with covariance S; y = x + s n, and R = S + s^2 I is the covariance
of y. All errors are summed over the d coordinates.
"""

import numpy as np
from numpy.typing import ArrayLike

from labcode.theory import checks
from labcode.theory.denoising import wiener_error


def fitted_to_targets(y: ArrayLike, target: ArrayLike) -> np.ndarray:
    """W with the smallest mean |target - W y|^2: least squares without an intercept.

    Parameters
    ----------
    y, target : array_like, shape (n, d)
        Noisy points; and the clean ones, or as well their copies with other noise, whose mean is
        the same (Lehtinen et al., 2018).

    Returns
    -------
    ndarray, shape (d, d)
    """
    checks.table(y=y)
    checks.matching(y=y, target=target)
    y, target = np.asarray(y, dtype=float), np.asarray(target, dtype=float)
    return np.linalg.lstsq(y, target, rcond=None)[0].T


def fitted_by_sure(y: ArrayLike, std: float) -> np.ndarray:
    """W with the smallest Stein's estimate of its error: I - s^2 R^-1, with R the mean of y y'.

    Parameters
    ----------
    y : array_like, shape (n, d), n >= d
        Noisy points, and no others.
    std : float
        s, which has to be known.

    Returns
    -------
    ndarray, shape (d, d)
        With R of all data it is the Wiener filter, since R - s^2 I = S.
    """
    checks.table(y=y)
    checks.positive(std=std)
    y = np.asarray(y, dtype=float)
    return np.eye(y.shape[1]) - std**2 * np.linalg.inv(y.T @ y / len(y))


def excess_with_targets(
    eigenvalues: ArrayLike, std: float, n: int, target_std: float = 0.0
) -> float:
    """What n pairs cost, on average: E |x - W y|^2 of `fitted_to_targets` above the least possible.

    (E + d t^2) d / (n - d - 1), with E the Wiener filter's error and t the noise of the targets.

    Parameters
    ----------
    eigenvalues : array_like, shape (d,)
        Of S, the largest first.
    std, target_std : float
        s > 0 and t >= 0. With t = 0 the targets are clean.
    n : int
        At least d + 2.

    Notes
    -----
    Given y, a target is W y plus a remainder that does not depend on y, of total variance
    E + d t^2; and E (Y'Y)^-1 = R^-1 / (n - d - 1), the mean of an inverse Wishart matrix.
    """
    checks.spectrum(eigenvalues)
    checks.positive(std=std)
    checks.not_negative(target_std=target_std)
    d = len(np.asarray(eigenvalues))
    checks.whole(d + 2, n=n)
    left = wiener_error(eigenvalues, std) + d * target_std**2
    return float(left * d / (n - d - 1))


def excess_by_sure(eigenvalues: ArrayLike, std: float, n: int) -> float:
    """The same of `fitted_by_sure`, which sees each image once.

    Parameters
    ----------
    eigenvalues, std
        As in `excess_with_targets`.
    n : int
        At least d + 4.

    Notes
    -----
    s^4 E tr((Q - R^-1) R (Q - R^-1)) with Q the inverse of the sample's R; n^-1 Q is inverse
    Wishart, whose second moment is that of von Rosen (1988), theorem 3.1.
    """
    checks.spectrum(eigenvalues)
    checks.positive(std=std)
    d = len(np.asarray(eigenvalues))
    checks.whole(d + 4, n=n)
    second = n**2 * (n - 1) / ((n - d) * (n - d - 1) * (n - d - 3))
    spread = second - 2 * n / (n - d - 1) + 1
    return float(std**4 * spread * (1 / (np.asarray(eigenvalues, dtype=float) + std**2)).sum())
