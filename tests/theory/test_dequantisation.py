"""Nats of dequantised pixels: a bound on a probability, by SciPy's integrals and by draws."""

import math

import numpy as np
import pytest
from scipy import integrate, stats

from labcode.theory import dequantisation


def test_its_mean_bounds_the_probability_of_a_grey_level():
    """Theis et al.: the mean log density over a cell is at most the logarithm of its mean."""
    density = stats.norm(0.3, 0.01)
    for level in (70, 74, 76, 77, 82):
        low, high = level / 256, (level + 1) / 256
        probability = density.cdf(high) - density.cdf(low)
        total, _ = integrate.quad(density.logpdf, low, high)
        bits = dequantisation.bits_per_dimension(total * 256, 1)
        assert bits >= -math.log2(probability) - 1e-9
    flat = stats.uniform(0, 1)
    total, _ = integrate.quad(flat.logpdf, 0.25, 0.25 + 1 / 256)
    assert dequantisation.bits_per_dimension(total * 256, 1) == pytest.approx(8)


def test_a_density_that_knows_the_level_takes_no_bits_and_a_sharper_one_is_no_better():
    rng = np.random.default_rng(0)
    x = dequantisation.dequantised(np.full(20_000, 77 / 255), rng.random(20_000))
    cell = stats.uniform(77 / 256, 1 / 256)
    assert dequantisation.bits_per_dimension(cell.logpdf(x).mean(), 1) == pytest.approx(0)
    for width in (0.5, 1, 2):
        sharp = stats.norm(77.5 / 256, width / 256)
        assert dequantisation.bits_per_dimension(sharp.logpdf(x).mean(), 1) > 0
    # Without the noise, the sharper the better, without end.
    assert dequantisation.bits_per_dimension(stats.norm(0.3, 1e-6).logpdf(0.3), 1) < -5


def test_moments_are_those_of_draws():
    rng = np.random.default_rng(1)
    x = rng.integers(0, 256, size=(400, 3)) / 255
    mean, covariance = dequantisation.dequantised_moments(x.mean(0), np.cov(x.T, bias=True))
    many = np.repeat(x, 500, axis=0)
    drawn = dequantisation.dequantised(many, rng.random(many.shape))
    np.testing.assert_allclose(drawn.mean(0), mean, atol=1e-5)
    np.testing.assert_allclose(np.cov(drawn.T, bias=True), covariance, atol=5e-6)
    constant = dequantisation.dequantised_moments([0.0], [[0.0]])[1]
    assert constant.item() == pytest.approx(stats.uniform(0, 1 / 256).var())


def test_levels_stay_in_their_cells():
    levels = np.arange(256)
    for noise in (0.0, 0.999):
        x = dequantisation.dequantised(levels / 255, np.full(256, noise))
        np.testing.assert_array_equal(np.floor(x * 256 + 1e-9), levels)
