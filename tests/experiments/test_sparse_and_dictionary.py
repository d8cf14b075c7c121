"""Networks that differ in one thing, and a rule on atoms that can come out either way."""

import pytest
import xarray as xr

from labcode import experiments
from labcode.audit import recording
from labcode.designs.profiles import PROFILES
from labcode.experiments import beyond_linear
from labcode.experiments.beyond_linear import dictionary, sparse

FULL, SMOKE = PROFILES["full"], PROFILES["smoke"]


def test_five_kinds_share_all_but_the_model():
    specs = [spec for _, spec in sparse.networks.combinations(FULL)]
    shared = {(s.data, s.epochs * s.updates, s.batch_size, s.optimiser) for s in specs}
    assert len(shared) == 1 and len({spec.model for spec in specs}) == 5
    assert {spec.model.build().code_size for spec in specs} == {sparse.CODE_SIZE}
    (pca,) = [spec for _, spec in sparse.by_pca.combinations(FULL)]
    assert dict(pca.arguments)["code_size"] == sparse.CODE_SIZE


def test_both_methods_see_the_same_points_under_the_same_objective():
    ours = [spec for _, spec in dictionary.penalised.combinations(FULL)]
    theirs = [spec for _, spec in dictionary.learned.combinations(FULL)]
    assert [spec.planted for spec in ours] == [spec.planted for spec in theirs]
    assert [dict(s.model.arguments)["penalty"] for s in ours] == [2 * s.alpha for s in theirs]
    assert {(spec.epochs, spec.planted.points) for spec in ours} == {(60, 20_000)}
    assert {spec.passes for spec in theirs} == {10}
    assert 0.4 < dictionary.coherence(FULL) < 0.6


def found(*atoms):
    return xr.Dataset(
        {"found": (("penalty", "seed"), list(atoms))}, {"penalty": [0.1, 0.2][: len(atoms)]}
    )


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        (found([128, 126], [100, 128]), found([127, 127], [10, 128]), True),
        (found([127, 126], [100, 128]), found([127, 127], [10, 128]), False),
    ],
)
def test_each_stands_with_its_best_penalty(ours, theirs, expected):
    assert dictionary.keeps_up(ours, theirs) == expected
    assert dictionary.best(ours).penalty == 0.1


def test_costs_are_differences_from_the_plain_network(monkeypatch):
    table = xr.Dataset(
        {"test_mse": (("kind", "seed"), [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7, 8], [1, 2]])},
        {"kind": list(sparse.KINDS)},
    )
    monkeypatch.setattr(sparse.networks, "table", lambda _: table)
    assert {kind: one.mean for kind, one in sparse.costs(SMOKE).items()} == {
        "tied": 2.0, "L1": 4.0, "top-k": 6.0, "contractive": 0.0,
    }  # fmt: skip


@pytest.mark.parametrize("module", [sparse, dictionary])
def test_the_page_shows_them_and_the_record_takes_them(module):
    assert module in experiments.sections(beyond_linear)
    own = [spec for one in experiments.designs_of(module) for spec in one.specs(FULL)]
    trained = {spec for spec in own if hasattr(spec, "seed")}
    assert trained and trained <= set(recording.recordable(FULL, "beyond-linear"))
