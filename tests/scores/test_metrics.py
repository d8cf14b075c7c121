"""Metrics against scikit-image, SciPy and hand-made cases."""

import numpy as np
import pytest
import torch
from scipy import stats
from skimage.metrics import (
    mean_squared_error,
    peak_signal_noise_ratio,
    structural_similarity,
)

from labcode.designs.contrast import interval
from labcode.scores.metrics import binary_accuracy, mse, principal_angles, psnr, ssim


@pytest.fixture
def pairs() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(5, 1, 28, 24, generator=generator, dtype=torch.float64)
    return x, (x + 0.2 * torch.randn(x.shape, generator=generator, dtype=torch.float64)).clamp(0, 1)


def test_mse_and_psnr_agree_with_scikit_image(pairs):
    x, y = pairs
    for error, a, b in zip(mse(x, y), x.numpy(), y.numpy(), strict=True):
        assert error.item() == pytest.approx(mean_squared_error(a, b), rel=1e-12)
        expected = peak_signal_noise_ratio(a, b, data_range=1)
        assert psnr(error).item() == pytest.approx(expected, rel=1e-12)


def test_ssim_agrees_with_scikit_image(pairs):
    x, y = pairs
    for similarity, a, b in zip(ssim(x, y), x[:, 0].numpy(), y[:, 0].numpy(), strict=True):
        _, full = structural_similarity(
            a, b, data_range=1, gaussian_weights=True, sigma=1.5,
            use_sample_covariance=False, full=True,
        )  # fmt: skip
        assert similarity.item() == pytest.approx(full[5:-5, 5:-5].mean(), rel=1e-9)


def test_ssim_of_equal_images_is_one(pairs):
    assert torch.allclose(ssim(pairs[0], pairs[0]), torch.ones(5, dtype=torch.float64))


def test_ssim_refuses_shapes_that_it_cannot_score():
    with pytest.raises(ValueError, match="11 x 11"):
        ssim(torch.rand(2, 1, 10, 10), torch.rand(2, 1, 10, 10))


def test_principal_angles_of_a_known_rotation():
    angle = 0.3
    a = np.eye(5)[:, :2]
    b = a.copy()
    b[1, 1], b[3, 1] = np.cos(angle), np.sin(angle)
    assert principal_angles(a, b @ np.array([[2.0, 1.0], [0.0, -3.0]])) == pytest.approx(
        [angle, 0.0], abs=1e-12
    )


def test_interval_agrees_with_scipys_t_test():
    values = [1.0, 1.3, 0.9, 1.6]
    expected = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    found = interval(values)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert found.mean == pytest.approx(1.2)
    assert found.n == 4


def test_interval_needs_two_runs():
    with pytest.raises(ValueError, match="at least two"):
        interval([1.0])


def test_binary_accuracy_is_nearly_blind(fashion_mnist):
    """Black and perfect images, as Keras scores them: 0.4999 and 0.5079."""
    images = fashion_mnist.test.pixels
    black = binary_accuracy(images, torch.zeros_like(images))
    assert black == pytest.approx(0.499896, abs=1e-6)
    assert binary_accuracy(images, images) == pytest.approx(0.507904, abs=1e-6)
