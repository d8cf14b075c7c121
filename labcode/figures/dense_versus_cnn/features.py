"""Argument 1, features: filters, and what a number of the code changes in the reconstruction."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from labcode.figures import style
from labcode.figures.dense_versus_cnn.looks import bar, column, look_of, plain_log, rows
from labcode.figures.source_data import with_source_data


@with_source_data
def filters(table: xr.Dataset, shown: int = 6) -> Figure:
    """Some first-layer filters of each kind, and how many pixels each one uses.

    Parameters
    ----------
    table : Dataset, dimensions `kind`, `filter`, `row` and `column`
        With `weight` and `pixels`; NaN where a kind has fewer filters, or smaller ones.
    shown : int
        How many of each kind.
    """
    kinds = table.kind.values.tolist()
    widths = (*[1.0] * shown, 2.6)
    figure, axes = style.subplots(len(kinds), shown + 1, height=3.7, width_ratios=widths)
    right = column(figure, axes, shown)
    for row, kind in enumerate(kinds):
        one = table.sel(kind=kind)
        for panel, weight in zip(axes[row, :shown], one.weight, strict=False):
            weights = weight.dropna("row", how="all").dropna("column", how="all")
            limit = float(abs(weights).max())
            panel.imshow(weights, cmap="RdBu_r", vmin=-limit, vmax=limit)
            panel.set(xticks=[], yticks=[])
            panel.grid(False)
        axes[row, 0].set_ylabel(kind, fontsize=11)
        pixels, look = one.pixels.dropna("filter"), look_of(kind)
        noise = np.random.default_rng(0).uniform(-0.2, 0.2, len(pixels))
        right.plot(pixels, row + noise, look.marker, color=look.color, markersize=4, alpha=0.7)
    right.set(xscale="log", xlabel="pixels in use")
    rows(right, [""] * len(kinds))
    plain_log(right, (3, 10, 30, 100, 300), axis="x")
    return figure


@with_source_data
def gains(trained: xr.DataArray, untrained: xr.DataArray) -> Figure:
    """Share of a gain's energy in its best window, filled after training and open before it.

    Parameters
    ----------
    trained, untrained : DataArray, dimensions `coder` and `seed`
        Median over the numbers of the code, 0 to 1.
    """
    coders = trained.coder.values.tolist()
    figure, axes = style.subplots(height=0.3 * len(coders) + 1.1)
    for row, coder in enumerate(coders):
        look = look_of(coder)
        bar(axes, 100 * untrained.sel(coder=coder), row, look, markerfacecolor="white")
        bar(axes, 100 * trained.sel(coder=coder), row, look)
    axes.set(xlabel="energy in the best 7 x 7 window (%)", xlim=(0, 103))
    axes.axvline(50, color=style.NEUTRAL, linestyle=":", linewidth=1)
    rows(axes, coders)
    return figure
