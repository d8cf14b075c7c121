"""What decides a result: a description of its spec, and a hash of the code that computes it."""

import ast
import dataclasses
import hashlib
import importlib.util
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

# Its output is verified against fixed checksums, so its code decides nothing.
_PINNED_BY_CHECKSUM = {"labcode.fashion_mnist"}


def describe(spec: Any) -> Any:
    """A spec as plain JSON values; equal specs, and only they, have equal descriptions.

    Parameters
    ----------
    spec : frozen dataclass, class, or a tuple, string, number or None inside one

    Raises
    ------
    TypeError
        If the spec holds a value of any other type: it could not be compared reliably.
    """
    if isinstance(spec, type):
        return f"{spec.__module__}:{spec.__qualname__}"
    if dataclasses.is_dataclass(spec):
        fields = {f.name: describe(getattr(spec, f.name)) for f in dataclasses.fields(spec)}
        return {"class": describe(type(spec)), **fields}
    if isinstance(spec, tuple):
        return [describe(item) for item in spec]
    if spec is None or isinstance(spec, str | int | float | bool):
        return spec
    raise TypeError(
        f"a spec holds {spec!r} of type {type(spec).__name__}. "
        "Use frozen dataclasses, classes, tuples, strings, numbers and None."
    )


def modules_of(spec: Any) -> set[str]:
    """The modules in which the classes that make up a spec are defined."""
    if isinstance(spec, type):
        return {spec.__module__}
    if dataclasses.is_dataclass(spec):
        parts = (getattr(spec, f.name) for f in dataclasses.fields(spec))
        return {type(spec).__module__}.union(*(modules_of(part) for part in parts))
    if isinstance(spec, tuple):
        return set().union(*(modules_of(item) for item in spec))
    return set()


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
            waiting += _direct_imports(_source_file(module).read_text())
    return found


def code_hash(modules: Iterable[str]) -> str:
    """Hash of some modules and of all labcode modules that they import.

    It covers what runs. Comments, layout and docstrings don't change it.
    """
    names = {module for module in modules if module.split(".")[0] == "labcode"}
    names |= imported_modules("\n".join(f"import {name}" for name in names))
    digest = hashlib.sha256()
    for name in sorted(names):
        file = _source_file(name)
        digest.update(f"{name} {_running_code(file, file.stat().st_mtime_ns)}".encode())
    return digest.hexdigest()


def _direct_imports(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            candidates = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            submodules = [f"{node.module}.{alias.name}" for alias in node.names]
            candidates = [name for name in submodules if _is_labcode_module(name)]
            if len(candidates) < len(submodules):
                candidates.append(node.module)
        else:
            continue
        yield from filter(_is_labcode_module, candidates)


@cache
def _is_labcode_module(name: str) -> bool:
    if name.split(".")[0] != "labcode":
        return False
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def _source_file(module: str) -> Path:
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"there is no module {module!r} to take a hash of")
    return Path(spec.origin)


@cache
def _running_code(file: Path, _changed: int) -> str:
    tree = ast.parse(file.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            if ast.get_docstring(node, clean=False) is not None:
                node.body = node.body[1:]
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()
