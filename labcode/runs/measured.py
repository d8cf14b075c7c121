"""What is measured on trained runs, or on the data alone, and kept on disk as a run is.

A measured function is a plain function of specs, numbers and strings. Calling it reads what it
returned before, under a key that covers its arguments and its code, or runs it now and keeps it.
"""

from __future__ import annotations

import functools
import inspect
import json
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from types import FunctionType
from typing import Any, Generic, ParamSpec, TypeVar, overload

import numpy as np
import torch
import xarray as xr
from torch import Tensor

from labcode import runs
from labcode.runs.record import LAYOUT
from labcode.training.cpu import one_thread
from labcode.training.loop import Fit

P = ParamSpec("P")
Result = TypeVar("Result", float, xr.DataArray, xr.Dataset)
ONLY = "value"


@dataclass(frozen=True)
class Measurement:
    """The spec of one call of a measured function.

    Attributes
    ----------
    function : function
        The function that was decorated.
    arguments : tuple of pairs
        Name and value of each argument. A value is whatever a spec may hold: frozen dataclasses,
        classes, tuples, strings, numbers, None.
    """

    function: FunctionType
    arguments: tuple[tuple[str, Any], ...] = ()

    @property
    def title(self) -> str:
        """A few words for a progress bar."""
        words = [
            str(value if isinstance(value, str | int | float) else value.title)
            for _, value in self.arguments
            if isinstance(value, str | int | float) or hasattr(value, "title")
        ]
        return " ".join([self.function.__name__.replace("_", " "), *words])

    @property
    def cost(self) -> float:
        """Roughly how long it takes, in the unit of `RunSpec.cost`, as its decorator says."""
        return _COSTS[self.function](**dict(self.arguments))

    def train(self, device: str = "auto") -> Fit:
        """Measure on the CPU, with one thread; `weights` holds the result."""
        with one_thread():
            result = self.function(**dict(self.arguments))
        return Fit(_as_tensors(result), {})


_COSTS: dict[FunctionType, Callable[..., float]] = {}


class Measured(Generic[P, Result]):
    """A function whose results are kept; made by `measured`."""

    def __init__(self, function: Callable[P, Result], cost: Callable[..., float]) -> None:
        assert isinstance(function, FunctionType)
        self.function: FunctionType = function
        _COSTS[function] = cost
        functools.update_wrapper(self, function)
        self._signature = inspect.signature(function)

    def spec(self, *arguments: P.args, **named: P.kwargs) -> Measurement:
        """The spec of this call, to be listed among a chapter's runs."""
        bound = self._signature.bind(*arguments, **named)
        bound.apply_defaults()
        return Measurement(self.function, tuple(bound.arguments.items()))

    def __call__(self, *arguments: P.args, **named: P.kwargs) -> Result:
        """What the function returns: read from disk, or measured now and kept."""
        result: Result = result_of(self.spec(*arguments, **named))
        return result


@overload
def measured(function: Callable[P, Result]) -> Measured[P, Result]: ...
@overload
def measured(
    *, cost: Callable[..., float]
) -> Callable[[Callable[P, Result]], Measured[P, Result]]: ...
def measured(function: Any = None, *, cost: Callable[..., float] = lambda **arguments: 0.0) -> Any:
    """Keep what a function returns, as runs are kept.

    Parameters
    ----------
    function : function
        Of a module of labcode. It returns a number, a `DataArray` or a `Dataset`, whose
        coordinates and attributes (`units`, `long_name`) are kept too.
    cost : function, optional
        Of the same arguments by name: roughly how long it takes, in the unit of `RunSpec.cost`.
        Nothing if not given, so that it starts after the networks have trained.

    Examples
    --------
    >>> @measured
    ... def test_mse(run: RunSpec) -> float: ...
    """
    if function is None:
        return functools.partial(Measured, cost=cost)
    return Measured(function, cost)


def trains(part: Any) -> bool:
    """Whether a network is trained for this spec: itself, or one among its arguments."""
    if isinstance(part, Measurement):
        return any(trains(value) for _, value in part.arguments)
    if isinstance(part, tuple):
        return any(trains(value) for value in part)
    if not is_dataclass(part):
        return False
    return (hasattr(part, "train") and hasattr(part, "seed")) or any(
        trains(getattr(part, field.name)) for field in fields(part)
    )


def result_of(spec: Measurement) -> Any:
    """What the measured function returned: read from disk, or measured now and kept."""
    return _from_tensors(runs.get(spec).weights)


def _as_tensors(result: float | xr.DataArray | xr.Dataset) -> dict[str, Tensor]:
    """Arrays as tensors, and what else the result says of them as JSON in one more tensor."""
    if isinstance(result, xr.Dataset):
        table = result
    elif isinstance(result, xr.DataArray):
        table = result.to_dataset(name=ONLY)
    else:
        table = xr.Dataset({ONLY: float(result)})
    layout: dict[str, Any] = {"kind": type(result).__name__, "attrs": table.attrs, "arrays": {}}
    tensors: dict[str, Tensor] = {}
    for name, array in table.variables.items():
        about: dict[str, Any] = {"dims": array.dims, "attrs": array.attrs}
        about["coordinate"] = name in table.coords
        if array.dtype.kind in "OUT":
            about["values"] = array.values.tolist()
        else:
            tensors[str(name)] = torch.from_numpy(np.array(array.values, order="C"))
        layout["arrays"][name] = about
    written = json.dumps(layout, sort_keys=True).encode()
    return tensors | {LAYOUT: torch.frombuffer(bytearray(written), dtype=torch.uint8)}


def _from_tensors(tensors: dict[str, Tensor]) -> Any:
    layout = json.loads(tensors[LAYOUT].numpy().tobytes())
    variables: dict[str, xr.Variable] = {}
    coordinates: dict[str, xr.Variable] = {}
    for name, about in layout["arrays"].items():
        values = about["values"] if "values" in about else tensors[name].numpy()
        group = coordinates if about["coordinate"] else variables
        group[name] = xr.Variable(about["dims"], values, about["attrs"])
    table = xr.Dataset(variables, coordinates, layout["attrs"])
    if layout["kind"] == "Dataset":
        return table
    only = table[ONLY].rename(None)
    return only if layout["kind"] == "DataArray" else only.item()
