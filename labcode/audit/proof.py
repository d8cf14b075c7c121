"""That the record is still true: a few of its runs trained again, drawn anew by each change of it.

Of a run in mini-batches the first epoch is held against the recorded curve; what is trained on
the exact covariance is cheap, and trained to its end.
"""

import hashlib
import random
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import joblib

from labcode import experiments, runs
from labcode.audit import drift
from labcode.audit.recording import recordable
from labcode.runs import Spec, record
from labcode.runs.measured import Measurement
from labcode.runs.provenance import SOURCES, code_hash

AT_LEAST = 6
SECONDS = 45.0  # of training, of one run as it was recorded


@dataclass(frozen=True)
class Proof:
    """One recorded run, trained again.

    Attributes
    ----------
    chapter, title, key : str
    epochs : int or None
        How many of its first epochs; None if it was trained to the end.
    difference : float
        Largest relative difference of a number of the curve; 0 if all bits are equal.
    allowed : float
        The most that it may be on other processors, or with other versions.
    same_kind : bool
        Whether this machine has the processor and the versions that trained it.
    """

    chapter: str
    title: str
    key: str
    epochs: int | None
    difference: float
    allowed: float
    same_kind: bool

    @property
    def agrees(self) -> bool:
        """To the bit on the same processor and versions, else within the tolerance."""
        return self.difference <= (0 if self.same_kind else self.allowed)


def prove(chapters: Iterable[str], at_least: int = AT_LEAST) -> list[Proof]:
    """Train again at least one recorded network of each chapter, and so many in all.

    Parameters
    ----------
    chapters : iterable of str
        Those that have nothing recorded are passed over.
    at_least : int
    """
    chosen = _chosen(chapters, at_least)
    if not chosen:
        return []
    measured = record.drift()
    work = (
        joblib.delayed(_again)(chapter, spec, record.find(runs.key(spec)), measured)
        for chapter, spec in chosen
    )
    return list(joblib.Parallel(n_jobs=-1)(work))


def _chosen(chapters: Iterable[str], at_least: int) -> list[tuple[str, Spec]]:
    what = record.content() + code_hash(set(SOURCES))
    draw = random.Random(hashlib.sha256(what.encode()).digest())
    first, others = [], []
    for chapter in sorted(chapters):
        found = [
            (chapter, spec)
            for spec in recordable(experiments.RECORDED, chapter)
            if not isinstance(spec, Measurement) and drift.seconds(spec) <= SECONDS
        ]
        draw.shuffle(found)
        first += found[:1]
        others += found[1:]
    draw.shuffle(others)
    return first + others[: max(0, at_least - len(first))]


def _again(chapter: str, spec: Any, row: record.Row, measured: dict[str, float]) -> Proof:
    part, difference = drift.again(spec, row)
    return Proof(
        chapter,
        spec.title,
        row.key,
        1 if part == record.START else None,
        difference,
        record.ROOM * measured[part],
        record.made_here(row),
    )
