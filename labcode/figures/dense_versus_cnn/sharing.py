"""Argument 2, weight sharing: what the error costs, how few images it takes, how long it falls."""

from collections.abc import Mapping

import xarray as xr
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from labcode.figures import style
from labcode.figures.dense_versus_cnn.looks import ERRORS, KINDS, floors, look_of, plain_log
from labcode.figures.source_data import with_source_data

COSTS = {
    "parameters": "parameters",
    "multiply_adds": "multiply-adds",
    "seconds": "seconds of training",
}


@with_source_data
def costs(tables: Mapping[str, xr.Dataset]) -> Figure:
    """Test error against parameters, multiply-adds and seconds; filled markers: code 392.

    Parameters
    ----------
    tables : mapping of str to Dataset, dimension `seed`
        By the name of a network: `test_mse`, `code_size`, and the three costs.
    """
    figure, axes = style.subplots(1, 3, height=3.5, sharey=True)
    for name, table in tables.items():
        look, one = look_of(name), table.mean("seed")
        fill = look.color if one.code_size > 64 else "white"
        marker = "*" if "lab" in name else look.marker
        size = 11 if "lab" in name else 7
        for panel, cost in zip(axes, COSTS, strict=True):
            panel.plot(
                one[cost], one.test_mse, marker, color=look.color, markerfacecolor=fill,
                markersize=size,
            )  # fmt: skip
    for panel, label in zip(axes, COSTS.values(), strict=True):
        panel.set(xscale="log", yscale="log", xlabel=label)
        panel.margins(x=0.15)
        panel.xaxis.set_minor_formatter(NullFormatter())
    axes[0].set_ylabel("test MSE per pixel")
    plain_log(axes[0], ERRORS)
    for kind in ("dense", "convolutional"):
        look = KINDS[kind]
        axes[0].plot([], [], look.marker, color=look.color, label=kind)
    axes[0].plot([], [], "*", color=style.NEUTRAL, label="the lab's")
    legend = axes[0].get_legend_handles_labels()
    figure.legend(*legend, loc="outside upper center", ncols=3, fontsize=10)
    return figure


@with_source_data
def efficiency(test_mse: xr.DataArray, by_pca: xr.DataArray) -> Figure:
    """Test error against the number of training images, pixels in place and shuffled.

    Parameters
    ----------
    test_mse : DataArray, dimensions `layers`, `pixels`, `images` and `seed`
    by_pca : DataArray, dimension `images`
        Clipped PCA's, with as large a code as the networks'.
    """
    figure, axes = style.subplots(1, 2, height=3.3, sharey=True)
    for panel, pixels in zip(axes, ("in place", "shuffled"), strict=True):
        for layers in ("dense", "convolutional"):
            one, look = test_mse.sel(pixels=pixels, layers=layers), KINDS[layers]
            panel.plot(one.images, one.mean("seed"), label=layers, **look.line())
            style.band(panel, one.images, one.min("seed"), one.max("seed"), look)
        panel.plot(by_pca.images, by_pca, label="PCA", **style.PCA.line())
        panel.set(xscale="log", yscale="log", xlabel="training images", title=f"pixels {pixels}")
        plain_log(panel, test_mse.images.values.tolist(), axis="x")
    axes[0].set_ylabel("test MSE per pixel")
    plain_log(axes[0], ERRORS)
    axes[0].legend()
    return figure


@with_source_data
def plateau(
    longer: xr.DataArray, dense: Mapping[str, xr.DataArray], by_pca: xr.DataArray
) -> Figure:
    """Training loss against epochs: the lab's dense network for longer, and other dense ones.

    Parameters
    ----------
    longer : DataArray, dimensions `seed` and `epoch`
    dense : mapping of str to DataArray, dimensions `seed` and `epoch`
        By name.
    by_pca : DataArray, dimension `code_size`
        Clipped PCA's test MSE per pixel.
    """
    figure, axes = style.subplots(height=3.3)
    looks = style.graded(len(dense))
    for look, (name, losses) in zip(looks, dense.items(), strict=True):
        axes.plot(
            losses.epoch, losses.mean("seed"), color=look.color, linestyle=look.dashes, label=name
        )
    axes.plot(longer.epoch, longer.mean("seed"), color=style.DENSE.color, label="the lab's dense")
    style.band(axes, longer.epoch, longer.min("seed"), longer.max("seed"), style.DENSE)
    floors(axes, by_pca)
    axes.set(xscale="log", yscale="log", xlabel="epoch", ylabel="training MSE per pixel")
    plain_log(axes, ERRORS)
    plain_log(axes, (1, 2, 5, 10, 20, 50), axis="x")
    axes.legend(fontsize=9)
    return figure
