"""Gaussian mixtures: all that is known in closed form about their points with noise on them."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import logsumexp, softmax

from labcode.theory import checks


@dataclass(frozen=True, eq=False)
class GaussianMixture:
    """x drawn from m Gaussians. Noisy, it is y = x + s n with n ~ N(0, I).

    Attributes
    ----------
    weights : ndarray, shape (m,)
        Positive, summing to 1.
    means : ndarray, shape (m, d)
    covariances : ndarray, shape (m, d, d)

    Raises
    ------
    ValueError
        If the weights are not positive or don't sum to 1.
    """

    weights: np.ndarray
    means: np.ndarray
    covariances: np.ndarray

    def __post_init__(self) -> None:
        checks.mixture(self.weights, self.means, self.covariances)
        if (self.weights <= 0).any() or abs(self.weights.sum() - 1) > 1e-9:
            raise ValueError(f"weights {list(self.weights)}: give positive numbers that sum to 1.")

    def log_density(self, y: ArrayLike, std: float) -> np.ndarray:
        """log p_s(y), shape (n,), in nats. p_s is the mixture with s^2 I added to covariances."""
        checks.table(self.means.shape[1], y=y)
        checks.density(self._spectra[0], std)
        return np.asarray(logsumexp(self._log_terms(np.asarray(y, dtype=float), std), axis=0))

    def score(self, y: ArrayLike, std: float) -> np.ndarray:
        """grad log p_s(y), shape (n, d)."""
        checks.table(self.means.shape[1], y=y)
        checks.density(self._spectra[0], std)
        y = np.asarray(y, dtype=float)
        total = np.zeros_like(y)
        for share, mean, l, u in self._each(y, std):
            total -= share * (((y - mean) @ u / (l + std**2)) @ u.T)
        return total

    def posterior_mean(self, y: ArrayLike, std: float) -> np.ndarray:
        """E[x | y], shape (n, d): each Gaussian's Wiener filter, weighted by its posterior.

        No denoiser has a smaller squared error on data of this mixture.
        """
        checks.table(self.means.shape[1], y=y)
        checks.density(self._spectra[0], std)
        y = np.asarray(y, dtype=float)
        total = np.zeros_like(y)
        for share, mean, l, u in self._each(y, std):
            wiener = mean + ((y - mean) @ u * (l / (l + std**2))) @ u.T
            total += share * wiener
        return total

    def _each(self, y: np.ndarray, std: float) -> Iterator[tuple[np.ndarray, ...]]:
        """Each Gaussian's share in y, shape (n, 1), its mean, eigenvalues and components."""
        shares = softmax(self._log_terms(y, std), axis=0)[..., None]
        return zip(shares, self.means, *self._spectra, strict=True)

    def _log_terms(self, y: np.ndarray, std: float) -> np.ndarray:
        terms = []
        for weight, mean, l, u in zip(self.weights, self.means, *self._spectra, strict=True):
            variance = l + std**2
            square = (((y - mean) @ u) ** 2 / variance).sum(1)
            normaliser = np.log(2 * np.pi * variance).sum()
            terms.append(np.log(weight) - 0.5 * (square + normaliser))
        return np.array(terms)

    @cached_property
    def _spectra(self) -> tuple[np.ndarray, np.ndarray]:
        """Eigenvalues, shape (m, d), and eigenvectors in columns, of each covariance."""
        eigenvalues, components = np.linalg.eigh(self.covariances)
        return np.maximum(eigenvalues, 0.0), components


def mixture_of_classes(x: ArrayLike, labels: ArrayLike) -> GaussianMixture:
    """One Gaussian a class, with the class's mean and covariance (dividing by its n).

    Parameters
    ----------
    x : array_like, shape (n, d)
    labels : array_like, shape (n,)
    """
    checks.table(x=x)
    checks.labels(x, labels)
    x, labels = np.asarray(x, dtype=float), np.asarray(labels)
    classes = [x[labels == label] for label in np.unique(labels)]
    return GaussianMixture(
        np.array([len(points) / len(x) for points in classes]),
        np.array([points.mean(0) for points in classes]),
        np.array([np.cov(points.T, bias=True) for points in classes]),
    )
