"""The notation page names code that exists."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| (?P<symbol>.+?) \| (?P<code>[^|]*?) ?\| (?P<meaning>.+) \|$", re.M)
ROWS = [
    row
    for row in ROW.finditer((ROOT / "book" / "notation.md").read_text())
    if row["symbol"] != "symbol"
]
NAMES = sorted({name for row in ROWS for name in re.findall(r"`([^`]+)`", row["code"])})


def identifiers(tree: ast.AST) -> set[str]:
    """Names that are defined or used in a piece of code; words in strings do not count."""
    found = set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name):
                found.add(name)
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                found.add(name)
    return found


TREES = [ast.parse(path.read_text()) for path in (ROOT / "labcode").rglob("*.py")]
EVERYWHERE = set().union(*map(identifiers, TREES))
MEMBERS = {
    node.name: set().union(*map(identifiers, node.body))
    for tree in TREES
    for node in ast.walk(tree)
    if isinstance(node, ast.ClassDef)
}


def test_the_tables_are_read_whole():
    assert len(ROWS) > 40
    assert {"code_size", "Posterior.rate", "importance_bounds"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_in_code_is_a_name_in_labcode(name):
    owner, _, member = name.rpartition(".")
    assert member in (MEMBERS.get(owner, set()) if owner else EVERYWHERE)


def test_words_in_docstrings_are_no_names():
    tree = ast.parse('def f(x):\n    """mu"""\n    return "W1"')
    assert identifiers(tree) == {"f", "x"}
