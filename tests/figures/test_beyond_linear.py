"""Figures of the nonlinear chapter draw their tables: lines and dots are read back."""

import numpy as np
import pytest
import torch
import xarray as xr

from labcode.designs.contrast import Contrast, interval
from labcode.experiments.beyond_linear import nonlinear, opponents
from labcode.figures import beyond_linear as figures


def labelled(panel, label: str) -> np.ndarray:
    (line,) = [line for line in panel.lines if line.get_label() == label]
    return line.get_xydata().T


def test_each_machine_has_its_curve_and_leads_each_point_to_it():
    dims = ("network", "machine", "point", "axis")
    restored = np.arange(24.0).reshape(2, 2, 3, 2)
    table = xr.Dataset(
        {
            "shown": (("network", "point", "axis"), np.ones((2, 3, 2))),
            "restored": (dims, restored),
            "curve": (("network", "machine", "place", "axis"), restored[:, :, :2] + 0.5),
        },
        {"network": ["linear", "nonlinear"], "machine": ["autoencoder", "PCA"]},
    )
    axes = figures.curve(table).axes
    for panel, (network, machine) in zip(axes, ((0, 1), (0, 0), (1, 0)), strict=True):
        *ways, points, curve = panel.lines
        ends = np.array([way.get_xydata()[1] for way in ways])
        np.testing.assert_array_equal(ends, restored[network, machine])
        np.testing.assert_array_equal(points.get_xydata(), np.ones((3, 2)))
        np.testing.assert_array_equal(curve.get_xydata(), restored[network, machine, :2] + 0.5)


def test_each_output_stands_in_its_row_beside_pca():
    train_mse = xr.DataArray(
        [[3.0, 5.0], [1.0, 2.0]], {"output": ["affine", "sigmoid"]}, ("output", "seed")
    )
    (axes,) = figures.affine_output(train_mse, 2.5).axes
    dots = [container.lines[0].get_xydata()[0].tolist() for container in axes.containers]
    assert dots == [[4.0, 0.0], [1.5, 1.0]]
    assert [label.get_text() for label in axes.get_yticklabels()] == [
        "affine output",
        "sigmoid output",
    ]
    assert set(axes.lines[-1].get_xdata()) == {2.5}


def errors() -> xr.DataArray:
    values = np.array([[[2.0, 4.0], [1.0, 3.0]], [[1.0, 3.0], [4.0, np.nan]]])[..., [0, 1, 1]]
    coordinates = {"network": [nonlinear.LINEAR, nonlinear.DEEP], "code_size": [2, 8]}
    return xr.DataArray(values, coordinates, ("network", "code_size", "seed"))


def test_errors_are_shares_of_clipped_pcas():
    by_pca = xr.Dataset(
        {"plain": ("code_size", [2.5, 4.4]), "clipped": ("code_size", [2.0, 4.0])},
        {"code_size": [2, 8]},
    )
    others = xr.DataArray(
        [[1.0, 3.0], [4.0, 2.0]],
        {"opponent": [opponents.LOCAL, opponents.KERNEL], "code_size": [2, 8]},
        ("opponent", "code_size"),
    )
    table = errors().fillna(4.0)
    left, right = figures.against_pca(table, others, by_pca).axes
    np.testing.assert_allclose(labelled(left, nonlinear.DEEP)[1], [7 / 3 / 2, 1.0])
    np.testing.assert_allclose(labelled(right, opponents.LOCAL), [[2, 8], [0.5, 0.75]])
    np.testing.assert_allclose(labelled(right, "PCA, not clipped")[1], [1.25, 1.1])
    for panel in (left, right):
        assert [line for line in panel.lines if set(line.get_ydata()) == {1}]


def test_training_is_watched_as_a_share_of_pcas_error_on_the_same_images():
    validation = xr.DataArray(
        np.full((1, 2, 2, 3), 4.0) * [1.0, 0.5, 0.25],
        {"network": [nonlinear.DEEP], "code_size": [2, 32], "epoch": [1, 2, 3]},
        ("network", "code_size", "seed", "epoch"),
    )
    by_pca = xr.DataArray([2.0, 4.0], {"code_size": [2, 32]}, ("code_size",))
    axes = figures.learning(validation, by_pca).axes
    np.testing.assert_allclose(labelled(axes[0], nonlinear.DEEP), [[1, 2, 3], [2, 1, 0.5]])
    np.testing.assert_allclose(labelled(axes[1], nonlinear.DEEP)[1], [1, 0.5, 0.25])


def test_effects_stand_at_their_code_size_with_their_intervals():
    found = {
        (k, name): Contrast(mean + k, mean + k - 1, mean + k + 1, 3, 0.01)
        for k in (2, 8)
        for name, mean in (("depth", 10.0), ("code", 20.0), ("depth x code", 30.0))
    }
    axes = figures.depth_and_code(found).axes
    for panel, mean in zip(axes, (10, 20, 30), strict=True):
        dots = [container.lines[0].get_xydata()[0].tolist() for container in panel.containers]
        assert dots == [[mean + 2, 0], [mean + 8, 1]]
        ends = panel.containers[0].lines[2][0].get_segments()[0][:, 0]
        np.testing.assert_allclose(ends, [mean + 1, mean + 3])


def test_few_images_are_compared_with_their_own_pca():
    test_mse = xr.DataArray(
        [[[[2.0, 4.0]], [[3.0, 3.0]]]],
        {"network": ["deep, linear code"], "share": [50, 1], "code_size": [8]},
        ("network", "share", "code_size", "seed"),
    )
    by_pca = xr.DataArray(
        [[1.0], [6.0]], {"share": [50, 1], "code_size": [8]}, ("share", "code_size")
    )
    double = xr.concat([test_mse, test_mse.assign_coords(network=["shallow"])], "network")
    axes = figures.few_images(double, by_pca, [1000, 50_000]).axes
    np.testing.assert_allclose(labelled(axes[0], "k = 8"), [[1000, 50_000], [3.0, 0.5]])
    assert interval([2.0, 4.0]).low == pytest.approx(
        axes[0].collections[0].get_paths()[0].vertices[:, 1].min(), abs=20
    )


def test_pictures_and_codes_are_drawn_under_their_names():
    rows = {"images": np.zeros((2, 28, 28)), "PCA": np.ones((2, 28, 28))}
    axes = figures.pictures(rows).axes
    assert [axes[0].get_ylabel(), axes[2].get_ylabel()] == ["images", "PCA"]
    np.testing.assert_array_equal(axes[3].images[0].get_array(), rows["PCA"][1])
    codes = {"PCA": np.array([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]])}
    codes["deep"] = codes["PCA"] + 10
    axes = figures.plane_of_codes(codes, torch.tensor([1, 0, 1]), ["shirt", "boot"]).axes
    offsets = [points.get_offsets().tolist() for points in axes[1].collections]
    assert offsets == [[[12.0, 13.0]], [[10.0, 11.0], [14.0, 15.0]]]


def test_errors_and_shares_stand_at_their_number_of_images():
    dims = ("images", "seed")
    table = xr.Dataset(
        {
            "train_mse": (dims, [[1e-6, 3e-6], [1e-2, 1e-2]]),
            "test_mse": (dims, [[0.1, 0.3], [0.02, 0.04]]),
            "attractors": (dims, [[1.0, 0.5], [0.0, 0.0]]),
            "ends_at_image": ((*dims, "start"), np.arange(12.0).reshape(2, 2, 3) / 12),
        },
        {"images": [1, 1000], "start": ["test images", "noise", "noisy training images"]},
    )
    linear = xr.DataArray(
        [[0.2, 0.3], [0.01, 0.0]],
        {"images": [1, 1000], "machine": ["linear network", "PCA"]},
        ("images", "machine"),
    )
    left, right = figures.memorising(table, linear).axes
    np.testing.assert_allclose(labelled(left, "deep, test images")[1], [0.2, 0.03])
    np.testing.assert_allclose(labelled(left, "deep, training images"), [[1, 1000], [2e-6, 1e-2]])
    np.testing.assert_allclose(labelled(left, "linear network, test images")[1], [0.2, 0.01])
    np.testing.assert_allclose(labelled(left, "PCA, test images")[1], [0.3, np.nan])
    np.testing.assert_allclose(labelled(right, "from noise")[1], [2.5 / 12, 8.5 / 12])
    np.testing.assert_allclose(labelled(right, "deep: images that attract")[1], [0.75, 0])


def test_iterates_stand_in_their_row_and_step():
    pixels = np.arange(2 * 2 * 3, dtype=float).reshape(2, 2, 3, 1, 1) * np.ones((28, 28))
    paths = xr.DataArray(
        pixels,
        {"images": [10, 100], "step": ["0", "100", "nearest"]},
        ("images", "path", "step", "row", "column"),
    )
    axes = figures.iterates(paths).axes
    assert [int(panel.images[0].get_array()[0, 0]) for panel in axes] == list(range(12))
    assert [panel.get_title() for panel in axes[:3]] == ["step 0", "step 100", "nearest"]
    labels = [panel.get_ylabel() for panel in axes[::3]]
    assert labels == ["10 images", "", "100 images", ""]


def test_atoms_stand_at_their_penalty():
    penalties = {"penalty": [0.1, 0.4]}
    ours, theirs = (
        xr.DataArray(values, penalties, ("penalty", "seed"))
        for values in ([[128.0, 126], [120, 120]], [[100.0, 104], [90, 90]])
    )
    top_k = xr.DataArray([[50.0, 60]], {"active": [4]}, ("active", "seed"))
    (axes,) = figures.atoms_found(ours, theirs, top_k).axes
    found = labelled(axes, "sparse autoencoder, L1")
    np.testing.assert_allclose(found, [[0.1, 0.4], [127, 120]])
    other = labelled(axes, "dictionary learning (scikit-learn)")
    np.testing.assert_allclose(other[1], [102, 90])
    assert set(labelled(axes, "sparse autoencoder, top-k")[1]) == {55}


def test_components_rise_in_steps_and_times_stand_against_theory():
    shares = np.array([[0.0, 0.0], [0.6, 0.2], [1.0, 0.7]])
    stairs = xr.DataArray(shares, {"step": [0, 10, 20], "component": [1, 2]}, ("step", "component"))
    names = list(figures.ORDERED)
    times = xr.Dataset(
        {
            "time": (("network", "seed", "component"), np.tile([10.0, 40.0], (4, 2, 1))),
            "variance": (("network", "seed", "component"), np.tile([6.0, 2.0], (4, 2, 1))),
        },
        {"network": names, "component": [1, 2]},
    )
    left, right = figures.order(stairs, times).axes
    rises = [line.get_xydata().tolist() for line in left.lines]
    assert rises == [[[10, 0.6], [20, 1.0]], [[10, 0.2], [20, 0.7]]]
    places = [(each.get_text(), each.xy) for each in left.texts]
    assert places == [("1", (10, pytest.approx(0.2))), ("2", (20, pytest.approx(0.3)))]
    expected, found = labelled(right, "shallow, erf")
    assert sorted(set(expected)) == [1, 3] and sorted(set(found)) == [1, 4]
    np.testing.assert_array_equal(labelled(right, "in proportion"), [[1, 3], [1, 3]])


def test_trained_signs_stand_beside_their_limit():
    error = xr.DataArray([[0.9, 0.8], [0.5, 0.4]], {"signs": [2, 8]}, ("signs", "seed"))
    error = error.assign_coords(seed=[0, 1])
    (panel,) = figures.signs(error, {2: 0.84, 8: 0.36}, 8).axes
    np.testing.assert_array_equal(labelled(panel, "shallow, trained"), [[0.25, 1], [0.9, 0.5]])
    rate, least = labelled(panel, "k signs, at best")
    assert least[-1] == pytest.approx(1 - 2 / np.pi) and rate[-1] == 1
    assert labelled(panel, "any code of k bits, at best")[1][-1] == 0.25
