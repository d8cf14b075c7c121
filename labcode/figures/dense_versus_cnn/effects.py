"""The factorial: its curves, its effects, and its pairs beside the lab's."""

from collections.abc import Mapping

import xarray as xr
from matplotlib.figure import Figure

from labcode.designs.contrast import Contrast, holm, ratio
from labcode.figures import style
from labcode.figures.dense_versus_cnn.looks import (
    ERRORS,
    KINDS,
    bar,
    floors,
    plain_log,
    rows,
    whisker,
)
from labcode.figures.source_data import with_source_data

WORDS = {
    "layers": "convolutional for dense",
    "depth": "deep for shallow",
    "code_size": "code 392 for 64",
    "pixels": "shuffled for in place",
}
PLAIN = {"code_size": "code"}
DASHES = {"in place": "-", "shuffled": ":"}
EQUAL = {"parameters": "v", "multiply-adds": "D"}


@with_source_data
def curves(validation_loss: xr.DataArray, by_pca: xr.DataArray) -> Figure:
    """Validation loss against epochs in each cell: means over seeds, and bands that span them.

    Parameters
    ----------
    validation_loss : DataArray
        Dimensions `layers`, `depth`, `code_size`, `pixels`, `seed` and `epoch`.
    by_pca : DataArray, dimension `code_size`
        Clipped PCA's test MSE per pixel.
    """
    depths, sizes = (validation_loss[name].values.tolist() for name in ("depth", "code_size"))
    figure, axes = style.subplots(2, 2, height=4.6, sharex=True, sharey="col")
    for row, depth in zip(axes, depths, strict=True):
        for panel, size in zip(row, sizes, strict=True):
            for pixels, dashes in DASHES.items():
                for layers in ("dense", "convolutional"):
                    look = KINDS[layers]
                    one = validation_loss.sel(
                        layers=layers, depth=depth, code_size=size, pixels=pixels
                    )
                    mean = one.mean("seed")
                    label = f"{layers}, {pixels}"
                    panel.plot(one.epoch, mean, color=look.color, linestyle=dashes, label=label)
                    style.band(panel, one.epoch, one.min("seed"), one.max("seed"), look)
            floors(panel, by_pca.sel(code_size=[size]), named=False)
            panel.set(yscale="log", title=f"{depth}, code {size}")
            plain_log(panel, ERRORS)
    for panel in axes[-1]:
        panel.set_xlabel("epoch")
    for panel in axes[:, 0]:
        panel.set_ylabel("validation MSE")
    axes[0, 0].plot([], [], color=style.PCA.color, linestyle="--", label="PCA")
    legend = axes[0, 0].get_legend_handles_labels()
    figure.legend(*legend, loc="outside upper center", ncols=3, fontsize=9)
    return figure


@with_source_data
def effects(found: Mapping[str, Contrast]) -> Figure:
    """What each change multiplies the test error by, and each interaction; filled if shown.

    Parameters
    ----------
    found : mapping of str to Contrast
        Of the logarithm of the test MSE, by the factors' names: `layers`, `layers x pixels`.
    """
    names = [*(n for n in found if " x " not in n), *(n for n in found if " x " in n)]
    shown = holm(found)
    figure, axes = style.subplots(height=0.29 * len(names) + 0.9)
    for row, name in enumerate(names):
        fill = style.PCA.color if shown[name] else "white"
        whisker(
            axes, ratio(found[name]), row, style.Look(style.PCA.color, "o"), markerfacecolor=fill
        )
    axes.axvline(1, color=style.NEUTRAL, linestyle=":", linewidth=1)
    axes.set(xscale="log", xlabel="the test error is multiplied by")
    rows(axes, [_in_words(name) for name in names])
    plain_log(axes, (0.2, 0.3, 0.5, 0.7, 0.9, 1, 1.1, 1.4, 2, 3, 5), axis="x")
    return figure


def _in_words(name: str) -> str:
    factors = name.split(" x ")
    if len(factors) == 1:
        return WORDS[name]
    return " × ".join(PLAIN.get(factor, factor) for factor in factors)


@with_source_data
def pairs(
    cells: xr.DataArray, matched: xr.DataArray, lab: xr.DataArray, by_pca: xr.DataArray
) -> Figure:
    """One row a pair of equal code and depth, and the lab's: errors with 95% intervals.

    Parameters
    ----------
    cells : DataArray, dimensions `layers`, `depth`, `code_size` and `seed`
        Test MSE with the pixels in place.
    matched : DataArray, dimensions `depth`, `code_size`, `equal` and `seed`
        That of dense networks with as many parameters, or multiply-adds.
    lab : DataArray, dimensions `network` (dense, then CNN) and `seed`
    by_pca : DataArray, dimension `code_size`
        Clipped PCA's.
    """
    figure, axes = style.subplots(height=3.6)
    labels: list[str] = []
    for size in cells.code_size.values.tolist():
        for depth in cells.depth.values.tolist():
            row, here = len(labels), {"depth": depth, "code_size": size}
            axes.plot(by_pca.sel(code_size=size), row, "|", color=style.PCA.color, markersize=20)
            for layers in ("dense", "convolutional"):
                bar(axes, cells.sel(layers=layers, **here), row, KINDS[layers])
            for above, (equal, marker) in enumerate(EQUAL.items()):
                look = style.Look(style.DENSE.color, marker)
                height = row - 0.2 + 0.4 * above
                bar(
                    axes,
                    matched.sel(equal=equal, **here),
                    height,
                    look,
                    markersize=4,
                    markerfacecolor="white",
                )
            labels.append(f"{depth}, code {size}")
    for network, look, size in zip(lab, (style.DENSE, style.CNN), (64, 392), strict=True):
        bar(axes, network, len(labels), look)
        floor = by_pca.sel(code_size=size)
        axes.plot(floor, len(labels), "|", color=style.PCA.color, markersize=20)
    for name, look in KINDS.items():
        marker = "|" if look is style.PCA else look.marker
        axes.plot([], [], marker, color=look.color, label=name)
    for equal, marker in EQUAL.items():
        axes.plot(
            [], [], marker, color=style.DENSE.color, markerfacecolor="white",
            label=f"dense, as many {equal}",
        )  # fmt: skip
    axes.set(xscale="log", xlabel="test MSE per pixel")
    rows(axes, [*labels, "as the lab ran it"])
    plain_log(axes, ERRORS, axis="x")
    legend = axes.get_legend_handles_labels()
    figure.legend(*legend, loc="outside upper center", ncols=3, fontsize=9)
    return figure
