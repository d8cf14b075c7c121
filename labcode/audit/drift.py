"""How far training drifts on another kind of processor: measured, and kept beside the record.

Sums are added in another order there. The first epoch of one run of each kind, and what is trained
on the exact covariance to its end, are trained again under other instruction sets, and held against
the record.
"""

import multiprocessing
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any

import torch

from labcode import experiments, runs
from labcode.audit.recording import kind_of, recordable
from labcode.audit.verification import difference_at_start
from labcode.runs import Spec, record
from labcode.runs.measured import Measurement
from labcode.training.loop import first_epochs

# What torch and oneDNN are told to compute with, as they read it when a process starts; by torch's
# name for it, the oldest first.
INSTRUCTION_SETS = {
    "DEFAULT": {"ATEN_CPU_CAPABILITY": "default", "ONEDNN_MAX_CPU_ISA": "SSE41"},
    "AVX2": {"ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2"},
    "AVX512": {"ATEN_CPU_CAPABILITY": "avx512", "ONEDNN_MAX_CPU_ISA": "AVX512_CORE"},
}


def again(spec: Any, row: record.Row) -> tuple[str, float]:
    """Train a recorded run again: its first epoch, or, without epochs, to its end.

    Returns
    -------
    str, float
        `record.START` or `record.END`, and the largest relative difference of a number of it.
    """
    with first_epochs(1):
        found = spec.train("cpu").history
    differences = (
        difference_at_start(kept, found[name])
        for name, kept in record.comparable(row).items()
        if name in found
    )
    return record.START if hasattr(spec, "epochs") else record.END, max(differences)


def measure(longest: float) -> dict[str, float]:
    """The largest drift of each part of a curve, over kinds of runs and instruction sets.

    Parameters
    ----------
    longest : float
        Seconds: runs whose part took longer when they were recorded are passed over.
    """
    chosen = [*_one_of_each_kind(longest)]
    found = {record.START: 0.0, record.END: 0.0}
    for told in available() if chosen else ():
        with (
            _environment(told),
            ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process,
        ):
            for part, difference in process.map(again, *zip(*chosen, strict=True)):
                found[part] = max(found[part], difference)
    return found


def available() -> list[dict[str, str]]:
    """What to tell a process for each instruction set that this processor has."""
    names = [*INSTRUCTION_SETS]
    newest = torch.backends.cpu.get_cpu_capability()
    count = names.index(newest) + 1 if newest in names else 0
    return [INSTRUCTION_SETS[name] for name in names[:count]]


def seconds(spec: Spec) -> float:
    """How long the part that is trained again took; endless if nothing is recorded."""
    row = runs.recorded(spec)
    if row is None:
        return float("inf")
    return (row.seconds or 0) / (getattr(spec, "epochs", None) or 1)


def _one_of_each_kind(longest: float) -> Iterator[tuple[Spec, record.Row]]:
    seen = set()
    for chapter in experiments.CHAPTERS:
        for spec in recordable(experiments.RECORDED, chapter):
            kind = kind_of(spec)
            row = runs.recorded(spec)
            if kind in seen or isinstance(spec, Measurement) or seconds(spec) > longest or not row:
                continue
            seen.add(kind)
            yield spec, row


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
