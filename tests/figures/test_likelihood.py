"""Figures of AE versus VAE's first half draw their tables: lines are read back."""

import numpy as np
import torch
import xarray as xr
from matplotlib.colors import to_hex

from labcode.designs.contrast import Interval
from labcode.experiments.likelihood.nonlinear_vae import CONV, DENSE
from labcode.experiments.likelihood.reparameterisation import SCORE, THROUGH
from labcode.figures import likelihood as figures
from labcode.figures import style

RNG = np.random.default_rng(0)


def labelled(axes, label):
    (line,) = [line for line in axes.lines if line.get_label() == label]
    return line


def upright(axes):
    """Where the vertical lines stand."""
    ends = [line.get_xdata() for line in axes.lines if len(line.get_xdata()) == 2]
    return sorted(one for one, other in ends if one == other)


def test_noise_is_above_codes_and_the_wide_histogram_is_the_score_functions():
    table = xr.Dataset(
        {
            "noise": ("example", [0.0, 1.0]),
            "code": ("example", [5.0, 6.0]),
            "gradient": 2.0,
            "estimate": (
                ("estimator", "sample"),
                [RNG.normal(2, 0.1, 500), RNG.normal(2, 2, 500)],
            ),
        },
        {"estimator": [THROUGH, SCORE]},
    )
    left, right = figures.reparameterisation(table).axes
    np.testing.assert_array_equal(
        [line.get_xydata() for line in left.lines[:2]], [[[0, 1], [5, 0]], [[1, 1], [6, 0]]]
    )
    assert labelled(right, "exact").get_xdata()[0] == 2
    peaks = {box[0].get_label(): max(bar.get_height() for bar in box) for box in right.containers}
    assert peaks[THROUGH] > 3 * peaks[SCORE]


def test_the_normaliser_is_drawn_below_the_integral_of_a_density():
    integral = xr.DataArray([0.2, 0.5], {"p": [0.1, 0.5]}, "p")
    curve, one = figures.normaliser(integral).axes[0].lines
    np.testing.assert_array_equal(curve.get_xydata(), [[0.1, 0.2], [0.5, 0.5]])
    assert set(one.get_ydata()) == {1} and one.get_linestyle() == "--"


def test_likelihood_and_elbo_of_each_seed_beside_the_closed_form():
    values = {"log_likelihood": [3.0, 4.0], "elbo": [1.0, 2.0], "best": [5.0, 5.0]}
    fits = xr.Dataset({name: ("seed", each) for name, each in values.items()}, {"seed": [3, 4]})
    (axes,) = figures.linear_fits(fits).axes
    for label, name in (
        ("linear VAE: log-likelihood", "log_likelihood"),
        ("linear VAE: ELBO", "elbo"),
    ):
        np.testing.assert_array_equal(labelled(axes, label).get_xdata(), values[name])
    closed = labelled(axes, "pPCA, closed form")
    assert closed.get_xdata()[0] == 5 and to_hex(closed.get_color()) == style.PCA.color
    assert [text.get_text() for text in axes.get_yticklabels()] == ["seed 3", "seed 4"]


def test_bars_are_trained_and_dashes_predicted():
    rates, predicted = np.arange(6.0).reshape(2, 3), np.arange(10.0, 16.0).reshape(2, 3)
    table = xr.Dataset(
        {
            "rate": (("v", "unit"), rates),
            "predicted": (("v", "unit"), predicted),
            "predicted_active": ("v", [1, 2]),
        },
        {"v": [7.0, 1.9], "unit": [1, 2, 3]},
    )
    for i, axes in enumerate(figures.collapses(table).axes):
        np.testing.assert_array_equal([bar.get_height() for bar in axes.patches], rates[i])
        np.testing.assert_array_equal(labelled(axes, "predicted").get_ydata(), predicted[i])
        assert axes.get_title("left") == f"v fixed at {(7, 1.9)[i]}: {i + 1} directions"


def gaps(**seeds):
    """Different numbers for each number of samples, and for each seed if there are any."""
    shape = (*map(len, seeds.values()), 3)
    dims = (*seeds, "samples")
    table = {name: (dims, RNG.uniform(0.1, 1, shape)) for name in ("mean", "half_width")}
    return xr.Dataset(table, {"samples": [1, 10, 1000], **seeds})


def test_gaps_of_linear_vaes_are_left_and_the_best_bound_is_not_drawn():
    linear, outside = gaps(seed=[0, 1]), gaps()
    left, right = figures.bounds(linear, outside).axes
    drawn = [box.lines[0].get_xydata() for box in left.containers]
    for line, seed in zip(drawn, (0, 1), strict=True):
        expected = linear["mean"].sel(seed=seed)
        np.testing.assert_array_equal(line, np.transpose([[1, 10, 1000], expected]))
    (box,) = right.containers
    np.testing.assert_array_equal(box.lines[0].get_ydata(), outside["mean"][:2])
    (bars,) = box.lines[2]
    ends = [segment[:, 1] for segment in bars.get_segments()]
    np.testing.assert_allclose(np.ptp(ends, axis=1), 2 * outside.half_width[:2])
    assert right.get_title("left").endswith("K = 1,000")


def test_the_dense_vae_has_an_interval_and_ppca_a_line():
    elbo = xr.DataArray(
        [[3.0, 5.0], [7.0, np.nan]], {"network": [DENSE, CONV], "seed": [0, 1]}, ("network", "seed")
    )
    linear = {"one": 1.5, "ten": 2.5}
    (axes,) = figures.gaussian(elbo, linear).axes
    (box,) = axes.containers
    np.testing.assert_array_equal(box.lines[0].get_xydata(), [[4, 0]])
    points = [line for line in axes.lines if line.get_color() == style.PCA.color]
    assert [line.get_xydata().tolist() for line in points] == [[[1.5, -2]], [[2.5, -3]]]
    (conv,) = [line for line in axes.lines if line.get_color() == style.CNN.color]
    np.testing.assert_array_equal(conv.get_xydata(), [[7, -1]])
    (alone,) = figures.gaussian(elbo.where(elbo.network == DENSE), linear).axes
    names = [text.get_text() for text in alone.get_yticklabels()]
    assert names == ["dense VAE", "one, exact", "ten, exact"]


def test_vaes_are_crosses_on_the_curve_of_linear_ones():
    plane = xr.Dataset(
        {
            "level": ("loss", [392.0, 12.25, 1.0]),
            "rate": ("loss", [0.0, 0.1, 9.0]),
            "squared_error": ("loss", [68.0, 60.0, 20.0]),
        }
    )
    curve = xr.Dataset({"rate": ("level", [0.0, 8.0]), "squared_error": ("level", [70.0, 25.0])})
    (axes,) = figures.rate_distortion(plane, curve).axes
    np.testing.assert_array_equal(labelled(axes, "pPCA").get_xydata(), [[0, 70], [8, 25]])
    crosses = labelled(axes, "VAE")
    np.testing.assert_array_equal(crosses.get_xydata(), [[0, 68], [0.1, 60], [9, 20]])
    assert crosses.get_color() == style.VAE.color
    marks = {text.get_text(): text.xy for text in axes.texts}
    assert marks == {"392, 12.2": (0.0, 68.0), "1": (9.0, 20.0)}


def test_each_row_of_reconstructions_has_its_loss():
    pictures = RNG.uniform(size=(2, 3, 28, 28))
    images = torch.rand(3, 1, 28, 28)
    popular = xr.Dataset(
        {
            "active": ("loss", [0, 7]),
            "reconstruction": (("loss", "example", "row", "column"), pictures),
        },
        {"loss": ["mean + KL", "sum + KL"]},
    )
    axes = np.reshape(figures.losses(popular, images).axes, (3, 4))
    for line, expected in zip(axes, (images[:, 0].numpy(), *pictures), strict=True):
        drawn = [panel.images[0].get_array() for panel in line[1:]]
        np.testing.assert_array_equal(drawn, expected)
    assert [line[0].texts[0].get_text() for line in axes] == [
        "test images",
        "mean + KL\n0 units in use",
        "sum + KL\n7 units in use",
    ]


def test_the_value_measured_here_is_the_cross_among_references():
    references = xr.DataArray([190.0, 385.0], {"reference": ["floor", "mean image"]}, "reference")
    (axes,) = figures.outside_check(Interval(240.0, 238.0, 242.0, 100), references, 228.7).axes
    (box,) = axes.containers
    np.testing.assert_array_equal(box.lines[0].get_xydata(), [[240, 0]])
    assert upright(axes) == [190, 228.7, 385]
    labels = {text.get_text(): text.get_position()[0] for text in axes.texts}
    assert labels == {
        "floor\n190.0": 190.0,
        "published\n228.7": 228.7,
        "mean image\n385.0": 385.0,
        "here 240.0": 240.0,
    }
