"""CONTRIBUTING's walk from three figures to the networks behind them leads where it says."""

import ast
import json
import re
from importlib import import_module
from pathlib import Path

import pytest

from labcode.designs.profiles import PROFILES
from labcode.runs.provenance import describe

ROOT = Path(__file__).parents[1]
STEP = r"`(labcode/[\w/]+\.py)`: `(\w+)`"
ROWS = re.findall(
    rf"^\| `(fig-[\w-]+)` \| {STEP} \| {STEP} \| {STEP} \|$",
    (ROOT / "CONTRIBUTING.md").read_text("utf-8"),
    re.M,
)


def defined(file: str) -> set[str]:
    """The names that a file defines itself; what it imports does not count."""
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}


def module_of(file: str) -> str:
    return file.removesuffix(".py").replace("/", ".")


def test_the_walk_has_a_figure_of_three_chapters():
    assert [row[0] for row in ROWS] == ["fig-code-size", "fig-contest", "fig-sample-scores"]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_each_step_is_where_the_walk_says(row):
    for file, name in zip(row[1::2], row[2::2], strict=True):
        assert name in defined(file)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_the_figures_page_imports_the_section_of_its_design(row):
    figure, file, _, *_ = row
    package, _, section = module_of(file).rpartition(".")
    [page] = [
        text
        for path in (ROOT / "book").glob("*.md")
        if re.search(rf"^ *name: {figure}$", text := path.read_text("utf-8"), re.M)
    ]
    imported = re.findall(rf"^from {re.escape(package)} import (.*)$", page, re.M)
    assert section in {name.strip() for names in imported for name in names.split(",")}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_the_design_trains_the_network_and_is_scored_by_the_function(row):
    _, file, name, scores, score, models, network = row
    design = getattr(import_module(module_of(file)), name)
    specs = json.dumps([describe(spec) for spec in design.specs(PROFILES["smoke"])])
    assert f"{module_of(scores)}:{score}" in specs
    assert f"{module_of(models)}:{network}" in specs
