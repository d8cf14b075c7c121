"""What the book quotes of the pixels of Fashion-MNIST."""

import numpy as np
import pytest
import xarray as xr

from labcode.scores.pixels import pixel_statistics


@pytest.fixture(scope="module")
def train(_own_cache) -> xr.Dataset:
    return pixel_statistics("train")


@pytest.mark.parametrize(
    ("part", "black", "white", "bright"),
    [("train", 0.502051, 0.008059, 0.314658), ("test", 0.499896, 0.008009, 0.315302)],
)
def test_shares_of_black_white_and_bright_pixels(
    part: str, black: float, white: float, bright: float
) -> None:
    share = pixel_statistics(part).share
    assert share.sum() == pytest.approx(1)
    assert share.sel(grey=0) == pytest.approx(black, abs=1e-6)
    assert share.sel(grey=255) == pytest.approx(white, abs=1e-6)
    assert share.sel(grey=slice(128, None)).sum() == pytest.approx(bright, abs=1e-6)


def test_mean_and_spread_of_the_training_pixels(train: xr.Dataset, fashion_mnist) -> None:
    assert train.grey_mean == pytest.approx(0.2860406, abs=1e-7)
    assert train.grey_std == pytest.approx(0.3530242, abs=1e-7)
    assert train.std_image.min() > 0, "a pixel is constant"
    assert train.mean_image.mean() == pytest.approx(train.grey_mean.item(), abs=1e-7)
    x = fashion_mnist.train.pixels[:, 0]
    np.testing.assert_allclose(train.black_image[3], (x[:, 3] == 0).double().mean(0), atol=1e-12)
    np.testing.assert_allclose(train.std_image[14], x[:, 14].double().std(0, correction=0))


def test_total_variance_splits_into_two(train: xr.Dataset) -> None:
    """Exercise 1: all pixels around one grey, around their mean image, and the mean image."""
    around_mean_image = (train.std_image**2).sum()
    assert around_mean_image == pytest.approx(68.21626, abs=1e-5)
    assert train.grey_std**2 == pytest.approx(
        (around_mean_image / 784 + train.mean_image.var()).item()
    )
