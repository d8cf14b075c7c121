"""`python -m labcode verify`: silent where all is well, one line for whatever was changed."""

import json
import re
import types
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch

from labcode import __main__ as command_line
from labcode import experiments, runs
from labcode.audit import recording, results, run_table, verification
from labcode.claims import Evidence, decides
from labcode.data import DataSpec
from labcode.designs import profiles
from labcode.designs.contrast import Contrast
from labcode.models import ShallowAutoencoder
from labcode.runs import record, store
from labcode.training.loop import Fit
from labcode.training.networks import RunSpec, model_spec

ROOT = Path(__file__).parents[2]
SMOKE = profiles.PROFILES["smoke"]
CHAPTER = "ae-versus-pca"
SPECS = [
    RunSpec(model_spec(ShallowAutoencoder, code_size=2), 1, seed, DataSpec(100, 50))
    for seed in (0, 1)
]


@decides(
    "C13",
    "fig-sample-scores",
    "tests/experiments/test_latent_space.py::test_an_autoencoder_with_a_mixture_generates",
)
def c13(profile):
    """Evidence that no run gives."""
    ahead, behind = Contrast(1, 0.5, 1.5, 5, 1e-4), Contrast(-2, -3, -1, 5, 1e-4)
    numbers = {
        "ae_to_prior": ahead,
        "linear_to_prior": behind,
        "ae_to_mixture": ahead,
        "linear_to_mixture": ahead,
    }
    return Evidence(numbers, "1.00 [0.50, 1.50]", 5)


C13 = c13.verdict(profiles.PROFILES["full"])


@pytest.fixture
def book(monkeypatch, empty_cache, tmp_path):
    """A book of one chapter, two runs and one verdict, and its results file."""
    module = types.SimpleNamespace(DECIDES=(c13,), __name__="labcode.scores.metrics")
    full = profiles.PROFILES["full"]
    monkeypatch.setenv("LABCODE_PROFILE", "smoke")
    monkeypatch.setattr(experiments, "shown", lambda chapter=None: SPECS)
    monkeypatch.setattr(experiments, "modules_of", lambda chapter: [module])
    monkeypatch.setattr(experiments, "profile_of", lambda *readers: full)
    monkeypatch.setattr(experiments, "verdicts", lambda: [C13])
    monkeypatch.setattr(
        experiments, "sections_shown", lambda chapter: [experiments.Section("one", SMOKE, ())]
    )
    monkeypatch.setattr(recording, "out_of_date", lambda profile, chapter: {})
    file = tmp_path / "results.json"
    results.write(
        {
            "profiles": {"one": asdict(SMOKE)},
            "verdicts": results.verdict_entries([C13]),
            "chapters": {CHAPTER: [asdict(run_table.record(spec)) for spec in SPECS]},
        },
        file,
    )
    return file


def verify(book, *options: str) -> int:
    return command_line.main(["verify", "--results", str(book), "--seed", "0", *options])


def change(book, edit) -> None:
    """Change the content of a results file, and its checksum with it."""
    content = results.read(book)
    edit(content)
    results.write(content, book)


def keep_other_weights(spec: RunSpec) -> None:
    """Put a run on disk that is whole, but not what its spec trains."""
    run = runs.get(spec)
    weights = {name: weight + 0.1 for name, weight in run.weights.items()}
    store._write(runs.path(spec), Fit(weights, run.history), spec)


def test_what_is_unchanged_passes(book, capsys):
    before = runs.path(SPECS[0]).read_bytes()
    assert verify(book) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    assert shown.out.count("equal in every bit") == len(SPECS)
    assert f"held against the runs here of {CHAPTER}" in shown.out
    assert runs.path(SPECS[0]).read_bytes() == before


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (
            lambda c: c["verdicts"][0]["numbers"]["linear_to_prior"].update(low=1, high=3, mean=2),
            "C13 is down as 'holds with conditions'; on its numbers the rule says 'holds'.",
        ),
        (
            lambda c: c["verdicts"][0]["numbers"]["linear_to_prior"].update(mean=-2.1),
            r"C13: linear_to_prior is -2.1 \[-3, -1\]; by the runs here it is -2 \[-3, -1\].",
        ),
        (
            lambda c: c["verdicts"][0].update(outcome="holds"),
            "C13 is down as 'holds'; on its numbers the rule says 'holds with conditions'.",
        ),
        (
            lambda c: c["verdicts"][0].update(effect="2.00 [0.50, 1.50]"),
            r"C13: the effect is 2.00 \[0.50, 1.50\]; by the runs here it is 1.00",
        ),
        (
            lambda c: c["verdicts"][0].update(rule="Holds."),
            "C13 was decided by another rule than the one in labcode.claims.rules.",
        ),
        (
            lambda c: c["verdicts"][0].update(test="tests/claims/test_rules.py::test_no_such"),
            "C13 cites the test tests/claims/test_rules.py::test_no_such, which does not exist.",
        ),
        (
            lambda c: c["verdicts"][0].update(figure="fig-no-such"),
            "C13 cites the figure fig-no-such, which is on no page.",
        ),
        (
            lambda c: c["verdicts"][0]["numbers"].pop("linear_to_mixture"),
            "C13: the rule of C13 takes .*, and got ae_to_prior, linear_to_prior, ae_to_mixture.",
        ),
        (
            lambda c: c["chapters"][CHAPTER][1].update(weights="0" * 64),
            r"ShallowAutoencoder \(code_size 2\), seed 1 has other weights here",
        ),
        (
            lambda c: c["chapters"][CHAPTER].pop(),
            "is not both in the results and in this labcode.",
        ),
    ],
)
def test_a_change_in_the_results_fails(book, capsys, edit, message):
    change(book, edit)
    assert verify(book, "--sample", "0") == 1
    lines = capsys.readouterr().err
    assert all(line.startswith("labcode: ") for line in lines.splitlines())
    assert re.search(message, lines), lines


def test_a_change_that_forgets_the_checksum_fails(book, capsys):
    text = book.read_text()
    assert '"mean": -2,' in text
    book.write_text(text.replace('"mean": -2,', '"mean": -2.0001,'))
    assert verify(book, "--sample", "0") == 1
    assert "its checksum is wrong" in capsys.readouterr().err


def test_an_altered_record_fails(book, capsys, monkeypatch):
    monkeypatch.setattr(record, "altered", lambda: ["denoising.jsonl"])
    assert verify(book, "--sample", "0") == 1
    assert "the record's denoising.jsonl is not as it was written" in capsys.readouterr().err


def test_a_rule_that_changed_after_its_rows_is_named(book, capsys, monkeypatch):
    monkeypatch.setattr(recording, "changed_rules", lambda: {"C10": ["2026-11-26"]})
    assert verify(book, "--sample", "0") == 0
    assert "C10: its rule has changed since its rows were recorded" in capsys.readouterr().out


def test_code_that_has_changed_since_is_named_and_fails_where_that_is_asked(
    book, capsys, monkeypatch
):
    monkeypatch.setattr(recording, "out_of_date", lambda profile, chapter: {1: 2, 2: 3})
    assert verify(book, "--sample", "0") == 0
    assert f"{CHAPTER}: code behind 2 recorded runs has changed" in capsys.readouterr().out
    assert verify(book, "--sample", "0", "--up-to-date") == 1
    assert "short runs stand in for them" in capsys.readouterr().err


def test_other_weights_on_disk_fail_when_trained_again(book, capsys):
    keep_other_weights(SPECS[1])
    assert verify(book) == 1
    shown = capsys.readouterr()
    assert "seed 1) differs when it is trained again" in shown.err
    assert "seed 0: equal in every bit" in shown.out
    assert "has other weights here" in shown.err


def test_a_tolerance_is_for_other_machines(book, capsys):
    keep_other_weights(SPECS[1])
    change(book, lambda c: c["chapters"].clear())
    assert verify(book, "--tolerance", "1000") == 0
    assert "largest relative difference" in capsys.readouterr().out


def test_results_of_another_profile_are_not_held_against_these_runs(book, capsys):
    change(book, lambda c: c["profiles"]["one"].update(name="full"))
    keep_other_weights(SPECS[0])
    assert verify(book, "--sample", "0") == 0
    assert "runs here of no chapter" in capsys.readouterr().out


def test_without_results_the_rest_is_checked(book, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert command_line.main(["verify", "--sample", "1"]) == 0
    assert "build the book" in capsys.readouterr().out
    assert verify(tmp_path / "nowhere.json") == 1
    assert "cannot be read" in capsys.readouterr().err


def test_a_sample_keeps_to_its_budget_and_its_seed():
    specs = [replace(SPECS[0], seed=seed, epochs=1 + seed % 3) for seed in range(30)]
    unit = SPECS[0].cost
    drawn = verification.sample(specs, 5, 8 * unit, seed=1)
    assert len(drawn) <= 5 and sum(spec.cost for spec in drawn) <= 8 * unit
    assert drawn == verification.sample(specs, 5, 8 * unit, seed=1)
    assert drawn != verification.sample(specs, 5, 8 * unit, seed=2)
    assert verification.sample(specs, 5, unit / 2, seed=1) == []


def test_only_runs_on_disk_are_trained_again(book, capsys):
    runs.path(SPECS[0]).unlink()
    assert verify(book) == 0
    assert "1 of 1 runs on disk" in capsys.readouterr().out
    assert not runs.path(SPECS[0]).exists()


def fit(weight: torch.Tensor, **history: torch.Tensor) -> Fit:
    return Fit({"w": weight}, history)


@pytest.mark.parametrize(
    ("again", "expected"),
    [
        (fit(torch.tensor([1.0, -4.0]), seconds=torch.tensor(9.0)), 0),
        (fit(torch.tensor([1.0, -4.04])), 0.01),
        (fit(torch.tensor([1.0])), float("inf")),
        (fit(torch.tensor([1.0, -4.0]).double()), float("inf")),
        (fit(torch.tensor([1.0, float("nan")])), float("inf")),
        (fit(torch.tensor([1.0, -4.0]), loss=torch.ones(1)), float("inf")),
        (Fit({"v": torch.tensor([1.0, -4.0])}, {}), float("inf")),
    ],
)
def test_differences_are_relative_and_times_dont_count(again, expected):
    stored = fit(torch.tensor([1.0, -4.0]), seconds=torch.tensor(1.0))
    run = runs.Run(SPECS[0], stored.weights, stored.history)
    assert verification.largest_difference(run, again) == pytest.approx(expected)


def test_what_was_missing_before_may_be_missing_again():
    numbers = torch.tensor([1.0, float("nan")])
    assert verification.difference(numbers, numbers.clone()) == 0


def test_the_books_record_is_whole_and_its_verdicts_and_citations_are_good(monkeypatch, tmp_path):
    monkeypatch.delenv("LABCODE_PROFILE", raising=False)
    (tmp_path / "a file").touch()
    monkeypatch.setenv("LABCODE_CACHE", str(tmp_path / "a file"))  # verdicts need no folder
    assert record.altered() == []
    found = experiments.verdicts()
    assert list(verification.follow_from_their_numbers(found)) == []
    assert list(verification.are_cited_well(found, ROOT)) == []


def test_results_are_json(book):
    assert json.loads(book.read_text())["verdicts"][0]["numbers"]["ae_to_prior"]["n"] == 5
