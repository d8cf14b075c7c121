"""Probabilistic PCA's closed forms, against SciPy, scikit-learn and the reference values."""

import numpy as np
import pytest
from scipy import stats
from sklearn import decomposition

from labcode import data
from labcode.theory import pca, ppca

SPECTRUM = (6.0, 4.0, 2.5, 1.5, 0.8, 0.5, 0.3, 0.2)
MEAN = (0.5, -1.0, 0.0, 2.0, 1.0, 0.0, -0.5, 3.0)


@pytest.fixture(scope="module")
def made() -> data.GaussianSample:
    return data.gaussian(SPECTRUM, 400, seed=0, mean=MEAN)


@pytest.fixture(scope="module")
def fitted(made) -> pca.PCA:
    return pca.fit(made.x.numpy())


@pytest.fixture(scope="module")
def images(fashion_mnist) -> pca.PCA:
    mean, covariance = data.moments(fashion_mnist.train.pixels)
    return pca.from_moments(mean.numpy(), covariance.numpy())


def test_likelihood_is_that_of_a_gaussian(made):
    generator = np.random.default_rng(0)
    model = ppca.ProbabilisticPCA(np.asarray(MEAN), generator.normal(size=(8, 3)), 0.3)
    covariance = model.weights @ model.weights.T + 0.3 * np.eye(8)
    expected = stats.multivariate_normal(MEAN, covariance).logpdf(made.x.numpy())
    np.testing.assert_allclose(model.log_likelihood(made.x), expected, rtol=1e-10)
    x = made.x.numpy()
    mean = model.expected_log_likelihood(x.mean(0), np.cov(x.T, bias=True))
    assert mean == pytest.approx(expected.mean())
    elsewhere = ppca.ProbabilisticPCA(np.ones(8), model.weights, 0.3)
    mean = elsewhere.expected_log_likelihood(x.mean(0), np.cov(x.T, bias=True))
    assert mean == pytest.approx(elsewhere.log_likelihood(x).mean())


def test_posterior_is_that_of_a_joint_gaussian(made):
    generator = np.random.default_rng(1)
    w = generator.normal(size=(8, 3))
    mean, covariance = ppca.ProbabilisticPCA(np.asarray(MEAN), w, 0.3).posterior(made.x)
    gain = w.T @ np.linalg.inv(w @ w.T + 0.3 * np.eye(8))
    np.testing.assert_allclose(mean, (made.x.numpy() - MEAN) @ gain.T, atol=1e-10)
    np.testing.assert_allclose(covariance, np.eye(3) - gain @ w, atol=1e-10)


def test_maximum_likelihood_agrees_with_scikit_learn(made, fitted):
    # scikit-learn divides the covariance by n - 1, so give it data that make up for it.
    x = made.x.numpy()
    n = len(x)
    scaled = np.asarray(MEAN) + (x - MEAN) * np.sqrt((n - 1) / n)
    theirs = decomposition.PCA(3, svd_solver="full").fit(scaled)
    ours = ppca.maximum_likelihood(fitted, 3)
    assert ours.variance == pytest.approx(theirs.noise_variance_)
    np.testing.assert_allclose(ours.log_likelihood(x), theirs.score_samples(x), rtol=1e-9)
    assert ours.log_likelihood(x).mean() == pytest.approx(ppca.mean_log_likelihood(SPECTRUM, 3))


def test_nothing_nearby_is_more_likely(made, fitted):
    generator = np.random.default_rng(2)
    best = ppca.maximum_likelihood(fitted, 4)
    top = best.log_likelihood(made.x).mean()
    assert top == pytest.approx(ppca.mean_log_likelihood(SPECTRUM, 4))
    for _ in range(20):
        w = best.weights + 0.05 * generator.normal(size=best.weights.shape)
        v = best.variance * np.exp(0.1 * generator.normal())
        assert ppca.ProbabilisticPCA(best.mean, w, v).log_likelihood(made.x).mean() < top


def test_a_rotation_of_the_code_is_not_seen(made, fitted):
    rotation = stats.ortho_group.rvs(3, random_state=0)
    plain = ppca.maximum_likelihood(fitted, 3)
    turned = ppca.ProbabilisticPCA(plain.mean, plain.weights @ rotation, plain.variance)
    np.testing.assert_allclose(plain.log_likelihood(made.x), turned.log_likelihood(made.x))


def test_directions_below_the_level_collapse():
    rates = ppca.unit_rates(SPECTRUM, 6, 1.0)
    np.testing.assert_allclose(np.exp(2 * rates), [6, 4, 2.5, 1.5, 1, 1])
    assert ppca.active_units(SPECTRUM, 6, 1.0) == 4
    assert ppca.active_units(SPECTRUM, 3, 1.0) == 3


def test_at_the_optimum_the_elbo_is_the_log_likelihood(made, fitted):
    # With the exact posterior, E log p(x | z) - KL is log p(x): here from rate and distortion.
    best = ppca.maximum_likelihood(fitted, 4)
    v = best.variance
    rate, distortion = ppca.rate_and_distortion(SPECTRUM, 4, v)
    elbo = -rate - distortion / (2 * v) - 8 / 2 * np.log(2 * np.pi * v)
    assert elbo == pytest.approx(ppca.mean_log_likelihood(SPECTRUM, 4))
    mean, covariance = best.posterior(made.x)
    kl = ((mean**2).sum(1).mean() + np.trace(covariance) - 4 - np.linalg.slogdet(covariance)[1]) / 2
    assert rate == pytest.approx(kl)
    residual = made.x.numpy() - MEAN - mean @ best.weights.T
    spread = np.trace(best.weights @ covariance @ best.weights.T)
    assert distortion == pytest.approx((residual**2).sum(1).mean() + spread)


def test_the_rate_distortion_curve_has_slope_minus_one_over_twice_the_level():
    for level in (0.25, 1.0, 3.0):
        (r0, d0), (r1, d1) = (
            ppca.rate_and_distortion(SPECTRUM, 8, level * factor) for factor in (0.999, 1.001)
        )
        assert (r1 - r0) / (d1 - d0) == pytest.approx(-1 / (2 * level), rel=1e-3)
    assert ppca.rate_and_distortion(SPECTRUM, 8, 6.0) == pytest.approx((0.0, sum(SPECTRUM)))


@pytest.mark.parametrize(
    ("k", "variance", "train", "test", "rate", "distortion"),
    [
        (2, 0.046413, 85.253, 86.933, 5.8104, 36.388),
        (10, 0.024686, 314.806, 315.163, 23.7447, 19.354),
        (32, 0.015771, 455.578, 455.277, 58.6145, 12.364),
        (64, 0.011250, 545.550, 544.420, 101.0595, 8.820),
    ],
)
def test_fashion_mnist(images, fashion_mnist, k, variance, train, test, rate, distortion):
    best = ppca.maximum_likelihood(images, k)
    assert best.variance == pytest.approx(variance, abs=1e-6)
    assert ppca.mean_log_likelihood(images.eigenvalues, k) == pytest.approx(train, abs=2e-3)
    x = fashion_mnist.test.pixels.flatten(1).double().numpy()
    assert best.log_likelihood(x).mean() == pytest.approx(test, abs=2e-3)
    measured = ppca.rate_and_distortion(images.eigenvalues, k, best.variance)
    assert measured == pytest.approx((rate, distortion), abs=1e-3)


@pytest.mark.parametrize(
    ("level", "k", "active", "rate"),
    [
        (392.0, 64, 0, 0.0),
        (19.6, 20, 1, 0.005),
        (39.2, 10, 0, 0.0),
        (6.125, 64, 2, 0.928),
        (1.0, 64, 8, 5.33),
        (0.5, 64, 13, 8.99),
        (0.098, 64, 53, 32.4),
    ],
)
def test_what_popular_losses_keep(images, level, k, active, rate):
    assert ppca.active_units(images.eigenvalues, k, level) == active
    assert ppca.rate_and_distortion(images.eigenvalues, k, level)[0] == pytest.approx(
        rate, abs=0.05
    )


def test_what_is_asked_for_must_exist(fitted):
    with pytest.raises(ValueError, match="between 1 and 7"):
        ppca.maximum_likelihood(fitted, 8)
    with pytest.raises(ValueError, match="above 0"):
        ppca.mean_log_likelihood([2.0, 1.0, 0.0], 2)
