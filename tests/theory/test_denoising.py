"""The closed forms of denoising against sampling, quadrature, autograd and reference values."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy import integrate, stats
from sklearn.linear_model import LinearRegression, Ridge

from labcode import data
from labcode.theory import denoising as theory
from labcode.theory import pca

STD = 0.3


@pytest.fixture
def small() -> np.ndarray:
    """Correlated points in [0, 1], shape (400, 6), with many exact zeros."""
    rng = np.random.default_rng(0)
    return np.clip(rng.normal(size=(400, 2)) @ rng.normal(size=(2, 6)) * 0.4 + 0.3, 0, 1)


# Corruption


@pytest.mark.parametrize("x", [0.0, 0.2, 0.9, 1.0])
@pytest.mark.parametrize("std", [0.1, 0.6])
def test_clipped_noise_moments_agree_with_quadrature(x: float, std: float) -> None:
    density = stats.norm(x, std)
    inside = [
        integrate.quad(lambda y, power=power: y**power * density.pdf(y), 0, 1)[0]
        for power in (1, 2)
    ]
    mean, square = (part + density.sf(1) for part in inside)
    found = theory.gaussian_moments(x, std, clip=True)
    assert found.mean == pytest.approx(mean, abs=1e-10)
    assert found.variance == pytest.approx(square - mean**2, abs=1e-10)


def test_a_black_pixel_brightens_by_s_over_root_two_pi() -> None:
    # The atom at 1 is six and a half standard deviations away.
    shift = theory.gaussian_moments(0.0, 0.15, clip=True).mean
    assert shift == pytest.approx(0.15 / np.sqrt(2 * np.pi), abs=1e-9)


@pytest.mark.parametrize(
    ("moments", "corrupt"),
    [
        (theory.masking_moments, lambda x, u: np.where(u < 0.3, 0, x)),
        (
            theory.salt_and_pepper_moments,
            lambda x, u: np.where(u < 0.15, 0, np.where(u < 0.3, 1, x)),
        ),
    ],
)
def test_impulse_moments_agree_with_sampling(
    moments: Callable[..., theory.PixelMoments], corrupt: Callable[..., np.ndarray]
) -> None:
    draws = corrupt(0.7, np.random.default_rng(0).random(1_000_000))
    found = moments(0.7, 0.3)
    assert found.mean == pytest.approx(draws.mean(), abs=2e-3)
    assert found.variance == pytest.approx(draws.var(), abs=2e-3)


# Linear denoisers


def test_best_linear_is_the_wiener_filter(small: np.ndarray) -> None:
    fitted = pca.fit(small)
    found = theory.best_linear(small, theory.gaussian_moments(small, STD))
    wiener = fitted.covariance @ np.linalg.inv(fitted.covariance + STD**2 * np.eye(6))
    np.testing.assert_allclose(found.matrix, wiener, atol=1e-10)
    error = found.expected_error(small, theory.gaussian_moments(small, STD))
    assert error * 6 == pytest.approx(theory.wiener_error(fitted.eigenvalues, STD))


def test_best_linear_is_scikit_learns_ridge(small: np.ndarray) -> None:
    found = theory.best_linear(small, theory.gaussian_moments(small, STD))
    ridge = Ridge(alpha=len(small) * STD**2).fit(small, small)
    np.testing.assert_allclose(found.matrix, ridge.coef_, atol=1e-10)
    np.testing.assert_allclose(found.bias, ridge.intercept_, atol=1e-10)


@pytest.mark.parametrize(
    "moments",
    [
        lambda x: theory.gaussian_moments(x, STD, clip=True),
        lambda x: theory.masking_moments(x, 0.4),
        lambda x: theory.salt_and_pepper_moments(x, 0.4),
    ],
)
def test_best_linear_beats_its_neighbours(
    small: np.ndarray, moments: Callable[[np.ndarray], theory.PixelMoments]
) -> None:
    corruption = moments(small)
    best = theory.best_linear(small, corruption)
    least = best.expected_error(small, corruption)
    rng = np.random.default_rng(1)
    for _ in range(20):
        other = theory.LinearDenoiser(
            best.matrix + 0.01 * rng.normal(size=(6, 6)), best.bias + 0.01 * rng.normal(size=6)
        )
        assert other.expected_error(small, corruption) > least


def test_expected_error_agrees_with_sampling(small: np.ndarray) -> None:
    clipped = theory.gaussian_moments(small, STD, clip=True)
    denoiser = theory.best_linear(small, clipped)
    rng = np.random.default_rng(2)
    errors = [
        np.mean((small - denoiser(np.clip(small + STD * rng.normal(size=small.shape), 0, 1))) ** 2)
        for _ in range(400)
    ]
    assert denoiser.expected_error(small, clipped) == pytest.approx(np.mean(errors), rel=5e-3)


def test_masking_follows_the_marginalised_denoising_autoencoder(small: np.ndarray) -> None:
    # Chen et al. (2012) write the second moments of masked data; here for centred data.
    p, q = 0.4, 0.6
    s, mean = np.cov(small.T, bias=True), small.mean(0)
    cov_y = q**2 * s + q * p * np.diag(np.diag(s) + mean**2)
    found = theory.best_linear(small, theory.masking_moments(small, p))
    np.testing.assert_allclose(found.matrix, q * s @ np.linalg.inv(cov_y), atol=1e-9)


def test_rank_k_is_the_best_of_its_rank(small: np.ndarray) -> None:
    fitted = pca.fit(small)
    l, u = fitted.eigenvalues, fitted.components
    best = theory.wiener_error(l, STD, 2)
    g = theory.gains(l, STD, 2)
    assert theory.tikhonov_loss((u * g) @ u.T, fitted.covariance, STD) == pytest.approx(best)
    rng = np.random.default_rng(3)
    for _ in range(20):
        turned = np.linalg.qr(u[:, :2] + 0.05 * rng.normal(size=(6, 2)))[0]
        inner = turned.T @ fitted.covariance @ turned
        w = turned @ inner @ np.linalg.inv(inner + STD**2 * np.eye(2)) @ turned.T
        assert theory.tikhonov_loss(w, fitted.covariance, STD) >= best


def test_hard_projection_is_best_where_variance_meets_noise(small: np.ndarray) -> None:
    l = pca.fit(small).eigenvalues
    errors = [theory.gain_error(np.arange(6) < k, l, STD) for k in range(7)]
    assert int(np.argmin(errors)) == theory.hard_projection_rank(l, STD)


def test_noise_is_a_tikhonov_penalty(small: np.ndarray) -> None:
    rng = np.random.default_rng(4)
    w = rng.normal(size=(6, 6))
    centred = small - small.mean(0)
    exact = theory.LinearDenoiser(w, np.zeros(6)).expected_error(
        centred, theory.gaussian_moments(centred, STD)
    )
    loss = theory.tikhonov_loss(w, np.cov(small.T, bias=True), STD)
    assert loss == pytest.approx(6 * exact, rel=1e-10)


def test_least_squares_is_scikit_learns(small: np.ndarray) -> None:
    y = small + STD * np.random.default_rng(5).normal(size=small.shape)
    found, theirs = theory.least_squares(small, y), LinearRegression().fit(y, small)
    np.testing.assert_allclose(found.matrix, theirs.coef_, atol=1e-10)
    np.testing.assert_allclose(found(y), theirs.predict(y), atol=1e-10)


# Any denoiser


def test_sure_agrees_with_the_true_error(small: np.ndarray) -> None:
    many = np.tile(small, (100, 1))
    y = many + STD * np.random.default_rng(6).normal(size=many.shape)
    denoiser = theory.best_linear(small, theory.gaussian_moments(small, STD))
    estimate = theory.sure(y, denoiser(y), np.trace(denoiser.matrix), STD)
    assert estimate == pytest.approx(np.mean((denoiser(y) - many) ** 2), rel=0.04)


# Reference values on Fashion-MNIST


def _flat(images: data.Images) -> np.ndarray:
    return images.pixels.flatten(1).double().numpy()


@pytest.fixture(scope="module")
def fitted(fashion_mnist_pca: pca.PCA) -> pca.PCA:
    return fashion_mnist_pca


@pytest.fixture(scope="module")
def variances(fashion_mnist, fitted: pca.PCA) -> np.ndarray:  # type: ignore[no-untyped-def]
    """Mean squares of the test images along the components."""
    return (((_flat(fashion_mnist.test)) - fitted.mean) @ fitted.components).__pow__(2).mean(0)


@pytest.mark.parametrize(
    ("std", "train", "test", "rank_32", "rank_64", "best_k", "projected"),
    [
        (0.1, 0.004327, 0.004353, 0.015540, 0.011141, 309, 0.006169),
        (0.3, 0.013076, 0.013108, 0.018175, 0.015446, 56, 0.017656),
        (0.5, 0.019193, 0.019212, 0.021829, 0.020264, 24, 0.024971),
    ],
)
def test_wiener_errors_on_fashion_mnist(
    fitted: pca.PCA,
    variances: np.ndarray,
    std: float,
    train: float,
    test: float,
    rank_32: float,
    rank_64: float,
    best_k: int,
    projected: float,
) -> None:
    l = fitted.eigenvalues

    def on_test(k: int | None) -> float:
        return theory.gain_error(theory.gains(l, std, k), variances, std) / 784

    assert theory.wiener_error(l, std) / 784 == pytest.approx(train, abs=1e-6)
    assert on_test(None) == pytest.approx(test, abs=1e-6)
    assert on_test(32) == pytest.approx(rank_32, abs=1e-6)
    assert on_test(64) == pytest.approx(rank_64, abs=1e-6)
    hard = theory.gain_error(np.arange(784) < best_k, variances, std) / 784
    assert hard == pytest.approx(projected, abs=1e-6)
    assert abs(theory.hard_projection_rank(l, std) - best_k) <= 8


@pytest.mark.parametrize(("std", "energy"), [(0.1, 0.006934), (0.3, 0.052667), (0.5, 0.117704)])
def test_clipped_noise_energy_on_fashion_mnist(fashion_mnist, std: float, energy: float) -> None:  # type: ignore[no-untyped-def]
    x = _flat(fashion_mnist.test)[::2]
    counts = np.bincount(np.rint(_flat(fashion_mnist.test) * 255).astype(int).ravel())
    levels = np.arange(256) / 255
    each = theory.gaussian_moments(levels, std, clip=True)
    squares = (each.mean - levels) ** 2 + each.variance
    assert counts @ squares / counts.sum() == pytest.approx(energy, abs=1e-6)
    noisy = np.clip(x + std * np.random.default_rng(0).normal(size=x.shape), 0, 1)
    assert np.mean((noisy - x) ** 2) == pytest.approx(energy, rel=0.01)


def test_noise_drawn_once_on_fashion_mnist(fashion_mnist) -> None:  # type: ignore[no-untyped-def]
    everything, test = _flat(fashion_mnist.train), _flat(fashion_mnist.test)
    on_test = theory.gaussian_moments(test, STD)
    rng = np.random.default_rng(1)  # the reference's images and noise
    for n, fixed_train, fixed_test, redrawn_train, redrawn_test in (
        (500, 0.0, 0.037813, 0.010987, 0.015116),
        (784, 0.0, 30.1, 0.011784, 0.014488),
        (1000, 0.002766, 0.060803, 0.012038, 0.014133),
    ):
        x = everything[rng.permutation(60_000)[:n]]
        on_train = theory.gaussian_moments(x, STD)
        redrawn = theory.best_linear(x, on_train)
        assert redrawn.expected_error(x, on_train) == pytest.approx(redrawn_train, abs=1e-6)
        assert redrawn.expected_error(test, on_test) == pytest.approx(redrawn_test, abs=1e-6)
        y = x + STD * rng.normal(size=x.shape)
        fixed = theory.least_squares(x, y)
        assert np.mean((fixed(y) - x) ** 2) == pytest.approx(fixed_train, abs=1e-6)
        assert fixed.expected_error(test, on_test) == pytest.approx(fixed_test, rel=2e-2)


def test_clipping_mismatch_on_fashion_mnist(fashion_mnist, fitted: pca.PCA) -> None:  # type: ignore[no-untyped-def]
    std, expected = 0.5, (0.019212, 0.034294, 0.019121, 0.059454)
    x, test = _flat(fashion_mnist.train), _flat(fashion_mnist.test)
    # Without clipping, the best linear denoiser is the Wiener filter, as a test above shows.
    wiener = (fitted.components * theory.gains(fitted.eigenvalues, std)) @ fitted.components.T
    unclipped = theory.LinearDenoiser(wiener, fitted.mean - wiener @ fitted.mean)
    clipped = theory.best_linear(x, theory.pixelwise(x, std, clip=True))
    met = {clip: theory.pixelwise(test, std, clip) for clip in (False, True)}
    found = [
        denoiser.expected_error(test, met[clip])
        for denoiser, own in ((unclipped, False), (clipped, True))
        for clip in (own, not own)
    ]
    np.testing.assert_allclose(found, expected, atol=2e-6)
