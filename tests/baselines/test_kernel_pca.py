"""Kernel PCA: wide kernels are PCA, narrow ones bend, and scores are on the images they name."""

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA, KernelPCA

from labcode import data
from labcode.baselines.kernel_pca import KernelPCASpec, autoencoder
from labcode.data import DataSpec

IMAGES = DataSpec(300, 100)


def test_with_all_points_as_landmarks_codes_are_scikit_learns_exact_kernel_pca():
    x = np.random.default_rng(0).normal(size=(80, 5))
    width = 1.5
    codes = autoencoder(x, 3, width, 80, 0).named_steps["encoder"].transform(x)
    gamma = 1 / (width * 2 * x.var(0).sum())
    exact = KernelPCA(3, kernel="rbf", gamma=gamma).fit_transform(x)
    np.testing.assert_allclose(np.abs(codes), np.abs(exact), atol=1e-6)


def test_a_wide_kernel_gives_back_what_pca_does():
    x = np.random.default_rng(0).normal(size=(200, 6)) * [3, 2, 1, 0.5, 0.3, 0.1]
    fitted = PCA(2).fit(x)
    pca = np.mean((fitted.inverse_transform(fitted.transform(x)) - x) ** 2)
    wide = np.mean((autoencoder(x, 2, 1000.0, 60, 0).predict(x) - x) ** 2)
    assert wide == pytest.approx(pca, rel=0.05)


def test_a_curve_is_given_back_from_one_number_where_a_line_fails():
    angle = np.random.default_rng(0).uniform(0, 0.7 * np.pi, 300)
    x = np.stack([np.cos(angle), np.sin(angle)], 1)
    fitted = PCA(1).fit(x)
    line = np.mean((fitted.inverse_transform(fitted.transform(x)) - x) ** 2)
    assert np.mean((autoencoder(x, 1, 3.0, 50, 0).predict(x) - x) ** 2) < 0.05 * line


def test_scores_are_means_over_the_images_that_they_name(fashion_mnist):
    spec = KernelPCASpec(2, 1.0, 0, IMAGES, landmarks=50)
    found = spec.train()
    train, validation, test = (
        part.pixels.flatten(1).numpy()
        for part in (lambda s: (s.train, s.validation, s.test))(data.load(IMAGES))
    )
    model = autoencoder(train, 2, 1.0, 50, 0)
    given_back = model.predict(test)
    expected = {
        "test_mse": np.mean((given_back - test) ** 2),
        "clipped_mse": np.mean((given_back.clip(0, 1) - test) ** 2),
        "validation_mse": np.mean((model.predict(validation) - validation) ** 2),
    }
    for name, error in expected.items():
        assert found.history[name].item() == pytest.approx(error, rel=1e-5)
    torch.testing.assert_close(
        found.weights["reconstructions"], torch.from_numpy(given_back[:10]).float()
    )
    assert spec.train().history["test_mse"] == found.history["test_mse"]


@pytest.mark.parametrize("landmarks", [2, 301])
def test_too_few_or_too_many_landmarks_are_refused(landmarks):
    with pytest.raises(ValueError, match="landmarks"):
        KernelPCASpec(2, 1.0, 0, IMAGES, landmarks)
