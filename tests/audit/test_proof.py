"""A few recorded runs are trained again; what was not trained by this code is found."""

from dataclasses import replace

import pytest
import torch

from labcode import experiments, runs
from labcode.audit import proof, recording
from labcode.data import DataSpec
from labcode.models import LinearAutoencoder
from labcode.runs import record
from labcode.training.covariance import CovarianceRunSpec
from labcode.training.loop import first_epochs
from labcode.training.networks import RunSpec, model_spec

NETWORKS = [
    RunSpec(model_spec(LinearAutoencoder, code_size=2), epochs=3, seed=seed, data=DataSpec(200, 50))
    for seed in range(3)
]
OTHER = replace(NETWORKS[0], seed=7)
EXACT = CovarianceRunSpec(1, "LBFGS", 5, 0, spectrum=(3.0, 2.0, 1.0))


@pytest.fixture
def recorded(tmp_path, empty_cache, fashion_mnist, monkeypatch):
    """Two chapters with recorded runs, one without."""
    chapters = {"data": [*NETWORKS, EXACT], "denoising": [OTHER], "claims": []}
    monkeypatch.setattr(record, "FOLDER", tmp_path / "record")
    monkeypatch.delenv("LABCODE_PROFILE", raising=False)
    (tmp_path / "record").mkdir()
    monkeypatch.setattr(recording, "_deciding", lambda _: {})
    for module in (recording, proof):
        monkeypatch.setattr(module, "recordable", lambda _, chapter: chapters[chapter])
    runs.train_missing([*NETWORKS, OTHER, EXACT], jobs=1)
    for chapter in ("data", "denoising"):
        record.write(chapter, recording.rows(experiments.RECORDED, chapter))
    record.write_drift({record.START: 5e-5, record.END: 1e-9})
    return chapters


def alter(chapter: str, **changes: object) -> None:
    record.write(chapter, [replace(row, **changes) for row in record.rows(chapter)])


@pytest.mark.parametrize("stop", [1, 2])
def test_first_epochs_are_those_of_the_whole_run(fashion_mnist, stop):
    spec = replace(NETWORKS[0], schedule="cosine", best=True)
    whole = spec.train("cpu").history
    with first_epochs(stop):
        start = spec.train("cpu").history
    assert len(start["train_loss"]) == stop and len(whole["train_loss"]) == 3
    assert torch.equal(start["validation_loss"], whole["validation_loss"][:stop])


def test_each_chapter_and_so_many_in_all_are_drawn_by_the_record(recorded):
    drawn = proof._chosen(recorded, 4)
    assert [chapter for chapter, _ in drawn[:2]] == ["data", "denoising"]
    assert len(drawn) == len(set(drawn)) == 4
    assert drawn == proof._chosen(recorded, 4)
    assert len(proof._chosen(recorded, 1)) == 2


def test_what_this_code_trained_agrees_to_the_bit(recorded):
    found = proof.prove(recorded, 5)
    assert len(found) == 5
    assert all(one.agrees and one.same_kind and one.difference == 0 for one in found)
    assert {one.epochs for one in found if one.title == EXACT.title} <= {None}


def test_one_digit_is_found_here_and_allowed_elsewhere(recorded):
    (row,) = record.rows("denoising")
    curve = row.history["train_loss"] * (1 + 1e-4)
    alter("denoising", history={**row.history, "train_loss": curve})
    (found,) = proof.prove(["denoising"], 1)
    assert found.difference == pytest.approx(1e-4, rel=0.01) and not found.agrees
    alter("denoising", processor="another")
    (found,) = proof.prove(["denoising"], 1)
    assert not found.same_kind and found.agrees
    alter("denoising", history={**row.history, "train_loss": 1.1 * curve})
    (found,) = proof.prove(["denoising"], 1)
    assert not found.agrees


def test_what_takes_too_long_is_not_drawn(recorded):
    alter("denoising", seconds=1000.0)
    assert proof._chosen(["denoising"], 3) == []
