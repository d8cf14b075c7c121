"""Sparse codes for orthonormal atoms, where they are known in closed form.

Atoms are the columns of D, shape (d, k), with D'D = I, and a = D'x are a point's plain code. For
other dictionaries the same problems need iterations, and the second is hard in general.
"""

import numpy as np

from labcode.theory import checks


def soft_threshold(a: np.ndarray, penalty: float) -> np.ndarray:
    """The z that makes |x - D z|^2 + penalty |z|_1 least: a, moved towards 0 by penalty / 2.

    Source: Donoho and Johnstone (1994).

    Parameters
    ----------
    a : ndarray, shape (n, k)
        Plain codes D'x.
    penalty : float
        At least 0.

    Returns
    -------
    ndarray, shape (n, k)
    """
    checks.numbers(a=a)
    checks.not_negative(penalty=penalty)
    return np.sign(a) * np.maximum(np.abs(a) - penalty / 2, 0)


def largest(a: np.ndarray, active: int) -> np.ndarray:
    """The z with at most so many entries that makes |x - D z|^2 least: a's largest, unchanged.

    Parameters
    ----------
    a : ndarray, shape (n, k)
        Plain codes D'x.
    active : int
        From 1 to k. Of equal sizes the first is kept.

    Returns
    -------
    ndarray, shape (n, k)
    """
    checks.numbers(a=a)
    checks.whole(1, active=active)
    kept = np.argsort(-np.abs(a), axis=1, kind="stable")[:, :active]
    z = np.zeros_like(a, dtype=float)
    np.put_along_axis(z, kept, np.take_along_axis(a, kept, 1), 1)
    return z
