"""When a network finds each principal component."""

import torch
import xarray as xr

from labcode import runs
from labcode.runs.measured import measured
from labcode.training.online import OnlineRunSpec

HALF = 0.5


@measured
def times_of_learning(run: OnlineRunSpec) -> xr.Dataset:
    """When each component is learned, and how much of it in the end.

    Returns
    -------
    Dataset
        `time` by `component`: the first recorded step at which half of its variance is given back,
        in steps; NaN if there is none. `share` at the end, and the inputs' `variance`.
    """
    found = runs.get(run)
    shares, steps = found.history["share"], found.history["step"].double()
    known = shares >= HALF
    time = torch.where(known.any(0), steps[known.int().argmax(0)], torch.nan)
    return xr.Dataset(
        {
            "time": ("component", time.numpy(), {"units": "steps"}),
            "share": ("component", shares[-1].numpy()),
            "variance": ("component", found.weights["variance"].numpy()),
        },
        {"component": list(range(1, len(time) + 1))},
    )


@measured
def shares_learned(run: OnlineRunSpec) -> xr.DataArray:
    """The share of each component's variance that is given back, by `step` and `component`."""
    history = runs.get(run).history
    shares = history["share"].numpy()
    components = list(range(1, shares.shape[1] + 1))
    return xr.DataArray(
        shares, {"step": history["step"].numpy(), "component": components}, ("step", "component")
    )


@measured
def error_left(run: OnlineRunSpec) -> float:
    """The squared error at the end, over the total variance: a mean of the last records."""
    return float(runs.get(run).history["error"][-LAST:].mean())


LAST = 20
