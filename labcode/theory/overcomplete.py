"""A linear autoencoder with a code as large as its input: what gradient descent makes of it.

Such a network can give back everything: A = I is among its optima. Which optimum training takes
is decided by where it starts, since no gradient leads out of the span of the training inputs.
Source: Radhakrishnan, Belkin and Uhler (2020), and Zhang, Bengio, Hardt, Mozer and Singer (2020).
"""

import numpy as np

from labcode.theory import checks


def span(x: np.ndarray) -> np.ndarray:
    """An orthonormal basis of the span of points, in columns.

    Parameters
    ----------
    x : ndarray, shape (n, d)

    Returns
    -------
    ndarray, shape (d, r)
        r is the rank of `x`, to rounding.
    """
    checks.numbers(x=x)
    _, lengths, directions = np.linalg.svd(np.asarray(x, float), full_matrices=False)
    most = lengths.max(initial=0.0)
    return directions[lengths > most * max(np.shape(x)) * np.finfo(float).eps].T


def limit_of_descent(x: np.ndarray, start: np.ndarray | None = None) -> np.ndarray:
    """Where gradient descent on the sum of |x_i - A x_i|^2 leads, for any small enough step.

    It is A_0 (I - P) + P, with P the projection on the span of the x_i: what A_0 did outside of
    the span stays, and the span itself is given back.

    Parameters
    ----------
    x : ndarray, shape (n, d)
    start : ndarray, shape (d, d), optional
        A_0; 0 if not given, and then the limit is P.

    Returns
    -------
    ndarray, shape (d, d)
    """
    basis = span(x)
    projection = basis @ basis.T
    if start is None:
        return projection
    return start + (np.eye(len(projection)) - start) @ projection
