"""The data chapter: the facts that it quotes, and how it chooses what it shows."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from labcode.baselines.pca import code_size_below, error_by_code_size
from labcode.designs.profiles import PROFILES
from labcode.experiments import data_and_scores
from labcode.experiments.data_and_scores import averages, baseline, classes, copies, damages, sizes
from labcode.runs.measured import Measurement
from labcode.runs.provenance import describe
from labcode.scores.comparison import means
from labcode.scores.damage import shifted
from labcode.scores.metrics import mse, ssim

SMOKE = PROFILES["smoke"]


def test_nothing_is_trained() -> None:
    specs = data_and_scores.specs(PROFILES["full"])
    assert all(isinstance(spec, Measurement) for spec in specs)
    assert "RunSpec" not in json.dumps([describe(spec) for spec in specs])


def test_the_profile_decides_how_many_images_are_compared() -> None:
    book = PROFILES["book"]
    assert (book.test, sizes.searched_images(book)) == (10_000, 60_000)
    fewer = replace(book, train=1000, test=300)
    assert (fewer.test, sizes.searched_images(fewer)) == (300, 1000)


def test_parts_share_no_image_and_the_classes_are_balanced(fashion_mnist) -> None:
    parts = classes.parts(PROFILES["book"])
    assert parts.sum("garment").values.tolist() == [50_000, 10_000, 10_000]
    together = parts.sel(part="training") + parts.sel(part="validation")
    assert set(together.values) == {6000}, "training and validation are not the 60,000 images"
    assert set(parts.sel(part="test").values) == {1000}


def test_portraits_are_the_nearest_and_the_farthest_of_their_class(fashion_mnist) -> None:
    found = classes.portraits(count=2).sel(garment="Dress")
    train = fashion_mnist.train
    dresses = train.pixels[train.labels == 3].squeeze(1).double().numpy()
    distance = np.linalg.norm(dresses - dresses.mean(0), axis=(1, 2))
    order = distance.argsort()
    np.testing.assert_allclose(found["mean"], dresses.mean(0), atol=1e-6)
    np.testing.assert_array_equal(found.nearest, dresses[order[:2]].astype(np.float32))
    np.testing.assert_array_equal(found.farthest, dresses[order[:-3:-1]].astype(np.float32))
    assert found.spread == pytest.approx((distance**2).mean() / 784, rel=1e-5)


def test_closest_pairs_are_the_closest_first() -> None:
    table, pairs = copies.nearest.table(SMOKE), copies.closest_pairs(SMOKE, count=5)
    assert table.sizes["image"] == SMOKE.validation
    assert table.searched == SMOKE.train
    expected = 255 * np.sort(table.mse)[:5] ** 0.5
    np.testing.assert_allclose(pairs.distance, expected)
    difference = pairs.pixels.sel(part="test") - pairs.pixels.sel(part="training")
    np.testing.assert_allclose(255 * (difference**2).mean(("row", "column")) ** 0.5, expected, 1e-5)


def test_equal_error_ranks_by_ssim_what_mse_cannot_tell_apart() -> None:
    found = means(damages.compared(SMOKE))
    assert len(set(found.mse.values.round(5))) == 1
    np.testing.assert_allclose(found.psnr, -10 * np.log10(found.mse))
    similarity = found.ssim
    assert similarity.sel(damage="cut off") > similarity.sel(damage="shifted")
    assert similarity.sel(damage="shifted") > similarity.sel(damage="blurred")


def test_images_that_no_blur_makes_bad_enough_are_left_out(fashion_mnist) -> None:
    x = fashion_mnist.test.pixels[: SMOKE.validation]
    possible = mse(x, shifted(x, right=1)) < x.flatten(1).var(1, correction=0)
    assert not possible.all()
    np.testing.assert_array_equal(damages.compared(SMOKE).image, possible.nonzero().flatten())


def test_the_garments_shown_are_what_their_scores_say(fashion_mnist) -> None:
    found = damages.garments(SMOKE)
    x = fashion_mnist.test.pixels[: SMOKE.validation]
    cost = mse(x, shifted(x, right=1)).numpy()
    ranks = [(cost < error - 1e-7).mean() for error in found.mse.sel(damage="shifted").values]
    np.testing.assert_allclose(ranks, damages.SHOWN, atol=0.03)
    errors = ((found.original - found.damaged) ** 2).mean(("row", "column"))
    np.testing.assert_allclose(errors.transpose(*found.mse.dims), found.mse, rtol=1e-3)
    original = torch.from_numpy(found.original.values)[:, None]
    for damage in found.damage:
        images = torch.from_numpy(found.damaged.sel(damage=damage).values)[:, None]
        expected = ssim(original, images)
        np.testing.assert_allclose(found.ssim.sel(damage=damage), expected, atol=1e-5)


def test_a_shift_costs_more_than_four_components_but_less_than_a_cover() -> None:
    found = damages.shift_and_cover()
    shift, cover = found.sel(damage="shifted"), found.sel(damage="covered")
    errors = error_by_code_size()
    assert errors[4] < shift.mean() < errors[3]
    assert code_size_below(shift.mean()) == 4
    assert shift.mean() < cover.mean()
    assert 0.05 < (shift > cover).mean() < 0.07


def test_the_two_averages_of_psnr_are_half_a_decibel_apart() -> None:
    found = averages.psnrs(SMOKE)
    assert found.sizes["image"] == 10_000
    assert found.mean_psnr == pytest.approx(18.758, abs=5e-4)
    assert found.psnr_of_mean == pytest.approx(18.198, abs=5e-4)


def test_reconstructions_start_at_the_mean_image(fashion_mnist) -> None:
    found = baseline.garments(SMOKE)
    mean = fashion_mnist.train.pixels.double().mean(0)[0]
    at_zero = found.restored.sel(code_size=0)
    np.testing.assert_allclose(at_zero, np.broadcast_to(mean, (4, 28, 28)), atol=1e-6)
    errors = ((found.restored - found.original) ** 2).mean(("row", "column"))
    np.testing.assert_allclose(found.psnr, -10 * np.log10(errors), atol=1e-3)


def test_the_garments_rebuilt_stand_at_their_shares_of_the_error() -> None:
    each = baseline.by_pca.table(SMOKE).mse.sel(code_size=32)
    assert each.sizes["image"] == SMOKE.validation
    shown = 10 ** (-baseline.garments(SMOKE).psnr.sel(code_size=32) / 10)
    ranks = [(each < error - 1e-6).mean() for error in shown.values]
    np.testing.assert_allclose(ranks, baseline.SHOWN, atol=0.03)


def test_more_components_are_more_alike() -> None:
    assert (means(baseline.by_pca.table(SMOKE)).ssim.diff("code_size") > 0).all()
