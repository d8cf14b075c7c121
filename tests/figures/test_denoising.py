"""What the figures of the chapter on denoising draw is what stands in their tables."""

import numpy as np
import pytest
import xarray as xr

from labcode.designs.profiles import PROFILES
from labcode.experiments.denoising import contest, probes
from labcode.figures import denoising as figures

RNG = np.random.default_rng(0)


def table(**levels):
    """Different numbers from 0.1 to 0.9 in every place; a level is a list, or how many."""
    sizes = [each if isinstance(each, int) else len(each) for each in levels.values()]
    coords = {name: each for name, each in levels.items() if not isinstance(each, int)}
    return xr.DataArray(RNG.uniform(0.1, 0.9, sizes), coords, tuple(levels))


def ys(line):
    return line.get_xydata()[:, 1]


def labelled(axes):
    return {line.get_label(): line for line in axes.lines}


def test_pictures_are_in_their_order():
    pictures = table(corruption=["clean", "masked"], row=28, column=28)
    for axes, picture in zip(figures.corruptions(pictures).axes, pictures, strict=True):
        np.testing.assert_array_equal(axes.images[0].get_array(), picture)
        assert axes.get_title("center") == picture.corruption


def test_lab_curves_are_training_clipped_and_unclipped():
    found = xr.Dataset(
        {
            "train_loss": table(std=[0.3, 0.6], seed=[0], epoch=[1, 2]),
            "validation_loss": table(
                std=[0.3, 0.6], seed=[0], met=["unclipped", "clipped"], epoch=[1, 2]
            ),
        }
    )
    for axes, std in zip(figures.lab_curves(found).axes, found["std"].values, strict=True):
        lines, at = labelled(axes), found.sel(std=std, seed=0)
        np.testing.assert_array_equal(ys(lines["training"]), at.train_loss)
        for label, met in (("clipped", "clipped"), ("not clipped", "unclipped")):
            drawn = ys(lines[f"validation, {label}"])
            np.testing.assert_array_equal(drawn, at.validation_loss.sel(met=met))


def test_gaps_measured_are_dots_and_exact_ones_squares():
    kinds = ["unclipped", "clipped"]
    gaps = table(std=[0.3, 0.6], made=kinds, met=kinds, seed=[0, 1])
    linear = table(std=[0.3, 0.6], made=kinds, met=kinds)
    for axes, std in zip(figures.clip_gaps(gaps, linear).axes, (0.3, 0.6), strict=True):
        dots = [box.lines[0].get_xdata()[0] for box in axes.containers]
        squares = [line.get_xdata()[0] for line in axes.lines if line.get_marker() == "s"]
        np.testing.assert_allclose(dots, 100 * gaps.sel(std=std).mean("seed").values.ravel())
        np.testing.assert_allclose(squares, 100 * linear.sel(std=std).values.ravel())


def test_overfitting_tells_training_from_validation_and_once_from_anew():
    levels = {"fresh": [False, True], "seed": [0, 1], "epoch": [1, 2, 3]}
    networks = xr.Dataset({"train_loss": table(**levels), "validation_loss": table(**levels)})
    linear = table(images=[500, 1000], noise=["once", "redrawn"], part=["train", "test"])
    left, right = (labelled(axes) for axes in figures.overfitting(networks, linear).axes)
    for part, name in (("training", "train_loss"), ("validation", "validation_loss")):
        for label, fresh in (("once", False), ("anew", True)):
            expected = networks[name].sel(fresh=fresh).mean("seed")
            np.testing.assert_allclose(ys(left[f"{part}, drawn {label}"]), expected)
    for part, name in (("training", "train"), ("test", "test")):
        for label, noise in (("drawn once", "once"), ("redrawn for ever", "redrawn")):
            drawn = ys(right[f"{part}, {label}"])
            np.testing.assert_array_equal(drawn, linear.sel(part=name, noise=noise))


@pytest.fixture
def scores():
    levels = {"denoiser": [*figures.LOOKS, contest.NOISY], "std": [0.3, 0.5]}
    bounds = {**levels, "bound": ["mean", "low", "high"]}
    ends = xr.DataArray([0, -0.05, 0.05], {"bound": bounds["bound"]}, "bound")
    return xr.Dataset(
        {
            "mse": table(**levels) + ends,
            "ssim": table(**levels) + ends,
            "psnr": 20 * table(**levels),
        }
    )


def test_the_contest_is_relative_to_wiener(scores):
    scores.psnr.loc[{"denoiser": contest.LAB, "std": 0.5}] = np.nan
    left, right = figures.contest(scores).axes
    lines = labelled(left)
    assert len(lines) == len(right.lines) == len(figures.LOOKS)
    np.testing.assert_array_equal(ys(lines["Wiener"]), [0, 0])
    own, wiener = (scores.psnr.sel(denoiser=name) for name in (contest.OWN, contest.WIENER))
    np.testing.assert_allclose(ys(lines[contest.OWN]), own - wiener)
    assert len(ys(lines[contest.LAB])) == 1
    ssim = scores.ssim.sel(denoiser=list(figures.LOOKS), bound="mean")
    np.testing.assert_array_equal([ys(line) for line in right.lines], ssim)


def test_the_contest_and_its_figure_know_the_same_denoisers():
    drawn = set(figures.LOOKS)
    entered = {
        *contest.denoisers.CLASSICAL,
        *contest.networks.levels(PROFILES["smoke"])["denoiser"],
    }
    assert drawn == entered


def test_the_ranking_has_the_smallest_error_on_top(scores):
    for axes, std in zip(figures.ranking(scores).axes, (0.3, 0.5), strict=True):
        errors = scores.mse.sel(std=std, bound="mean", denoiser=list(figures.LOOKS))
        dots = [box.lines[0].get_xydata()[0] for box in axes.containers]
        np.testing.assert_allclose([x for x, _ in dots], np.sort(errors))
        names = [label.get_text() for label in axes.get_yticklabels()]
        assert names == list(errors.sortby(errors).denoiser.values)
        assert axes.yaxis_inverted()


def test_each_row_of_garments_has_its_name():
    pictures = table(denoiser=["clean", "median"], example=3, row=28, column=28)
    axes = np.reshape(figures.garments(pictures, count=2).axes, (2, 2))
    for line, images in zip(axes, pictures, strict=True):
        assert line[0].get_ylabel() == images.denoiser
        for place, picture in zip(line, images.values[:2], strict=True):
            np.testing.assert_array_equal(place.images[0].get_array(), picture)


def test_the_matrix_has_training_in_rows_and_leaves_out_what_is_not_there():
    own = table(trained=["0.1", "0.3", "blind"], std=[0.1, 0.3])
    linear = table(trained=["0.1", "0.3", "blind"], std=[0.1, 0.3])
    linear.loc[{"trained": "blind"}] = np.nan
    left, right = figures.noise_matrix(xr.Dataset({"own": own, "linear": linear})).axes
    np.testing.assert_allclose(left.images[0].get_array(), np.log(own / own.min("trained")))
    closed = linear[:2]
    np.testing.assert_allclose(right.images[0].get_array(), np.log(closed / closed.min("trained")))
    assert [label.get_text() for label in right.get_yticklabels()] == ["0.1", "0.3"]


def test_predicted_gains_are_lines_and_learned_ones_marks():
    levels = {"std": [0.1, 0.3, 0.5], "seed": [0, 1], "component": [1, 2, 3, 4]}
    found = xr.Dataset({"predicted": table(**levels), "learned": table(**levels)})
    (axes,) = figures.gains(found).axes
    lines = [line for line in axes.lines if len(ys(line)) == 4]
    for drawn, name in ((lines[::2], "predicted"), (lines[1::2], "learned")):
        np.testing.assert_array_equal([ys(line) for line in drawn], found[name].isel(seed=0))
        assert {line.get_linestyle() for line in drawn} == {"-" if name == "predicted" else "None"}


def test_the_learned_field_is_green_and_the_exact_one_grey():
    arrows = {"seed": [0, 1], "point": 5, "axis": ["x", "y"]}
    found = xr.Dataset(
        {name: table(**arrows) for name in ("position", "learned", "exact")}
        | {"clean": table(seed=[0, 1], sample=7, axis=["x", "y"])}
    )
    (axes,) = figures.field(found).axes
    points, exact, learned = axes.collections
    first = found.isel(seed=0)
    np.testing.assert_array_equal(points.get_offsets(), first.clean)
    for drawn, name in ((exact, "exact"), (learned, "learned")):
        assert drawn.get_label() == name
        np.testing.assert_array_equal(np.transpose([drawn.U, drawn.V]), first[name])
        np.testing.assert_array_equal(drawn.XY, first.position)


def test_samples_are_under_their_names_and_distances():
    ways = ["true sample", "walk-back"]
    found = xr.Dataset(
        {"position": table(way=ways, point=6, axis=["x", "y"]), "distance": table(way=ways)}
    )
    for axes, way in zip(figures.samples(found).axes, ways, strict=True):
        at = found.sel(way=way)
        np.testing.assert_array_equal(axes.collections[0].get_offsets(), at.position)
        assert axes.get_title("left") == f"{way}\n{at.distance.item():.3f}"


def test_probes_are_means_and_raw_pixels_the_line():
    codes = table(corruption=list(probes.CORRUPTIONS), seed=[0, 1])
    (axes,) = figures.probes(codes, 0.8).axes
    dots = [box.lines[0].get_xdata()[0] for box in axes.containers]
    np.testing.assert_allclose(dots, 100 * codes.mean("seed"))
    assert any(list(line.get_xdata()) == [80.0, 80.0] for line in axes.lines)
