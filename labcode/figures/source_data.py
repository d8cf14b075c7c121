"""The numbers that a figure was drawn from, which go wherever the figure goes."""

import csv
import functools
import inspect
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, ParamSpec

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from torch import Tensor

from labcode.designs.contrast import Interval

P = ParamSpec("P")
BOUNDS = ("mean", "low", "high")
MIME_TYPE = "application/vnd.labcode.source-data+json"


def with_source_data(draw: Callable[P, Figure]) -> Callable[P, Figure]:
    """Let a figure tell a notebook which function drew it, and from which numbers.

    Parameters
    ----------
    draw : function
        From tables to a figure.

    Returns
    -------
    function
        The same; where its figure is shown, the output also has `MIME_TYPE`: an object with
        `function`, its full name, and `csv`, the text of `as_csv`.
    """

    @functools.wraps(draw)
    def drawn(*arguments: P.args, **named: P.kwargs) -> Figure:
        figure = draw(*arguments, **named)
        bound = inspect.signature(draw).bind(*arguments, **named)
        about = {"function": f"{draw.__module__}.{draw.__name__}", "csv": as_csv(bound.arguments)}
        setattr(figure, "_repr_mimebundle_", lambda **options: {MIME_TYPE: about})  # noqa: B010
        return figure

    return drawn


def as_csv(numbers: Mapping[str, Any]) -> str:
    """Tables as one text in CSV: a number a row, seven digits, with its unit.

    Parameters
    ----------
    numbers : mapping of str to Dataset, DataArray, Tensor, ndarray, Interval, number, or mapping
        or sequence of these
        By name. Anything else in it is left out. An array is one of pictures if it has the
        dimensions `row` and `column`, or has no names for its dimensions and three or more of them.

    Returns
    -------
    str
        Its columns: `quantity`, a column for each dimension such as `seed`, `value`, `units`.
        A missing number (NaN) has no row, and neither has a picture: it is what the figure shows.
        Empty if nothing is left.
    """
    rows = [row for name, value in numbers.items() for row in _rows(name, value)]
    if not rows:
        return ""
    dimensions = dict.fromkeys(key for row in rows for key in row)
    for own in ("quantity", "value", "units"):
        dimensions.pop(own, None)
    text = io.StringIO()
    table = csv.DictWriter(text, ["quantity", *dimensions, "value", "units"], lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    return text.getvalue()


def _rows(name: str, value: Any) -> Iterator[dict[str, Any]]:
    match value:
        case xr.Dataset():
            for own, array in value.data_vars.items():
                yield from _rows(str(own), array)
        case xr.DataArray() if not {"row", "column"} <= set(value.dims):
            yield from _cells(str(value.name or name), value)
        case Interval():
            ends = {bound: end for bound, end in asdict(value).items() if bound in BOUNDS}
            yield from _cells(name, xr.DataArray(list(ends.values()), {"bound": list(ends)}))
        case int() | float():
            yield from _cells(name, xr.DataArray(value))
        case Tensor() | np.ndarray() if value.ndim < 3:
            yield from _cells(name, xr.DataArray(np.asarray(value)))
        case Mapping():
            for key, item in value.items():
                yield from _rows(f"{name}, {key}", item)
        case Sequence() if not isinstance(value, str):
            for place, item in enumerate(value):
                yield from _rows(f"{name} {place}", item)


def _cells(name: str, array: xr.DataArray) -> Iterator[dict[str, Any]]:
    units = array.attrs.get("units", "")
    levels = {dim: array[dim].values for dim in array.dims}  # without labels: 0, 1, 2
    for place, number in np.ndenumerate(array.values):
        if number != number:
            continue
        where = {str(dim): levels[dim][at] for dim, at in zip(levels, place, strict=True)}
        number = int(number) if isinstance(number, np.bool_) else number
        shown = f"{number:.7g}" if isinstance(number, float | np.floating) else number
        yield {"quantity": name, **where, "value": shown, "units": units}
