"""Pages train nothing that no design lists, and hide nothing but quotes."""

import ast
import builtins
import re

import pytest
from IPython.core.interactiveshell import InteractiveShell

from labcode import experiments, runs
from labcode.designs import profiles
from labcode.experiments import CHAPTERS
from measured_book.training import CELL_OPTIONS, CODE_CELL
from tests.book.conftest import ROOT

SOLUTION = re.compile(r"^`{3,}\{solution-start\}.*?^`{3,}\{solution-end\}", re.M | re.S)
IMPORT = "from labcode.quotes import quote"
PAGES = [*CHAPTERS, "index"]


def cells(page: str) -> list[tuple[str, str, bool]]:
    """Code and options of each cell, and whether it is in the solution of an exercise."""
    source = (ROOT / "book" / f"{page}.md").read_text("utf-8")
    solutions = [(found.start(), found.end()) for found in SOLUTION.finditer(source)]
    return [
        (
            CELL_OPTIONS.sub("", found["cell"]),
            found["cell"],
            any(start < found.start() < end for start, end in solutions),
        )
        for found in CODE_CELL.finditer(source)
    ]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_trains_nothing_that_no_design_lists(book, page, monkeypatch):
    monkeypatch.setenv("LABCODE_PROFILE", "smoke")
    asked: dict[bool, set[runs.Spec]] = {True: set(), False: set()}
    path, in_solution = runs.store.path, False

    def noted(spec):
        asked[in_solution].add(spec)
        return path(spec)

    monkeypatch.setattr("labcode.runs.store.path", noted)
    shell = InteractiveShell()
    for code, _, in_solution in cells(page):  # noqa: B007
        result = shell.run_cell(code)
        result.raise_error()
    listed = set(experiments.specs(profiles.current()))
    assert not asked[False] - listed
    assert asked[False] or page == "claims"


@pytest.mark.parametrize("page", PAGES)
def test_what_is_hidden_is_quotes(page):
    for code, written, _ in cells(page):
        if "remove-cell" not in written:
            continue
        for statement in ast.parse(code).body:
            text = ast.unparse(statement)
            assert text.startswith("quote(") or text == IMPORT, f"{page} hides: {text[:200]}"


@pytest.mark.parametrize("page", PAGES)
def test_pages_define_no_function_but_in_solutions(page):
    for code, _, in_solution in cells(page):
        found = [n for n in ast.walk(ast.parse(code)) if isinstance(n, ast.FunctionDef)]
        assert in_solution or not found, f"{page} defines {found[0].name}"


@pytest.mark.parametrize("page", PAGES)
def test_every_name_in_a_visible_cell_is_born_in_a_visible_cell(page):
    born = set(dir(builtins))
    for code, written, _ in cells(page):
        if "remove-cell" in written:
            continue
        nodes = list(ast.walk(ast.parse(code)))
        born |= {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        born |= {n.arg for n in nodes if isinstance(n, ast.arg)}
        born |= {n.name for n in nodes if isinstance(n, ast.FunctionDef)}
        born |= {
            name.asname or name.name.partition(".")[0]
            for n in nodes
            if isinstance(n, ast.Import | ast.ImportFrom)
            for name in n.names
        }
        used = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
        assert used <= born, f"{page}: {used - born} come from hidden cells"
