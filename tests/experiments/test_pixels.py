"""Chapter 1: the facts of NUMBERS that it quotes, and its tools against independent ones."""

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from scipy import ndimage
from skimage.metrics import peak_signal_noise_ratio
from sklearn.neighbors import NearestNeighbors

from labcode import data
from labcode.baselines import pca as image_pca
from labcode.designs.profiles import PROFILES
from labcode.experiments import pixels
from labcode.figures import pixels as figures
from labcode.runs.measurements import ArrayMeasurement
from labcode.scores.metrics import mse, ssim

SMOKE = PROFILES["smoke"]


@pytest.fixture(scope="module")
def some(fashion_mnist) -> torch.Tensor:
    """The first 300 test images."""
    return fashion_mnist.test.pixels[:300]


# The images


@pytest.mark.parametrize(
    ("part", "black", "white", "bright"),
    [("train", 0.502051, 0.008059, 0.314658), ("test", 0.499896, 0.008009, 0.315302)],
)
def test_shares_of_black_white_and_bright_pixels(
    part: str, black: float, white: float, bright: float
) -> None:
    found = pixels.pixel_statistics(part)
    assert found.black == pytest.approx(black, abs=1e-6)
    assert found.white == pytest.approx(white, abs=1e-6)
    assert found.bright == pytest.approx(bright, abs=1e-6)


def test_mean_and_spread_of_the_training_pixels(fashion_mnist) -> None:
    found = pixels.pixel_statistics("train")
    assert found.mean == pytest.approx(0.2860406, abs=1e-7)
    assert found.std == pytest.approx(0.3530242, abs=1e-7)
    assert found.std_image.min() > 0, "a pixel is constant"
    assert found.counts.sum() == 60_000 * 784
    assert found.mean_image.mean() == pytest.approx(found.mean, abs=1e-7)
    x = fashion_mnist.train.pixels[:, 0]
    np.testing.assert_allclose(found.black_image[3], (x[:, 3] == 0).double().mean(0), atol=1e-12)
    np.testing.assert_allclose(found.std_image[14], x[:, 14].double().std(0, correction=0))


def test_total_variance_splits_into_two(fashion_mnist) -> None:
    """Exercise 1: all pixels around one grey, around their mean image, and the mean image."""
    found = pixels.pixel_statistics("train")
    around_mean_image = (found.std_image**2).sum()
    assert around_mean_image == pytest.approx(68.21626, abs=1e-5)
    assert found.std**2 == pytest.approx(around_mean_image / 784 + found.mean_image.var())


def test_parts_share_no_image_and_the_classes_are_balanced(fashion_mnist) -> None:
    training, validation, test = pixels.parts(PROFILES["book"])
    assert (training.images, validation.images, test.images) == (50_000, 10_000, 10_000)
    together = np.add(training.of_class, validation.of_class)
    assert set(together) == {6000}, "training and validation are not the 60,000 images"
    assert set(test.of_class) == {1000}


def test_portraits_are_the_nearest_and_the_farthest_of_their_class(fashion_mnist) -> None:
    found = pixels.portraits(count=2)[3]
    assert found.name == "Dress"
    train = fashion_mnist.train
    dresses = train.pixels[train.labels == 3].squeeze(1).double().numpy()
    distance = np.linalg.norm(dresses - dresses.mean(0), axis=(1, 2))
    order = distance.argsort()
    np.testing.assert_array_equal(found.nearest, dresses[order[:2]].astype(np.float32))
    np.testing.assert_array_equal(found.farthest, dresses[order[:-3:-1]].astype(np.float32))
    assert found.spread == pytest.approx((distance**2).mean() / 784, rel=1e-5)


# Copies


def test_no_image_has_an_exact_copy() -> None:
    assert pixels.copies() == pixels.Copies(within_train=0, within_test=0, across=0)


def test_copies_are_found_where_there_are_some(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    a, b, c, d = torch.randint(0, 256, (4, 1, 28, 28), generator=torch.manual_seed(0)) / 255
    almost = a.clone()
    almost[0, 5, 5] = 1 - almost[0, 5, 5]
    parts = {"train": torch.stack([a, b, a, a, almost]), "test": torch.stack([c, b, c, d])}

    def fake(part: str) -> data.Images:
        return data.Images(parts[part], torch.zeros(len(parts[part]), dtype=torch.int64))

    monkeypatch.setattr(data, "fashion_mnist", fake)
    monkeypatch.setenv("LABCODE_CACHE", str(tmp_path))
    assert pixels.copies() == pixels.Copies(within_train=2, within_test=1, across=1)


def test_nearest_images_agree_with_scikit_learn(fashion_mnist, some: torch.Tensor) -> None:
    train = fashion_mnist.train.pixels
    searched = train[:20_000]
    oracle = NearestNeighbors(n_neighbors=1, algorithm="brute").fit(searched.flatten(1).double())
    distance, place = oracle.kneighbors(some.flatten(1).double())
    found = pixels.nearest_images(some, searched)
    np.testing.assert_array_equal(found, place[:, 0])
    np.testing.assert_allclose(mse(some, searched[found]), distance[:, 0] ** 2 / 784, rtol=1e-4)


def test_the_closest_pair_of_test_and_training_image(fashion_mnist) -> None:
    """They differ by less than one grey level, and yet they are not equal."""
    pair = fashion_mnist.test.pixels[4998], fashion_mnist.train.pixels[13360]
    grey = 255 * (pair[0] - pair[1])
    assert 0 < float((grey**2).mean().sqrt()) < 1
    assert pixels.nearest_images(pair[0][None], fashion_mnist.train.pixels).item() == 13360


def test_neighbours_know_their_classes(fashion_mnist) -> None:
    found = pixels.neighbours(SMOKE)
    assert len(found.test) == SMOKE.validation
    assert len(found.train) == SMOKE.train
    labels = (
        fashion_mnist.train.labels[found.nearest] == fashion_mnist.test.labels[: len(found.mse)]
    )
    np.testing.assert_array_equal(found.same_class, labels)
    closest = found.mse[found.closest(5)]
    np.testing.assert_array_equal(closest, np.sort(found.mse)[:5])


# Damages


@pytest.mark.parametrize(("right", "down"), [(1, 0), (-2, 0), (0, 3), (0, -1), (2, -4)])
def test_shift_agrees_with_scipy(some: torch.Tensor, right: int, down: int) -> None:
    moved = pixels.shifted(some[:20], right, down)
    expected = ndimage.shift(some[:20].numpy(), (0, 0, down, right), order=0, cval=0)
    np.testing.assert_array_equal(moved, expected)


def test_blur_agrees_with_scipy(some: torch.Tensor) -> None:
    blurred = pixels.blurred(some[:20], torch.full((20,), 1.5))
    expected = ndimage.gaussian_filter(
        some[:20].double().numpy(), (0, 0, 1.5, 1.5), mode="reflect", truncate=6
    )
    np.testing.assert_allclose(blurred, expected, atol=1e-3)


def test_the_strongest_blur_is_the_mean_grey(some: torch.Tensor) -> None:
    blurred = pixels.blurred(some, torch.full((len(some),), 28.0))
    expected = some.mean((2, 3), keepdim=True).expand_as(some)
    torch.testing.assert_close(blurred, expected, atol=1e-2, rtol=0)


def test_half_a_cut_hides_the_lower_half(some: torch.Tensor) -> None:
    cut = pixels.cut_off(some, torch.full((len(some),), 0.5))
    assert torch.equal(cut[:, :, :14], some[:, :, :14])
    assert not cut[:, :, 14:].any()


def test_a_cut_grows_row_by_row(some: torch.Tensor) -> None:
    white = torch.ones(1, 1, 28, 28)
    cut = pixels.cut_off(white, torch.tensor([1.25 / 28]))
    assert cut[0, 0, 27, 0] == 0
    assert cut[0, 0, 26, 0] == pytest.approx(0.75, abs=1e-5)
    assert cut[0, 0, 25, 0] == 1


def test_at_error_finds_the_strength(some: torch.Tensor) -> None:
    """Fading has a closed form: the error is strength^2 times the mean square."""
    error = torch.full((len(some),), 0.002)
    faded = pixels.at_error(pixels.faded, some, error, strongest=1.0)
    strength = (error / (some**2).flatten(1).mean(1)).sqrt()
    torch.testing.assert_close(faded, pixels.faded(some, strength), atol=1e-5, rtol=0)


def test_damages_share_the_error_of_a_shift_unless_it_beats_the_mean_grey(
    fashion_mnist,
) -> None:
    x = fashion_mnist.test.pixels[:2000]
    noise = torch.randn(x.shape, generator=torch.manual_seed(0))
    damaged = pixels.equal_damages(x, noise)
    assert list(damaged) == ["shifted", "noisy", "blurred", "faded", "cut off"]
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


def test_equal_error_ranks_by_ssim_what_mse_cannot_tell_apart(fashion_mnist) -> None:
    found = pixels.equal_error(SMOKE)
    assert found.compared + found.left_out == SMOKE.validation
    assert len({round(damage.mse, 5) for damage in found.damages}) == 1
    assert found.psnr == pytest.approx(-10 * np.log10(found.damages[0].mse))
    similarity = {damage.label: damage.ssim for damage in found.damages}
    assert similarity["cut off"] > similarity["shifted"] > similarity["blurred"]
    x = fashion_mnist.test.pixels[: SMOKE.validation]
    cost = mse(x, pixels.shifted(x, right=1)).numpy()
    ranks = [(cost < error - 1e-7).mean() for error in found.original_mse]
    np.testing.assert_allclose(ranks, [0.1, 0.5, 0.9], atol=0.03)
    for damage in found.damages:
        again = ((found.originals - damage.pictures) ** 2).mean((1, 2))
        np.testing.assert_allclose(again, found.original_mse, rtol=1e-3)
        pairs = (torch.from_numpy(some)[:, None] for some in (found.originals, damage.pictures))
        np.testing.assert_allclose(damage.picture_ssim, ssim(*pairs), atol=1e-5)


def test_a_shift_costs_more_than_four_components_but_less_than_a_cover() -> None:
    found = pixels.shift_and_cover()
    errors = pixels.error_at_every_code_size()
    assert errors[4] < found.shift < errors[3]
    assert found.shift < found.cover
    assert 0.05 < found.shift_is_worse < 0.07


# PCA and the average

PCA_TEST_ERRORS = {
    0: 0.086641,
    1: 0.061377,
    2: 0.046096,
    8: 0.026607,
    10: 0.024352,
    16: 0.020446,
    32: 0.015142,
    64: 0.010368,
    128: 0.006312,
    256: 0.002986,
    392: 0.001382,
}


def test_pca_errors_on_the_test_images() -> None:
    errors = pixels.error_at_every_code_size()
    assert errors.shape == (785,)
    assert errors[784] == 0
    for k, expected in PCA_TEST_ERRORS.items():
        assert errors[k] == pytest.approx(expected, abs=6e-7), k


def test_two_routes_to_one_error() -> None:
    errors = pixels.error_at_every_code_size()
    for k in (0, 32):
        assert pixels.image_errors(k).mean() == pytest.approx(errors[k], rel=1e-9)


def test_code_size_below_is_the_smallest_that_is_below() -> None:
    errors = pixels.error_at_every_code_size()
    for error in (0.5, 0.03766, 0.02, 0.001):
        k = pixels.code_size_below(error)
        assert errors[k] < error
        assert k == 0 or errors[k - 1] >= error


def test_the_two_averages_of_psnr_are_half_a_decibel_apart(fashion_mnist) -> None:
    found = pixels.aggregation(code_size=32)
    assert found.mean_psnr == pytest.approx(18.758, abs=5e-4)
    assert found.psnr_of_mean == pytest.approx(18.198, abs=5e-4)
    x = fashion_mnist.test.pixels[7].double().numpy().reshape(1, 784)
    rebuilt = image_pca.principal_components().reconstruct(x, 32)
    assert found.image_psnr[7] == pytest.approx(peak_signal_noise_ratio(x, rebuilt, data_range=1))


def test_reconstructions_start_at_the_mean_image(fashion_mnist) -> None:
    found = pixels.reconstructions(SMOKE)
    mean = fashion_mnist.train.pixels.double().mean(0)[0]
    np.testing.assert_allclose(found.pictures[:, 0], np.broadcast_to(mean, (4, 28, 28)), atol=1e-6)
    again = -10 * np.log10(((found.pictures - found.originals[:, None]) ** 2).mean((2, 3)))
    np.testing.assert_allclose(found.picture_psnr, again, atol=1e-3)
    each = pixels.image_errors(32)[: SMOKE.validation]
    shown = 10 ** (-found.picture_psnr[:, found.code_sizes.index(32)] / 10)
    ranks = [(each < error - 1e-6).mean() for error in shown]
    np.testing.assert_allclose(ranks, [0.1, 0.5, 0.9, 1.0], atol=0.03)
    errors = [pixels.image_errors(k)[: SMOKE.validation].mean() for k in found.code_sizes]
    np.testing.assert_allclose(found.mse, errors, rtol=1e-4)
    assert (np.diff(found.ssim) > 0).all()


def test_nothing_is_trained() -> None:
    assert all(isinstance(spec, ArrayMeasurement) for spec in pixels.specs(PROFILES["full"]))


# Figures


def drawn() -> Iterator[Figure]:
    neighbours = pixels.neighbours(SMOKE)
    yield figures.portraits(pixels.portraits())
    yield figures.pixels(pixels.pixel_statistics("test"))
    yield figures.distances(neighbours)
    yield figures.closest_pairs(neighbours)
    yield figures.equal_error(pixels.equal_error(SMOKE))
    yield figures.aggregation(pixels.aggregation())
    yield figures.reconstructions(pixels.reconstructions(SMOKE))


def test_every_figure_of_the_chapter_can_be_drawn() -> None:
    for figure in drawn():
        figure.canvas.draw()
        assert figure.axes
