"""Score matching in closed form: centred Gaussian data with covariance S, and linear scores.

y = x + s n, and p_s is the density of y. A field psi(y) = -A y stands for a network. Objectives are
means over x and n, summed over the d coordinates.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy.integrate import quad

from labcode.theory import checks


def denoising_objective(matrix: ArrayLike, covariance: ArrayLike, std: float) -> float:
    """E |psi(y) + n / s|^2: what a denoiser trains on, over s^4.

    With r(y) = y + s^2 psi(y), |r(y) - x|^2 = s^4 |psi(y) + n / s|^2.

    Parameters
    ----------
    matrix, covariance : array_like, shape (d, d)
        A of psi(y) = -A y, and S.
    std : float
        s > 0.
    """
    a, noisy = _checked(matrix, covariance, std)
    return float(np.trace(a @ noisy @ a.T) - 2 * np.trace(a) + len(a) / std**2)


def explicit_objective(matrix: ArrayLike, covariance: ArrayLike, std: float) -> float:
    """E |psi(y) - grad log p_s(y)|^2: what one wishes to train on, and cannot sample.

    Parameters
    ----------
    matrix, covariance, std
        As in `denoising_objective`.
    """
    a, noisy = _checked(matrix, covariance, std)
    miss = np.linalg.inv(noisy) - a
    return float(np.trace(miss @ noisy @ miss.T))


def unlearnable(covariance: ArrayLike, std: float) -> float:
    """The first minus the second objective, whatever the field: E tr Cov[x | y] / s^4.

    Source: Vincent (2011), section 4.2, where it is the constant that no parameter enters.

    Parameters
    ----------
    covariance, std
        As in `denoising_objective`.
    """
    noise, noisy = _checked(np.eye(len(np.asarray(covariance))), covariance, std)
    return float(np.trace(noise / std**2 - np.linalg.inv(noisy)))


def score_distance(covariance: ArrayLike, model: ArrayLike, std: float) -> float:
    """E |grad log p_s - grad log q_s|^2 over p_s, of Gaussians with covariances S and T.

    Parameters
    ----------
    covariance, model : array_like, shape (d, d)
        S of the data, and T of the model whose best denoiser one uses.
    std : float
        s > 0.
    """
    _, wrong = _checked(covariance, model, std)
    return explicit_objective(np.linalg.inv(wrong), covariance, std)


def divergence(covariance: ArrayLike, model: ArrayLike) -> float:
    """KL(p | q) in nats, of N(0, S) from N(0, T).

    Parameters
    ----------
    covariance, model : array_like, shape (d, d)
        S and T, both of full rank.
    """
    checks.shapes({}, ("covariance", covariance, "dd"), ("model", model, "dd"))
    s, t = np.asarray(covariance, dtype=float), np.asarray(model, dtype=float)
    trace = np.trace(np.linalg.solve(t, s))
    return float(0.5 * (trace - len(s) + np.linalg.slogdet(t)[1] - np.linalg.slogdet(s)[1]))


def divergence_by_denoising(covariance: ArrayLike, model: ArrayLike) -> float:
    """The same, from what the model's denoiser loses at every strength of noise.

    KL(p | q) = int_0^inf s E |grad log p_s - grad log q_s|^2 ds. A denoiser's error above the
    least possible is s^4 times that score distance, so the likelihood weighs it by s^-3 ds.

    Source: Song, Durkan, Murray and Ermon (2021), theorem 1, for noise without drift and without
    end.
    """

    def weighted(log_std: float) -> float:
        std = float(np.exp(log_std))
        return std**2 * score_distance(covariance, model, std)

    return float(quad(weighted, -15, 15, limit=200)[0])


def _checked(matrix: ArrayLike, covariance: ArrayLike, std: float) -> tuple[np.ndarray, np.ndarray]:
    """The matrix, and the covariance of y."""
    checks.shapes({}, ("matrix", matrix, "dd"), ("covariance", covariance, "dd"))
    checks.positive(std=std)
    a, s = np.asarray(matrix, dtype=float), np.asarray(covariance, dtype=float)
    return a, s + std**2 * np.eye(len(s))
