"""What is recorded is what networks gave; the record's rows hold no weights."""

import pytest
import torch

from labcode import experiments, runs
from labcode.__main__ import main
from labcode.audit import recording
from labcode.data import DataSpec
from labcode.designs import profiles
from labcode.models import LinearAutoencoder
from labcode.runs import record
from labcode.scores.reconstruction import reconstruction_error
from labcode.training.networks import RunSpec, model_spec

NETWORK = RunSpec(
    model_spec(LinearAutoencoder, code_size=2), epochs=2, seed=3, data=DataSpec(200, 0)
)
SCORE = reconstruction_error.spec(NETWORK, images=50)


@pytest.fixture
def folder(tmp_path, empty_cache, fashion_mnist, monkeypatch):
    monkeypatch.setattr(record, "FOLDER", tmp_path / "record")
    monkeypatch.delenv("LABCODE_PROFILE", raising=False)
    (tmp_path / "record").mkdir()
    return tmp_path / "record"


def test_networks_and_what_is_measured_on_them_are_recorded_and_closed_forms_are_not():
    found = recording.recordable(profiles.PROFILES["smoke"], "ae-versus-pca")
    left_out = set(experiments.specs(profiles.PROFILES["smoke"], "ae-versus-pca")) - set(found)
    assert {spec.function.__name__ for spec in left_out} == {
        "image_moments",
        "error_on_test_images",
        "largest_stable_step",
    }
    assert any(isinstance(spec, RunSpec) for spec in found)


def test_rows_hold_what_runs_gave_and_no_weights(folder):
    runs.train_missing([NETWORK, SCORE], jobs=1)
    profile = profiles.PROFILES["full"]
    record.write("chapter", recording.rows(profile, [NETWORK, SCORE]))
    network, score = record.rows("chapter")
    assert torch.equal(network.history["train_loss"], runs.get(NETWORK).history["train_loss"])
    assert (network.seed, network.profile, network.result) == (3, "full", {})
    assert score.result["value"].item() == reconstruction_error.function(NETWORK, images=50)
    assert recording.missing([NETWORK, SCORE]) == []
    again = list(recording.rows(profile, [NETWORK, SCORE]))
    assert [row.key for row in again] == [network.key, score.key]


def test_the_estimate_is_that_of_a_short_trial_times_its_length():
    longer = RunSpec(NETWORK.model, epochs=20, seed=0, data=DataSpec(5000, 0))
    trial, times = recording._trial(longer)
    assert (trial.epochs, trial.data.train, times) == (1, 1000, 100)
    assert recording.hours([longer, longer]) > 0
    assert recording.hours([SCORE]) == 0


def test_the_command_records_a_chapter_once(folder, monkeypatch, capsys):
    monkeypatch.setattr(experiments, "CHAPTERS", {"data": ()})
    monkeypatch.setattr("labcode.audit.recording.recordable", lambda *_: [NETWORK, SCORE])
    assert main(["record", "--jobs", "1"]) == 0
    assert "data: 2 rows, 2 to be computed" in capsys.readouterr().out
    assert len(record.rows("data")) == 2
    before = (folder / "data.jsonl").read_bytes()
    assert main(["record", "--jobs", "1"]) == 0
    assert "2 rows, 0 to be computed" in capsys.readouterr().out
    assert (folder / "data.jsonl").read_bytes() == before


def test_a_named_profile_is_refused(monkeypatch, capsys):
    monkeypatch.setenv("LABCODE_PROFILE", "book")
    assert main(["record"]) == 2
    assert "unset LABCODE_PROFILE" in capsys.readouterr().err
