"""`results.json`: every number that the book quotes, and all verdicts, for programs to read."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from labcode.claims import CLAIMS, Verdict

_NUMBER = r"([+\-−]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:e[+\-]?\d+)?)"
_ALONE = re.compile(rf"{_NUMBER}(?: ?%| per cent)?")
_WITH_INTERVAL = re.compile(rf"{_NUMBER} ?%? \[{_NUMBER}, {_NUMBER}\] ?%?")


class BadResults(ValueError):
    """A results file cannot be read, or is not as it was written."""


@dataclass(frozen=True)
class Quantity:
    """What a text says in numbers, in the unit of the text.

    Attributes
    ----------
    value : float or None
        None if the text is not one number.
    low, high : float or None
        The 95% interval, where the text gives one.
    """

    value: float | None = None
    low: float | None = None
    high: float | None = None


def quantity(text: str) -> Quantity:
    """Read a text back that is one number, or an `Interval` as the book writes it."""
    if found := _WITH_INTERVAL.fullmatch(text):
        return Quantity(*map(_read, found.groups()))
    if found := _ALONE.fullmatch(text):
        return Quantity(_read(found[1]))
    return Quantity()


def _read(number: str) -> float:
    return float(number.replace(",", "").replace("−", "-"))


def verdict_entries(verdicts: Sequence[Verdict]) -> list[dict[str, Any]]:
    """Verdicts as JSON holds them, each with its claim's words."""
    return [asdict(verdict) | {"words": CLAIMS[verdict.claim]} for verdict in verdicts]


def write(content: Mapping[str, Any], file: Path) -> None:
    """Write results with their checksum, whole or not at all."""
    text = json.dumps({**content, "checksum": checksum(content)}, indent=1, ensure_ascii=False)
    partial = file.with_name(f"{file.name}.partial")
    partial.write_text(text + "\n", encoding="utf-8")
    partial.replace(file)


def read(file: Path) -> dict[str, Any]:
    """The content of a results file.

    Raises
    ------
    BadResults
        If it cannot be read, or something in it has been changed since it was written.
    """
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        found = content.pop("checksum", None)
    except (OSError, ValueError, AttributeError, TypeError) as problem:
        raise BadResults(f"{file} cannot be read: {problem}.") from problem
    if found != checksum(content):
        raise BadResults(f"{file} has been changed since it was written: its checksum is wrong.")
    return content


def checksum(content: Mapping[str, Any]) -> str:
    """SHA-256 of results, whatever the order of their names."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
