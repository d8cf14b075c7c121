"""Few images, and opponents without a network: equal updates, and choices on validation images."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from labcode import experiments
from labcode.audit import recording
from labcode.claims.crossings import Side
from labcode.designs import rates
from labcode.designs.profiles import PROFILES
from labcode.experiments import beyond_linear
from labcode.experiments.ae_versus_pca import axes
from labcode.experiments.beyond_linear import few_images, nonlinear, opponents, tuning
from labcode.training.covariance import NestedDropoutRunSpec

FULL, SMOKE = PROFILES["full"], PROFILES["smoke"]


def test_few_images_and_many_get_as_many_updates():
    specs = [spec for _, spec in few_images.networks.combinations(FULL)]
    assert {spec.data.train for spec in specs} == {1000, 5000, 50_000}
    fewer = [spec for spec in specs if spec.data.train < 50_000]
    assert {(spec.epochs, spec.updates) for spec in fewer} == {(30, 391)}
    whole = {spec for spec in specs if spec.data.train == 50_000}
    assert whole <= set(nonlinear.networks.specs(FULL))
    assert {(spec.epochs, -(-spec.data.train // spec.batch_size)) for spec in whole} == {(30, 391)}
    assert {spec.data.validation for spec in specs} == {10_000}
    assert {(spec.schedule, spec.best) for spec in specs} == {("cosine", True)}


def test_the_rates_are_the_tunings_best_once_it_is_recorded():
    if experiments.lacking([tuning.by_share]):
        pytest.skip("the tuning is not recorded yet")
    loss = tuning.by_share.table(FULL).validation_loss.isel(seed=0)
    for network, of_shares in few_images.LEARNING_RATES.items():
        for share, rate in of_shares.items():
            assert rates.chosen(loss.sel(network=network, share=share)) == rate


def test_with_few_images_the_side_of_pca_is_read_at_their_own_pca(monkeypatch):
    """PCA of few images is worse too: the same error is below one PCA and above the other."""
    spread = 1 + 0.01 * np.array([-1, 0, 1])
    errors = np.broadcast_to(0.02 * spread, (2, 3, 3, 3))
    table = xr.Dataset(
        {"test_mse": (("network", "share", "code_size", "seed"), errors)},
        {
            "network": list(few_images.NETWORKS),
            "share": list(few_images.SHARES),
            "code_size": list(few_images.CODE_SIZES),
        },
    )
    pca = xr.Dataset(
        {"clipped": (("share", "code_size"), np.tile([[0.03], [0.02], [0.01]], (1, 3)))},
        {"share": list(few_images.SHARES), "code_size": list(few_images.CODE_SIZES)},
    )
    monkeypatch.setattr(few_images.networks, "table", lambda _: table)
    monkeypatch.setattr(few_images.by_pca, "table", lambda _: pca)
    found = few_images.sides_of_pca(SMOKE)
    read = [set(found[nonlinear.DEEP, share].values()) for share in few_images.SHARES]
    assert read == [{Side.BELOW}, {Side.UNDECIDED}, {Side.ABOVE}]


def test_settings_are_chosen_on_validation_images_at_each_code_size():
    table = xr.Dataset(
        {
            "validation": (("clusters", "code_size", "seed"), [[[3.0], [1.0]], [[2.0], [4.0]]]),
            "clipped": (("clusters", "code_size", "seed"), [[[10.0], [11.0]], [[20.0], [5.0]]]),
        },
        {"clusters": [10, 30], "code_size": [2, 8]},
    )
    found = opponents.chosen(table, "clusters")
    assert found.dims == ("code_size",)
    np.testing.assert_array_equal(found, [20.0, 11.0])


def test_opponents_train_on_the_networks_images():
    specs = [s for d in (opponents.mixtures, opponents.kernels) for _, s in d.combinations(FULL)]
    assert {spec.data for spec in specs} == {nonlinear.images(FULL)}
    assert {spec.code_size for spec in specs} == set(nonlinear.CODE_SIZES)


def test_all_opponents_stand_in_one_table(monkeypatch):
    """Small enough for a moment: clusters of few images, few kernels, two code sizes."""
    small = replace(SMOKE, train=120, validation=40, seeds=(5,))
    for design in (opponents.mixtures, opponents.kernels, opponents.by_pca):
        monkeypatch.setitem(design._factors, "code_size", (2, 4))
    monkeypatch.setitem(opponents.mixtures._factors, "clusters", (2,))
    table = opponents.clipped_errors(small)
    assert table.dims == ("opponent", "code_size") and table.shape == (3, 2)
    assert (table > 0).all() and (table.sel(code_size=4) < table.sel(code_size=2)).all()
    assert table.sel(opponent="PCA").values == pytest.approx(
        nonlinear.by_pca.table(small).clipped.values
    )


@pytest.mark.parametrize("section", ["few_images", "opponents", "tuning"])
def test_pages_show_them_but_the_tuning_and_the_record_takes_them(section):
    module = experiments.section("beyond-linear", section)
    assert (module in experiments.sections(beyond_linear)) == (section != "tuning")
    own = [spec for one in experiments.designs_of(module) for spec in one.specs(FULL)]
    trained = {spec for spec in own if hasattr(spec, "seed")}
    assert trained and trained <= set(recording.recordable(FULL, "beyond-linear"))


def test_nested_dropout_has_the_penaltys_optimiser_steps_and_code():
    own = {
        recipe: axes.ordered.spec(FULL, recipe=recipe, seed=2)
        for recipe in (axes.UNEVEN, axes.NESTED)
    }
    shared = {(s.code_size, s.method, s.steps, s.seed, s.start_scale) for s in own.values()}
    assert len(shared) == 1
    assert isinstance(own[axes.NESTED], NestedDropoutRunSpec)


def test_the_deep_network_is_read_beside_local_pcas_and_not_beside_pca(monkeypatch):
    """Errors of 0.8 and of 1.25 of local PCAs', which lie at half of PCA's."""
    spread = 1 + 0.01 * np.array([-1, 0, 1])
    sizes = [2, 8]
    local = xr.DataArray([0.01, 0.02], {"code_size": sizes}, ("code_size",))
    deep = xr.DataArray(
        np.outer([0.008, 0.025], spread), {"code_size": sizes}, ("code_size", "seed")
    )
    table = xr.Dataset({"clipped": deep.expand_dims(network=[nonlinear.DEEP])})
    errors = xr.concat(
        [2 * local, local], xr.Variable("opponent", [opponents.PCA, opponents.LOCAL])
    )
    monkeypatch.setattr(opponents.networks, "table", lambda _: table)
    monkeypatch.setattr(opponents, "clipped_errors", lambda _: errors)
    assert opponents.deep_beside_local(FULL) == {2: Side.BELOW, 8: Side.ABOVE}
