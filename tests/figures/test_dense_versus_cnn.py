"""Figures of dense versus convolutional draw their tables: lines are read back from the axes."""

import numpy as np
import pytest
import xarray as xr
from matplotlib.colors import to_hex

from labcode.designs.contrast import Contrast
from labcode.experiments.dense_versus_cnn import coders, models
from labcode.experiments.dense_versus_cnn.networks import EQUAL, FACTORS
from labcode.figures import dense_versus_cnn as figures
from labcode.figures import style
from labcode.figures.dense_versus_cnn.space import moved
from labcode.models import ShallowAutoencoder
from labcode.models.conv import LabCNN
from labcode.models.counting import layers as layers_of

RNG = np.random.default_rng(0)
BY_PCA = xr.DataArray([0.12, 0.11], {"code_size": [64, 392]})
LEVELS = {name: list(levels) for name, levels in FACTORS.items()}


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


def test_diagrams_say_shapes_and_parameters_of_the_layers():
    dense, cnn = figures.diagrams(
        {"dense": layers_of(ShallowAutoencoder(64)), "CNN": layers_of(LabCNN())}
    ).axes
    assert cnn.get_title(loc="left") == "CNN: 3,217 parameters"
    for axes, code, look in ((dense, "64", style.DENSE), (cnn, "392", style.CNN)):
        boxes = [patch for patch in axes.patches if patch.get_facecolor()[:3] != (1, 1, 1)]
        assert look.color in {to_hex(box.get_facecolor()) for box in boxes}
        assert code in {text.get_text() for text in axes.texts if text.get_color() == "white"}


def test_losses_as_run_are_lines_and_test_errors_end_them():
    made = xr.Dataset(
        {
            "test_mse": table(network=[models.DENSE, models.CNN], seed=[0, 1]),
            "train_loss": table(network=[models.DENSE, models.CNN], seed=[0, 1], epoch=[1, 2, 3]),
        }
    )
    (axes,) = figures.as_the_lab_ran_it(made, BY_PCA).axes
    lines = labelled(axes)
    for name in (models.DENSE, models.CNN):
        one = made.sel(network=name, seed=0)
        train, test = lines[f"{name}, training"], lines[f"{name}, test"]
        np.testing.assert_allclose(drawn(train), [one.epoch, one.train_loss])
        np.testing.assert_allclose(drawn(test).ravel(), [one.epoch[-1], one.test_mse])
        assert to_hex(train.get_color()) == to_hex(test.get_color())
    floors = {line.get_ydata()[0] for line in axes.lines if look_of(line)[0] == style.PCA.color}
    assert floors == {0.12, 0.11}


def test_dead_maps_are_those_that_no_image_opens():
    opened = xr.DataArray(
        [[[0.5, 0.2], [0, 0.1], [0, 0]], [[1, 1], [1, 1], [0, 1]]],
        {"seed": [0, 1], "epoch": [0, 1, 2]},
        ("seed", "epoch", "map"),
    )
    (axes,) = figures.dead_maps(opened).axes
    assert [line.get_ydata().tolist() for line in axes.lines] == [[0, 1, 2], [0, 0, 1]]


def test_each_cell_has_its_curve_in_its_panel():
    losses = table(**LEVELS, seed=[0, 1], epoch=[1, 2, 3])
    panels = figures.curves(losses, BY_PCA).axes
    titles = [panel.get_title(loc="left") for panel in panels]
    assert titles == [f"{depth}, code {k}" for depth in LEVELS["depth"] for k in (64, 392)]
    deep = labelled(panels[2])
    for layers in LEVELS["layers"]:
        for pixels in LEVELS["pixels"]:
            one = losses.sel(layers=layers, depth="deep", code_size=64, pixels=pixels)
            expected = [one.epoch, one.mean("seed")]
            np.testing.assert_allclose(drawn(deep[f"{layers}, {pixels}"]), expected)


def test_effects_are_ratios_and_filled_where_shown():
    found = {
        "layers": Contrast(-0.5, -0.6, -0.4, 5, 1e-5),
        "layers x code_size": Contrast(0.1, -0.1, 0.3, 5, 0.4),
        "depth": Contrast(0.2, 0.1, 0.3, 5, 1e-4),
    }
    (axes,) = figures.effects(found).axes
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels == ["convolutional for dense", "deep for shallow", "layers × code"]
    marks = [container.lines[0] for container in axes.containers]
    assert [mark.get_xdata()[0] for mark in marks] == pytest.approx(np.exp([-0.5, 0.2, 0.1]))
    fills = [to_hex(mark.get_markerfacecolor()) for mark in marks]
    assert fills == [style.PCA.color, style.PCA.color, "#ffffff"]


def test_each_pair_has_its_means_and_pca_at_its_code_size():
    here = {name: LEVELS[name] for name in ("layers", "depth", "code_size")}
    cells, lab = table(**here, seed=[0, 1]), table(network=["a", "b"], seed=[0, 1])
    matched = table(depth=LEVELS["depth"], code_size=[64, 392], equal=[*EQUAL], seed=[0, 1])
    (axes,) = figures.pairs(cells, matched, lab, BY_PCA).axes
    assert [label.get_text() for label in axes.get_yticklabels()] == [
        "shallow, code 64",
        "deep, code 64",
        "shallow, code 392",
        "deep, code 392",
        "as the lab ran it",
    ]
    marks = [container.lines[0] for container in axes.containers]
    places = {tuple(drawn(mark).ravel().round(9)) for mark in marks}
    expected = {
        (cells.sel(layers=kind, depth=depth, code_size=k).mean().item(), row)
        for row, (k, depth) in enumerate((k, depth) for k in (64, 392) for depth in LEVELS["depth"])
        for kind in LEVELS["layers"]
    } | {(mean.item(), 4) for mean in lab.mean("seed")}
    assert {(round(x, 9), y) for x, y in expected} < places and len(places) == 18
    strokes = [
        line for line in axes.lines if line.get_marker() == "|" and line.get_markersize() == 20
    ]
    assert [line.get_xdata()[0] for line in strokes] == [0.12, 0.12, 0.11, 0.11, 0.12, 0.11]


def test_costs_are_read_off_the_tables():
    tables = {
        name: xr.Dataset(
            {cost: table(seed=2) for cost in ("test_mse", "parameters", "multiply_adds", "seconds")}
        ).assign(code_size=size)
        for name, size in (("dense, deep, code 64", 64), (models.CNN, 392))
    }
    panels = figures.costs(tables).axes
    for axes, cost in zip(panels, ("parameters", "multiply_adds", "seconds"), strict=True):
        for line, (name, one) in zip(axes.lines, tables.items(), strict=False):
            np.testing.assert_allclose(drawn(line).ravel(), [one[cost].mean(), one.test_mse.mean()])
            assert line.get_marker() == ("*" if "lab" in name else "o")
            filled = to_hex(line.get_markerfacecolor()) != "#ffffff"
            assert filled is (one.code_size.item() == 392)


def test_few_images_stand_left_and_pca_beside_them():
    errors = table(
        layers=LEVELS["layers"], pixels=LEVELS["pixels"], images=[300, 3000], seed=[0, 1]
    )
    by_pca = table(images=[300, 3000])
    for axes, pixels in zip(figures.efficiency(errors, by_pca).axes, LEVELS["pixels"], strict=True):
        lines = labelled(axes)
        for layers in LEVELS["layers"]:
            one = errors.sel(layers=layers, pixels=pixels)
            np.testing.assert_allclose(drawn(lines[layers]), [one.images, one.mean("seed")])
        np.testing.assert_allclose(drawn(lines["PCA"]), [[300, 3000], by_pca])


def test_the_plateau_is_drawn_beside_other_dense_networks():
    longer, other = table(seed=[0, 1], epoch=[1, 2, 3, 4]), table(seed=[0, 1], epoch=[1, 2])
    lines = labelled(figures.plateau(longer, {"deep": other}, BY_PCA).axes[0])
    np.testing.assert_allclose(drawn(lines["deep"]), [other.epoch, other.mean("seed")])
    np.testing.assert_allclose(drawn(lines["the lab's dense"]), [longer.epoch, longer.mean("seed")])


def test_lines_go_from_pixels_in_place_to_shuffled_ones():
    errors = table(**LEVELS, seed=[4, 5])
    images = RNG.uniform(size=(2, 2, 1, 28, 28))
    figure = figures.shuffled(errors, *images)
    pictures = [axes.images[0].get_array() for axes in figure.axes if axes.images]
    np.testing.assert_array_equal(pictures[0], images[0, 0, 0])
    np.testing.assert_array_equal(pictures[1], images[1, 0, 0])
    lines = [line for line in figure.axes[-1].lines if len(line.get_xdata())]
    means = errors.mean("seed").transpose("layers", "depth", "code_size", "pixels")
    for line, one in zip(lines, means.values.reshape(8, 2), strict=True):
        np.testing.assert_allclose(drawn(line), [[0, 1], one])


def test_shifts_are_means_over_the_seeds_that_there_are():
    errors = table(coder=[*coders.SHOWN, models.CNN], seed=[0, 1], moved=[0, 2])
    errors = errors.where((errors.seed == 0) | ~errors.coder.isin([*coders.PCA]))
    left, right = (labelled(axes) for axes in figures.shifts(errors).axes)
    assert list(left) == ["PCA", "dense, deep", "convolutional, deep"]
    assert list(right) == [*left, "CNN of the lab"]
    for code, lines in (("64", left), ("392", right)):
        for kind, line in lines.items():
            expected = errors.sel(coder=f"{kind}, code {code}").mean("seed")
            np.testing.assert_allclose(drawn(line), [[0, 2], expected])


def test_gains_are_filled_after_training_and_open_before():
    made = [table(coder=[models.DENSE, models.CNN], seed=[0, 1]) for _ in range(2)]
    (axes,) = figures.gains(*made).axes
    marks = [container.lines[0] for container in axes.containers]
    for row, coder in enumerate((models.DENSE, models.CNN)):
        before, after = marks[2 * row : 2 * row + 2]
        for mark, one in ((before, made[1]), (after, made[0])):
            expected = [100 * one.sel(coder=coder).mean().item(), row]
            np.testing.assert_allclose(drawn(mark).ravel(), expected)
        assert to_hex(before.get_markerfacecolor()) == "#ffffff" != to_hex(after.get_color())


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
    names = ["pixels", "PCA, code 64", models.CNN]
    made = xr.Dataset({name: table(coder=names, seed=[0, 1]) for name in ("linear", "neighbours")})
    made = made.where((made.seed == 0) | (made.coder == models.CNN))
    for name in made:
        made[name].attrs["long_name"] = f"{name} it is"
    for axes, name in zip(figures.probes(made).axes, ("linear", "neighbours"), strict=True):
        assert axes.get_title(loc="left") == f"{name} it is"
        for row, (line, coder) in enumerate(zip(axes.lines, names, strict=True)):
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
    left, right = figures.designs(made, untrained, 0.4).axes
    for axes, name in ((left, "mse"), (right, "checkerboard")):
        means = [container.lines[0].get_xdata()[0] for container in axes.containers]
        np.testing.assert_allclose(means, made[name].mean("seed"))
    opened = [line for line in right.lines if line.get_markerfacecolor() == "none"]
    assert [line.get_xdata()[0] for line in opened] == pytest.approx(untrained.values.tolist())


def test_the_errors_of_moved_images_are_lines():
    (axes,) = moved({"PCA": [0.1, 0.2], "convolutional": [0.3, 0.5]}).axes
    drawn = {line.get_label(): line.get_xydata().tolist() for line in axes.lines}
    assert drawn == {"PCA": [[0, 0.1], [1, 0.2]], "convolutional": [[0, 0.3], [1, 0.5]]}
