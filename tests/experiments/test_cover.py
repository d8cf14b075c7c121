"""The cover shows what its labels say."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from labcode.designs.profiles import PROFILES
from labcode.experiments import cover
from labcode.experiments.latent_space import models
from labcode.scores.metrics import mse
from labcode.scores.reconstruction import through

SMOKE = PROFILES["smoke"]


@pytest.fixture(scope="module")
def table(_own_cache):
    return cover.gallery(SMOKE)


def test_every_column_has_the_same_garments(table, fashion_mnist):
    assert table.pixels.shape == (8, 3, 28, 28)
    original = table.pixels.sel(treatment="original")
    np.testing.assert_array_equal(original, fashion_mnist.test.pixels[:3, 0])


def test_pca_is_scikit_learns_clipped(table, fashion_mnist):
    fitted = PCA(cover.CODE_SIZE, svd_solver="covariance_eigh")
    fitted.fit(fashion_mnist.train.pixels.flatten(1).double().numpy())
    shown = fashion_mnist.test.pixels[:3].flatten(1).double().numpy()
    expected = fitted.inverse_transform(fitted.transform(shown)).clip(0, 1)
    column = table.pixels.sel(treatment="PCA")
    np.testing.assert_allclose(column.values.reshape(3, 784), expected, atol=1e-4)


def test_networks_give_back_what_they_decode_and_err_so_on_average(table, fashion_mnist):
    x = fashion_mnist.test.pixels[: models.sizes(SMOKE).asked]
    for name in (models.AE, models.VAE):
        networks = [models.network(SMOKE, name, seed) for seed in SMOKE.seeds]
        restored = [through(lambda some, n=n: n.decode(n.encode(some)), x) for n in networks]
        column = table.sel(treatment=name)
        np.testing.assert_allclose(column.pixels, restored[0][:3, 0], atol=1e-6)
        expected = np.mean([mse(x, images).mean() for images in restored])
        assert column.error == pytest.approx(expected, rel=1e-5)


def test_the_noise_has_its_strength(table, fashion_mnist):
    noisy = table.sel(treatment="noisy")
    error = (noisy.pixels - fashion_mnist.test.pixels[:3, 0].numpy()) ** 2
    assert error.mean() ** 0.5 == pytest.approx(cover.NOISE, rel=0.05)
    assert noisy.error == pytest.approx(cover.NOISE**2, rel=0.05)


def test_what_is_sampled_is_an_image_of_nothing(table):
    sampled = table.sel(treatment="sampled")
    assert sampled.error.isnull()
    assert np.isfinite(sampled.pixels).all()
    assert not np.allclose(sampled.pixels[0], sampled.pixels[1])
