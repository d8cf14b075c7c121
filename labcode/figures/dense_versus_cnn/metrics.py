"""Argument 4, metrics: the same images by every method, and what codes are worth."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from labcode.figures import style
from labcode.figures.dense_versus_cnn.looks import look_of, rows
from labcode.figures.source_data import with_source_data


@with_source_data
def reconstructions(table: xr.Dataset) -> Figure:
    """The same images by every method, with each one's error.

    Parameters
    ----------
    table : Dataset, dimensions `coder`, `image`, `row` and `column`
        With `original`, `restored` and `mse`; `image` says which case each is.
    """
    coders = table.coder.values.tolist()
    figure, axes = style.subplots(
        1 + len(coders), table.sizes["image"], height=1.12 * (1 + len(coders))
    )
    for panel, pixels in zip(axes[0], table.original, strict=True):
        style.image(panel, pixels)
        panel.set_title(pixels.image.item(), loc="center", fontsize=10)
    for row, coder in zip(axes[1:], coders, strict=True):
        one = table.sel(coder=coder)
        for panel, pixels, error in zip(row, one.restored, one.mse, strict=True):
            style.image(panel, pixels)
            panel.set_title(f"{error.item():.4f}", loc="center", fontsize=9)
    for row, title in zip(axes, ("image", *coders), strict=True):
        row[0].set_ylabel(
            title.replace(", ", "\n"), fontsize=10, rotation=0, ha="right", va="center"
        )
    return figure


@with_source_data
def probes(accuracies: xr.Dataset) -> Figure:
    """Accuracy of two classifiers on each kind of code, one dot a seed.

    Parameters
    ----------
    accuracies : Dataset, dimensions `coder` and `seed`
        `linear` and `neighbours`, each with its long name.
    """
    figure, axes = style.subplots(1, 2, height=4.2, sharey=True)
    coders = accuracies.coder.values.tolist()
    for panel, probe in zip(axes, ("linear", "neighbours"), strict=True):
        for row, name in enumerate(coders):
            values, look = 100 * accuracies[probe].sel(coder=name).dropna("seed"), look_of(name)
            at = np.full(len(values), row)
            panel.plot(values, at, look.marker, color=look.color, alpha=0.8)
        panel.set(title=accuracies[probe].attrs["long_name"], xlabel="test accuracy (%)")
    rows(axes[0], coders)
    return figure
