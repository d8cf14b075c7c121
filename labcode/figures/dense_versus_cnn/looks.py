"""What the figures of this chapter share: colours, rows, bars and plain logarithms."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from labcode.designs.contrast import interval
from labcode.experiments.dense_versus_cnn.metrics import PIXELS
from labcode.experiments.dense_versus_cnn.models import CNN, CNN_64, NETWORKS, PCA_CODES
from labcode.figures import style

KINDS = {"dense": style.DENSE, "CNN": style.CNN, "PCA": style.PCA}
LOOKS = (
    dict.fromkeys(NETWORKS, style.DENSE)
    | dict.fromkeys((CNN, CNN_64), style.CNN)
    | dict.fromkeys((*PCA_CODES, PIXELS), style.PCA)
)
ERRORS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1)


def bar(axes: Axes, values: xr.DataArray, row: int, look: style.Look, **options: Any) -> None:
    """Mean and 95% interval over seeds, in a row."""
    found = interval(values)
    half = found.high - found.mean
    axes.errorbar(
        found.mean, row, xerr=half, fmt=look.marker, color=look.color, capsize=4, **options
    )


def rows(axes: Axes, labels: Sequence[str], above: float = 0.5) -> None:
    """Name the rows, the first one at the top, with so much room above it."""
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.5, -above)


def column(figure: Figure, axes: np.ndarray, at: int) -> Axes:
    """One panel in place of a whole column of a grid."""
    grid = axes[0, at].get_gridspec()
    for panel in axes[:, at]:
        panel.remove()
    return figure.add_subplot(grid[:, at])


def plain_log(axes: Axes, ticks: Sequence[float], axis: str = "y") -> None:
    """Plain numbers on a logarithmic axis, only those inside its limits."""
    low, high = sorted(axes.get_ylim() if axis == "y" else axes.get_xlim())
    inside = [tick for tick in ticks if low <= tick <= high]
    target = axes.yaxis if axis == "y" else axes.xaxis
    target.set_major_locator(NullLocator())
    (axes.set_yticks if axis == "y" else axes.set_xticks)(inside, [f"{t:g}" for t in inside])
    target.set_minor_locator(NullLocator())
