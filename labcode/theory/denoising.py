"""Closed forms of denoising: what the best denoisers do, and what error they leave.

y is a corrupted copy of x. Corruption that treats pixels independently enters every formula for
linear denoisers through two functions of the clean pixel alone, its conditional mean and variance:
`PixelMoments`. Errors are squared pixel units summed over the d pixels of an image, averaged over
images and, exactly, over the noise; divide by d for an MSE per pixel.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from labcode.theory import checks

# Corruption, pixel by pixel


@dataclass(frozen=True, eq=False)
class PixelMoments:
    """Mean and variance of corrupted pixels, given the clean ones.

    Attributes
    ----------
    mean, variance : ndarray, shape (n, d)
        m(x) = E[y | x] and v(x) = Var[y | x].
    """

    mean: np.ndarray
    variance: np.ndarray


def gaussian_moments(x: ArrayLike, std: float, clip: bool = False) -> PixelMoments:
    """y = x + s n with n ~ N(0, 1), clipped to [0, 1] or not.

    Parameters
    ----------
    x : array_like, any shape
        Clean pixels in [0, 1].
    std : float
        s > 0.
    clip : bool
        With clipping, y has an atom at 0, one at 1, and a truncated Gaussian between. A black
        pixel's mean becomes s / sqrt(2 pi).
    """
    checks.numbers(x=x)
    checks.not_negative(std=std)
    x = np.asarray(x, dtype=float)
    if not clip:
        return PixelMoments(x, np.full_like(x, std**2))
    checks.shares(x=x)
    checks.positive(std=std)
    low, high = -x / std, (1 - x) / std
    at_low, at_high = (np.exp(-0.5 * end**2) / np.sqrt(2 * np.pi) for end in (low, high))
    inside, bright = ndtr(high) - ndtr(low), ndtr(-high)
    mean = x * inside - std * (at_high - at_low) + bright
    square = (x**2 + std**2) * inside - std * ((x + 1) * at_high - x * at_low) + bright
    return PixelMoments(mean, np.maximum(square - mean**2, 0.0))


def pixelwise(x: np.ndarray, std: float, clip: bool) -> PixelMoments:
    """`gaussian_moments` of 8-bit images, which have only 256 different pixels.

    Parameters
    ----------
    x : ndarray, any shape
        Multiples of 1/255 in [0, 1].
    """
    checks.shares(x=x)
    if not clip:
        return gaussian_moments(x, std)
    each = gaussian_moments(np.arange(256) / 255, std, clip)
    level = np.rint(x * 255).astype(np.uint8)
    return PixelMoments(each.mean[level], each.variance[level])


def masking_moments(x: ArrayLike, share: float) -> PixelMoments:
    """y = 0 with probability p, else x."""
    checks.numbers(x=x)
    checks.share(share=share)
    x = np.asarray(x, dtype=float)
    return PixelMoments((1 - share) * x, share * (1 - share) * x**2)


def salt_and_pepper_moments(x: ArrayLike, share: float) -> PixelMoments:
    """y = 0 or 1 with probability p/2 each, else x."""
    checks.numbers(x=x)
    checks.share(share=share)
    x = np.asarray(x, dtype=float)
    mean = (1 - share) * x + share / 2
    return PixelMoments(mean, (1 - share) * x**2 + share / 2 - mean**2)


def noise_energy(x: ArrayLike, moments: PixelMoments) -> float:
    """E (y - x)^2 per pixel: the MSE of the corrupted image itself."""
    checks.matching(x=x, mean=moments.mean, variance=moments.variance)
    return float(np.mean((moments.mean - np.asarray(x)) ** 2 + moments.variance))


# Linear denoisers


@dataclass(frozen=True, eq=False)
class LinearDenoiser:
    """r(y) = W y + b.

    Attributes
    ----------
    matrix : ndarray, shape (d, d)
        W.
    bias : ndarray, shape (d,)
        b.
    """

    matrix: np.ndarray
    bias: np.ndarray

    def __call__(self, y: ArrayLike) -> np.ndarray:
        """Reconstructions, shape (n, d)."""
        checks.table(len(self.matrix.T), y=y)
        return np.asarray(y) @ self.matrix.T + self.bias

    def expected_error(self, x: ArrayLike, moments: PixelMoments) -> float:
        """E|x - r(y)|^2 / d over these images and all noise: an MSE per pixel, exact.

        Given x, the pixels of y are independent, so the noise adds sum_ij W_ij^2 v(x_j).
        """
        checks.matching(x=x, mean=moments.mean, variance=moments.variance)
        bias_error = np.mean((np.asarray(x) - self(moments.mean)) ** 2)
        spread = (self.matrix**2).sum(0) @ moments.variance.mean(0)
        return float(bias_error + spread / len(self.bias))


def best_linear(x: ArrayLike, moments: PixelMoments) -> LinearDenoiser:
    """The affine map with the smallest E|x - W y - b|^2 over these images and all noise.

    W = Cov(x, y) Cov(y)^+, with Cov(x, y) = Cov(x, m(x)) and Cov(y) = Cov(m(x)) + diag E v(x).
    For unclipped Gaussian noise this is the Wiener filter S (S + s^2 I)^-1; training with noise
    redrawn for ever tends to it.

    Parameters
    ----------
    x : array_like, shape (n, d)
    moments : PixelMoments
        Of the corruption at these images.
    """
    checks.table(x=x)
    checks.matching(x=x, mean=moments.mean, variance=moments.variance)
    x = np.asarray(x, dtype=float)
    mean_x, mean_y = x.mean(0), moments.mean.mean(0)
    centred = moments.mean - mean_y
    cross = (x - mean_x).T @ centred / len(x)
    own = centred.T @ centred / len(x) + np.diag(moments.variance.mean(0))
    matrix = cross @ np.linalg.pinv(own, rcond=1e-13, hermitian=True)
    return LinearDenoiser(matrix, mean_x - matrix @ mean_y)


def least_squares(x: ArrayLike, y: ArrayLike) -> LinearDenoiser:
    """The affine map fitted to one fixed draw of the noise: ordinary least squares.

    Of several solutions it takes the one with the smallest |W|. With n <= d images it fits them
    exactly, noise and all.

    Parameters
    ----------
    x, y : array_like, shape (n, d)
        Clean images and their corrupted copies.
    """
    checks.table(x=x)
    checks.matching(x=x, y=y)
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    mean_x, mean_y = x.mean(0), y.mean(0)
    matrix = np.linalg.lstsq(y - mean_y, x - mean_x, rcond=None)[0].T
    return LinearDenoiser(matrix, mean_x - matrix @ mean_y)


def gains(eigenvalues: ArrayLike, std: float, k: int | None = None) -> np.ndarray:
    """What the best linear denoiser multiplies each principal component by: l / (l + s^2).

    Parameters
    ----------
    eigenvalues : array_like, shape (d,)
        Of S, the largest first.
    std : float
        s > 0, of unclipped Gaussian noise.
    k : int, optional
        Rank of the map. S and S + s^2 I share their eigenvectors, so the best map of rank k
        keeps the first k gains and sets the others to zero.

    Returns
    -------
    ndarray, shape (d,)
    """
    checks.spectrum(eigenvalues, k)
    checks.positive(std=std)
    l = np.asarray(eigenvalues, dtype=float)
    kept = np.arange(len(l)) < (len(l) if k is None else k)
    return np.where(kept, l / (l + std**2), 0.0)


def gain_error(gain: ArrayLike, variances: ArrayLike, std: float) -> float:
    """E|x - r(y)|^2 of a map that multiplies component i by g_i, on noise of any strength.

    sum_i (1 - g_i)^2 c_i + s^2 g_i^2.

    Parameters
    ----------
    gain : array_like, shape (d,)
        Such as `gains` of the strength that the map was made for.
    variances : array_like, shape (d,)
        c_i, mean squares of the centred images along the components: the eigenvalues for
        training images.
    std : float
        s of the unclipped noise that the map meets.
    """
    checks.matching(gain=gain, variances=variances)
    checks.variances(variances=variances)
    checks.not_negative(std=std)
    g, c = np.asarray(gain, dtype=float), np.asarray(variances, dtype=float)
    return float(((1 - g) ** 2 * c + std**2 * g**2).sum())


def wiener_error(eigenvalues: ArrayLike, std: float, k: int | None = None) -> float:
    """The smallest error of a linear denoiser of rank k (of full rank without k).

    sum_{i<=k} l_i s^2 / (l_i + s^2) + sum_{i>k} l_i.
    """
    return gain_error(gains(eigenvalues, std, k), eigenvalues, std)


def hard_projection_rank(eigenvalues: ArrayLike, std: float) -> int:
    """The best k for denoising by PCA: the number of components with l_i > s^2."""
    checks.spectrum(eigenvalues)
    checks.not_negative(std=std)
    return int((np.asarray(eigenvalues) > std**2).sum())


def tikhonov_loss(matrix: ArrayLike, covariance: ArrayLike, std: float) -> float:
    """E|x - W (x + s n)|^2 of centred data: |x - W x|^2 plus s^2 |W|^2 (Bishop, 1995).

    Parameters
    ----------
    matrix, covariance : array_like, shape (d, d)
    std : float
        s.
    """
    checks.shapes({}, ("matrix", matrix, "dd"), ("covariance", covariance, "dd"))
    checks.not_negative(std=std)
    w, s = np.asarray(matrix), np.asarray(covariance)
    rest = np.eye(len(w)) - w
    return float(np.trace(rest @ s @ rest.T) + std**2 * (w**2).sum())


# Any denoiser


def sure(y: ArrayLike, reconstruction: ArrayLike, divergence: float, std: float) -> float:
    """Stein's unbiased estimate of the MSE per pixel, from noisy images alone.

    Parameters
    ----------
    y, reconstruction : array_like, shape (n, d)
    divergence : float
        Mean over the images of sum_j dr_j/dy_j; the trace of W for a linear denoiser.
    std : float
        s of the unclipped noise.

    Notes
    -----
    Stein (1981), theorem 1: E|r - x|^2 = E|r - y|^2 - d s^2 + 2 s^2 E div r.
    """
    checks.table(y=y)
    checks.matching(y=y, reconstruction=reconstruction)
    checks.scalars(divergence=divergence)
    checks.not_negative(std=std)
    y = np.asarray(y, dtype=float)
    d = y.shape[1]
    return float(
        np.mean((np.asarray(reconstruction) - y) ** 2) - std**2 + 2 * std**2 * divergence / d
    )
