"""A design is a table: factors crossed, every combination a run, every run measured.

A design names its factors and their levels, builds the spec of one combination, and names the
scores. From it come the runs that a chapter needs and a labelled array of what they show.
"""

from __future__ import annotations

import functools
import inspect
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from labcode import runs
from labcode.designs.profiles import Profile
from labcode.runs import Spec
from labcode.runs.measured import Measured, Measurement, result_of

Level = str | int | float | bool
Levels = Sequence[Level] | Callable[[Profile], Sequence[Level]]
Score = Callable[[Any], Any]
Scores = Mapping[str, Score] | Callable[[Profile], Mapping[str, Score]]


class Design:
    """Factors crossed; made by `design`.

    Attributes
    ----------
    name : str
        Of the function that builds the spec of a combination.
    """

    def __init__(
        self, build: Callable[..., Spec | None], factors: Mapping[str, Levels], scores: Scores
    ) -> None:
        self.name = self.__qualname__ = build.__name__
        self.__module__ = build.__module__
        self._build, self._factors, self._scores = build, dict(factors), scores
        if "seed" in inspect.signature(build).parameters:
            self._factors.setdefault("seed", lambda profile: profile.seeds)
        self.__doc__ = build.__doc__

    def levels(self, profile: Profile) -> dict[str, tuple[Level, ...]]:
        """The levels of each factor, in the order of the table's dimensions."""
        return {
            name: tuple(levels(profile) if callable(levels) else levels)
            for name, levels in self._factors.items()
        }

    def spec(self, profile: Profile, **levels: Level) -> Spec:
        """The spec of one combination.

        Raises
        ------
        ValueError
            If the design has no such combination.
        """
        known = self.levels(profile)
        if set(levels) != set(known) or any(levels[name] not in known[name] for name in known):
            raise ValueError(f"{self.name} has no {levels}. Its factors and levels are {known}.")
        spec = self._build(profile, **levels)
        if spec is None:
            raise ValueError(f"{self.name} leaves out {levels}.")
        return spec

    def combinations(self, profile: Profile) -> Iterator[tuple[dict[str, Level], Spec]]:
        """Each combination that the design has, with its spec."""
        levels = self.levels(profile)
        for values in itertools.product(*levels.values()):
            combination = dict(zip(levels, values, strict=True))
            if (spec := self._build(profile, **combination)) is not None:
                yield combination, spec

    def specs(self, profile: Profile) -> list[Spec]:
        """Every run that the table needs, and every measurement on them, each once."""
        scores = self._scores_in(profile).values()
        found: dict[Spec, None] = {}
        for _, spec in self.combinations(profile):
            found[spec] = None
            for score in scores:
                if (measurement := measurement_of(score, spec)) is not None:
                    found[measurement] = None
        return list(found)

    def table(self, profile: Profile) -> xr.Dataset:
        """What the runs show: the factors, then a score's own axes, are the dimensions.

        Runs that are missing are trained now, in parallel. Where the design leaves a combination
        out, or a score is shorter than elsewhere, stands NaN. Do not write in the table: all who
        ask for it get the same one.
        """
        return _table(self, profile)

    def _scores_in(self, profile: Profile) -> Mapping[str, Score]:
        return self._scores(profile) if callable(self._scores) else self._scores


def design(
    scores: Scores | None = None, **factors: Levels
) -> Callable[[Callable[..., Spec | None]], Design]:
    """Make a design of a function that builds the spec of one combination.

    Parameters
    ----------
    scores : mapping of str to function, or a function of the profile that returns one
        Each takes a spec of this design and returns a number, a `DataArray` or a `Dataset`. A
        measured function, or a `functools.partial` of one, is kept and listed among the runs.
        May be left out if the specs themselves are calls of a measured function: then what it
        returns is the table.
    **factors : sequence of str or number, or a function of the profile that returns one
        The levels of each factor. A factor `seed` has the profile's seeds if not given.

    Returns
    -------
    decorator
        Of a function `(profile, **levels)` that returns the spec of a combination, or None where
        the design leaves it out.

    Examples
    --------
    >>> @design(scores={"test_mse": test_mse}, layers=("dense", "conv"), code_size=(64, 392))
    ... def factorial(profile, layers, code_size, seed):
    ...     return RunSpec(network(layers, code_size), profile.epochs, seed)
    >>> factorial.table(profile).test_mse.sel(layers="conv", code_size=64)
    """
    return lambda build: Design(build, factors, scores or {})


def measurement_of(score: Score, spec: Spec) -> Measurement | None:
    """The spec of a measured score of this run; None if the score is a plain function."""
    if isinstance(score, functools.partial) and isinstance(score.func, Measured):
        return score.func.spec(*score.args, spec, **score.keywords)
    return score.spec(spec) if isinstance(score, Measured) else None


@functools.cache
def _table(which: Design, profile: Profile) -> xr.Dataset:
    runs.train_missing(which.specs(profile))
    cells = [
        (combination, _scored(spec, which._scores_in(profile)))
        for combination, spec in which.combinations(profile)
    ]
    levels = which.levels(profile)
    arrays = {}
    for name in dict.fromkeys(name for _, cell in cells for name in cell.data_vars):
        arrays[name] = _assembled(
            levels, [(place, cell[name]) for place, cell in cells if name in cell]
        )
    own: dict[Any, Any] = {}
    for _, cell in cells:
        for name, coordinate in cell.coords.items():
            if name in cell.dims and len(coordinate) >= len(own.get(name, ())):
                own[name] = coordinate.variable
    return xr.Dataset(arrays, {**{name: list(found) for name, found in levels.items()}, **own})


def _scored(spec: Spec, scores: Mapping[str, Score]) -> xr.Dataset:
    if not scores:
        assert isinstance(spec, Measurement), f"no score is named for {spec.title}"
        scores = {"value": result_of}
    table = xr.Dataset()
    for name, score in scores.items():
        result = score(spec)
        if isinstance(result, xr.Dataset):
            table = table.merge(result)
        else:
            table[name] = result
    return table


def _assembled(
    levels: Mapping[str, Sequence[Level]], cells: Sequence[tuple[dict[str, Level], xr.DataArray]]
) -> xr.Variable:
    """One array of the table from its cells: NaN where there is none, or one is shorter."""
    own = cells[0][1].dims
    shape = tuple(np.max([cell.shape for _, cell in cells], axis=0).astype(int))
    full = all(cell.shape == shape for _, cell in cells) and len(cells) == np.prod(
        [len(found) for found in levels.values()]
    )
    dtype = np.result_type(*(cell.dtype for _, cell in cells))
    if not full and dtype.kind not in "fc":
        dtype = np.dtype(float)
    values = np.full([*(len(found) for found in levels.values()), *shape], 0, dtype)
    if not full:
        values[...] = np.nan
    for combination, cell in cells:
        place = tuple(levels[name].index(combination[name]) for name in levels)
        values[place + tuple(slice(length) for length in cell.shape)] = cell.values
    return xr.Variable((*levels, *own), values, cells[0][1].attrs)
