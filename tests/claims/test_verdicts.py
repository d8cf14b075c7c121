"""The record of verdicts from the profile `full`, and the command that shows and keeps them."""

import errno
import json
import os
import types
from pathlib import Path

import pytest

from labcode import __main__ as command_line
from labcode import claims, experiments
from labcode.audit import ledger
from labcode.claims import Verdict
from labcode.claims.rules import RULES, Outcome
from labcode.designs import profiles
from labcode.designs.contrast import Interval


def verdict(claim: str, outcome: Outcome = Outcome.HOLDS, effect: str = "1 [0, 2]") -> Verdict:
    return Verdict(claim, outcome, "a rule", effect, 2, "fig-some", "tests/test_some.py::test")


def test_a_record_keeps_and_replaces(tmp_path):
    file = tmp_path / "record.json"
    assert claims.recorded(file) == {}
    claims.keep([verdict("C10"), verdict("C3", Outcome.CONDITIONAL)], file)
    claims.keep([verdict("C3", Outcome.FAILS, "−3")], file)
    assert claims.recorded(file) == {
        "C3": verdict("C3", Outcome.FAILS, "−3"),
        "C10": verdict("C10"),
    }
    assert list(json.loads(file.read_text(encoding="utf-8"))) == ["C3", "C10"]


def judged() -> Verdict:
    """A verdict with an interval and a value."""
    numbers = {
        "gap": Interval(0.01, -0.1 / 3, 0.05, 3),
        "noisy_loss": Interval(1.0, 0.9, 1.1, 3),
        "wiener_loss": 1.2,
    }
    return claims.judge("C11", numbers, "1", 3, "fig-contest", "tests/test_some.py::test")


def test_a_verdict_is_its_rule_on_its_numbers():
    found = judged()
    assert found.outcome is Outcome.HOLDS and found.rule == RULES["C11"].words
    worse = claims.judge(
        "C11", {**found.numbers, "wiener_loss": 1.1}, "1", 3, "fig-contest", "tests/t.py::test"
    )
    assert worse.outcome is Outcome.CONDITIONAL


def test_a_record_keeps_the_numbers_exactly(tmp_path):
    file = tmp_path / "record.json"
    claims.keep([judged()], file)
    assert claims.recorded(file) == {"C11": judged()}


def test_a_record_from_before_numbers_were_kept_can_be_read_and_replaced(tmp_path):
    file = tmp_path / "record.json"
    claims.keep([verdict("C11")], file)
    written = json.loads(file.read_text())
    del written["C11"]["numbers"]
    file.write_text(json.dumps(written))
    assert claims.recorded(file)["C11"].numbers == {}
    claims.keep([judged()], file)
    assert claims.recorded(file)["C11"].numbers == judged().numbers


def test_the_books_record_speaks_of_known_claims_and_figures():
    for claim, found in claims.recorded().items():
        assert found.claim == claim and found.seeds >= 1


@pytest.fixture
def chapter(monkeypatch, tmp_path):
    """A chapter whose verdict says which profile and seeds it was asked for."""
    record = tmp_path / "record.json"
    module = types.ModuleType("labcode.scores.metrics")
    module.verdicts = lambda profile: [verdict("C1", effect=f"{profile.name}, {profile.seeds}")]
    monkeypatch.setenv("LABCODE_CACHE", str(tmp_path))
    monkeypatch.setattr(experiments, "modules_of", lambda _: [module])
    monkeypatch.setattr(
        command_line.claims, "keep", lambda found, file=record: claims_keep(found, file)
    )
    return record


claims_keep = claims.keep


@pytest.fixture
def experiment(monkeypatch, tmp_path):
    monkeypatch.setenv("LABCODE_CACHE", str(tmp_path))
    asked = []

    class Experiment:
        __name__ = "labcode.scores.metrics"

        def verdicts(self, profile):
            asked.append(profile.name)
            return (verdict("C4", effect=profile.name), judged())

    return Experiment(), asked


def test_a_chapter_is_decided_once_for_each_profile(experiment):
    chapter, asked = experiment
    book, smoke = profiles.PROFILES["book"], profiles.PROFILES["smoke"]
    first = claims.decided(chapter, book)
    assert claims.decided(chapter, book) == first
    assert claims.decided(chapter, smoke)[0].effect == "smoke"
    assert asked == ["book", "smoke"]


def test_edited_code_and_a_damaged_file_decide_anew(experiment, monkeypatch, tmp_path):
    chapter, asked = experiment
    book = profiles.PROFILES["book"]
    claims.decided(chapter, book)
    monkeypatch.setattr("labcode.claims.verdicts.code_hash", lambda modules: "edited")
    found = claims.decided(chapter, book)
    assert len(asked) == 2
    for file in (tmp_path / "verdicts").iterdir():
        file.write_text(file.read_text()[:40])
    assert claims.decided(chapter, book) == found
    assert len(asked) == 3


def test_trial_a_read_only_cache_gives_the_verdicts_without_keeping_them(
    experiment, monkeypatch, tmp_path
):
    """Before: `PermissionError: .../verdicts`, after the computation."""
    chapter, asked = experiment
    smoke = profiles.PROFILES["smoke"]

    def refuse(*_arguments, **_options):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(Path, "mkdir", refuse)
    assert claims.decided(chapter, smoke)[0].effect == "smoke"
    assert asked == ["smoke"] and not (tmp_path / "verdicts").exists()


def test_verdicts_of_the_first_seeds_are_printed_and_kept(chapter, monkeypatch, capsys):
    monkeypatch.setenv("LABCODE_PROFILE", "full")
    assert command_line.main(["--seeds", "2", "verdicts", "ae-versus-pca", "--keep"]) == 0
    assert capsys.readouterr().out == "C1 holds: full, (0, 1) (2 seeds)\n"
    assert claims.recorded(chapter)["C1"].effect == "full, (0, 1)"


def test_only_the_full_profile_enters_the_record(chapter, monkeypatch, capsys):
    monkeypatch.setenv("LABCODE_PROFILE", "smoke")
    assert command_line.main(["verdicts", "ae-versus-pca", "--keep"]) == 2
    assert "LABCODE_PROFILE=full" in capsys.readouterr().err
    assert not chapter.exists()


def test_the_ledger_asks_every_module_that_decides():
    chapters = [module for name in experiments.CHAPTERS for module in experiments.modules_of(name)]
    assert list(ledger.DECIDING) == [module for module in chapters if hasattr(module, "verdicts")]
