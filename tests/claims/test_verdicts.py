"""Long runs decide by the rule, short ones never; and the command that prints it."""

import pytest

from labcode import __main__ as command_line
from labcode import claims, experiments
from labcode.claims import Evidence, Verdict, decides, verdict_from
from labcode.claims.rules import RULES, Outcome
from labcode.designs.contrast import Contrast, Interval
from labcode.designs.profiles import PROFILES

NUMBERS = {
    "gap": Interval(0.01, -0.1 / 3, 0.05, 5),
    "below_pca": Contrast(1.0, 0.9, 1.1, 5, 1e-6),
}
ASKED = []


@decides("C11", "fig-contest", "tests/test_some.py::test")
def c11(profile):
    """The evidence."""
    ASKED.append(profile.name)
    return Evidence(NUMBERS, f"{profile.name}, {profile.seeds}", len(profile.seeds))


def test_long_runs_are_decided_by_the_rule_on_their_numbers():
    found = c11.verdict(PROFILES["full"])
    assert found.outcome is Outcome.HOLDS and found.rule == RULES["C11"].words
    assert (found.effect, found.seeds) == ("full, (0, 1, 2, 3, 4)", 5)
    assert found.numbers == NUMBERS


@pytest.mark.parametrize("name", ["book", "smoke"])
def test_short_runs_decide_nothing_and_are_not_asked(name):
    ASKED.clear()
    found = c11.verdict(PROFILES[name])
    assert found.outcome is Outcome.OPEN and not ASKED
    assert (found.effect, found.seeds, found.numbers) == ("", 0, {})
    assert (found.figure, found.test) == ("fig-contest", "tests/test_some.py::test")


def test_fewer_than_five_seeds_decide_nothing():
    @decides("C11", "fig-contest", "tests/test_some.py::test")
    def one_seed(profile):
        return Evidence(NUMBERS, "one seed", 1)

    assert one_seed.verdict(PROFILES["full"]).outcome is Outcome.OPEN


def test_a_verdict_comes_back_from_json():
    import json
    from dataclasses import asdict

    found = c11.verdict(PROFILES["full"])
    assert verdict_from(json.loads(json.dumps(asdict(found)))) == found


def test_there_are_fourteen_claims():
    with pytest.raises(ValueError, match="C1 to C14"):
        Verdict("C15", Outcome.HOLDS, "", "", "")
    assert list(experiments.decisions()) == list(claims.CLAIMS)


def test_each_decision_reads_designs_and_cites_a_test_and_a_figure():
    for claim, decision in experiments.decisions().items():
        assert experiments.designs_of(decision), claim
        assert decision.test.startswith("tests/") and decision.figure.startswith("fig-")


def test_the_command_prints_what_a_chapter_decides(monkeypatch, capsys):
    monkeypatch.setenv("LABCODE_PROFILE", "book")
    assert command_line.main(["verdicts", "denoising"]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown == [f"C{n} not decided in this build." for n in (9, 10, 11)]
