"""What is recorded is what networks gave; the record's rows hold no weights."""

import pytest
import torch

from labcode import __main__ as command_line
from labcode import experiments, runs
from labcode.__main__ import main
from labcode.audit import recording
from labcode.audit.recording import rule_hash
from labcode.claims.rules import RULES
from labcode.data import DataSpec
from labcode.designs import profiles
from labcode.models import LinearAutoencoder
from labcode.runs import definitions, record
from labcode.runs.estimate import hours, trial_of
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


@pytest.fixture
def chapter(folder, monkeypatch):
    """A chapter of one network and a score of it."""
    monkeypatch.setattr(recording, "recordable", lambda *_: [NETWORK, SCORE])


def test_networks_and_what_is_measured_on_them_are_recorded_and_closed_forms_are_not():
    found = recording.recordable(profiles.PROFILES["smoke"], "ae-versus-pca")
    left_out = set(experiments.specs(profiles.PROFILES["smoke"], "ae-versus-pca")) - set(found)
    assert {spec.function.__name__ for spec in left_out} == {
        "image_moments",
        "largest_stable_step",
    }
    assert any(isinstance(spec, RunSpec) for spec in found)


def test_rows_hold_what_runs_gave_and_no_weights(chapter, monkeypatch):
    monkeypatch.setattr(recording, "_deciding", lambda _: {NETWORK: {"C1": rule_hash("C1")}})
    runs.train_missing([NETWORK, SCORE], jobs=1)
    profile = profiles.PROFILES["full"]
    record.write("chapter", recording.rows(profile, "chapter"))
    network, score = record.rows("chapter")
    assert torch.equal(network.history["train_loss"], runs.get(NETWORK).history["train_loss"])
    assert (network.seed, network.profile, network.result) == (3, "full", {})
    assert score.result["value"].item() == reconstruction_error.function(NETWORK, images=50)
    assert recording.missing([NETWORK, SCORE]) == []
    again = list(recording.rows(profile, "chapter"))
    assert [row.key for row in again] == [network.key, score.key]
    assert network.rules == {"C1": recording.rule_hash("C1")} and not score.rules


def test_the_estimate_is_that_of_a_short_trial_times_its_length():
    longer = RunSpec(NETWORK.model, epochs=20, seed=0, data=DataSpec(5000, 100), best=True)
    trial, times = trial_of(longer)
    assert (trial.epochs, trial.data.train, times) == (1, 1000, 100)
    assert hours([longer, longer]) > 0
    assert hours([SCORE]) == 0


def test_the_command_records_a_chapter_once(chapter, folder, monkeypatch, capsys):
    monkeypatch.setattr(experiments, "CHAPTERS", {"data": ()})
    monkeypatch.setattr(recording, "_deciding", lambda _: {})
    assert main(["record", "--jobs", "1"]) == 0
    assert "data: 2 rows wanted, 2 to be computed" in capsys.readouterr().out
    assert len(record.rows("data")) == 2
    before = (folder / "data.jsonl").read_bytes()
    assert main(["record", "--jobs", "1"]) == 0
    assert "2 rows wanted, 0 to be computed" in capsys.readouterr().out
    assert (folder / "data.jsonl").read_bytes() == before


def test_a_named_profile_is_refused(monkeypatch, capsys):
    monkeypatch.setenv("LABCODE_PROFILE", "book")
    assert main(["record"]) == 2
    assert "unset LABCODE_PROFILE" in capsys.readouterr().err


def test_a_stop_records_what_was_finished(chapter, monkeypatch):
    monkeypatch.setattr(experiments, "CHAPTERS", {"data": ()})
    monkeypatch.setattr(recording, "_deciding", lambda _: {})

    def stopped(specs, *_arguments):
        runs.get(specs[0])
        raise KeyboardInterrupt

    monkeypatch.setattr(runs, "train_missing", stopped)
    assert main(["record"]) == 130
    (row,) = record.rows("data")
    assert row.key == runs.key(NETWORK)


def other_code(monkeypatch):
    """As if a function that both runs reach had been edited."""
    monkeypatch.setattr("labcode.runs.store.code_of", lambda spec: "edited")


def recorded(chapter="data"):
    runs.train_missing([NETWORK, SCORE], jobs=1)
    record.write(chapter, recording.rows(profiles.PROFILES["full"], chapter))


def test_after_an_edit_rows_stay_unused_until_they_are_certified(chapter, monkeypatch):
    monkeypatch.setattr(recording, "_deciding", lambda _: {})
    recorded()
    before = record.rows("data")
    other_code(monkeypatch)
    assert runs.recorded(NETWORK) is None and len(recording.missing([NETWORK, SCORE])) == 2
    record.write("data", recording.rows(profiles.PROFILES["full"], "data"))
    assert [row.key for row in record.rows("data")] == [row.key for row in before]
    assert list(recording.out_of_date(profiles.PROFILES["full"], "data")) == [NETWORK, SCORE]
    assert recording.certify(profiles.PROFILES["full"], "data") == 2
    after = record.rows("data")
    assert [row.certified for row in after] == [row.key for row in before]
    assert runs.recorded(NETWORK).date == before[0].date
    assert torch.equal(after[0].history["train_loss"], before[0].history["train_loss"])


def test_an_edit_that_changes_numbers_is_not_certified(chapter, monkeypatch):
    monkeypatch.setattr(recording, "_deciding", lambda _: {})
    recorded()
    other_code(monkeypatch)
    monkeypatch.setattr("labcode.training.loop.ORDER_SEED", 7)
    with pytest.raises(ValueError, match="train_loss is another when it is trained with today's"):
        recording.certify(profiles.PROFILES["full"], "data")
    assert runs.recorded(NETWORK) is None


@pytest.mark.parametrize(("drift", "certified"), [(1.0, True), (1e-9, False)])
def test_rows_of_another_processor_are_certified_within_the_drift(
    chapter, monkeypatch, drift, certified
):
    """Another order of images stands for another order of sums."""
    monkeypatch.setattr(recording, "_deciding", lambda _: {})
    recorded()
    other_code(monkeypatch)
    monkeypatch.setattr("labcode.training.loop.ORDER_SEED", 7)
    monkeypatch.setattr(record, "processor", lambda: "another")
    monkeypatch.setattr(record, "drift", lambda: {record.START: drift, record.END: drift})
    if certified:
        assert recording.certify(profiles.PROFILES["full"], "data") == 2
    else:
        with pytest.raises(ValueError, match="is another when it is trained with today's"):
            recording.certify(profiles.PROFILES["full"], "data")
    assert (runs.recorded(NETWORK) is not None) == certified


def test_a_rule_that_changed_after_its_rows_is_named(chapter, monkeypatch):
    monkeypatch.setattr(experiments, "CHAPTERS", {"data": ()})
    monkeypatch.setattr(recording, "_deciding", lambda _: {NETWORK: {"C1": rule_hash("C1")}})
    recorded()
    assert recording.changed_rules() == {}
    monkeypatch.setattr(recording, "rule_hash", lambda claim: "another")
    assert recording.changed_rules() == {"C1": [record.rows("data")[0].date]}


def test_the_hash_of_a_rule_covers_its_margin_and_not_its_words():
    assert len({rule_hash(claim) for claim in RULES}) == len(RULES)
    reached = definitions.reached(["labcode.claims.rules:spans_the_subspace"])
    assert ("labcode.claims.rules", "SAME_SUBSPACE") in reached
    assert ("labcode.claims.rules", "RULES") not in reached


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--section", "clipping"], "--section needs --chapter"),
        (["--chapter", "denoising", "--section", "clip"], "has no section 'clip'. Choose one of"),
        (["--chapter", "denoising", "--design", "conditions"], "--design needs --section"),
        (
            ["--chapter", "denoising", "--section", "clipping", "--design", "tuning"],
            "the section has no design 'tuning'. It has conditions",
        ),
    ],
)
def test_a_section_is_one_of_its_chapter(folder, capsys, options, message):
    assert main(["record", *options]) == 2
    assert message in capsys.readouterr().err


def test_one_design_of_a_section_can_be_recorded_alone():
    section = experiments.section("dense-versus-cnn", "factorial")
    (only,) = command_line._designs(section, "doubled")
    assert only.name == "doubled"
    assert {"cells", "doubled", "matched"} <= {d.name for d in command_line._designs(section, None)}
