r"""What a code of signs can give back of Gaussian points.

An autoencoder :math:`x \mapsto B \operatorname{sign}(A x)` of points :math:`x \sim N(0, I_d)`, with
a code of :math:`k` signs: one bit each. Source: Shevchenko et al. (2023).
"""

import numpy as np
from numpy.typing import ArrayLike


def least_error(rate: float) -> float:
    r"""The least squared error a coordinate, :math:`1 - 2 r / \pi`.

    Parameters
    ----------
    rate : float
        :math:`r = k / d`, above 0 and at most 1.

    Raises
    ------
    ValueError
        If the rate is another: above 1 the least error has no such form.
    """
    if not 0 < rate <= 1:
        raise ValueError(f"rate {rate}: the closed form is for rates above 0, up to 1.")
    return 1 - 2 * rate / np.pi


def error_of(encoder: ArrayLike) -> float:
    r"""The squared error a coordinate with the best decoder for an encoder.

    With :math:`G` the cosines between the rows of :math:`A`, it is
    :math:`1 - \operatorname{tr}(G \arcsin(G)^{-1}) / d`, where arcsin is taken of each entry: by
    :math:`E[x \operatorname{sign}(a \cdot x)] = \sqrt{2 / \pi}\, a / |a|` and Sheppard's formula,
    :math:`E[\operatorname{sign}(a \cdot x) \operatorname{sign}(b \cdot x)] = (2 / \pi)
    \arcsin \cos(a, b)`.

    Parameters
    ----------
    encoder : array_like, shape (k, d)
        A; no row is zero, and no two are parallel.
    """
    rows = np.asarray(encoder, dtype=float)
    rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    cosines = (rows @ rows.T).clip(-1, 1)
    np.fill_diagonal(cosines, 1.0)
    return float(1 - np.trace(np.linalg.solve(np.arcsin(cosines), cosines)) / rows.shape[1])
