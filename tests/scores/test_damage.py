"""Damages against SciPy and closed forms, and their common error."""

import numpy as np
import pytest
import torch
from scipy import ndimage

from labcode.scores import damage
from labcode.scores.comparison import image_scores
from labcode.scores.metrics import mse


@pytest.fixture(scope="module")
def some(fashion_mnist) -> torch.Tensor:
    """The first 300 test images."""
    return fashion_mnist.test.pixels[:300]


@pytest.mark.parametrize(("right", "down"), [(1, 0), (-2, 0), (0, 3), (0, -1), (2, -4)])
def test_shift_agrees_with_scipy(some: torch.Tensor, right: int, down: int) -> None:
    moved = damage.shifted(some[:20], right, down)
    expected = ndimage.shift(some[:20].numpy(), (0, 0, down, right), order=0, cval=0)
    np.testing.assert_array_equal(moved, expected)


def test_blur_agrees_with_scipy(some: torch.Tensor) -> None:
    blurred = damage.blurred(some[:20], torch.full((20,), 1.5))
    expected = ndimage.gaussian_filter(
        some[:20].double().numpy(), (0, 0, 1.5, 1.5), mode="reflect", truncate=6
    )
    np.testing.assert_allclose(blurred, expected, atol=1e-3)


def test_the_strongest_blur_is_the_mean_grey(some: torch.Tensor) -> None:
    blurred = damage.blurred(some, torch.full((len(some),), 28.0))
    expected = some.mean((2, 3), keepdim=True).expand_as(some)
    torch.testing.assert_close(blurred, expected, atol=1e-2, rtol=0)


def test_half_a_cut_hides_the_lower_half(some: torch.Tensor) -> None:
    cut = damage.cut_off(some, torch.full((len(some),), 0.5))
    assert torch.equal(cut[:, :, :14], some[:, :, :14])
    assert not cut[:, :, 14:].any()


def test_a_cut_grows_row_by_row(some: torch.Tensor) -> None:
    white = torch.ones(1, 1, 28, 28)
    cut = damage.cut_off(white, torch.tensor([1.25 / 28]))
    assert cut[0, 0, 27, 0] == 0
    assert cut[0, 0, 26, 0] == pytest.approx(0.75, abs=1e-5)
    assert cut[0, 0, 25, 0] == 1


def test_at_error_finds_the_strength(some: torch.Tensor) -> None:
    """Fading has a closed form: the error is strength^2 times the mean square."""
    error = torch.full((len(some),), 0.002)
    faded = damage.at_error(damage.faded, some, error, strongest=1.0)
    strength = (error / (some**2).flatten(1).mean(1)).sqrt()
    torch.testing.assert_close(faded, damage.faded(some, strength), atol=1e-5, rtol=0)


def test_damages_share_the_error_of_a_shift_unless_it_beats_the_mean_grey(
    fashion_mnist,
) -> None:
    x = fashion_mnist.test.pixels[:2000]
    noise = torch.randn(x.shape, generator=torch.manual_seed(0))
    assert damage.DAMAGES == ("shifted", "noisy", "blurred", "faded", "cut off")
    damaged = {name: damage.equally_damaged(x, noise, name) for name in damage.DAMAGES}
    error = mse(x, damaged["shifted"])
    variance = x.flatten(1).var(1, correction=0)
    possible = error < variance
    assert 0 < (~possible).sum() < 100, "the exception should be rare, and exist"
    for label, y in damaged.items():
        torch.testing.assert_close(
            mse(x, y)[possible], error[possible], rtol=1e-3, atol=1e-6, msg=label
        )
    off = (mse(x, damaged["blurred"]) - error).abs() > 1e-5
    assert torch.equal(off, ~possible)


def test_scores_of_damages_are_those_of_the_damaged_images(some: torch.Tensor, empty_cache) -> None:
    x = some[:30]
    for name in ("noisy", "cut off"):
        expected = image_scores(x, damage.equally_damaged(x, damage.noise_for(x), name))
        assert damage.damage_scores(name, 30).equals(expected)


def test_unknown_damages_are_refused(some: torch.Tensor) -> None:
    with pytest.raises(ValueError, match="blurry"):
        damage.equally_damaged(some, some, "blurry")
