"""Closed forms, against SciPy's and NumPy's longer ways to the same numbers."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import multivariate_normal

from labcode.theory import denoising, linear_autoencoder, mixtures, pca, ppca
from tests.fuzz.inputs import arrays, finite, numbers, outcome, sizes, tries

RNG = np.random.default_rng(0)
POINTS = RNG.normal(size=(30, 4)) * [3, 2, 1, 0.5]
FITTED = pca.fit(POINTS)
MODEL = ppca.maximum_likelihood(FITTED, 2)
MIXTURE = mixtures.mixture_of_classes(POINTS, np.arange(30) % 3)
spectra = st.one_of(
    st.lists(st.floats(0, 5), min_size=1, max_size=5).map(lambda l: np.sort(l)[::-1]),
    arrays(None),
)


def small(*values):
    found = [np.asarray(value) for value in values if value is not None]
    return all(
        value.dtype.kind in "fiub" and np.abs(value.astype(float)).max(initial=0) < 1e5
        for value in found
    )


def usual(*values):
    """Small numbers, and none so near to 0 that its reciprocal is infinite."""
    return small(*values) and all(
        ((x == 0) | (x > 1e-200)).all() for x in (np.abs(v) for v in values if v is not None)
    )


def as_float(x):
    return x.astype(float) if isinstance(x, np.ndarray) and x.dtype.kind in "fiu" else x


def same(found, expected, tolerance=1e-6):
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)


@tries(40, 600)
@given(arrays(None, None, good=0.8), sizes)
def test_pca_is_numpys_svd(x, k):
    fitted = outcome(lambda: pca.fit(x))
    if fitted is None or not small(x):
        return
    x = x.astype(float)
    values = np.linalg.svd(x - x.mean(0), compute_uv=False) ** 2 / len(x)
    same(fitted.eigenvalues[: len(values)], values[: len(fitted.eigenvalues)], 1e-5)
    error = outcome(lambda: ((x - fitted.reconstruct(x, k)) ** 2).sum(1).mean())
    if error is not None:
        same(error, fitted.floor(k), 1e-5)


@tries(40, 400)
@given(arrays(3), arrays(3, 3))
def test_what_is_no_covariance_has_no_pca(mean, matrix):
    if isinstance(matrix, np.ndarray) and matrix.ndim == 2 and matrix.dtype == float:
        matrix = matrix @ matrix.T
    fitted = outcome(lambda: pca.from_moments(mean, matrix))
    if fitted is not None and small(matrix):
        same(fitted.covariance, matrix, 1e-5)


@tries(40, 600)
@given(arrays(None, 4))
def test_a_likelihood_is_scipys(x):
    found = outcome(lambda: MODEL.log_likelihood(x))
    if found is not None and small(x):
        cov = MODEL.weights @ MODEL.weights.T + MODEL.variance * np.eye(4)
        same(found, np.atleast_1d(multivariate_normal(MODEL.mean, cov).logpdf(x)), 1e-5)
    outcome(lambda: MODEL.posterior(x))


@tries(40, 600)
@given(arrays(None, 4), st.one_of(st.floats(0.1, 2), numbers))
def test_a_mixtures_density_is_scipys(y, std):
    found = outcome(lambda: MIXTURE.log_density(y, std))
    if found is not None and small(y, std):
        terms = [
            np.log(w) + np.atleast_1d(multivariate_normal(m, c + std**2 * np.eye(4)).logpdf(y))
            for w, m, c in zip(*vars_of(MIXTURE), strict=True)
        ]
        same(found, np.logaddexp.reduce(terms), 1e-4)
        tweedie = np.asarray(y) + std**2 * MIXTURE.score(y, std)
        same(MIXTURE.posterior_mean(y, std), tweedie, 1e-4)
    outcome(lambda: MIXTURE.posterior_mean(y, std))
    outcome(lambda: MIXTURE.score(y, std))


def vars_of(mixture):
    return mixture.weights, mixture.means, mixture.covariances


@tries(30, 400)
@given(arrays(2), arrays(2, 3), arrays(2, 3, 3))
def test_a_mixture_is_one_or_refused(weights, means, covariances):
    found = outcome(lambda: mixtures.GaussianMixture(weights, means, covariances))
    assert found is None or abs(np.sum(weights) - 1) < 1e-6


@tries(40, 600)
@given(spectra, st.one_of(st.integers(-1, 5), sizes), st.one_of(st.floats(0.1, 3), numbers))
def test_spectra(values, k, level):
    for door in (
        lambda: ppca.unit_rates(values, k, level),
        lambda: ppca.rate_and_distortion(values, k, level),
        lambda: denoising.wiener_error(values, level, k),
        lambda: ppca.mean_log_likelihood(values, k),
        lambda: linear_autoencoder.bias_bounds(values, k),
        lambda: ppca.active_units(values, k, level),
    ):
        found = outcome(door)
        if found is not None and small(values, level):
            finite(found)
    gains = outcome(lambda: denoising.gains(values, level, k))
    if gains is not None:
        assert ((gains >= 0) & (gains <= 1)).all() and len(gains) == len(values)
    rank = outcome(lambda: denoising.hard_projection_rank(values, level))
    assert rank is None or 0 <= rank <= len(values)


@tries(40, 600)
@given(arrays(3, 2), numbers, st.booleans())
def test_moments_of_noise(x, strength, clip):
    found = [
        outcome(lambda: denoising.gaussian_moments(x, strength, clip)),
        outcome(lambda: denoising.masking_moments(x, strength)),
        outcome(lambda: denoising.salt_and_pepper_moments(x, strength)),
    ]
    for moments in filter(None, found):
        if small(x, strength):
            finite(moments.mean, moments.variance)
            if np.min(x) >= 0 and np.max(x) <= 1:
                assert (moments.variance >= -1e-12).all()
            energy = outcome(lambda moments=moments: denoising.noise_energy(x, moments))
            assert energy is None or energy >= -1e-12


@tries(40, 600)
@given(arrays(5, 2), arrays(5, 2), arrays(2), st.one_of(st.floats(0.1, 1), numbers))
def test_denoisers(x, y, gain, std):
    x, y = as_float(x), as_float(y)
    fitted = outcome(lambda: denoising.least_squares(x, y))
    if fitted is not None and small(x, y):
        error = ((fitted(y) - x) ** 2).sum()
        assert error <= ((x - x.mean(0)) ** 2).sum() * (1 + 1e-6) + 1e-9
    moments = outcome(lambda: denoising.gaussian_moments(x, std))
    if moments is not None and small(x, std):
        best = outcome(lambda: denoising.best_linear(x, moments))
        if best is not None and np.asarray(std) > 1e-3:
            assert best.expected_error(x, moments) <= np.var(x, axis=0).mean() * (1 + 1e-6) + 1e-9
    outcome(lambda: denoising.gain_error(gain, gain, std))
    outcome(lambda: denoising.sure(x, y, std, std))
    outcome(lambda: denoising.tikhonov_loss(y, x, std))


@tries(40, 600)
@given(arrays(2, 3), arrays(3, 2), arrays(3, 3), arrays(3), arrays(3))
def test_linear_autoencoders(w1, w2, factor, mean, bias):
    square = isinstance(factor, np.ndarray) and factor.shape == (3, 3) and factor.dtype == float
    s = factor @ factor.T if square else factor
    found = outcome(lambda: linear_autoencoder.loss(w1, w2, s, mean=mean, bias=bias))
    if found is not None and small(w1, w2, s, mean, bias):
        rest = np.eye(3) - w2 @ w1
        mu, b = (np.zeros(3) if value is None else value for value in (mean, bias))
        offset = rest @ mu - b
        same(found, np.trace(rest @ s @ rest.T) + (offset**2).sum(), 1e-4)
    by_w1 = outcome(lambda: linear_autoencoder.encoder_gradient(w1, w2, s))
    assert by_w1 is None or by_w1.shape == w1.shape
    by_w2 = outcome(lambda: linear_autoencoder.decoder_gradient(w1, w2, s))
    assert by_w2 is None or by_w2.shape == w2.shape
    directions = outcome(lambda: linear_autoencoder.reconstruction_directions(w1, w2, s))
    if directions is not None:
        cosines = outcome(lambda: linear_autoencoder.alignment(directions, np.eye(3)))
        assert cosines is None or ((cosines >= 0) & (cosines <= 1)).all()
    outcome(lambda: linear_autoencoder.svd_directions(w2))
    outcome(lambda: linear_autoencoder.largest_step_with_biases(mean))


@tries(40, 600)
@given(spectra, numbers, numbers, numbers, sizes)
def test_curves(values, time, start, step, d):
    doors = [
        lambda: linear_autoencoder.learning_curve(time, values, start),
        lambda: linear_autoencoder.learning_curve_lag(time, values, start, step),
        lambda: linear_autoencoder.half_life(values, start),
        lambda: linear_autoencoder.decayed_singular_values(values, step, d),
        lambda: linear_autoencoder.time_of_step(step, time, d),
        lambda: linear_autoencoder.step_of_time(step, time, d),
        lambda: linear_autoencoder.largest_stable_step(step, d),
    ]
    for door in doors:
        found = outcome(door)
        if found is not None and usual(values, time, step, d):
            finite(found)
    share = outcome(doors[0])
    assert share is None or ((share >= 0) & (share <= 1)).all()


@tries(30, 300)
@given(arrays(4, 2), st.one_of(st.lists(st.integers(0, 2), min_size=4, max_size=4), arrays(4)))
def test_mixtures_of_classes(x, labels):
    found = outcome(lambda: mixtures.mixture_of_classes(x, labels))
    if found is not None and small(x):
        same(found.weights @ found.means, np.asarray(x, dtype=float).mean(0))
