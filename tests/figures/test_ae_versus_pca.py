"""Each figure of the linear chapter draws its table: the lines are read back from the axes."""

import numpy as np
import xarray as xr
from matplotlib.colors import to_hex

from labcode.experiments.ae_versus_pca import floor
from labcode.figures import ae_versus_pca as figures
from labcode.figures import style


def drawn(line) -> tuple[np.ndarray, np.ndarray]:
    return line.get_xydata().T


def labelled(axes, label: str):
    (line,) = [line for line in axes.lines if line.get_label() == label]
    return line


def is_pcas(line) -> bool:
    return to_hex(line.get_color()) == style.PCA.color


def test_the_spectrum_and_the_error_left():
    table = xr.Dataset(
        {
            "eigenvalue": ("component", [4.0, 2.0, 1.0]),
            "train": ("code_size", [1.0, 1 / 3]),
            "test": ("code_size", [1.5, 0.5]),
        },
        {"component": [1, 2, 3], "code_size": [1, 2]},
    )
    left, right = figures.spectrum(table).axes
    np.testing.assert_array_equal(drawn(left.lines[0]), [[1, 2, 3], [4, 2, 1]])
    closed, measured = right.lines
    np.testing.assert_allclose(drawn(closed)[1], [1, 1 / 3, 0])
    np.testing.assert_array_equal(drawn(measured), [[1, 2], [1.5, 0.5]])
    assert "test images" in measured.get_label() and measured.get_linestyle() == "None"


def test_the_way_from_the_saddle_to_the_floor():
    table = xr.Dataset(
        {"loss": ("step", [3.0, 2.0, 1.5]), "saddle": 2.5, "floor": 1.0}, {"step": [0, 1, 9]}
    )
    (axes,) = figures.saddle(table).axes
    path, saddle, floor = axes.lines
    np.testing.assert_array_equal(drawn(path), [[1, 9], [2, 1.5]])
    assert (set(drawn(saddle)[1]), set(drawn(floor)[1])) == ({2.5}, {1.0})
    assert [(text.get_text(), text.get_position()[1]) for text in axes.texts] == [
        ("saddle, closed form", 2.5),
        ("PCA", 1.0),
    ]


def descent(code_sizes: list[int], base: float) -> xr.Dataset:
    dims = ("code_size", "seed", "record")
    values = base + np.arange(len(code_sizes) * 2 * 3).reshape(-1, 2, 3)
    step = np.broadcast_to([0, 1, 5], values.shape)
    return xr.Dataset(
        {"step": (dims, step), "excess_loss": (dims, -values), "decoder": (dims, values / 100)},
        {"code_size": code_sizes, "seed": [3, 4]},
    )


def test_descents_of_each_code_size_and_seed():
    minibatch, exact = descent([10, 32], 1.0), descent([2, 10], 50.0)
    axes = figures.descents(minibatch, exact).axes
    panels = {(axis.get_subplotspec().rowspan.start, axis.get_subplotspec().colspan.start): axis
              for axis in axes}  # fmt: skip
    for column, table in enumerate((minibatch, exact)):
        cells = [(k, seed) for k in table.code_size.values for seed in (3, 4)]
        for row, name in enumerate(("excess_loss", "decoder")):
            lines = panels[row, column].lines[:4]
            for line, (k, seed) in zip(lines, cells, strict=True):
                expected = abs(table[name].sel(code_size=k, seed=seed)[1:])
                np.testing.assert_array_equal(drawn(line), [[1, 5], expected])
    colors = {column: labelled(panels[0, column], "k = 10").get_color() for column in (0, 1)}
    assert colors[0] == colors[1]
    assert [text.get_text() for text in panels[0, 0].get_legend().texts] == ["k = 10", "k = 32"]


def test_alignments_leave_out_units_that_a_recipe_lacks():
    values = np.full((2, 3, 3), np.nan)
    values[0, :2, :2] = [[0.9, 0.1], [0.2, 0.8]]
    values[1] = np.eye(3)
    dims = ("recipe", "direction", "component")
    array = xr.DataArray(values, {"recipe": ["small", "large"]}, dims)
    small, large, _ = figures.alignments(array).axes
    np.testing.assert_array_equal(small.images[0].get_array(), values[0, :2, :2])
    np.testing.assert_array_equal(large.images[0].get_array(), np.eye(3))
    assert [panel.get_title(loc="left") for panel in (small, large)] == ["small", "large"]


def singular_values(factor: str, levels: list) -> xr.Dataset:
    measured = np.arange(2.0 * len(levels)).reshape(-1, 2) / 10
    dims = (factor, "component")
    return xr.Dataset(
        {"measured": (dims, measured), "predicted": (dims, 0 * measured + [0.7, 0.6])},
        {factor: levels, "component": [1, 2]},
    )


def test_lines_predict_singular_values_and_marks_are_trained_ones():
    strengths = singular_values("decay", [1e-3, 1e-2])
    strengths["predicted"] = strengths.predicted + strengths.decay
    optimisers = singular_values("optimiser", ["SGD", "AdamW"])
    left, right = figures.shrinkage(strengths, optimisers).axes
    for line, marks, decay in zip(left.lines[::2], left.lines[1::2], (1e-3, 1e-2), strict=True):
        assert line.get_linestyle() == "-" and marks.get_linestyle() == "None"
        np.testing.assert_array_equal(drawn(line)[1], strengths.predicted.sel(decay=decay))
        np.testing.assert_array_equal(drawn(marks)[1], strengths.measured.sel(decay=decay))
        assert marks.get_label() == f"{decay:g}" and marks.get_color() == line.get_color()
    for method in ("SGD", "AdamW"):
        marks = labelled(right, method)
        np.testing.assert_array_equal(drawn(marks)[1], optimisers.measured.sel(optimiser=method))
    predicted = labelled(right, "predicted for L2")
    assert is_pcas(predicted)
    np.testing.assert_array_equal(drawn(predicted)[1], [0.7, 0.6])


def test_the_closed_form_is_the_black_line_of_the_learning_curves():
    step = np.arange(6)
    dims = ("start", "step", "component")
    measured = np.arange(24.0).reshape(2, 6, 2)
    table = xr.Dataset(
        {"measured": (dims, measured), "predicted": (dims, measured + 100)},
        {"start": ["aligned", "random"], "step": step, "component": [1, 16]},
    )
    left, right = figures.learning_curves(table).axes
    for i, component in enumerate((1, 16)):
        line, marks = left.lines[2 * i : 2 * i + 2]
        assert is_pcas(line) and not is_pcas(marks)
        np.testing.assert_array_equal(drawn(line), [step, measured[0, :, i] + 100])
        np.testing.assert_array_equal(drawn(marks), [step[::3], measured[0, ::3, i]])
        assert marks.get_label() == f"component {component}"
        np.testing.assert_array_equal(drawn(right.lines[i]), [step, measured[1, :, i]])


def test_the_map_marks_the_critical_points_of_its_loss():
    """Baldi and Hornik: losses of the marked points are sums of the variances left out."""
    table = floor.surface(points=9)
    left, right = figures.surface(table).axes
    marked = {
        line.get_label(): drawn(line).T
        for line in left.lines
        if not line.get_label().startswith("_")
    }
    for label, loss in (("minimum: PCA", 1.0), ("saddle", 4.0), ("maximum", 5.0)):
        np.testing.assert_allclose(floor.tied_loss(marked[label]), loss)
        for point in marked[label]:
            slopes = [
                floor.tied_loss(point + step) - floor.tied_loss(point - step)
                for step in 1e-4 * np.eye(2)
            ]
            np.testing.assert_allclose(slopes, 0, atol=1e-10)
    np.testing.assert_allclose(drawn(right.lines[0])[1][[0, -1]], [4.04, 1.0], atol=0.1)
    assert (np.diff(table.path_loss) <= 1e-12).all()
    np.testing.assert_allclose(table.path[-1], [1, 0], atol=1e-3)


def test_directions_are_pictures_in_rows_with_one_scale_each():
    values = np.arange(3 * 2 * 784).reshape(3, 2, 784) - 700.0
    recipes = ["components", "columns", "repaired"]
    pixels = xr.DataArray(
        values, {"recipe": recipes, "direction": [1, 2]}, ("recipe", "direction", "pixel")
    )
    axes = figures.directions(pixels).axes
    assert [panel.get_title() for panel in axes[:2]] == ["1", "2"] and len(axes) == 6
    for panel, picture in zip(axes, values.reshape(6, 28, 28), strict=True):
        [image] = panel.images
        np.testing.assert_array_equal(image.get_array(), picture)
        assert image.get_clim() == (-abs(picture).max(), abs(picture).max())
