"""Few images and many under one network: equal updates, and rules that can come out either way."""

import numpy as np
import pytest
import xarray as xr

from labcode import experiments
from labcode.audit import recording
from labcode.designs.profiles import PROFILES
from labcode.experiments import beyond_linear
from labcode.experiments.beyond_linear import memory

FULL, SMOKE = PROFILES["full"], PROFILES["smoke"]


def test_all_counts_get_as_many_updates_of_one_wide_network():
    specs = [spec for _, spec in memory.networks.combinations(FULL)]
    assert {spec.data.train for spec in specs} == {1, 10, 100, 1000, 10_000}
    assert {(spec.epochs * spec.updates, spec.schedule, spec.best) for spec in specs} == {
        (2100, "cosine", False)
    }
    assert {spec.batch_size for spec in specs} == {1, 10, 100} and len(
        {s.model for s in specs}
    ) == 1
    model = specs[0].model.build()
    assert model.code_size > 784
    assert memory.networks.levels(SMOKE)["images"] == (1, 10, 100)


@pytest.mark.parametrize(
    ("train", "test", "expected"),
    [
        ([1e-6, 2e-6, 1e-6], [0.03, 0.03, 0.03], "memorises"),
        ([0.010, 0.011, 0.010], [0.011, 0.012, 0.011], "generalises"),
        ([0.005, 0.005, 0.005], [0.010, 0.010, 0.010], "neither"),
        ([1e-3, 1e-6, 1e-3], [1.1e-2, 1.1e-2, 1.1e-2], "neither"),
    ],
)
def test_a_regime_is_read_with_its_interval(train, test, expected):
    table = xr.Dataset(
        {"train_mse": (("images", "seed"), [train]), "test_mse": (("images", "seed"), [test])},
        {"images": [10]},
    )
    gap = memory.gaps(table)[10]
    assert gap.mean == pytest.approx(np.mean(np.log(np.array(test) / train)))
    assert memory.regime(gap) == expected


def test_codes_as_large_as_an_image_share_all_but_network_and_size():
    specs = [spec for _, spec in memory.identity.combinations(FULL)]
    assert {dict(spec.model.arguments)["code_size"] for spec in specs} == {784, 1568}
    assert len({(s.data, s.epochs, s.updates, s.optimiser, s.batch_size) for s in specs}) == 1


def test_pictures_train_nothing_of_their_own():
    trained = {spec for _, spec in memory.networks.combinations(FULL)}
    assert {spec for _, spec in memory.pictures.combinations(FULL)} <= trained


def test_the_page_shows_it_and_the_record_takes_it():
    assert memory in experiments.sections(beyond_linear)
    own = [spec for one in experiments.designs_of(memory) for spec in one.specs(FULL)]
    trained = {spec for spec in own if hasattr(spec, "seed")}
    assert len(trained) == 15 + 12
    assert trained <= set(recording.recordable(FULL, "beyond-linear"))


def test_the_linear_network_is_ahead_where_its_test_error_is_lower(monkeypatch):
    deep = xr.DataArray([[4.0, 6.0], [1.0, 1.0]], {"images": [1, 10]}, ("images", "seed"))
    straight = xr.DataArray(
        [[3.0, 9.0], [2.0, 0.0]],
        {"images": [1, 10], "machine": ["linear network", "PCA"]},
        ("images", "machine"),
    )
    monkeypatch.setattr(memory.networks, "table", lambda _: xr.Dataset({"test_mse": deep}))
    monkeypatch.setattr(memory.linear, "table", lambda _: xr.Dataset({"value": straight}))
    assert memory.linear_is_ahead(FULL) == "1 of 2"
