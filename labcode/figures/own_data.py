"""Figures of a lab on any data set: images of any size, grey or colour, and rows of numbers."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from labcode.figures import style

SMALLEST_SHARE = 1e-6  # of the largest number: what is less is rounding
LOOKS = {"linear": style.LINEAR, "dense": style.DENSE, "convolutional": style.CNN}


def item(axes: Axes, values: np.ndarray) -> None:
    """One item: an image, or a row of numbers as a line.

    Parameters
    ----------
    axes : Axes
    values : ndarray, shape (channels, height, width) or (d,)
        From 0 to 1; clipped to it.
    """
    seen = values.clip(0, 1)
    axes.set(xticks=[], yticks=[])
    axes.grid(False)
    if seen.ndim == 1:
        axes.plot(seen, color=style.DENSE.color, linewidth=1)
        axes.set(ylim=(-0.05, 1.05))
        return
    for spine in axes.spines.values():
        spine.set_visible(False)
    if len(seen) == 1:
        axes.imshow(seen[0], vmin=0, vmax=1, cmap="gray")
    else:
        axes.imshow(seen.transpose(1, 2, 0))


def items(values: np.ndarray) -> Figure:
    """Up to twenty items.

    Parameters
    ----------
    values : ndarray, shape (n, ...)
    """
    figure, axes = style.subplots(2, 10, height=1.4)
    for place, panel in enumerate(axes.flat):
        panel.axis("off")
        if place < len(values):
            panel.axis("on")
            item(panel, values[place])
    return figure


def spectrum(values: xr.DataArray) -> Figure:
    """Variance along each component, on two logarithmic axes.

    Parameters
    ----------
    values : DataArray, dimension `component`
    """
    figure, axes = style.subplots()
    shown = values.where(values > values[0] * SMALLEST_SHARE, drop=True)
    axes.plot(shown.component, shown, color=style.PCA.color)
    axes.set(xscale="log", yscale="log", xlabel="component", ylabel="variance")
    return figure


def errors(floor: xr.DataArray, test_mse: xr.DataArray) -> Figure:
    """Test error against the size of the code: PCA's, and networks' with a dot for each seed.

    Parameters
    ----------
    floor : DataArray, dimension `code_size`
    test_mse : DataArray, dimensions `code_size`, `layers` and `seed`
    """
    figure, axes = style.subplots()
    most = min(len(floor) - 1, 3 * int(test_mse.code_size.max()))
    line = floor.isel(code_size=slice(1, most + 1))
    line = line.where(line > line[0] * SMALLEST_SHARE, drop=True)
    axes.plot(line.code_size, line, color=style.PCA.color, linestyle="--", label="PCA")
    for kind in test_mse.layers.values.tolist():
        look, one = LOOKS[kind], test_mse.sel(layers=kind)
        sizes = np.repeat(one.code_size.values, one.sizes["seed"])
        axes.plot(
            sizes, one.transpose("code_size", "seed").values.ravel(), color=look.color,
            marker=look.marker, linestyle="none", label=kind, alpha=0.7,
        )  # fmt: skip
    axes.set(yscale="log", xlabel="numbers in the code", ylabel="MSE on test items")
    axes.legend()
    return figure


def beside(rows: Mapping[str, np.ndarray], columns: Sequence[str]) -> Figure:
    """Items side by side: each row a method, each column an item.

    Parameters
    ----------
    rows : mapping of str to ndarray, shape (n, ...)
    columns : sequence of n str
    """
    figure, axes = style.subplots(
        len(rows), len(columns), height=0.3 + 0.75 * len(rows), squeeze=False
    )
    for line, (name, values) in zip(axes, rows.items(), strict=True):
        for panel, one in zip(line, values, strict=True):
            item(panel, one)
        line[0].set_ylabel(name, rotation=0, ha="right", va="center", fontsize=9)
    for panel, title in zip(axes[0], columns, strict=True):
        panel.set_title(title, loc="center", fontsize=9)
    return figure
