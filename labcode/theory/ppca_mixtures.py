r"""Mixtures of probabilistic PCA (Tipping and Bishop, 1999): many linear models, none bent.

An image comes from one of m Gaussians with covariance :math:`W_j W_j^\top + v_j I` each. It is the
strongest opponent of a nonlinear decoder that still has its likelihood in closed form.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import eigh
from scipy.special import logsumexp

from labcode.theory import checks
from labcode.theory.ppca import ProbabilisticPCA

LEAST_SHARE = 1e-9  # rows with a smaller share in a part move its moments by less than rounding
ROWS_AT_ONCE = 1000


@dataclass(frozen=True, eq=False)
class PPCAMixture:
    r"""Gaussians with covariance :math:`W_j W_j^\top + v_j I`, and a weight each.

    Attributes
    ----------
    weights : ndarray, shape (m,)
        Positive, summing to 1.
    parts : tuple of ProbabilisticPCA, m of them

    Raises
    ------
    ValueError
        If there is not one positive weight for each part, or they do not sum to 1.
    """

    weights: np.ndarray
    parts: tuple[ProbabilisticPCA, ...]

    def __post_init__(self) -> None:
        weights = np.asarray(self.weights)
        positive = weights.shape == (len(self.parts),) and bool((weights > 0).all())
        if not positive or abs(weights.sum() - 1) > 1e-9:
            raise ValueError(
                f"weights {weights.tolist()} of {len(self.parts)} parts: give each a positive "
                "number, all summing to 1."
            )

    def log_likelihood(self, x: ArrayLike) -> np.ndarray:
        """Log p(x) in nats, exactly, shape (n,).

        Parameters
        ----------
        x : array_like, shape (n, d)
        """
        return np.asarray(logsumexp(self._log_terms(x), axis=1))

    def responsibilities(self, x: ArrayLike) -> np.ndarray:
        """The probability of each part given x, shape (n, m): Tipping and Bishop, equation 21.

        Parameters
        ----------
        x : array_like, shape (n, d)
        """
        return self.log_likelihood_and_responsibilities(x)[1]

    def log_likelihood_and_responsibilities(self, x: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
        """Both at the price of one.

        Parameters
        ----------
        x : array_like, shape (n, d)
        """
        terms = self._log_terms(x)
        total = logsumexp(terms, axis=1, keepdims=True)
        return total[:, 0], np.asarray(np.exp(terms - total))

    def decoded_samples(self, n: int, generator: np.random.Generator) -> np.ndarray:
        r"""Means :math:`W_j z + \mu_j` of n draws of j and z, shape (n, d), without pixel noise.

        Parameters
        ----------
        n : int
        generator : numpy.random.Generator
        """
        checks.whole(1, n=n)
        which = generator.choice(len(self.parts), n, p=self.weights)
        codes = generator.standard_normal((n, self.parts[0].weights.shape[1]))
        drawn = np.empty((n, len(self.parts[0].mean)))
        for place, part in enumerate(self.parts):
            drawn[which == place] = codes[which == place] @ part.weights.T + part.mean
        return drawn

    def _log_terms(self, x: ArrayLike) -> np.ndarray:
        checks.table(len(self.parts[0].mean), x=x)
        x = np.asarray(x)
        terms = np.empty((len(x), len(self.parts)))
        for start in range(0, len(x), ROWS_AT_ONCE):  # what fits a cache is several times faster
            rows = slice(start, start + ROWS_AT_ONCE)
            some = x[rows].astype(np.float64)
            for place, part in enumerate(self.parts):
                terms[rows, place] = part.log_likelihood(some)
        return terms + np.log(self.weights)


def most_likely(
    x: ArrayLike,
    shares: ArrayLike,
    code_size: int,
    least_variance: float,
    *,
    one_variance: bool = False,
) -> PPCAMixture:
    r"""The mixture that is most likely if each row belongs to each part by so much.

    With one-hot shares, such as those of labels, it is the maximum of the likelihood of rows and
    labels together. With `PPCAMixture.responsibilities` it is a step of EM, which never lowers the
    likelihood while no variance meets its floor (Tipping and Bishop, 1999, appendix C; the codes
    are integrated out here, so that each part is the closed form of its weighted moments).

    Parameters
    ----------
    x : array_like, shape (n, d)
    shares : array_like, shape (n, m)
        Not negative; each row sums to 1. A part with less than one row in all is left out.
    code_size : int
        k, 1 to d - 1.
    least_variance : float
        Floor of each v, above 0: without one, a part on k + 1 points has no upper bound.
    one_variance : bool
        Whether all parts share one v, as all codes of a VAE with a Gaussian likelihood do.
    """
    checks.table(x=x, shares=shares)
    checks.positive(least_variance=least_variance)
    x, shares = np.asarray(x), np.asarray(shares, dtype=np.float64)
    checks.whole(1, x.shape[1] - 1, code_size=code_size)
    if (shares < 0).any() or np.abs(shares.sum(1) - 1).max() > 1e-6:
        raise ValueError("the shares of a row must be at least 0, and sum to 1.")
    shares = shares[:, shares.sum(0) >= 1]
    weights = shares.sum(0) / shares.sum()
    moments = [_Moments.of(x, column, code_size) for column in shares.T]
    if one_variance:
        variances = [_shared_variance(moments, weights)] * len(moments)
    else:
        variances = [part.rest / (x.shape[1] - code_size) for part in moments]
    parts = [
        part.fitted(max(v, least_variance)) for part, v in zip(moments, variances, strict=True)
    ]
    return PPCAMixture(weights, tuple(parts))


def of_classes(
    x: ArrayLike,
    labels: ArrayLike,
    code_size: int,
    least_variance: float,
    *,
    one_variance: bool = False,
) -> PPCAMixture:
    """One probabilistic PCA a class.

    Parameters
    ----------
    x : array_like, shape (n, d)
    labels : array_like, shape (n,)
    code_size, least_variance, one_variance
        As in `most_likely`.
    """
    checks.table(x=x)
    checks.labels(x, labels)
    one_hot = np.asarray(labels)[:, None] == np.unique(np.asarray(labels))
    return most_likely(x, one_hot, code_size, least_variance, one_variance=one_variance)


@dataclass(frozen=True, eq=False)
class _Moments:
    """Mean, first k eigenvalues and components of weighted rows, and the sum of the others."""

    mean: np.ndarray
    values: np.ndarray
    components: np.ndarray
    rest: float

    @classmethod
    def of(cls, x: np.ndarray, share: np.ndarray, k: int) -> "_Moments":
        rows = share > LEAST_SHARE
        some, weight = x[rows].astype(np.float64), share[rows] / share[rows].sum()
        mean = weight @ some
        scaled = (some - mean) * np.sqrt(weight)[:, None]
        covariance, d = scaled.T @ scaled, len(mean)
        values, vectors = eigh(covariance, subset_by_index=(d - k, d - 1), driver="evr")
        rest = max(float(np.trace(covariance) - values.sum()), 0.0)
        return cls(mean, values[::-1], vectors[:, ::-1], rest)

    def fitted(self, v: float) -> ProbabilisticPCA:
        """Equations 7 and 8 of Tipping and Bishop (1999), at a given v."""
        lengths = np.sqrt(np.maximum(self.values - v, 0.0))
        return ProbabilisticPCA(self.mean, self.components * lengths, float(v))


def _shared_variance(moments: list[_Moments], weights: np.ndarray) -> float:
    """The v at which it is the mean variance of the directions that no part models.

    A part models its directions with a variance above v; each direction that drops out lowers v,
    so that this ends.
    """
    values = np.stack([part.values for part in moments])
    rest, d = np.array([part.rest for part in moments]), len(moments[0].mean)
    v = np.inf
    while True:
        silent = values <= v
        left = rest + np.where(silent, values, 0.0).sum(1)
        lower = float(weights @ left / (weights @ (d - (~silent).sum(1))))
        if lower >= v:
            return v
        v = lower
