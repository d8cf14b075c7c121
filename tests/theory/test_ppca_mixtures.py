"""Mixtures of probabilistic PCA: against scikit-learn, SciPy, one component, and a made case."""

import numpy as np
import pytest
from scipy import optimize, stats
from sklearn.mixture import GaussianMixture

from labcode.theory import pca, ppca, ppca_mixtures
from labcode.theory.ppca_mixtures import PPCAMixture

FLOOR = 1e-6


@pytest.fixture(scope="module")
def truth() -> PPCAMixture:
    """Two lines and a plane, well apart in six dimensions, but for the last two."""
    generator = np.random.default_rng(0)
    means = np.array([[6.0, 0, 0, 0, 0, 0], [0, 6.0, 0, 0, 0, 0], [0, 5.0, 1.0, 0, 0, 0]])
    parts = [
        ppca.ProbabilisticPCA(mean, generator.normal(size=(6, 2)) * scale, v)
        for mean, scale, v in zip(means, (1.5, 1.0, 1.2), (0.05, 0.1, 0.2), strict=True)
    ]
    return PPCAMixture(np.array([0.5, 0.3, 0.2]), tuple(parts))


@pytest.fixture(scope="module")
def made(truth) -> tuple[np.ndarray, np.ndarray]:
    """4,000 points with the part of each."""
    generator = np.random.default_rng(1)
    which = generator.choice(3, 4000, p=truth.weights)
    gaussians = [
        generator.multivariate_normal(p.mean, covariance(p), 4000, method="cholesky")
        for p in truth.parts
    ]
    return np.stack(gaussians)[which, np.arange(4000)], which


def covariance(part: ppca.ProbabilisticPCA) -> np.ndarray:
    return part.weights @ part.weights.T + part.variance * np.eye(len(part.mean))


def test_likelihood_and_responsibilities_are_scikit_learns(truth, made):
    x, _ = made
    theirs = GaussianMixture(3, covariance_type="full")
    theirs.weights_ = truth.weights
    theirs.means_ = np.array([part.mean for part in truth.parts])
    covariances = np.array([covariance(part) for part in truth.parts])
    theirs.precisions_cholesky_ = np.linalg.cholesky(np.linalg.inv(covariances))
    np.testing.assert_allclose(truth.log_likelihood(x), theirs.score_samples(x), rtol=1e-9)
    np.testing.assert_allclose(truth.responsibilities(x), theirs.predict_proba(x), atol=1e-9)


def test_likelihood_is_scipys(truth, made):
    x = made[0][:50]
    densities = [stats.multivariate_normal(p.mean, covariance(p)).pdf(x) for p in truth.parts]
    np.testing.assert_allclose(truth.log_likelihood(x), np.log(truth.weights @ densities))


def test_one_part_is_probabilistic_pca(made):
    x = made[0].astype(np.float32)
    one = ppca_mixtures.most_likely(x, np.ones((len(x), 1)), 2, FLOOR)
    expected = ppca.maximum_likelihood(pca.fit(x.astype(float)), 2)
    np.testing.assert_allclose(covariance(one.parts[0]), covariance(expected), atol=1e-8)
    np.testing.assert_allclose(one.log_likelihood(x), expected.log_likelihood(x), rtol=1e-6)


def test_of_classes_is_probabilistic_pca_of_each_class(made):
    x, which = made
    ours = ppca_mixtures.of_classes(x, which + 5, 2, FLOOR)
    np.testing.assert_allclose(ours.weights, np.bincount(which) / len(x))
    for place, part in enumerate(ours.parts):
        expected = ppca.maximum_likelihood(pca.fit(x[which == place]), 2)
        np.testing.assert_allclose(part.mean, expected.mean, atol=1e-10)
        np.testing.assert_allclose(covariance(part), covariance(expected), atol=1e-8)


def test_em_climbs_and_finds_the_made_mixture(truth, made):
    x, which = made
    rough = np.where(np.arange(3) == which[:, None], 0.6, 0.2)
    mixture, climb = ppca_mixtures.most_likely(x, rough, 2, FLOOR), []
    for _ in range(60):
        climb.append(mixture.log_likelihood(x).mean())
        mixture = ppca_mixtures.most_likely(x, mixture.responsibilities(x), 2, FLOOR)
    assert (np.diff(climb) > -1e-9).all()
    assert climb[-1] > climb[0] + 0.1
    assert truth.log_likelihood(x).mean() < climb[-1] < truth.log_likelihood(x).mean() + 0.02
    np.testing.assert_allclose(mixture.weights, truth.weights, atol=0.03)
    for ours, part in zip(mixture.parts, truth.parts, strict=True):
        np.testing.assert_allclose(ours.mean, part.mean, atol=0.2)
        assert ours.variance == pytest.approx(part.variance, rel=0.1)


def test_one_variance_for_all_is_the_best_that_is_shared(made):
    """Against a search over v, each W then being the closed form at that v."""
    x, which = made
    shared = ppca_mixtures.of_classes(x, which, 3, FLOOR, one_variance=True)
    fits = [pca.fit(x[which == place]) for place in range(3)]

    def minus_log_likelihood(v):
        held = np.array([np.append(np.maximum(f.eigenvalues[:3], v), [v] * 3) for f in fits])
        terms = np.log(held) + np.array([f.eigenvalues for f in fits]) / held
        return np.bincount(which) / len(x) @ terms.sum(1)

    best = optimize.minimize_scalar(minus_log_likelihood, bounds=(0.01, 1), method="bounded")
    assert {part.variance for part in shared.parts} == {shared.parts[0].variance}
    assert shared.parts[0].variance == pytest.approx(best.x, rel=1e-4)


def test_a_step_is_the_best_of_the_expected_log_likelihood(truth, made):
    """No small change of a part gives its weighted rows a higher mean log-likelihood."""
    x, _ = made
    shares = truth.responsibilities(x)
    step = ppca_mixtures.most_likely(x, shares, 2, FLOOR)
    generator = np.random.default_rng(2)
    for column, part in zip(shares.T, step.parts, strict=True):
        best = column @ part.log_likelihood(x)
        for _ in range(10):
            moved = ppca.ProbabilisticPCA(
                part.mean + 1e-3 * generator.normal(size=6),
                part.weights + 1e-3 * generator.normal(size=(6, 2)),
                part.variance * (1 + 1e-3 * generator.normal()),
            )
            assert column @ moved.log_likelihood(x) < best


def test_decoded_samples_are_means_of_their_parts(truth):
    drawn = truth.decoded_samples(60_000, np.random.default_rng(3))
    expected = truth.weights @ [part.mean for part in truth.parts]
    np.testing.assert_allclose(drawn.mean(0), expected, atol=0.06)
    second = sum(
        weight * (part.weights @ part.weights.T + np.outer(part.mean, part.mean))
        for weight, part in zip(truth.weights, truth.parts, strict=True)
    )
    np.testing.assert_allclose(drawn.T @ drawn / 60_000, second, atol=0.5)


def test_a_part_on_few_rows_keeps_the_floor_and_one_on_none_goes():
    x = np.random.default_rng(4).normal(size=(20, 5))
    shares = np.zeros((20, 3))
    shares[:3, 0] = shares[3:, 1] = 1
    mixture = ppca_mixtures.most_likely(x, shares, 2, 0.01)
    assert len(mixture.parts) == 2
    assert mixture.parts[0].variance == 0.01 < mixture.parts[1].variance


@pytest.mark.parametrize(
    ("shares", "code_size", "message"),
    [
        (np.full((4, 2), 0.4), 1, "sum to 1"),
        (np.array([[1.5, -0.5]] * 4), 1, "at least 0"),
        (np.full((4, 2), 0.5), 3, "code_size"),
    ],
)
def test_what_is_no_share_is_refused(shares, code_size, message):
    with pytest.raises(ValueError, match=message):
        ppca_mixtures.most_likely(np.eye(4)[:, :3], shares, code_size, 0.1)


def test_weights_are_one_for_each_part(truth):
    for weights in ([0.5, 0.5], [0.5, 0.6, -0.1], [0.5, 0.3, 0.3]):
        with pytest.raises(ValueError, match="weights"):
            PPCAMixture(np.array(weights), truth.parts)
