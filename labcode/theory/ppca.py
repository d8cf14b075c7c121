r"""Probabilistic PCA (Tipping and Bishop, 1999): what a linear VAE must reach, in closed form.

The model: :math:`z \sim \mathcal{N}(0, I)` in :math:`k` dimensions, and :math:`x = W z + \mu + e`
with :math:`e \sim \mathcal{N}(0, v I)` in :math:`d` dimensions.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from labcode.theory import checks
from labcode.theory.pca import PCA


@dataclass(frozen=True, eq=False)
class ProbabilisticPCA:
    r"""A Gaussian with covariance :math:`C = W W^\top + v I`.

    Attributes
    ----------
    mean : ndarray, shape (d,)
    weights : ndarray, shape (d, k)
        :math:`W`.
    variance : float
        :math:`v > 0`, in squared pixel units.
    """

    mean: np.ndarray
    weights: np.ndarray
    variance: float

    def log_likelihood(self, x: ArrayLike) -> np.ndarray:
        r""":math:`\log \mathcal{N}(x; \mu, C)` in nats, exactly.

        Parameters
        ----------
        x : array_like, shape (n, d)

        Returns
        -------
        ndarray, shape (n,)
            Computed from :math:`M = W^\top W + v I` alone, k by k: the inverse of :math:`C` is
            :math:`(I - W M^{-1} W^\top) / v`, and its determinant :math:`v^{d - k} \det M`.
        """
        checks.table(len(self.mean), x=x)
        centred = np.asarray(x, dtype=np.float64) - self.mean
        seen = centred @ self.weights
        explained = (seen * np.linalg.solve(self._inner, seen.T).T).sum(1)
        return np.asarray(self._from_squares(((centred**2).sum(1) - explained) / self.variance))

    def expected_log_likelihood(self, mean: ArrayLike, covariance: ArrayLike) -> float:
        """Mean of `log_likelihood` over data with these moments.

        Parameters
        ----------
        mean : array_like, shape (d,)
        covariance : array_like, shape (d, d)
            Dividing by n.
        """
        checks.shapes({"d": len(self.mean)}, ("mean", mean, "d"), ("covariance", covariance, "dd"))
        offset = np.asarray(mean, dtype=np.float64) - self.mean
        moment = np.asarray(covariance, dtype=np.float64) + np.outer(offset, offset)
        explained = np.trace(np.linalg.solve(self._inner, self.weights.T @ moment @ self.weights))
        return float(self._from_squares((np.trace(moment) - explained) / self.variance))

    def posterior(self, x: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
        r"""Mean, shape (n, k), and covariance, shape (k, k), of :math:`z` given :math:`x`.

        They are :math:`M^{-1} W^\top (x - \mu)` and :math:`v M^{-1}` (Tipping and Bishop, 1999).
        The covariance is the same for every :math:`x`.
        """
        checks.table(len(self.mean), x=x)
        centred = np.asarray(x, dtype=np.float64) - self.mean
        inverse = np.linalg.inv(self._inner)
        return centred @ self.weights @ inverse, self.variance * inverse

    def _from_squares(self, squares: Any) -> Any:
        d, k = self.weights.shape
        log_det = (d - k) * math.log(self.variance) + np.linalg.slogdet(self._inner)[1]
        return -(d * math.log(2 * math.pi) + log_det + squares) / 2

    @property
    def _inner(self) -> np.ndarray:
        return self.weights.T @ self.weights + self.variance * np.eye(self.weights.shape[1])


def maximum_likelihood(pca: PCA, k: int) -> ProbabilisticPCA:
    """The most likely probabilistic PCA: W = U_k (L_k - v I)^(1/2), with v the mean of the rest.

    W R with any orthogonal R is as likely.

    Parameters
    ----------
    pca : PCA
        Of the data.
    k : int
        Code size, 1 to d - 1.

    Raises
    ------
    ValueError
        If k is out of range or v is zero.

    Notes
    -----
    Tipping and Bishop (1999), equations 7 and 8 and appendix A.
    """
    checks.spectrum(pca.eigenvalues, k, 1)
    v = _variance(pca.eigenvalues, k)
    lengths = np.sqrt(np.maximum(pca.eigenvalues[:k] - v, 0.0))
    return ProbabilisticPCA(pca.mean, pca.components[:, :k] * lengths, v)


def mean_log_likelihood(eigenvalues: ArrayLike, k: int) -> float:
    """The largest mean log-likelihood on the data that the eigenvalues belong to, in nats.

    Parameters
    ----------
    eigenvalues : array_like, shape (d,)
        l_1 >= ... >= l_d.
    k : int
        As in `maximum_likelihood`.
    """
    checks.spectrum(eigenvalues, k, 1)
    values = np.asarray(eigenvalues, dtype=np.float64)
    v = _variance(values, k)
    held = np.full(len(values), v)
    held[:k] = np.maximum(values[:k], v)
    return float(
        -(len(values) * math.log(2 * math.pi) + np.log(held).sum() + (values / held).sum()) / 2
    )


def unit_rates(eigenvalues: ArrayLike, k: int, level: float) -> np.ndarray:
    r"""Rate of each unit of a linear VAE at its optimum, shape (k,).

    It is :math:`\tfrac12 \ln(l_i / \text{level})`, or 0 where that is negative.

    Parameters
    ----------
    eigenvalues : array_like, shape (d,)
    k : int
    level : float
        :math:`\beta v`. Units with :math:`l_i \le \text{level}` have collapsed (Lucas et al.,
        2019).
    """
    checks.spectrum(eigenvalues, k)
    checks.positive(level=level)
    values = np.asarray(eigenvalues, dtype=np.float64)[:k]
    return np.asarray(np.log(np.maximum(values, level) / level) / 2)


def active_units(eigenvalues: ArrayLike, k: int, level: float) -> int:
    r"""How many of k units a linear VAE uses: those with :math:`l_i > \text{level} = \beta v`."""
    checks.spectrum(eigenvalues, k)
    checks.not_negative(level=level)
    return int((np.asarray(eigenvalues)[:k] > level).sum())


def rate_and_distortion(eigenvalues: ArrayLike, k: int, level: float) -> tuple[float, float]:
    r"""The best rate and distortion of a linear VAE with :math:`\beta v = \text{level}`.

    Parameters
    ----------
    eigenvalues : array_like, shape (d,)
    k : int
        Code size.
    level : float
        Above 0.

    Returns
    -------
    rate : float
        In nats an image.
    distortion : float
        :math:`\mathbb{E}\,|x - \hat x|^2` with sampled codes, summed over pixels: each component
        adds :math:`\min(l_i, \text{level})` for :math:`i \le k`, and :math:`l_i` beyond. With
        :math:`k = d` it is the rate-distortion function of a Gaussian source, by reverse
        water-filling (Cover and Thomas, 2006, theorem 10.3.3).
    """
    checks.spectrum(eigenvalues, k)
    checks.positive(level=level)
    values = np.asarray(eigenvalues, dtype=np.float64)
    distortion = np.minimum(values[:k], level).sum() + values[k:].sum()
    return float(unit_rates(values, k, level).sum()), float(distortion)


def _variance(eigenvalues: np.ndarray, k: int) -> float:
    checks.whole(0, k=k)
    if not 1 <= k < len(eigenvalues):
        raise ValueError(f"k = {k}: it must lie between 1 and {len(eigenvalues) - 1}.")
    v = float(eigenvalues[k:].mean())
    if v <= 0:
        raise ValueError(f"the variance is {v}; a Gaussian in all dimensions needs it above 0.")
    return v
