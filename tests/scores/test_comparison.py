"""Scores image by image, and their means."""

import numpy as np
import pytest
import torch
import xarray as xr
from skimage.metrics import peak_signal_noise_ratio

from labcode.scores.comparison import at_shares, decibels, image_scores, means
from labcode.scores.metrics import mse, ssim


def test_each_image_has_its_scores_in_any_number_of_slices() -> None:
    x = torch.rand(1203, 1, 12, 12, generator=torch.manual_seed(0))
    changed = x.flip(-1)
    found = image_scores(x, changed)
    np.testing.assert_allclose(found.mse, mse(x, changed), rtol=1e-5)
    np.testing.assert_allclose(found.ssim, ssim(x, changed), atol=1e-5)


def test_psnr_is_that_of_the_mean_error() -> None:
    dims = ("code_size", "image")
    found = means(
        xr.Dataset({name: (dims, [[0.1, 0.3], [0.01, 0.01]]) for name in ("mse", "ssim")})
    )
    np.testing.assert_allclose(found.mse, [0.2, 0.01])
    np.testing.assert_allclose(found.ssim, [0.2, 0.01])
    np.testing.assert_allclose(found.psnr, [-10 * np.log10(0.2), 20])


def test_decibels_are_scikit_images() -> None:
    x, y = np.random.default_rng(0).uniform(size=(2, 5, 5))
    error = xr.DataArray(np.mean((x - y) ** 2))
    expected = peak_signal_noise_ratio(x, y, data_range=1)
    assert decibels(error).item() == pytest.approx(expected)


def test_shares_of_an_order() -> None:
    values = np.random.default_rng(0).permutation(101) / 10
    places = at_shares(values, (0, 0.1, 0.5, 1))
    np.testing.assert_array_equal(values[places], [0, 1, 5, 10])
