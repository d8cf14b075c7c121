"""Are the book's numbers what they should be? Rules applied again, runs trained again.

Each check returns one line for every disagreement that it finds, and none if all is well.
"""

import ast
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from labcode import claims, experiments, runs
from labcode.audit import run_table
from labcode.claims import Verdict
from labcode.claims.rules import RULES, Outcome, outcome
from labcode.designs.contrast import Interval
from labcode.runs import Run, Spec
from labcode.training.loop import Fit

# Relative. Another number of threads adds in another order, and so does another processor, where
# training makes the difference grow.
SAME = 1e-3
TOLERANCE = 1e-2


def follow_from_their_numbers(verdicts: Sequence[Verdict]) -> Iterator[str]:
    """Verdicts whose rule gives another outcome on the numbers beside them, or has changed."""
    for verdict in verdicts:
        claim = verdict.claim
        if verdict.outcome is Outcome.OPEN:
            continue
        if verdict.rule != RULES[claim].words:
            yield f"{claim} was decided by another rule than the one in labcode.claims.rules."
        for name, number in verdict.numbers.items():
            if isinstance(number, Interval) and not number.low <= number.mean <= number.high:
                yield f"{claim}: the mean of {name} is not in its interval."
        try:
            found = outcome(claim, verdict.numbers)
        except ValueError as problem:
            yield f"{claim}: {problem}"
            continue
        if found != verdict.outcome:
            yield f"{claim} is down as '{verdict.outcome}'; on its numbers the rule says '{found}'."


def are_cited_well(verdicts: Sequence[Verdict], root: Path) -> Iterator[str]:
    """Verdicts whose test is not in the repository, or whose figure is on no page of it."""
    pages = "\n".join(file.read_text("utf-8") for file in sorted(root.glob("book/*.md")))
    labels = set(re.findall(r"^\s*(?:name: |:name: |\()(fig-[\w-]+)\)?=?\s*$", pages, re.M))
    for verdict in verdicts:
        file, _, function = verdict.test.partition("::")
        if function not in functions_of(root / file):
            yield f"{verdict.claim} cites the test {verdict.test}, which does not exist."
        if verdict.figure not in labels:
            yield f"{verdict.claim} cites the figure {verdict.figure}, which is on no page."


def functions_of(file: Path) -> set[str]:
    """The functions that a file of Python defines."""
    if not file.is_file():
        return set()
    tree = ast.parse(file.read_text("utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def agree_with_runs(results: Mapping[str, Any]) -> Iterator[str]:
    """What results say of runs here that have other weights, and of verdicts that differ.

    Chapters of which some runs are neither recorded nor on disk are left out, and so are those
    that show another profile here.
    """
    stored = {entry["claim"]: entry for entry in results["verdicts"]}
    for chapter in chapters_here(results):
        specs = run_table.shown(chapter)
        written = {run["key"]: run for run in results["chapters"][chapter]}
        for key in set(written) ^ set(specs):
            yield f"{chapter}: run {key} is not both in the results and in this labcode."
        for key in set(written) & set(specs):
            if written[key]["weights"] != run_table.record(specs[key]).weights:
                yield f"{chapter}: {written[key]['title']} has other weights here ({key})."
        for package in experiments.modules_of(chapter):
            for decision in getattr(package, "DECIDES", ()):
                found = decision.verdict(experiments.profile_of(decision))
                entry = stored[decision.claim]
                yield from differences(claims.verdict_from(verdict_fields(entry)), found)


def chapters_here(results: Mapping[str, Any]) -> list[str]:
    """The chapters in the results that show the same profiles here, with all their runs at hand."""
    profiles = {name: profile["name"] for name, profile in results["profiles"].items()}
    return [
        chapter
        for chapter in results["chapters"]
        if all(
            profiles.get(section.name) == section.profile.name
            for section in experiments.sections_shown(chapter)
        )
        and all(
            runs.recorded(spec) or runs.is_kept(spec) for spec in run_table.shown(chapter).values()
        )
    ]


def verdict_fields(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a verdict among those of its entry in the results."""
    return {name: entry[name] for name in Verdict.__dataclass_fields__}


def differences(stored: Verdict, found: Verdict) -> Iterator[str]:
    """In what a verdict differs from what its runs say."""
    for name in ("outcome", "effect", "seeds", "figure", "test"):
        before, now = getattr(stored, name), getattr(found, name)
        if before != now:
            yield f"{found.claim}: the {name} is {before!s}; by the runs here it is {now!s}."
    for name, number in found.numbers.items():
        before = stored.numbers.get(name)
        if before is None or difference(parts(before), parts(number)) > SAME:
            yield f"{found.claim}: {name} is {before}; by the runs here it is {number}."


def parts(number: Interval | float) -> Tensor:
    """A number, or mean and ends of an interval."""
    found = (number.mean, number.low, number.high) if isinstance(number, Interval) else (number,)
    return torch.tensor(found, dtype=torch.float64)


@dataclass(frozen=True)
class Retrained:
    """A run that was trained again.

    Attributes
    ----------
    title, key : str
    difference : float
        Largest difference of a weight, or of a number of the history, relative to the largest
        weight or number of its tensor; 0 if all bits are equal. Times don't count.
    """

    title: str
    key: str
    difference: float


def sample(specs: Sequence[Spec], count: int, budget: float, seed: int) -> list[Spec]:
    """Runs drawn at random, as long as their costs together stay within a budget.

    Parameters
    ----------
    specs : sequence of Spec
    count : int
        How many at most.
    budget : float
        In the unit of `RunSpec.cost`: passes of an image times weights. Runs for which too little
        of it is left are passed over.
    seed : int
    """
    chosen: list[Spec] = []
    for spec in random.Random(seed).sample(specs, len(specs)):
        if len(chosen) < count and spec.cost <= budget:
            chosen.append(spec)
            budget -= spec.cost
    return chosen


def retrain(spec: Spec, device: str = "auto") -> Retrained:
    """Train a run again, in memory, and compare it with the run on disk, which stays."""
    return Retrained(
        spec.title, runs.key(spec), largest_difference(runs.get(spec), spec.train(device))
    )


def largest_difference(stored: Run[Any], again: Fit) -> float:
    """As `Retrained.difference`; infinite if the tensors have other names or shapes."""
    pairs = [(stored.weights, again.weights), (without_times(stored), without_times(again))]
    if any(set(before) != set(after) for before, after in pairs):
        return float("inf")
    return max(
        (difference(before[name], after[name]) for before, after in pairs for name in before),
        default=0.0,
    )


def without_times(run: Run[Any] | Fit) -> dict[str, Tensor]:
    """A history without the seconds that it took."""
    return {name: numbers for name, numbers in run.history.items() if name != "seconds"}


def difference_at_start(whole: Tensor, start: Tensor) -> float:
    """`difference` of the first epochs of a curve and a curve of no more epochs."""
    return difference(whole[: len(start)] if start.dim() else whole, start)


def difference(before: Tensor, after: Tensor) -> float:
    """Largest difference of two tensors, relative to the largest number in the first."""
    if before.shape != after.shape or before.dtype != after.dtype:
        return float("inf")
    if before.numel() == 0 or torch.equal(before, after):
        return 0.0
    one, other = before.double(), after.double()
    both_missing = one.isnan() & other.isnan()
    gap = (one - other).abs().masked_fill(both_missing, 0)
    scale = one.abs().nan_to_num(0).max()
    return float("inf") if gap.isnan().any() else (gap.max() / scale).item()
