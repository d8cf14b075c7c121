"""Numbers are read back from the texts that the book shows, and a changed file is noticed."""

import json

import pytest

from labcode.audit import results
from labcode.audit.results import Quantity, quantity
from labcode.claims import Evidence, decides
from labcode.designs.contrast import Interval
from labcode.designs.profiles import PROFILES

MEASURED = Interval(0.12345, -0.5, 1234.5, 3)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3", Quantity(3)),
        ("1,234,567", Quantity(1234567)),
        ("-0.02", Quantity(-0.02)),
        ("−0.02", Quantity(-0.02)),
        ("+4.3", Quantity(4.3)),
        ("7e-08", Quantity(7e-8)),
        ("17%", Quantity(17)),
        ("33 per cent", Quantity(33)),
        (f"{MEASURED:.5f}", Quantity(0.12345, -0.5, 1234.5)),
        (f"{MEASURED:,.1f}", Quantity(0.1, -0.5, 1234.5)),
        (f"{MEASURED:+.2e}", Quantity(0.123, -0.5, 1230)),
        ("0.1% [-0.0, 0.3]", Quantity(0.1, 0, 0.3)),
        ("holds", Quantity()),
        ("0.1443, 0.1415", Quantity()),
        ("between k = 8 and k = 32", Quantity()),
        ("1,23", Quantity()),
        ("1 [2, 3], 4", Quantity()),
        ("", Quantity()),
    ],
)
def test_a_text_is_read_back(text, expected):
    assert quantity(text) == expected


@pytest.fixture
def content():
    @decides("C2", "fig-recoveries", "tests/test_some.py::test_some")
    def c2(profile):
        return Evidence({"worst_cosine": 0.5}, "0.50", 5)

    verdict = c2.verdict(PROFILES["full"])
    return {"verdicts": results.verdict_entries([verdict]), "numbers": [{"value": 0.1}]}


def test_results_are_read_as_they_were_written(content, tmp_path):
    file = tmp_path / "results.json"
    results.write(content, file)
    assert results.read(file) == json.loads(json.dumps(content))
    assert [f.name for f in tmp_path.iterdir()] == ["results.json"]


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c["numbers"][0].update(value=0.2),
        lambda c: c["verdicts"][0]["numbers"].update(worst_cosine=0.51),
        lambda c: c["verdicts"].clear(),
        lambda c: c.pop("checksum"),
    ],
)
def test_any_change_is_noticed(content, tmp_path, change):
    file = tmp_path / "results.json"
    results.write(content, file)
    changed = json.loads(file.read_text())
    change(changed)
    file.write_text(json.dumps(changed))
    with pytest.raises(results.BadResults, match="has been changed"):
        results.read(file)


@pytest.mark.parametrize("text", [None, "", "{", "[]"])
def test_a_file_that_is_not_there_or_no_results_is_said_so(tmp_path, text):
    file = tmp_path / "results.json"
    if text is not None:
        file.write_text(text)
    with pytest.raises(results.BadResults, match="cannot be read"):
        results.read(file)


def test_a_verdict_stands_with_its_claim(content):
    (entry,) = content["verdicts"]
    assert entry["outcome"] == "does not hold" and entry["words"].startswith("Linear autoencoder")
    assert (entry["effect"], entry["seeds"]) == ("0.50", 5)
