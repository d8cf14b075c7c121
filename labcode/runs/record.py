"""The record: what long runs gave, kept beside the code that gave it.

Rows are lines of JSON in `labcode/record/CHAPTER.jsonl`, one a run, so that a change shows as a
change of numbers. Arrays too large for a line are safetensors files in `labcode/record/arrays`.
`labcode/record/SHA256SUMS` has the checksum of each file. Reading all this runs no code.

A row holds what was measured and how a network learned, never a network's weights.
"""

import hashlib
import json
import platform
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

FOLDER = Path(__file__).parents[1] / "record"
SUMS = "SHA256SUMS"
DRIFT = "drift.json"
START, END = "first epoch", "to the end"  # parts of a run that are trained again
ROOM = 10  # times the largest drift that was measured between instruction sets
CPUINFO = Path("/proc/cpuinfo")
MODEL_IS = ("vendor_id", "cpu family", "model", "CPU implementer", "CPU part")
ARRAYS = "arrays"
LAYOUT = "layout"  # what a measurement says of its arrays, as JSON in a tensor of bytes
LONGEST = 4096  # numbers of an array that is written into a line
LIBRARIES = ("torch", "numpy", "scipy", "scikit-learn", "scikit-image")
# What is raised at a line that is no row, whatever it holds.
UNREADABLE = (
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RecursionError,
    MemoryError,
    OSError,
    SafetensorError,
)
KINDS: dict[str, tuple[type, ...]] = {  # of what a row says of itself
    "title": (str,),
    "profile": (str,),
    "processor": (str,),
    "seed": (int, type(None)),
    "seconds": (int, float, type(None)),
    "versions": (dict,),
    "rules": (dict,),
    "history": (dict,),
    "result": (dict,),
}


class AlteredRecord(ValueError):
    """The record is not as it was written, or cannot be read."""


@dataclass(frozen=True, eq=False)
class Row:
    """One run of the record.

    Attributes
    ----------
    key : str
        Of the run: `labcode.runs.key`.
    spec : str
        Hash of what was asked, whatever the code: `labcode.runs.provenance.spec_hash`.
    title, profile : str
    seed : int or None
    seconds : float or None
        Spent in training, where the run is a network's.
    date : str
        Of the recording, as `2026-11-26`.
    processor : str
    versions : mapping of str to str
        Of Python and of the libraries that compute.
    rules : mapping of str to str
        By claim, the hash of the rule that this row may decide.
    certified : str
        Of a row that was taken over from other code, after first epochs and a share of whole runs
        had been trained again and agreed: the key that it was trained under.
    history, result : mapping of str to Tensor
        How a network learned; what a measurement gave. One of them is empty.
    """

    key: str
    spec: str
    title: str
    profile: str
    seed: int | None
    seconds: float | None
    date: str
    processor: str
    versions: Mapping[str, str]
    rules: Mapping[str, str] = field(default_factory=dict)
    certified: str = ""
    history: Mapping[str, Tensor] = field(default_factory=dict)
    result: Mapping[str, Tensor] = field(default_factory=dict)


def find(key: str, folder: Path | None = None) -> Row | None:
    """The row of a run's key, if the record has it."""
    return _rows(folder or FOLDER).get(key)


def content() -> str:
    """A hash of all that the record holds."""
    file = FOLDER / SUMS
    return hashlib.sha256(file.read_bytes() if file.exists() else b"").hexdigest()


def rows(chapter: str, folder: Path | None = None) -> list[Row]:
    """All rows of a chapter, in the order of its file."""
    file = (folder or FOLDER) / f"{chapter}.jsonl"
    return [found for found in _rows(file.parent).values() if found.key in _keys(file)]


def write(chapter: str, found: Iterable[Row], folder: Path | None = None) -> None:
    """Make a chapter's file of these rows, and the checksums anew.

    Parameters
    ----------
    chapter : str
    found : iterable of Row
        All that the chapter's file shall hold, in order.
    folder : Path, optional
        The package's own if not given.

    Raises
    ------
    AlteredRecord
        If what the record holds already is not as it was written.
    """
    folder = folder or FOLDER
    _rows(folder)
    (folder / ARRAYS).mkdir(parents=True, exist_ok=True)
    text = "".join(_line(row, folder) + "\n" for row in found)
    partial = folder / f"{chapter}.partial"
    partial.write_text(text, encoding="utf-8")
    partial.replace(folder / f"{chapter}.jsonl")
    kept = {key for file in folder.glob("*.jsonl") for key in _keys(file)}
    for file in (folder / ARRAYS).iterdir():
        if file.stem not in kept:
            file.unlink()
    _sum(folder)


def drift(folder: Path | None = None) -> dict[str, float]:
    """How far curves drift between instruction sets, as it was measured, by part of the curve.

    Source: `labcode.audit.drift`.
    """
    folder = folder or FOLDER
    _rows(folder)
    found = json.loads((folder / DRIFT).read_text("utf-8"))
    return {name: float(number) for name, number in found["largest"].items()}


def write_drift(largest: Mapping[str, float], folder: Path | None = None) -> None:
    """Keep what `labcode.audit.drift` measured, and make the checksums anew."""
    folder = folder or FOLDER
    _rows(folder)
    about = {"largest": dict(largest), "processor": processor(), "versions": versions()}
    (folder / DRIFT).write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
    _sum(folder)


def altered(folder: Path | None = None) -> list[str]:
    """The files of the record that are not as they were written, missing or one too many."""
    folder = folder or FOLDER
    if not (folder / SUMS).exists():
        return [_name(file, folder) for file in _files(folder)]
    written = {
        name: digest for digest, _, name in (line.partition("  ") for line in _lines(folder / SUMS))
    }
    found = {_name(file, folder): _digest(file) for file in _files(folder)}
    return sorted(name for name in written | found if written.get(name) != found.get(name))


def processor() -> str:
    """What this machine's processor is, as far as results may depend on it.

    Its instruction set is not enough: two models that have the same add up a convolution in
    another order.
    """
    capability = torch.backends.cpu.get_cpu_capability()
    return f"{platform.machine()} {capability}, {_processor_model()}"


def _processor_model() -> str:
    """Maker, family and model, as Linux tells them; elsewhere what Python knows of it."""
    if not CPUINFO.exists():
        return platform.processor() or platform.system()
    lines = CPUINFO.read_text(encoding="utf-8").partition("\n\n")[0].splitlines()
    told = dict(line.replace("\t", "").split(":", 1) for line in lines if ":" in line)
    return " ".join(told[name].strip() for name in MODEL_IS if name in told)


def made_here(row: Row) -> bool:
    """Whether this machine has the processor and the versions that trained a row."""
    return (row.processor, dict(row.versions)) == (processor(), versions())


def comparable(row: Row) -> dict[str, Tensor]:
    """The curves of a row that training again on this machine should give, without its seconds.

    On another kind of processor without those of validation: they belong to weights that still
    jump about where the learning rate is high, and differ by 3% after one epoch.
    """
    left_out = () if made_here(row) else ("validation",)
    return {
        name: curve
        for name, curve in row.history.items()
        if name != "seconds" and not name.startswith(left_out)
    }


def versions() -> dict[str, str]:
    """Versions of Python and of the libraries that compute."""
    return {"python": platform.python_version()} | {
        name: version(name).partition("+")[0] for name in LIBRARIES
    }


@cache
def _rows(folder: Path) -> dict[str, Row]:
    if wrong := altered(folder):
        raise AlteredRecord(
            f"the record of long runs in {folder} is not as it was written: {', '.join(wrong)}. "
            "Take it from the repository again ('git checkout labcode/record'), or install "
            "labcode again."
        )
    found: dict[str, Row] = {}
    lines: dict[str, str] = {}
    for file in sorted(folder.glob("*.jsonl")):
        for line in _lines(file):
            try:
                row = _row(_parsed(line), folder)
                if lines.setdefault(row.key, line) != line:  # two chapters may share a run
                    raise ValueError(f"{row.key} is there twice, with other content")
            except UNREADABLE as problem:
                raise AlteredRecord(f"a row of {file} cannot be read: {problem!r}.") from problem
            found[row.key] = row
    return found


def _lines(file: Path) -> list[str]:
    """The lines of a file of the record; only a line feed ends one."""
    if file.is_symlink() or not file.is_file():
        raise AlteredRecord(f"{file} is no file of the record, but a link or a device.")
    try:
        return file.read_bytes().decode("utf-8").split("\n")[:-1]
    except UnicodeDecodeError as problem:
        raise AlteredRecord(f"{file} is no text: {problem}.") from problem


def _parsed(line: str) -> dict[str, Any]:
    """A line's object; of two values of one name neither is taken."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(found := dict(pairs)) < len(pairs):
            raise ValueError("a name is there twice")
        return found

    about = json.loads(line, object_pairs_hook=unique)
    if not isinstance(about, dict):
        raise ValueError("it is no object")
    return about


@cache
def _keys_of(file: Path, changed: int) -> frozenset[str]:
    return frozenset(_parsed(line)["key"] for line in _lines(file))


def _keys(file: Path) -> frozenset[str]:
    return _keys_of(file, file.stat().st_mtime_ns) if file.exists() else frozenset()


def _files(folder: Path) -> list[Path]:
    found = [*folder.glob("*.jsonl"), *folder.glob(DRIFT), *(folder / ARRAYS).glob("*.safetensors")]
    return sorted(found)


def _sum(folder: Path) -> None:
    sums = "".join(f"{_digest(file)}  {_name(file, folder)}\n" for file in _files(folder))
    (folder / SUMS).write_text(sums, encoding="utf-8")
    _rows.cache_clear()


def _name(file: Path, folder: Path) -> str:
    return file.relative_to(folder).as_posix()


def _digest(file: Path) -> str:
    if file.is_symlink() or not file.is_file():
        return "no file"
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _line(row: Row, folder: Path) -> str:
    large = {
        f"{part}/{name}": tensor.contiguous()
        for part in ("history", "result")
        for name, tensor in getattr(row, part).items()
        if tensor.numel() > LONGEST
    }
    if large:
        save_file(large, folder / ARRAYS / f"{row.key}.safetensors")
    about = {name: getattr(row, name) for name in (part.name for part in fields(row))}
    for part in ("history", "result"):
        about[part] = {
            name: None if f"{part}/{name}" in large else _as_text(name, tensor)
            for name, tensor in getattr(row, part).items()
        }
    return json.dumps({name: value for name, value in about.items() if value not in ({}, None, "")})


def _row(about: dict[str, Any], folder: Path) -> Row:
    if not re.fullmatch(r"[0-9a-f]+", about["key"]):
        raise ValueError(f"{about['key']!r} is no key")
    for name, kinds in KINDS.items():
        if name in about and type(about[name]) not in kinds:
            raise ValueError(f"{name} is {about[name]!r}")
    large: dict[str, Tensor] = {}
    parts = {part: about.pop(part, {}) for part in ("history", "result")}
    for texts in (about.get("versions", {}), about.get("rules", {})):
        if not all(isinstance(text, str) for text in texts.values()):
            raise ValueError(f"{texts!r} are not all texts")
    if any(value is None for part in parts.values() for value in part.values()):
        large = load_file(folder / ARRAYS / f"{about['key']}.safetensors")
    tensors = {
        part: {
            name: large[f"{part}/{name}"] if value is None else _from_text(value)
            for name, value in values.items()
        }
        for part, values in parts.items()
    }
    return Row(**({"seed": None, "seconds": None} | about | tensors))


def _as_text(name: str, tensor: Tensor) -> dict[str, Any]:
    """An array as JSON holds it: each number with as many digits as its type needs, no more."""
    if name == LAYOUT:
        return {"json": json.loads(tensor.numpy().tobytes())}
    numbers = tensor.numpy()
    flat = numbers.ravel()
    short = numbers.dtype.kind == "f" and numbers.dtype != np.float64
    values = [float(str(number)) for number in flat] if short else flat.tolist()
    return {"dtype": str(numbers.dtype), "shape": list(numbers.shape), "values": values}


def _from_text(written: dict[str, Any]) -> Tensor:
    if "json" in written:
        text = json.dumps(written["json"], sort_keys=True).encode()
        return torch.frombuffer(bytearray(text), dtype=torch.uint8)
    dtype, values = np.dtype(written["dtype"]), written["values"]
    kind = {"f": (int, float), "i": (int,), "u": (int,), "b": (bool,)}[dtype.kind]
    if not isinstance(values, list) or not all(type(value) in kind for value in values):
        raise ValueError(f"the values are not all such as {dtype} holds")
    with np.errstate(over="raise"):
        numbers = np.array(values, dtype=dtype)
    if min(written["shape"], default=0) < 0:
        raise ValueError(f"the shape is {written['shape']}")
    return torch.from_numpy(numbers.reshape(written["shape"]))
