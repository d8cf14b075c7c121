"""Argument 3, spatial information: shuffled pixels, and images that moved."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from labcode.figures import style
from labcode.figures.dense_versus_cnn.looks import ERRORS, KINDS, column, look_of, plain_log
from labcode.figures.source_data import with_source_data

ORDER = ("in place", "shuffled")


@with_source_data
def shuffled(test_mse: xr.DataArray, images: np.ndarray, after: np.ndarray) -> Figure:
    """Two images before and after their pixels are shuffled, and each pair's errors.

    Parameters
    ----------
    test_mse : DataArray, dimensions `layers`, `depth`, `code_size`, `pixels` and `seed`
    images, after : ndarray, shape (n, 1, 28, 28)
    """
    figure, axes = style.subplots(2, 3, height=3.6, width_ratios=(0.5, 0.5, 2.0), squeeze=False)
    for row, (image, other) in enumerate(zip(images[:2], after[:2], strict=True)):
        style.image(axes[row, 0], image, "" if row else "in place")
        style.image(axes[row, 1], other, "" if row else "shuffled")
    panel = column(figure, axes, 2)
    means = test_mse.mean("seed").sel(pixels=list(ORDER))
    for layers in ("dense", "convolutional"):
        look = KINDS[layers]
        panel.plot([], [], look.marker, color=look.color, label=layers)
        for depth in means.depth.values.tolist():
            for size in means.code_size.values.tolist():
                one = means.sel(layers=layers, depth=depth, code_size=size)
                fill = look.color if size > 64 else "white"
                dashes = "-" if depth == "deep" else "--"
                fine = {**look.line(), "linestyle": dashes}
                panel.plot((0, 1), one, markerfacecolor=fill, **fine)
    panel.set(yscale="log", xticks=(0, 1), xlim=(-0.25, 1.25), ylabel="test MSE per pixel")
    panel.set_xticklabels([f"pixels {each}" for each in ORDER])
    plain_log(panel, ERRORS)
    panel.legend(loc="upper left", fontsize=10)
    panel.margins(y=0.15)
    return figure


@with_source_data
def shifts(mse: xr.DataArray) -> Figure:
    """Error against shift, at either code size: means over seeds, and bands that span them.

    Parameters
    ----------
    mse : DataArray, dimensions `coder`, `seed` and `moved`, in pixels
        Of coders named like `PCA, code 64`.
    """
    figure, axes = style.subplots(1, 2, height=4.2)
    for name in mse.coder.values.tolist():
        one, (kind, code) = mse.sel(coder=name), name.split(", code ")
        panel, look = axes[("64", "392").index(code)], look_of(name)
        fill = "white" if "lab" in name else look.color
        panel.plot(one.moved, one.mean("seed"), label=kind, markerfacecolor=fill, **look.line())
        style.band(panel, one.moved, one.min("seed"), one.max("seed"), look)
    for panel, code in zip(axes, ("64", "392"), strict=True):
        panel.set(title=f"code {code}", xlabel="shift in pixels", xticks=mse.moved.values)
        panel.set_ylim(bottom=0)
        panel.legend(loc="upper left", bbox_to_anchor=(0, -0.2), fontsize=9)
    axes[0].set_ylabel("test MSE per pixel")
    return figure


def moved(errors: Mapping[str, Sequence[float]]) -> Figure:
    """Error against how far images moved, a line for each way to rebuild them.

    It is the picture of an instrument, which has no file of numbers.

    Parameters
    ----------
    errors : mapping of sequences of float
        By the way's name, `PCA`, `dense` or `convolutional`: mean squared error per pixel, moved to
        the right by 0, 1, 2, ... pixels.
    """
    figure, axes = style.subplots(height=2.6)
    for name, values in errors.items():
        look = style.PCA if name == "PCA" else KINDS[name]
        axes.plot(range(len(values)), values, label=name, **look.line())
    axes.set(xlabel="pixels to the right", ylabel="MSE per pixel", xticks=range(len(values)))
    axes.set_ylim(bottom=0)
    axes.legend(fontsize=9)
    return figure
