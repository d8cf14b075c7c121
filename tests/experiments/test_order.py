"""The order of learning: ranks of made times, and a rule that can come out either way."""

import numpy as np
import pytest
import xarray as xr
from scipy import stats

from labcode.designs.contrast import Interval
from labcode.designs.profiles import PROFILES
from labcode.experiments.beyond_linear import order

FULL = PROFILES["full"]
VARIANCE = np.array([16.0, 8.0, 4.0, 2.0])


def made(times) -> xr.Dataset:
    return xr.Dataset({"time": ("component", times), "variance": ("component", VARIANCE)})


def test_ranks_are_scipys_and_what_is_never_learned_comes_last():
    assert order.rank_correlation(made([1.0, 2.0, 4.0, 9.0])) == 1
    assert order.rank_correlation(made([1.0, 2.0, 4.0, np.nan])) == 1
    assert order.rank_correlation(made([np.nan, 9.0, 4.0, 1.0])) == -1
    mixed = [3.0, 1.0, 2.0, 4.0]
    expected = stats.spearmanr(mixed, 1 / VARIANCE).statistic
    assert order.rank_correlation(made(mixed)) == pytest.approx(expected)
    assert order.rank_correlation(made([np.nan] * 4)) == 0


def test_the_rule_can_come_out_either_way():
    trained = ("erf", "images", "SGD")
    for low, followed in ((0.85, True), (0.8, False), (-0.2, False)):
        found = {trained: Interval(0.9, low, 1.0, 5)}
        assert order.followed(found) == {trained: followed}
        assert order.how_many(found, "SGD") == f"{int(followed)} of 1"
        assert order.how_many(found, "Adam") == "0 of 0"


def test_each_network_has_the_same_steps_and_five_seeds():
    runs = [spec.arguments[0][1] for _, spec in order.times.combinations(FULL)]
    assert {run.steps for run in runs} == {10_000}
    assert {run.seed for run in runs} == set(range(5))
    assert {(run.method, run.learning_rate) for run in runs} == {("SGD", 4e-3), ("Adam", 1e-3)}
    assert [
        run for run in runs if run.tied and (run.method, run.activation) != ("SGD", "erf")
    ] == []
    assert len(runs) == 5 * (4 * 2 + 3)


def test_the_largest_excess_over_the_limit_is_found(monkeypatch):
    limits = np.array(list(order.limits().values()))
    error = xr.DataArray(np.outer([1.01, 1.2, 1.02] * limits, [0.9, 1.1]), dims=("signs", "seed"))
    table = xr.Dataset({"error": error}, {"signs": list(order.SIGNS)})
    monkeypatch.setattr(order.signs, "table", lambda _: table)
    assert order.above_the_limit(FULL) == pytest.approx(0.2)


def test_limits_are_above_pcas():
    for k, least in order.limits().items():
        assert least > 1 - k / order.DIMENSION
