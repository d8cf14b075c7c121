"""Making the record of long runs: what belongs in it, how long it takes, and its rows."""

from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from typing import Any

from labcode import runs
from labcode.audit import run_table
from labcode.designs.profiles import Profile
from labcode.runs import Spec, record
from labcode.runs.measured import Measurement, trains

TRIAL_IMAGES = 1000
TRIAL_STEPS = 20


def recordable(profile: Profile, chapter: str) -> list[Spec]:
    """A chapter's networks, and what is measured on them; what needs no training is left out."""
    return [spec for spec in run_table.distinct(profile, chapter).values() if trains(spec)]


def missing(specs: Sequence[Spec]) -> list[Spec]:
    """Those that are neither in the record nor on disk."""
    return [spec for spec in specs if runs.recorded(spec) is None and not runs.is_kept(spec)]


def hours(specs: Sequence[Spec]) -> float:
    """Roughly how long these train on one core, from a short trial of each kind of network."""
    trials: dict[Spec, float] = {}
    total = 0.0
    for spec in specs:
        if (found := _trial(spec)) is None:
            continue
        trial, times = found
        if trial not in trials:
            trials[trial] = float(trial.train("cpu").history["seconds"].sum())
        total += times * trials[trial]
    return total / 3600


def rows(profile: Profile, specs: Sequence[Spec]) -> Iterator[record.Row]:
    """The row of each run: the record's own, or made of the run on disk."""
    for spec in specs:
        if (row := runs.recorded(spec)) is not None:
            yield row
            continue
        run = runs.get(spec)
        seconds = run.history.get("seconds")
        snapshots = {name for name in run.history if name.startswith("snapshot.")}
        yield record.Row(
            runs.key(spec),
            spec.title,
            profile.name,
            getattr(spec, "seed", None),
            None if seconds is None else round(float(seconds.sum()), 1),
            record.processor(),
            record.versions(),
            history={n: t for n, t in run.history.items() if n not in snapshots},
            result=run.weights if isinstance(spec, Measurement) else {},
        )


def _trial(spec: Any) -> tuple[Spec, float] | None:
    """A short run of the same network, and how many times as long the whole one takes."""
    names = {field.name for field in fields(spec)}
    if {"epochs", "data"} <= names:
        images = min(TRIAL_IMAGES, spec.data.train)
        short = replace(spec, epochs=1, seed=0, data=replace(spec.data, train=images, validation=0))
        return short, spec.epochs * spec.data.train / images
    return None
