"""The book's runs as a table: what each is, what decided it, and how long it trained."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from labcode import experiments, runs
from labcode.designs.profiles import Profile
from labcode.runs import Spec
from labcode.runs.definitions import code_of
from labcode.runs.provenance import describe


@dataclass(frozen=True)
class RunRecord:
    """One run on disk.

    Attributes
    ----------
    title : str
        A few words.
    key : str
        Its name on disk: a hash of its spec and of the code that trains it.
    weights : str
        SHA-256 of its weights; of a recorded run, which has none, of its row.
    seconds : float or None
        Spent in training; None where a run does not keep the time, such as an exact solution.
    spec : dict
        All that decides it, as `labcode.runs.provenance.describe` writes it.
    recorded : bool
        Whether it comes from the record of long runs.
    """

    title: str
    key: str
    weights: str
    seconds: float | None
    spec: dict[str, Any]
    recorded: bool


@dataclass(frozen=True)
class ChapterRuns:
    """The runs of one chapter.

    Attributes
    ----------
    chapter : str
    runs : int
    seconds : float
        Of training, over all runs that keep the time.
    seeds : tuple of int
        Of all its runs.
    code : str
        Hash of the code that trains and scores them.
    """

    chapter: str
    runs: int
    seconds: float
    seeds: tuple[int, ...]
    code: str


def distinct(profile: Profile, chapter: str | None = None) -> dict[str, Spec]:
    """The specs of a chapter, or of the book, by key; equal specs are one run."""
    return {runs.key(spec): spec for spec in experiments.specs(profile, chapter)}


def shown(chapter: str) -> dict[str, Spec]:
    """The specs that a chapter shows, by key: of long runs, or of short ones where it has none."""
    return {runs.key(spec): spec for spec in experiments.shown(chapter)}


def records(chapter: str) -> list[RunRecord]:
    """The runs that a chapter shows; those neither recorded nor on disk are trained now."""
    return [record(spec) for spec in shown(chapter).values()]


def record(spec: Spec) -> RunRecord:
    """The run of a spec; it is trained now if it is neither recorded nor on disk."""
    if row := runs.recorded(spec):
        numbers = {**row.history, **row.result}
        return RunRecord(spec.title, row.key, digest(numbers), row.seconds, describe(spec), True)
    run = runs.get(spec)
    found = run.history.get("seconds")
    seconds = None if found is None else float(found.sum())
    return RunRecord(
        spec.title, runs.key(spec), digest(run.weights), seconds, describe(spec), False
    )


def row(chapter: str, found: Sequence[RunRecord]) -> ChapterRuns:
    """The row of a chapter, from the records of its runs."""
    return ChapterRuns(
        chapter,
        len(found),
        sum(run.seconds or 0 for run in found),
        tuple(sorted({run.spec["seed"] for run in found if "seed" in run.spec})),
        code_of(tuple(shown(chapter).values())),
    )


def digest(weights: Mapping[str, Tensor]) -> str:
    """SHA-256 of tensors with their names, types and shapes."""
    found = hashlib.sha256()
    for name in sorted(weights):
        tensor = weights[name].contiguous()
        found.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        found.update(tensor.numpy().tobytes())
    return found.hexdigest()
