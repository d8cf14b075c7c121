"""Training without clean images: closed forms against repeated experiments and scikit-learn."""

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from labcode.theory import noisy_targets
from labcode.theory.denoising import gains, sure

EIGENVALUES = np.array([3.0, 1.0, 0.4, 0.05])
STD, N, D = 0.6, 40, 4
RNG = np.random.default_rng(0)
WIENER = np.diag(gains(EIGENVALUES, STD))


def points(n: int) -> tuple[np.ndarray, np.ndarray]:
    x = RNG.normal(size=(n, D)) * np.sqrt(EIGENVALUES)
    return x, x + STD * RNG.normal(size=x.shape)


def excess(matrix: np.ndarray) -> float:
    """E |x - W y|^2 above Wiener's, over all data: exact, since Wiener's remainder is free of y."""
    miss = matrix - WIENER
    return float(np.trace(miss @ np.diag(EIGENVALUES + STD**2) @ miss.T))


def test_least_squares_is_scikit_learns():
    x, y = points(N)
    reference = LinearRegression(fit_intercept=False).fit(y, x).coef_
    np.testing.assert_allclose(noisy_targets.fitted_to_targets(y, x), reference, atol=1e-10)


@pytest.mark.parametrize("target_std", [0.0, 0.6])
def test_the_price_of_few_pairs(target_std):
    found = []
    for _ in range(4000):
        x, y = points(N)
        target = x + target_std * RNG.normal(size=x.shape)
        found.append(excess(noisy_targets.fitted_to_targets(y, target)))
    expected = noisy_targets.excess_with_targets(EIGENVALUES, STD, N, target_std)
    assert np.mean(found) == pytest.approx(expected, abs=4 * np.std(found) / len(found) ** 0.5)
    assert np.std(found) / len(found) ** 0.5 < 0.02 * expected


def test_the_price_of_few_noisy_images_alone():
    found = [excess(noisy_targets.fitted_by_sure(points(N)[1], STD)) for _ in range(4000)]
    expected = noisy_targets.excess_by_sure(EIGENVALUES, STD, N)
    assert np.mean(found) == pytest.approx(expected, abs=4 * np.std(found) / len(found) ** 0.5)
    assert np.std(found) / len(found) ** 0.5 < 0.02 * expected


def test_with_all_data_noisy_targets_and_steins_estimate_give_wiener():
    x, y = points(400_000)
    other = x + STD * RNG.normal(size=x.shape)
    np.testing.assert_allclose(noisy_targets.fitted_to_targets(y, other), WIENER, atol=0.01)
    np.testing.assert_allclose(noisy_targets.fitted_by_sure(y, STD), WIENER, atol=0.01)


def test_a_noisy_target_with_the_same_noise_teaches_to_copy():
    _, y = points(N)
    np.testing.assert_allclose(noisy_targets.fitted_to_targets(y, y), np.eye(D), atol=1e-10)


def test_the_fit_minimises_steins_estimate():
    _, y = points(N)
    matrix = noisy_targets.fitted_by_sure(y, STD)

    def estimate(w: np.ndarray) -> float:
        return sure(y, y @ w.T, float(np.trace(w)), STD)

    for _ in range(20):
        assert estimate(matrix) < estimate(matrix + 0.01 * RNG.normal(size=(D, D)))


@pytest.mark.parametrize("n", [5, 7])
def test_too_few_points_have_no_mean_price(n):
    with pytest.raises(ValueError, match="n = "):
        noisy_targets.excess_by_sure(EIGENVALUES, STD, n)
