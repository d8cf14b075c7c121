"""Each figure of Chapter 3 draws its table: the lines are read back from the axes."""

import numpy as np
import pytest
import xarray as xr
from matplotlib.colors import to_hex

from labcode.experiments.dense_versus_cnn import models
from labcode.figures import dense_versus_cnn as figures
from labcode.figures import style
from labcode.models import ShallowAutoencoder
from labcode.models.conv import LabCNN
from labcode.models.counting import layers

RNG = np.random.default_rng(0)
BY_PCA = xr.DataArray([0.05, 0.012, 0.004, 0.003], {"code_size": [2, 64, 288, 392]})
NETWORKS = [models.DENSE_LONG, models.CNN_64, models.DENSE_392, models.CNN]


def table(**levels):
    """Different numbers from 0.1 to 0.9 in every place; a level is a list, or how many."""
    sizes = [each if isinstance(each, int) else len(each) for each in levels.values()]
    coords = {name: each for name, each in levels.items() if not isinstance(each, int)}
    return xr.DataArray(RNG.uniform(0.1, 0.9, sizes), coords, tuple(levels))


def drawn(line):
    return line.get_xydata().T


def look_of(line):
    return to_hex(line.get_color()), line.get_marker()


def labelled(axes):
    return {line.get_label(): line for line in axes.lines}


def networks():
    made = xr.Dataset(
        {
            "test_mse": table(network=NETWORKS, seed=[0, 1]),
            "train_loss": table(network=NETWORKS, seed=[0, 1], epoch=[1, 2, 3]),
            "seconds": table(network=NETWORKS, seed=[0, 1]),
            "parameters": (("network", "seed"), [[9] * 2, [8] * 2, [7] * 2, [6] * 2]),
            "multiply_adds": (("network", "seed"), [[5] * 2, [4] * 2, [3] * 2, [2] * 2]),
            "code_size": (("network", "seed"), [[64] * 2, [64] * 2, [392] * 2, [392] * 2]),
        }
    )
    shorter = made.train_loss.where((made.epoch < 3) | (made.network == models.DENSE_LONG))
    return made.assign(train_loss=shorter)


def test_diagrams_say_shapes_and_parameters_of_the_layers():
    dense, cnn = figures.diagrams(
        {"dense": layers(ShallowAutoencoder(64)), "CNN": layers(LabCNN())}
    ).axes
    assert cnn.get_title(loc="left") == "CNN: 3,217 parameters"
    for axes, code, look in ((dense, "64", style.DENSE), (cnn, "392", style.CNN)):
        boxes = [patch for patch in axes.patches if patch.get_facecolor()[:3] != (1, 1, 1)]
        assert look.color in {to_hex(box.get_facecolor()) for box in boxes}
        assert code in {text.get_text() for text in axes.texts if text.get_color() == "white"}


def test_losses_as_run_are_lines_and_test_errors_end_them():
    made = networks()
    (axes,) = figures.as_the_lab_ran_it(made, BY_PCA).axes
    lines = labelled(axes)
    for name in (models.DENSE_LONG, models.CNN):
        one = made.sel(network=name, seed=0).dropna("epoch")
        train, test = lines[f"{name}, training"], lines[f"{name}, test"]
        np.testing.assert_allclose(drawn(train), [one.epoch, one.train_loss])
        np.testing.assert_allclose(drawn(test).ravel(), [one.epoch[-1], one.test_mse])
        assert to_hex(train.get_color()) == to_hex(test.get_color())
    floors = {line.get_ydata()[0] for line in axes.lines if look_of(line)[0] == style.PCA.color}
    assert floors == {0.012, 0.003}


def test_each_pair_has_its_means_and_pca_at_its_code_sizes():
    pairs = xr.Dataset(
        {
            "test_mse": table(equal=["as_run", "code_64"], layers=["dense", "CNN"], seed=[0, 1]),
            "code_size": (
                ("equal", "layers", "seed"),
                [[[64] * 2, [392] * 2], [[64] * 2, [64] * 2]],
            ),
        }
    )
    (axes,) = figures.matched_pairs(pairs, BY_PCA).axes
    assert [label.get_text() for label in axes.get_yticklabels()] == [
        "as the lab ran it",
        "equal code, 64, and parameters",
    ]
    means = pairs.test_mse.mean("seed").values
    marks = [container.lines[0] for container in axes.containers]
    places = [(look_of(mark)[1], *drawn(mark).ravel()) for mark in marks]
    expected = [(m, means[row, i], row) for row in (0, 1) for i, m in enumerate("o^")]
    for found, wanted in zip(places, expected, strict=True):
        assert found[0] == wanted[0] and found[1:] == pytest.approx(wanted[1:])
    strokes = [tuple(drawn(line).ravel()) for line in axes.lines if line.get_marker() == "|"
               and to_hex(line.get_color()) == style.PCA.color and len(line.get_xdata()) == 1
               and line.get_markersize() == 20]  # fmt: skip
    assert strokes == [(0.012, 0), (0.003, 0), (0.012, 1)]


def test_costs_are_read_off_the_table():
    made = networks()
    means = made.mean("seed")
    panels = figures.pareto(made, BY_PCA).axes
    for axes, cost in zip(panels, ("parameters", "multiply_adds", "seconds"), strict=True):
        for line, name in zip(axes.lines, NETWORKS, strict=False):
            one = means.sel(network=name)
            np.testing.assert_allclose(drawn(line).ravel(), [one[cost], one.test_mse])
            assert look_of(line)[1] == ("^" if name.startswith("CNN") else "o")
        assert [text.get_text() for text in axes.texts] == ["64+", "64", "392", "392"]
    squares = panels[0].lines[len(NETWORKS)]
    np.testing.assert_allclose(drawn(squares), [784 * (BY_PCA.code_size + 1), BY_PCA])


def test_losses_against_epochs_and_seconds():
    made = networks()
    left, right = figures.epochs(made, BY_PCA).axes
    for by_epoch, by_second, name in zip(left.lines, right.lines, NETWORKS, strict=False):
        one = made.sel(network=name).mean("seed").dropna("epoch")
        np.testing.assert_allclose(drawn(by_epoch), [one.epoch, one.train_loss])
        seconds = one.epoch * one.seconds / one.sizes["epoch"]
        np.testing.assert_allclose(drawn(by_second), [seconds, one.train_loss])
        assert by_epoch.get_label() == name
        assert by_epoch.get_linestyle() == ("-" if "64" in name else "--")


def test_lines_go_from_original_to_permuted():
    errors = table(network=[models.DENSE, models.CNN], pixels=["permuted", "original"], seed=[4, 5])
    images = RNG.uniform(size=(2, 2, 1, 28, 28))
    figure = figures.permuted(errors, *images)
    pictures = [axes.images[0].get_array() for axes in figure.axes if axes.images]
    np.testing.assert_array_equal(pictures[0], images[0, 0, 0])
    np.testing.assert_array_equal(pictures[1], images[1, 0, 0])
    lines = figure.axes[-1].lines
    cells = [(name, seed) for name in (models.DENSE, models.CNN) for seed in (4, 5)]
    for line, (name, seed) in zip(lines, cells, strict=True):
        one = errors.sel(network=name, seed=seed)
        expected = [one.sel(pixels="original"), one.sel(pixels="permuted")]
        np.testing.assert_allclose(drawn(line), [[0, 1], expected])


def test_shifts_are_means_over_the_seeds_that_there_are():
    errors = table(coder=list(models.STUDIED), seed=[0, 1], moved=[0, 2])
    errors = errors.where((errors.seed == 0) | ~errors.coder.isin([*models.PCA_CODES]))
    for axes, code in zip(figures.shifts(errors).axes, ("64", "392"), strict=True):
        lines = labelled(axes)
        assert list(lines) == ["PCA", "dense", "CNN"]
        for kind, line in lines.items():
            expected = errors.sel(coder=f"{kind}, code {code}").mean("seed")
            np.testing.assert_allclose(drawn(line), [[0, 2], expected])


def test_filters_are_drawn_without_their_padding():
    weight = table(kind=["PCA", "CNN"], filter=3, row=28, column=28)
    pixels = table(kind=["PCA", "CNN"], filter=3)
    weight = weight.assign_coords(row=range(28), column=range(28))
    small = (weight.row < 3) & (weight.column < 3)
    weight = weight.where((weight.kind == "PCA") | small)
    figure = figures.filters(xr.Dataset({"weight": weight, "pixels": pixels}), shown=2)
    pictures = [axes.images[0].get_array() for axes in figure.axes if axes.images]
    np.testing.assert_array_equal(pictures[1], weight[0, 1])
    np.testing.assert_array_equal(pictures[2], weight[1, 0, :3, :3])
    for line, kind in zip(figure.axes[-1].lines, ("PCA", "CNN"), strict=True):
        np.testing.assert_allclose(line.get_xdata(), pixels.sel(kind=kind))
        assert look_of(line)[0] == (style.PCA.color if kind == "PCA" else style.CNN.color)


def test_probes_stand_in_their_panels():
    coders = ["pixels", models.PCA_64, models.CNN]
    made = xr.Dataset({name: table(coder=coders, seed=[0, 1]) for name in ("linear", "neighbours")})
    made = made.where((made.seed == 0) | (made.coder == models.CNN))
    for name in made:
        made[name].attrs["long_name"] = f"{name} it is"
    for axes, name in zip(figures.probes(made).axes, ("linear", "neighbours"), strict=True):
        assert axes.get_title(loc="left") == f"{name} it is"
        for row, (line, coder) in enumerate(zip(axes.lines, coders, strict=True)):
            expected = 100 * made[name].sel(coder=coder).dropna("seed")
            np.testing.assert_allclose(drawn(line), [expected, [row] * len(expected)])
            assert look_of(line)[1] == ("^" if coder == models.CNN else "s")


def test_reconstructions_stand_in_their_rows_with_their_errors():
    made = xr.Dataset(
        {
            "original": table(image=["best", "worst"], row=28, column=28),
            "restored": table(coder=["a", "b"], image=["best", "worst"], row=28, column=28),
            "mse": table(coder=["a", "b"], image=["best", "worst"]),
        }
    )
    axes = np.reshape(figures.reconstructions(made).axes, (3, 2))
    np.testing.assert_array_equal(axes[0, 1].images[0].get_array(), made.original[1])
    np.testing.assert_array_equal(axes[2, 0].images[0].get_array(), made.restored[1, 0])
    assert axes[0, 1].get_title() == "worst"
    assert axes[2, 0].get_title() == f"{made.mse[1, 0].item():.4f}"


def test_designs_are_filled_after_training_and_open_before():
    samplings = ["stride; a", "max pooling; b"]
    made = xr.Dataset(
        {name: table(sampling=samplings, seed=[0, 1]) for name in ("mse", "checkerboard")}
    )
    untrained = table(sampling=samplings)
    left, right = figures.designs(made, untrained).axes
    for axes, name in ((left, "mse"), (right, "checkerboard")):
        means = [container.lines[0].get_xdata()[0] for container in axes.containers]
        np.testing.assert_allclose(means, made[name].mean("seed"))
    opened = [line for line in right.lines if line.get_markerfacecolor() == "none"]
    assert [line.get_xdata()[0] for line in opened] == pytest.approx(untrained.values.tolist())
