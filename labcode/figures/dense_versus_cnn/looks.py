"""What the figures of this chapter share: colours, rows, bars and plain logarithms."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from labcode.designs.contrast import Interval, interval
from labcode.figures import style

KINDS = {"dense": style.DENSE, "convolutional": style.CNN, "PCA": style.PCA}
ERRORS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1)


def look_of(name: str) -> style.Look:
    """The look of a coder: PCA's, of dense layers, or of convolutions."""
    if "PCA" in name or name == "pixels":
        return style.PCA
    return style.CNN if "conv" in name or "CNN" in name else style.DENSE


def bar(axes: Axes, values: xr.DataArray, row: float, look: style.Look, **options: Any) -> None:
    """Mean and 95% interval over seeds, in a row."""
    whisker(axes, interval(values.dropna("seed")), row, look, **options)


def whisker(axes: Axes, found: Interval, row: float, look: style.Look, **options: Any) -> None:
    """An interval in a row."""
    ends = [[found.mean - found.low], [found.high - found.mean]]
    axes.errorbar(
        found.mean, row, xerr=ends, fmt=look.marker, color=look.color, capsize=3, **options
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


def floors(axes: Axes, by_pca: xr.DataArray, named: bool = True) -> None:
    """A line for PCA at each code size, named at the right edge.

    Parameters
    ----------
    axes : Axes
    by_pca : DataArray, dimension `code_size`
    named : bool
    """
    for k in by_pca.code_size.values.tolist():
        floor = by_pca.sel(code_size=k).item()
        axes.axhline(floor, color=style.PCA.color, linestyle="--", linewidth=1.2)
        if named:
            edge = axes.get_yaxis_transform()
            axes.text(1.01, floor, f"PCA, {k}", transform=edge, va="center", fontsize=9)


def plain_log(axes: Axes, ticks: Sequence[float], axis: str = "y") -> None:
    """Plain numbers on a logarithmic axis, only those inside its limits."""
    low, high = sorted(axes.get_ylim() if axis == "y" else axes.get_xlim())
    inside = [tick for tick in ticks if low <= tick <= high]
    target = axes.yaxis if axis == "y" else axes.xaxis
    target.set_major_locator(NullLocator())
    (axes.set_yticks if axis == "y" else axes.set_xticks)(inside, [f"{t:g}" for t in inside])
    target.set_minor_locator(NullLocator())
