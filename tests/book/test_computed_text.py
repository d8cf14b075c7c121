"""Tables and boxes that are computed while the book is built, and links to the repository."""

import os
import re
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from docutils import nodes
from docutils.utils import new_document

from labcode import claims, experiments
from labcode.audit import run_table
from labcode.claims import CLAIMS
from labcode.claims.rules import RULES, Outcome
from labcode.designs import profiles
from labcode.experiments import CHAPTERS
from measured_book import numbers
from measured_book import verdicts as verdict_texts

ROOT = Path(__file__).parents[2]
TEST = "tests/book/test_computed_text.py::test_marks_mean_themselves"


def test_marks_mean_themselves():
    assert verdict_texts.plain("worst |cos| [0, 1] a_b*c") == r"worst \|cos\| \[0, 1\] a\_b\*c"
    assert verdict_texts.plain("`full`, x_y", "`") == r"`full`, x\_y"


@pytest.fixture
def verdicts(monkeypatch):
    found = [
        claims.Verdict(claim, Outcome.HOLDS, RULES[claim].words, f"fig-{n}", TEST, "1 [0, 2]", n)
        for n, claim in enumerate(CLAIMS, 1)
    ]
    monkeypatch.setattr(experiments, "verdicts", lambda: found)
    return found


def test_the_ledger_has_a_row_for_each_claim(verdicts):
    rows = verdict_texts.every_row().splitlines()[2:]
    assert len(rows) == len(CLAIMS)
    for row, (claim, words) in zip(rows, CLAIMS.items(), strict=True):
        assert f"[{claim}](#ledger-{claim.lower()})" in row and words in row
        assert row.count("|") == 6
        assert ("shown, in part" in row) == bool(RULES[claim].shown)


def test_each_box_has_effect_seeds_figure_theorem_and_test(verdicts):
    boxes = verdict_texts.every_box().split(":::{admonition} ")[1:]
    for n, box in enumerate(boxes, 1):
        assert box.startswith(f"C{n}: [holds]{{.outcome .outcome-holds}}\n")
        assert f":name: ledger-c{n}\n" in box
        assert r"1 \[0, 2\]." in box and f"{{numref}}`fig-{n}`" in box
        assert ("One seed" if n == 1 else f"{n} seeds") in box
        assert f"{{source}}`{TEST}`" in box
        assert ("**Shown.**" in box) == bool(RULES[f"C{n}"].shown)


def test_the_run_table_has_a_row_for_each_chapter_with_runs(monkeypatch):
    one, two, three = (SimpleNamespace(key=name) for name in "abc")
    runs_of = {"data": [one, two], "denoising": [two, three]}
    monkeypatch.setattr(
        run_table,
        "row",
        lambda chapter, found: run_table.ChapterRuns(
            chapter, 0 if chapter == "claims" else 1000, 2345.6, (0, 1), "f" * 64
        ),
    )
    monkeypatch.setattr(numbers, "records", lambda chapter: runs_of.get(chapter, []))
    rows = numbers.runs().splitlines()[2:]
    assert len(rows) == len(CHAPTERS)
    assert rows[0] == "| {doc}`data` | 1,000 | 2,346 | 0, 1 | `ffffffffffff` |"
    assert rows[-1].startswith("| All | 3 |")


def test_a_build_of_short_runs_says_that_they_decide_nothing(monkeypatch):
    monkeypatch.setenv("LABCODE_PROFILE", "book")
    boxes = verdict_texts.every_box().split(":::{admonition} ")[1:]
    assert len(boxes) == len(CLAIMS)
    for box in boxes:
        assert "[not decided in this build]{.outcome .outcome-open}" in box
        assert "decide nothing" in box and "**Measured.**" not in box


def test_the_environment_names_profile_and_versions(monkeypatch):
    monkeypatch.setenv("LABCODE_PROFILE", "smoke")
    monkeypatch.setattr(numbers.training, "sections_of", experiments.sections_shown)
    profile = profiles.current()
    text = numbers.environment()
    assert f"`{profile.name}`" in text and f"{profile.train:,} images train" in text
    assert "torch" in text and "Python" in text


def test_a_named_test_is_found_with_its_line():
    place = numbers.source_place(ROOT, TEST)
    assert place is not None
    file, line = place.split("#L")
    assert file == "tests/book/test_computed_text.py"
    assert (ROOT / file).read_text().splitlines()[int(line) - 1].startswith("def test_marks_mean")
    assert numbers.source_place(ROOT, "README.md") == "README.md"
    assert numbers.source_place(ROOT, "tests/book/test_computed_text.py::test_no") is None
    assert numbers.source_place(ROOT, "tests/no.py::test_no") is None


@pytest.mark.parametrize("repository", ["", "owner/name"])
def test_sources_are_links_where_the_repository_is_known(repository, monkeypatch):
    monkeypatch.setenv("GITHUB_REPOSITORY", repository)
    monkeypatch.setenv("GITHUB_SHA", "abc")
    document = new_document("page")
    paragraph = nodes.paragraph("", "", nodes.literal("t", "t", source_place="tests/t.py#L3"))
    document += paragraph
    numbers.link_sources(None, document, "page")
    links = [link["refuri"] for link in document.findall(nodes.reference)]
    address = "https://github.com/owner/name/blob/abc/tests/t.py#L3"
    assert links == ([address] if repository else [])
    assert document.astext() == "t"


def test_the_pages_show_them(book):
    ledger_page = (book.pages / "claims.html").read_text()
    table = re.search(r'<table class="[^"]*computed ledger.*?</table>', ledger_page, re.S)
    assert table and table[0].count("<tr") == 1 + len(CLAIMS)
    for number, words in CLAIMS.items():
        assert f'href="#ledger-{number.lower()}"' in table[0] and words in table[0]
        assert f'id="ledger-{number.lower()}"' in ledger_page
    assert len(re.findall(r'href="[a-z-]+.html#fig-', table[0])) == len(CLAIMS)
    other = (book.pages / "reproducibility.html").read_text()
    for name in ("environment", "runs", "data"):
        assert f"computed {name}" in other
    assert 'href="../results.json"' in other and 'href="../results.schema.json"' in other


def test_the_notebook_has_the_ledger_as_a_table(book):
    notebook = nbformat.read(book.notebooks / "claims.ipynb", as_version=4)
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    rows = re.findall(r"^\| \[?C\d+.*\|$", text, re.M)
    assert len(rows) == len(CLAIMS) and all(len(re.findall(r"\|", row)) == 6 for row in rows)
    assert all(re.search(r"\| not decided in this build \| \[?\d+\.\d+", row) for row in rows)


def test_the_readers_variation_runs(tmp_path, monkeypatch):
    """The code on the reproducibility page, in a few lines, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LABCODE_PROFILE", "smoke")
    page = (ROOT / "book" / "reproducibility.md").read_text()
    section = page[page.index("(sec-variation)=") :]
    cells = re.findall(r"^```python\n(.*?)^```", section, re.M | re.S)
    assert len(cells) == 2
    for cell in cells:
        assert len(cell.splitlines()) < 10
        exec(cell, {})
    assert os.listdir() == ["mine.svg"]


def test_the_example_that_reads_the_results_runs(book, monkeypatch, capsys):
    monkeypatch.chdir(book.root)
    page = (ROOT / "book" / "reproducibility.md").read_text()
    section = page[page.index("(sec-verify)=") : page.index("(sec-variation)=")]
    (cell,) = re.findall(r"^```python\n(.*?)^```", section, re.M | re.S)
    exec(cell, {})
    assert len(capsys.readouterr().out.splitlines()) == len(CLAIMS)
