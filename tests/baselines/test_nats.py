"""Nats by preparation, against SciPy's densities of images, drawn noise and all."""

import numpy as np
import pytest
from scipy import stats

from labcode.baselines import nats
from labcode.baselines.pca import image_moments
from labcode.theory.dequantisation import dequantised, dequantised_moments


@pytest.fixture(scope="module")
def table():
    return nats.nats_by_preparation(8)


@pytest.fixture(scope="module")
def images(fashion_mnist):
    return fashion_mnist.test.pixels.flatten(1).double().numpy()


def test_grey_levels_have_the_densities_of_scipys_gaussians(table, images):
    fitted = image_moments()
    mean, covariance = fitted["mean"].values, fitted["covariance"].values
    row = table.log_likelihood.sel(preparation=nats.GREY)
    pixels = stats.norm(mean, covariance.diagonal() ** 0.5).logpdf(images)
    assert row.sel(model=nats.INDEPENDENT).item() == pytest.approx(pixels.sum(1).mean())
    full = stats.multivariate_normal(mean, covariance).logpdf(images).mean()
    assert row.sel(model=nats.FULL).item() == pytest.approx(full, rel=1e-5)
    pictures = pixels.reshape(-1, 28, 28)
    border = pictures.sum((1, 2)).mean() - pictures[:, 2:26, 2:26].sum((1, 2)).mean()
    assert table.border.sel(preparation=nats.GREY).item() == pytest.approx(border)


def test_dequantised_pixels_have_those_of_draws(table, images):
    fitted = image_moments()
    mean, covariance = dequantised_moments(fitted["mean"].values, fitted["covariance"].values)
    drawn = dequantised(images, np.random.default_rng(0).random(images.shape))
    pixels = stats.norm(mean, covariance.diagonal() ** 0.5).logpdf(drawn).sum(1)
    row = table.log_likelihood.sel(preparation=nats.DEQUANTISED)
    assert row.sel(model=nats.INDEPENDENT).item() == pytest.approx(pixels.mean(), abs=0.5)


def test_bits_are_of_the_nats_and_none_is_below_zero(table):
    expected = 8 - table.log_likelihood.values / (784 * np.log(2))
    np.testing.assert_allclose(table.bits.values, expected)
    assert (table.bits.sel(preparation=nats.DEQUANTISED) > 0).all()
