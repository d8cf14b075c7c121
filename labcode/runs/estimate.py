"""How long runs will train, from a short trial of each kind of network."""

import math
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from labcode.training.capped import CappedRunSpec

if TYPE_CHECKING:
    from labcode.runs.store import Spec

TRIAL_IMAGES = 1000


def hours(specs: "Sequence[Spec]") -> float:
    """Roughly how long these train on one core; what is no network counts as nothing."""
    trials: dict[Any, float] = {}
    total = 0.0
    for spec in specs:
        if (found := trial_of(spec)) is None:
            continue
        trial, times = found
        if trial not in trials:
            trials[trial] = float(trial.train("cpu").history["seconds"].sum())
        total += times * trials[trial]
    return total / 3600


def passes(specs: "Sequence[Spec]") -> float:
    """How many times an image passes through a network while these train."""
    found = (trial_of(spec) for spec in specs)
    return sum(one[0].data.train * one[1] for one in found if one)


def trial_of(spec: Any) -> tuple[Any, float] | None:
    """A short run of the same network, and how many times as long the whole one takes."""
    names = {field.name for field in fields(spec)}
    if not {"epochs", "data"} <= names:
        return None
    images = min(TRIAL_IMAGES, spec.data.train)
    last = {"best": False} if "best" in names else {}  # nothing validates
    data = replace(spec.data, train=images, validation=0)
    short = replace(spec, epochs=1, seed=0, data=data, **last)
    if isinstance(spec, CappedRunSpec):
        steps = math.ceil(images / spec.batch_size)
        return replace(short, updates=steps), spec.epochs * spec.updates / steps
    return short, spec.epochs * spec.data.train / images
