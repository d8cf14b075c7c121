"""Which definitions of labcode a run reaches, and a hash of them.

A run's result is decided by the functions and classes that its spec names, by what these name in
turn, and by nothing else in their modules. So a class added beside a model, or a better sentence
in a message, leaves every run as it is.
"""

import ast
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from labcode.runs.provenance import SOURCES, describe

# What decides no number: reading and keeping runs, checking input, and files that checksums pin.
DECIDE_NOTHING = (
    "labcode.runs",
    "labcode.cache_folder",
    "labcode.checks",
    "labcode.data.files",
    "labcode.data.sets",
)
_SAYS_NOTHING = {"title", "cost"}  # members of specs that are for progress bars

Definition = tuple[str, str]


def code_of(spec: Any) -> str:
    """Hash of the definitions that a spec names and of all that these reach.

    It does not cover comments, layout, docstrings, annotations, the messages of exceptions, nor
    checks of input.

    Parameters
    ----------
    spec : as `labcode.runs.provenance.describe` takes it
    """
    return _hash(frozenset(_named(describe(spec))), tuple(SOURCES.items()))


def _named(description: Any) -> Iterator[str]:
    """The classes and functions in a description, `module:qualname`."""
    if isinstance(description, str):
        if description.partition(":")[0] in SOURCES:
            yield description
    elif isinstance(description, dict | list):
        parts = description.values() if isinstance(description, dict) else description
        for part in parts:
            yield from _named(part)


@cache
def _hash(names: frozenset[str], sources: tuple[tuple[str, str], ...]) -> str:
    code = (
        f"{module}:{name} {_module(SOURCES[module]).code[name]}"
        for module, name in sorted(reached(names))
    )
    return hashlib.sha256("\n".join(code).encode()).hexdigest()


def defined_in(module: str) -> list[str]:
    """The definitions of a module of labcode, as `module:name`."""
    return [f"{module}:{name}" for name in _module(SOURCES[module]).code]


def reached(names: Iterable[str]) -> set[Definition]:
    """Module and name of the definitions that these reach, themselves included."""
    found: set[Definition] = set()
    waiting = [
        where
        for name in names
        for where in _resolved(*name.split(".<locals>")[0].partition(":")[::2])
    ]
    while waiting:
        where = waiting.pop()
        if where not in found:
            found.add(where)
            module, name = where
            for used in _module(SOURCES[module]).uses[name]:
                waiting += _resolved(module, used)
    return found


def _resolved(module: str, path: str) -> Iterator[Definition]:
    """The definition behind a name, dotted or not, as a module sees it."""
    if module not in SOURCES or module.startswith(DECIDE_NOTHING):
        return
    first, _, rest = path.partition(".")
    parsed = _module(SOURCES[module])
    if first in parsed.code:
        yield module, first
    elif first in parsed.imports:
        source, name = parsed.imports[first]
        if name and f"{source}.{name}" in SOURCES:
            source, name = f"{source}.{name}", ""
        if name:
            yield from _resolved(source, name)
        elif rest:
            yield from _resolved(source, rest)
    elif f"{module}.{first}" in SOURCES and rest:
        yield from _resolved(f"{module}.{first}", rest)


@dataclass(frozen=True)
class _Module:
    """A module's own definitions by name: a hash of each, the names it uses; and its imports."""

    code: dict[str, str]
    uses: dict[str, frozenset[str]]
    imports: dict[str, tuple[str, str]]


@cache
def _module(source: str) -> _Module:
    code: dict[str, str] = {}
    uses: dict[str, frozenset[str]] = {}
    imports: dict[str, tuple[str, str]] = {}
    for node in ast.parse(source).body:
        match node:
            case ast.Import():
                for alias in node.names:
                    imports[alias.asname or alias.name.partition(".")[0]] = (alias.name, "")
            case ast.ImportFrom(module=str(origin), level=0):
                for alias in node.names:
                    imports[alias.asname or alias.name] = (origin, alias.name)
            case _:
                for name in _defined(node):
                    bare = _Bare().visit(node)
                    code[name] = hashlib.sha256(ast.dump(bare).encode()).hexdigest()
                    uses[name] = frozenset(_used(bare))
    return _Module(code, uses, imports)


def _defined(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in targets:
            yield from (n.id for n in ast.walk(target) if isinstance(n, ast.Name))


def _used(node: ast.AST) -> Iterator[str]:
    """Names that are read, with the attributes behind them: `data.load`."""
    for part in ast.walk(node):
        if isinstance(part, ast.Name):
            yield part.id
        elif isinstance(part, ast.Attribute):
            path, value = part.attr, part.value
            while isinstance(value, ast.Attribute):
                path, value = f"{value.attr}.{path}", value.value
            if isinstance(value, ast.Name):
                yield f"{value.id}.{path}"


class _Bare(ast.NodeTransformer):
    """Takes out what decides no number."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        self._strip(node)
        node.returns = None
        node.decorator_list = [d for d in node.decorator_list if "measured" not in set(_used(d))]
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:
        node.body = [
            part
            for part in node.body
            if not (isinstance(part, ast.FunctionDef) and part.name in _SAYS_NOTHING)
        ]
        self._strip(node)
        return node

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AnnAssign:
        self.generic_visit(node)
        node.annotation = ast.Constant(None)
        return node

    def visit_Raise(self, node: ast.Raise) -> ast.Raise:
        return ast.Raise()

    def visit_Expr(self, node: ast.Expr) -> ast.Expr | None:
        """Without checks of input, whose results nobody takes."""
        self.generic_visit(node)
        call = node.value.func if isinstance(node.value, ast.Call) else None
        return None if call and next(iter(_used(call)), "").startswith("checks.") else node

    def _strip(self, node: ast.FunctionDef | ast.ClassDef) -> None:
        if ast.get_docstring(node) is not None:
            node.body = node.body[1:]
        self.generic_visit(node)
