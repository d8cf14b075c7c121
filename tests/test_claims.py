"""The record of verdicts from the profile `full`, and the command that shows and keeps them."""

import json

import pytest

from labcode import __main__ as command_line
from labcode import claims, experiments
from labcode.claims import Outcome, Verdict


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


def test_the_books_record_speaks_of_known_claims_and_figures():
    for claim, found in claims.recorded().items():
        assert found.claim == claim and found.seeds >= 1


@pytest.fixture
def chapter(monkeypatch, tmp_path):
    """A chapter whose verdict says which profile and seeds it was asked for."""
    record = tmp_path / "record.json"
    module = type(
        "chapter",
        (),
        {"verdicts": lambda profile: [verdict("C1", effect=f"{profile.name}, {profile.seeds}")]},
    )
    monkeypatch.setattr(command_line, "import_module", lambda _: module)
    monkeypatch.setattr(command_line.claims, "keep", lambda found: claims_keep(found, record))
    return record


claims_keep = claims.keep


def test_verdicts_of_the_first_seeds_are_printed_and_kept(chapter, monkeypatch, capsys):
    monkeypatch.setenv("LABCODE_PROFILE", "full")
    assert command_line.main(["--seeds", "2", "verdicts", "02-ae-versus-pca", "--keep"]) == 0
    assert capsys.readouterr().out == "C1 holds: full, (0, 1) (2 seeds)\n"
    assert claims.recorded(chapter)["C1"].effect == "full, (0, 1)"


def test_only_the_full_profile_enters_the_record(chapter, monkeypatch, capsys):
    monkeypatch.setenv("LABCODE_PROFILE", "smoke")
    assert command_line.main(["verdicts", "02-ae-versus-pca", "--keep"]) == 1
    assert "LABCODE_PROFILE=full" in capsys.readouterr().err
    assert not chapter.exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["verdicts", "no-such-chapter"], "Choose one of"),
        (["verdicts", next(iter(experiments.CHAPTERS))], "none of the claims"),
        (["--seeds", "0", "verdicts", "02-ae-versus-pca"], "at least 1"),
    ],
)
def test_what_cannot_be_decided_is_said_in_a_line(arguments, message, monkeypatch, capsys):
    monkeypatch.setenv("LABCODE_PROFILE", "smoke")
    assert command_line.main(arguments) == 1
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1
