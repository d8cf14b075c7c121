"""Each run of a chapter is in the table once, with the time that it took."""

import pytest
import torch

from labcode import experiments, runs
from labcode.audit import run_table
from labcode.data import DataSpec
from labcode.models import ShallowAutoencoder
from labcode.training.covariance import CovarianceRunSpec
from labcode.training.networks import RunSpec, model_spec

NETWORKS = [
    RunSpec(model_spec(ShallowAutoencoder, code_size=2), 2, seed, DataSpec(100, 50))
    for seed in (3, 5)
]
EXACT = CovarianceRunSpec(2, "SGD", 3, 4, spectrum=(2.0, 1.0, 0.5))


@pytest.fixture
def chapter(monkeypatch, empty_cache):
    monkeypatch.setattr(experiments, "shown", lambda chapter: [*NETWORKS, EXACT, EXACT])
    return the_row()


def the_row() -> run_table.ChapterRuns:
    chapter = "ae-versus-pca"
    return run_table.row(chapter, run_table.records(chapter))


def test_equal_specs_are_one_run(chapter):
    assert chapter.runs == len(run_table.shown("ae-versus-pca")) == 3


def test_seconds_and_seeds_are_those_of_the_runs(chapter):
    taken = sum(runs.get(spec).history["seconds"].sum().item() for spec in NETWORKS)
    assert chapter.seconds == pytest.approx(taken)
    assert chapter.seeds == (3, 4, 5)


def test_a_record_names_the_run_and_its_weights(chapter):
    found = run_table.record(NETWORKS[0])
    assert found.key == runs.key(NETWORKS[0])
    assert found.weights == run_table.digest(runs.get(NETWORKS[0]).weights)
    assert found.spec["seed"] == 3 and found.spec["epochs"] == 2
    assert found.seconds is not None and run_table.record(EXACT).seconds is None


def test_code_is_that_of_all_runs(chapter, monkeypatch):
    monkeypatch.setattr(experiments, "shown", lambda chapter: NETWORKS)
    assert the_row().code != chapter.code


def test_a_digest_is_of_names_types_shapes_and_numbers():
    one = {"a": torch.arange(4.0), "b": torch.ones(2)}
    same = {"b": torch.ones(2), "a": torch.arange(8.0)[:4]}
    others = [
        {"a": torch.arange(4.0)},
        {"a": torch.arange(4.0), "c": torch.ones(2)},
        {"a": torch.arange(4.0).reshape(2, 2), "b": torch.ones(2)},
        {"a": torch.arange(4.0).double(), "b": torch.ones(2)},
        {"a": torch.tensor([0.0, 1.0, 2.0, 3.0000005]), "b": torch.ones(2)},
    ]
    assert run_table.digest(one) == run_table.digest(same)
    assert len({run_table.digest(weights) for weights in [one, *others]}) == 6
