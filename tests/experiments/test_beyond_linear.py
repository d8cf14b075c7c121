"""What a nonlinear autoencoder adds: the cells differ in what they say, and rules read them."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from sklearn.decomposition import PCA
from torch import nn

from labcode import data, experiments
from labcode.audit import recording
from labcode.claims.crossings import Side, crossings, in_words, sides
from labcode.data import DataSpec, near_an_arc
from labcode.designs import rates
from labcode.designs.profiles import PROFILES
from labcode.experiments import beyond_linear
from labcode.experiments.beyond_linear import curve, nonlinear, tuning
from labcode.scores.curve import bent
from labcode.training.curve import CurveSpec

FULL, SMOKE = PROFILES["full"], PROFILES["smoke"]


@pytest.mark.parametrize("k", nonlinear.CODE_SIZES)
def test_depth_and_the_codes_activation_are_crossed(k):
    for network in nonlinear.NETWORKS[1:]:
        model = nonlinear.model(network, k).build()
        for side in (model.encoder, model.decoder):
            weighted = [part for part in side.modules() if isinstance(part, nn.Linear)]
            assert len(weighted) == (3 if "deep" in network else 1)
        last = [part for part in model.encoder.modules() if not list(part.children())][-1]
        assert isinstance(last, nn.ReLU) == ("ReLU" in network)
        assert isinstance(list(model.decoder)[-2], nn.Sigmoid)
        assert model.code_size == k < min(nonlinear.HIDDEN)


def test_networks_share_images_batches_and_schedule():
    designs = (nonlinear.networks, tuning.by_code_size, nonlinear.doubled)
    specs = [s for one in designs for s in one.specs(FULL) if hasattr(s, "epochs")]
    shared = {(s.data, s.batch_size, s.schedule, s.best) for s in specs}
    assert shared == {(DataSpec(50_000, 10_000), 128, "cosine", True)}
    assert {s.epochs for s in nonlinear.networks.specs(FULL) if hasattr(s, "epochs")} == {30}
    assert {s.epochs for s in nonlinear.doubled.specs(FULL) if hasattr(s, "epochs")} == {30, 60}


def test_five_seeds_stand_where_a_crossing_was_expected():
    found: dict[tuple[str, int], int] = {}
    for cell, _ in nonlinear.networks.combinations(FULL):
        key = cell["network"], cell["code_size"]
        found[key] = found.get(key, 0) + 1
    for (network, k), seeds in found.items():
        assert seeds == (5 if k in nonlinear.CROSSES_AT[network] else 3)


def test_pictures_and_the_plane_train_nothing_of_their_own():
    trained = set(nonlinear.networks.specs(FULL))
    for design in (nonlinear.pictures, nonlinear.plane):
        assert {spec for _, spec in design.combinations(FULL)} <= trained


def test_a_rate_is_that_of_the_nearest_tuned_code_size(monkeypatch):
    of_sizes = dict(zip(nonlinear.TUNED_CODE_SIZES, nonlinear.RATES, strict=True))
    monkeypatch.setitem(nonlinear.LEARNING_RATES, nonlinear.DEEP, of_sizes)
    found = [nonlinear.learning_rate(nonlinear.DEEP, k) for k in nonlinear.CODE_SIZES]
    low, middle, high = nonlinear.RATES
    assert found == [low, low, middle, middle, middle, high, high]


def test_the_rates_are_the_tunings_best_once_it_is_recorded():
    if experiments.lacking([tuning.by_code_size]):
        pytest.skip("the tuning is not recorded yet")
    loss = tuning.by_code_size.table(FULL).validation_loss.isel(seed=0)
    for network, of_sizes in nonlinear.LEARNING_RATES.items():
        for k, rate in of_sizes.items():
            assert rates.chosen(loss.sel(network=network, code_size=k)) == rate, (network, k)


def made(deep: list[float], few: bool = True) -> xr.DataArray:
    """Test errors at k = 2, 16 and 128, with a spread of one per cent over the seeds."""
    spread = 1 + 0.01 * np.array([-1, 0.5, 1, -0.5, 0])
    levels = {
        nonlinear.LINEAR: [0.05, 0.021, 0.0065],
        nonlinear.SHALLOW: [0.046, 0.018, 0.006],
        nonlinear.SHALLOW_RELU: [0.05, 0.019, 0.0059],
        nonlinear.DEEP: deep,
        nonlinear.DEEP_RELU: deep,
    }
    values = np.array(list(levels.values()))[..., None] * spread
    if few:
        values[:, 0, 3:] = np.nan
    coordinates = {"network": list(levels), "code_size": [2, 16, 128]}
    return xr.DataArray(values, coordinates, ("network", "code_size", "seed"))


BY_PCA = xr.DataArray([0.046, 0.02, 0.006], {"code_size": [2, 16, 128]})


@pytest.mark.parametrize(
    ("deep", "expected", "crossed"),
    [
        ([0.03, 0.015, 0.007], [Side.BELOW, Side.BELOW, Side.ABOVE], [(16, 128)]),
        ([0.03, 0.015, 0.005], [Side.BELOW] * 3, []),
        ([0.06, 0.02, 0.005], [Side.ABOVE, Side.LEVEL, Side.BELOW], [(2, 128)]),
    ],
)
def test_crossings_of_clipped_pca_can_come_out_either_way(deep, expected, crossed):
    found = sides(nonlinear.against_pca(made(deep).sel(network=nonlinear.DEEP), BY_PCA))
    assert list(found.values()) == expected
    assert [(one.before, one.after) for one in crossings(found)] == crossed


def test_depth_and_code_are_told_apart():
    """Means of logarithms, by hand: depth from the rows, the ReLU from the columns."""
    table = made([0.03, 0.015, 0.007])
    found = nonlinear.depth_and_code(table)
    logs = {
        name: np.log(table.sel(network=name, code_size=16)).values for name in table.network.values
    }
    shallow, shallow_relu, deep, deep_relu = (logs[name].mean() for name in nonlinear.NETWORKS[1:])
    depth = (deep + deep_relu - shallow - shallow_relu) / 2
    code = (shallow_relu + deep_relu - shallow - deep) / 2
    assert found[16, "depth"].mean == pytest.approx(depth)
    assert found[16, "code"].mean == pytest.approx(code)
    assert (found[2, "code"].n, found[16, "code"].n) == (3, 5)
    read = sides(found)
    assert read[2, "depth"] is Side.BELOW and read[128, "depth"] is Side.ABOVE
    assert read[2, "code"] is Side.ABOVE


def test_the_page_shows_it_and_the_record_takes_it():
    assert nonlinear in experiments.sections(beyond_linear)
    assert experiments.section("beyond-linear", "nonlinear") is nonlinear
    recordable = set(recording.recordable(FULL, "beyond-linear"))
    assert set(nonlinear.networks.specs(FULL)) <= recordable


def test_an_affine_output_differs_in_nothing_else():
    seed = {"seed": 0}
    affine, own = (
        nonlinear.affine.spec(FULL, output=kind, **seed) for kind in ("affine", "sigmoid")
    )
    k = nonlinear.AFFINE_CODE_SIZE
    assert own == nonlinear.networks.spec(FULL, network=nonlinear.SHALLOW_RELU, code_size=k, **seed)
    assert replace(affine, model=own.model) == own
    layers = [[type(part) for part in spec.model.build().modules()] for spec in (affine, own)]
    assert layers[0].count(nn.Sigmoid) == 0 and layers[1].count(nn.Sigmoid) == 1
    shapes = [[*spec.model.build().state_dict()] for spec in (affine, own)]
    assert len(shapes[0]) == len(shapes[1])


def test_a_code_of_one_number_follows_the_arc_if_the_decoder_bends():
    """Small: the linear one is PCA's line, the other below a third of its error."""
    errors = {}
    for name, model in curve.MODELS.items():
        found = bent(CurveSpec(model, epochs=60, seed=7))
        errors[name], errors["PCA"] = found.error.values
        assert (found.curve.sel(machine="PCA").diff("place", 2).round(12) == 0).all()
    assert errors[curve.LINEAR] == pytest.approx(errors["PCA"], rel=0.02)
    assert curve.least() < errors[curve.NONLINEAR] < errors["PCA"] / 3


def test_points_lie_about_the_arc_with_the_noise_that_was_asked_for():
    """The arc as an ellipse: along its radius the spread is the noise; in place, the same draw."""
    x = near_an_arc(4000, 0.01, seed=3).numpy()
    radius = np.hypot((x[:, 0] - 0.5) / 0.35, (x[:, 1] - 0.25) / 0.5)
    assert abs(radius - 1).max() < 0.15 and radius.std() == pytest.approx(0.01 / 0.42, rel=0.2)
    np.testing.assert_array_equal(x, near_an_arc(4000, 0.01, seed=3))
    assert not np.array_equal(x, near_an_arc(4000, 0.01, seed=4))


def test_sides_are_told_in_words():
    found = {2: Side.BELOW, 4: Side.BELOW, 8: Side.BELOW, 16: Side.LEVEL, 32: Side.ABOVE}
    assert in_words(found) == "below at 2, 4 and 8; level at 16; above at 32"


def test_pca_on_validation_images_is_scikit_learns():
    spec = nonlinear.images(SMOKE)
    split = data.load(spec)
    train, held = (
        part.pixels.flatten(1).double().numpy() for part in (split.train, split.validation)
    )
    theirs = PCA(32, svd_solver="full").fit(train)
    restored = theirs.inverse_transform(theirs.transform(held)).clip(0, 1)
    found = nonlinear.on_validation_images.table(SMOKE).clipped.sel(code_size=32)
    assert float(found) == pytest.approx(((restored - held) ** 2).mean(), rel=1e-9)


def test_a_small_table_has_a_number_of_each_network(monkeypatch):
    """Narrow and trained for a moment, read as the page will read it."""
    monkeypatch.setattr(nonlinear, "HIDDEN", (16, 8))
    table = nonlinear.doubled.table(replace(SMOKE, seeds=(3,)))
    assert table.test_mse.shape == (5, 2, 1) and (table.test_mse > 0).all()
    assert table.train_loss.sizes["epoch"] == 2
