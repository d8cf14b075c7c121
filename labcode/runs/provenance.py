"""What decides a result: a description of its spec, and a hash of the code that computes it."""

import ast
import dataclasses
import hashlib
import json
import math
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from types import FunctionType
from typing import Any

# Its output is verified against fixed checksums, so its code decides nothing.
_PINNED_BY_CHECKSUM = {"labcode.data.files", "labcode.data.sets"}


def _read_sources() -> dict[str, str]:
    package = Path(__file__).parents[1]
    sources = {}
    for file in package.rglob("*.py"):
        parts = [package.name, *file.relative_to(package).with_suffix("").parts]
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        sources[name] = file.read_text(encoding="utf-8")
    return sources


# Read when Python imports the code: what is edited later is not what this process runs.
SOURCES = _read_sources()


def describe(spec: Any) -> Any:
    """A spec as plain JSON values; different specs have different descriptions.

    Equal specs have equal ones, where their numbers are of one type: 1, 1.0 and True are three.

    Parameters
    ----------
    spec : frozen dataclass, class, function, or a tuple, string, number or None inside one

    Raises
    ------
    TypeError
        If the spec holds a value of any other type, or a function without a name of its own: it
        could not be compared reliably.
    ValueError
        If it holds what is not a number, or text that reads as the name of a class or function.
    """
    if isinstance(spec, type | FunctionType):
        if "<lambda>" in spec.__qualname__:
            raise TypeError("a spec holds a lambda, and all of a module's have one name. Name it.")
        return f"{spec.__module__}:{spec.__qualname__}"
    if dataclasses.is_dataclass(spec):
        fields = {f.name: describe(getattr(spec, f.name)) for f in dataclasses.fields(spec)}
        return {"class": describe(type(spec)), **fields}
    if isinstance(spec, tuple):
        return [describe(item) for item in spec]
    if isinstance(spec, str) and spec.partition(":")[0] in sys.modules and ":" in spec:
        raise ValueError(f"a spec holds the text {spec!r}, which reads as the name of a function.")
    if isinstance(spec, float) and math.isnan(spec):
        raise ValueError("a spec holds what is not a number (NaN), which equals nothing.")
    if spec is None or isinstance(spec, str | int | float | bool):
        return spec
    raise TypeError(
        f"a spec holds {spec!r} of type {type(spec).__name__}. "
        "Use frozen dataclasses, classes, functions, tuples, strings, numbers and None."
    )


def spec_hash(spec: Any) -> str:
    """Hash of what is asked for, whatever the code that gives it.

    Fields that have their default are left out: a new one, whose default means what was meant
    before, leaves the hash as it is.
    """
    text = json.dumps(_without_defaults(spec), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _without_defaults(spec: Any) -> Any:
    if isinstance(spec, tuple):
        return [_without_defaults(item) for item in spec]
    if isinstance(spec, type) or not dataclasses.is_dataclass(spec):
        return describe(spec)
    asked = {
        field.name: _without_defaults(getattr(spec, field.name))
        for field in dataclasses.fields(spec)
        if not _is_default(spec, field)
    }
    return {"class": describe(type(spec)), **asked}


def _is_default(spec: Any, field: dataclasses.Field[Any]) -> bool:
    value = getattr(spec, field.name)
    factory = field.default_factory
    default = factory() if factory is not dataclasses.MISSING else field.default
    return type(value) is type(default) and value == default


def imported_modules(source: str) -> set[str]:
    """The labcode modules that a piece of Python source imports, directly and in turn.

    Packages count only where their own `__init__` is what is imported from.
    """
    found: set[str] = set()
    waiting = list(_direct_imports(source))
    while waiting:
        module = waiting.pop()
        if module not in found and module not in _PINNED_BY_CHECKSUM:
            found.add(module)
            waiting += _parse(SOURCES[module]).imports
    return found


def code_hash(modules: Iterable[str]) -> str:
    """Hash of some labcode modules and of all that they import.

    It covers what runs. Comments, layout and docstrings don't change it.
    """
    names = imported_modules("\n".join(f"import {name}" for name in modules))
    code = (f"{name} {_parse(SOURCES[name]).code}" for name in sorted(names))
    return hashlib.sha256("\n".join(code).encode()).hexdigest()


@dataclasses.dataclass(frozen=True)
class _Parsed:
    code: str
    imports: tuple[str, ...]


@cache
def _parse(source: str) -> _Parsed:
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(
            node
        ):
            node.body = node.body[1:]
    code = hashlib.sha256(ast.dump(tree).encode()).hexdigest()
    return _Parsed(code, tuple(_direct_imports(source)))


def _direct_imports(source: str) -> Iterator[str]:
    for node in ast.walk(_without_type_imports(ast.parse(source))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in SOURCES)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            for alias in node.names:
                submodule = f"{node.module}.{alias.name}"
                if submodule in SOURCES:
                    yield submodule
                elif node.module in SOURCES:
                    yield node.module


def _without_type_imports(tree: ast.Module) -> ast.Module:
    """The tree without its `if TYPE_CHECKING:` blocks, which never run."""
    tree.body = [
        node
        for node in tree.body
        if not (
            isinstance(node, ast.If)
            and isinstance(node.test, ast.Name)
            and node.test.id == "TYPE_CHECKING"
        )
    ]
    return tree
