"""Principal component analysis, written so that each of its theorems can be asked for a number."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from labcode.theory import checks


@dataclass(frozen=True, eq=False)
class PCA:
    r"""Mean, eigenvalues and components of a data set: all that PCA knows of it.

    Made by `fit` from data or by `from_moments` from a mean and a covariance.

    Attributes
    ----------
    mean : ndarray, shape (d,)
        :math:`\mu`. Zero if the analysis is of the second moment (see `uncentred`).
    eigenvalues : ndarray, shape (d,)
        :math:`l_1 \ge \dots \ge l_d \ge 0` of the covariance, which divides by :math:`N`
        (scikit-learn divides by :math:`N - 1`). :math:`l_i` is the variance of the data along
        component :math:`i`, in squared pixel units.
    components : ndarray, shape (d, d)
        :math:`U`: column :math:`i` is the unit eigenvector that belongs to :math:`l_i`. An
        eigenvector's sign is free; here the entry of largest magnitude is positive, as in
        scikit-learn. Where eigenvalues are equal, only the span of their components means
        anything.
    """

    mean: np.ndarray
    eigenvalues: np.ndarray
    components: np.ndarray

    @cached_property
    def covariance(self) -> np.ndarray:
        r""":math:`S = U \operatorname{diag}(l)\, U^\top`, shape (d, d)."""
        return np.asarray((self.components * self.eigenvalues) @ self.components.T)

    def project(self, x: ArrayLike, k: int) -> np.ndarray:
        r"""Codes :math:`U_k^\top (x - \mu)`: the coordinates along the first k components.

        Parameters
        ----------
        x : array_like, shape (n, d)
        k : int
            Code size, 0 to d.

        Returns
        -------
        ndarray, shape (n, k)
            On the data that PCA was fitted to, column :math:`i` has mean 0 and variance
            :math:`l_i`, and the columns are uncorrelated.
        """
        centred = _rows(x, len(self.mean)) - self.mean
        return np.asarray(centred @ self.components[:, : self._checked(k)])

    def reconstruct(self, x: ArrayLike, k: int, *, clip: bool = False) -> np.ndarray:
        r"""The orthogonal projection :math:`\mu + U_k U_k^\top (x - \mu)`.

        Parameters
        ----------
        x : array_like, shape (n, d)
        k : int
            Code size, 0 to d. With 0 every reconstruction is the mean.
        clip : bool
            Clip to [0, 1]. If the data lie in [0, 1] this can only lower the error: clipping
            projects on a convex set that holds x. It is the fair rival of a network that ends
            in a sigmoid.

        Returns
        -------
        ndarray, shape (n, d)
        """
        reconstruction = self.mean + self.project(x, k) @ self.components[:, :k].T
        return np.clip(reconstruction, 0.0, 1.0) if clip else np.asarray(reconstruction)

    def floor(self, k: int) -> float:
        r"""The smallest mean of :math:`|x - \hat x|^2` that any affine map of rank k leaves.

        It is :math:`l_{k+1} + \dots + l_d`, on the data that PCA was fitted to. The theorem of
        Eckart and Young (1936), which Mirsky (1960) carried to every unitarily invariant norm,
        asks nothing of the data. The minimiser is unique if and only if
        :math:`l_k > l_{k+1}` (as a map of the data: where the data have no variance, a map may
        do as it likes).

        Parameters
        ----------
        k : int
            Code size, 0 to d.

        Returns
        -------
        float
            Per image, summed over pixels, in squared pixel units.
        """
        return float(self.eigenvalues[self._checked(k) :].sum())

    def floor_per_pixel(self, k: int) -> float:
        """`floor` divided by d: what `torch.nn.functional.mse_loss` cannot go below."""
        return self.floor(k) / len(self.mean)

    def uncentred(self) -> "PCA":
        r"""The same analysis of the second moment, with mean zero.

        The second moment is :math:`\mathbb{E}[x x^\top] = S + \mu \mu^\top`. Its analysis is what
        a linear autoencoder without biases reaches on data that nobody centred: the best linear
        map of rank k in place of the best affine one. Its eigenvalues :math:`m_i` and those of
        :math:`S` interlace, :math:`m_1 \ge l_1 \ge m_2 \ge l_2 \ge \dots`, because
        :math:`\mu \mu^\top` has rank one and is positive.
        """
        second_moment = self.covariance + np.outer(self.mean, self.mean)
        return from_moments(np.zeros_like(self.mean), second_moment)

    def _checked(self, k: int) -> int:
        checks.whole(0, len(self.mean), k=k)
        if not 0 <= k <= len(self.mean):
            raise ValueError(
                f"k = {k} components: the data have {len(self.mean)} dimensions, so k must be "
                f"between 0 and {len(self.mean)}."
            )
        return k


def fit(x: ArrayLike) -> PCA:
    """PCA of a data set, by the eigenvectors of its covariance.

    Parameters
    ----------
    x : array_like, shape (n, d)
        One row an image. Computed in double precision.

    Returns
    -------
    PCA
        The covariance divides by n.

    Raises
    ------
    ValueError
        If `x` is not a table with at least one row, or holds a number that is not finite.

    Notes
    -----
    The covariance has the squares of the data's singular values, so a direction with less than
    about 1e-8 of the largest standard deviation is lost to rounding. It costs
    :math:`n d^2` multiplications and one eigendecomposition of :math:`d^3`: much less than an
    SVD of tall data.
    """
    rows = _rows(x)
    mean = rows.mean(axis=0)
    centred = rows - mean
    return from_moments(mean, centred.T @ centred / len(rows))


def from_moments(mean: ArrayLike, covariance: ArrayLike) -> PCA:
    """PCA of any data that have this mean and this covariance.

    Parameters
    ----------
    mean : array_like, shape (d,)
    covariance : array_like, shape (d, d)
        Symmetric, positive semidefinite. Eigenvalues below zero by no more than rounding
        become zero.

    Raises
    ------
    ValueError
        If the shapes disagree or the matrix is no covariance.
    """
    checks.shapes({}, ("mean", mean, "d"), ("covariance", covariance, "dd"))
    mu, s = np.asarray(mean, dtype=np.float64), np.asarray(covariance, dtype=np.float64)
    if mu.ndim != 1 or s.shape != (len(mu), len(mu)):
        raise ValueError(
            f"a mean of shape (d,) and a covariance of shape (d, d) are needed, and got "
            f"{mu.shape} and {s.shape}."
        )
    scale = np.abs(s).max(initial=0.0)
    if not np.isfinite(scale) or not np.isfinite(mu).all():
        raise ValueError("the mean or the covariance holds a number that is not finite.")
    if np.abs(s - s.T).max(initial=0.0) > 1e-10 * scale:
        raise ValueError("a covariance is symmetric, and this matrix is not.")
    eigenvalues, components = np.linalg.eigh(s)
    eigenvalues, components = eigenvalues[::-1], components[:, ::-1]
    if eigenvalues[-1] < -1e-10 * scale:
        raise ValueError(
            f"a covariance has no negative eigenvalue, and this matrix has {eigenvalues[-1]:g}."
        )
    largest = np.abs(components).argmax(axis=0)
    signs = np.where(components[largest, np.arange(len(mu))] < 0.0, -1.0, 1.0)
    return PCA(mu, np.maximum(eigenvalues, 0.0), components * signs)


def _rows(x: ArrayLike, width: int | None = None) -> np.ndarray:
    checks.reals(data=x)
    rows = np.asarray(x, dtype=np.float64)
    if rows.ndim != 2 or len(rows) == 0 or rows.shape[1] != (width or rows.shape[1]):
        raise ValueError(
            f"PCA takes a table of shape (n, {width or 'd'}) with one row an image, and got shape "
            f"{rows.shape}. Flatten images first, for example x.reshape(len(x), -1)."
        )
    if not np.isfinite(rows).all():
        raise ValueError("the data hold a number that is not finite (NaN or infinity).")
    return rows
