"""The cover shows what its labels say."""

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from labcode.designs.profiles import PROFILES
from labcode.experiments import cover

SMOKE = PROFILES["smoke"]


@pytest.fixture(scope="module")
def columns(_own_cache):
    return {c.name: c for group in cover.gallery(SMOKE).values() for c in group}


def test_every_column_has_the_same_garments(columns):
    assert {tuple(column.pixels.shape) for column in columns.values()} == {(3, 28, 28)}


def test_pca_is_scikit_learns_clipped(columns, fashion_mnist):
    fitted = PCA(cover.CODE_SIZE, svd_solver="covariance_eigh")
    fitted.fit(fashion_mnist.train.pixels.flatten(1).double().numpy())
    shown = fashion_mnist.test.pixels[:3].flatten(1).double().numpy()
    expected = fitted.inverse_transform(fitted.transform(shown)).clip(0, 1)
    np.testing.assert_allclose(columns["PCA"].pixels.flatten(1).numpy(), expected, atol=1e-4)


def test_the_noise_has_its_strength(columns, fashion_mnist):
    error = (columns["noisy"].pixels - fashion_mnist.test.pixels[:3, 0]).square().mean()
    assert error.sqrt().item() == pytest.approx(cover.NOISE, rel=0.05)
    assert columns["noisy"].error == pytest.approx(cover.NOISE**2, rel=0.05)


def test_what_is_sampled_is_an_image_of_nothing(columns):
    sampled = columns["sampled"]
    assert sampled.error is None
    assert torch.isfinite(sampled.pixels).all()
    assert not torch.allclose(sampled.pixels[0], sampled.pixels[1])
