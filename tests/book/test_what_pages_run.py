"""Pages train nothing that no design lists, hide nothing but quotes, and colours have a meaning."""

import ast
import builtins
import re
from collections.abc import Iterator
from functools import cache

import pytest
from IPython.core.interactiveshell import InteractiveShell
from matplotlib.collections import Collection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from labcode import experiments, runs
from labcode.designs import profiles
from labcode.experiments import CHAPTERS
from labcode.figures import style
from measured_book.training import CELL_OPTIONS, CODE_CELL
from tests.book.conftest import ROOT

SOLUTION = re.compile(r"^`{3,}\{solution-start\}.*?^`{3,}\{solution-end\}", re.M | re.S)
MEANINGS = {
    r"\bp?PCA\b": style.PCA,
    r"\bWiener\b|\blinear\b|\bredrawn for ever$": style.LINEAR,
    r"\bdense\b|\bshallow\b|\bsparse autoencoder\b|^AE$": style.DENSE,
    r"\bdeep\b": style.DEEP,
    r"\b(?<!lab's )CNN\b|\bconvolutional\b": style.CNN,
    r"\bown DAE\b|\bdrawn anew$|^learned$|^noise 0\.\d$": style.DENOISING,
    r"\bVAE\b": style.VAE,
    r"\bGaussians\b|\blocal PCAs\b": style.MIXTURE,
}
MODELS = {look.color for look in MEANINGS.values()} - {style.PCA.color}  # black is theory, too
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
    """Solutions may, and the build has executed them; no cell after one needs its names."""
    monkeypatch.setenv("LABCODE_PROFILE", "smoke")
    asked: set[runs.Spec] = set()
    path = runs.store.path

    def noted(spec):
        asked.add(spec)
        return path(spec)

    monkeypatch.setattr("labcode.runs.store.path", noted)
    figures = watched(monkeypatch)
    shell = InteractiveShell()
    for code, _, in_solution in cells(page):
        if not in_solution:
            shell.run_cell(code).raise_error()
    assert not asked - listed()
    assert asked or page == "claims"
    assert not any("subplots(" in code or "figures." in code for code in solutions(page))
    for label, colour in legends(figures):
        meant = {look.color for word, look in MEANINGS.items() if re.search(word, label)}
        assert colour in meant if meant else colour not in MODELS, f"{label} is drawn in {colour}"


@cache
def listed() -> set[runs.Spec]:
    """Every run that a design of the book lists."""
    return set(experiments.specs(profiles.current()))


def solutions(page: str) -> list[str]:
    """The code of each cell in a solution: it draws nothing whose colours would need a look."""
    return [code for code, _, in_solution in cells(page) if in_solution]


def watched(monkeypatch) -> list[Figure]:
    """All figures that are drawn from now on."""
    figures, subplots = [], style.subplots

    def noted(*arguments, **options):
        figure, axes = subplots(*arguments, **options)
        figures.append(figure)
        return figure, axes

    monkeypatch.setattr(style, "subplots", noted)
    return figures


def legends(figures: list[Figure]) -> Iterator[tuple[str, str]]:
    """Each label of a line or of marks, with its colour."""
    for axes in (axes for figure in figures for axes in figure.axes):
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
            first = handle[0] if isinstance(handle, tuple) else handle
            if isinstance(first, Line2D):
                yield label, to_hex(first.get_color())
            elif isinstance(first, Collection):
                yield label, to_hex(first.get_facecolor()[0])


@pytest.mark.parametrize("page", PAGES)
def test_what_is_hidden_is_quotes(page):
    for code, written, _ in cells(page):
        if "remove-cell" not in written:
            continue
        for statement in ast.parse(code).body:
            text = ast.unparse(statement)
            assert quotes(statement) or text == IMPORT, f"{page} hides: {text[:200]}"


def quotes(statement: ast.stmt) -> bool:
    """Whether a statement quotes, or does so for each of several."""
    if isinstance(statement, ast.For):
        *before, last = statement.body
        return quotes(last) and all(isinstance(step, ast.Assign) for step in before)
    return ast.unparse(statement).startswith("quote(")


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
