"""Argument 2, weight sharing: what the error costs, and how long it falls."""

import xarray as xr
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from labcode.experiments.dense_versus_cnn.models import DENSE_LONG
from labcode.figures import style
from labcode.figures.dense_versus_cnn.looks import ERRORS, KINDS, LOOKS, plain_log
from labcode.figures.source_data import with_source_data


@with_source_data
def pareto(networks: xr.Dataset, by_pca: xr.DataArray) -> Figure:
    """Test error against parameters, against multiply-adds, and against seconds.

    Parameters
    ----------
    networks : Dataset, dimensions `network` and `seed`
        With `test_mse`, `code_size`, `parameters`, `multiply_adds` and `seconds`.
    by_pca : DataArray, dimension `code_size`
    """
    figure, axes = style.subplots(1, 3, height=3.7, sharey=True)
    costs = {
        "parameters": "parameters",
        "multiply_adds": "multiply-adds",
        "seconds": "seconds of training",
    }
    means = networks[["test_mse", "code_size", *costs]].mean("seed")
    for panel, cost in zip(axes, costs, strict=True):
        for name in means.network.values.tolist():
            look, one = LOOKS[name], means.sel(network=name)
            panel.plot(one[cost], one.test_mse, look.marker, color=look.color, markersize=8)
            panel.annotate(
                f"{one.code_size.item():g}" + ("+" if name == DENSE_LONG else ""),
                (one[cost].item(), one.test_mse.item()),
                xytext=(6, 4) if look is style.DENSE else (6, -10),
                textcoords="offset points",
                fontsize=9,
            )
    k = by_pca.code_size
    for panel, cost in zip(axes, (784 * (k + 1), 2 * 784 * k), strict=False):
        panel.plot(cost, by_pca, style.PCA.marker, color=style.PCA.color, markersize=5)
    for panel, label in zip(axes, costs.values(), strict=True):
        panel.set(xscale="log", yscale="log", xlabel=label)
        panel.margins(x=0.25)
        panel.xaxis.set_minor_formatter(NullFormatter())
    axes[0].set_ylabel("test MSE per pixel")
    plain_log(axes[0], ERRORS)
    for kind, look in KINDS.items():
        axes[0].plot([], [], look.marker, color=look.color, label=kind)
    legend = axes[0].get_legend_handles_labels()
    figure.legend(*legend, loc="outside upper center", ncols=3, fontsize=10)
    return figure


@with_source_data
def epochs(networks: xr.Dataset, by_pca: xr.DataArray) -> Figure:
    """Training loss against epochs and against seconds, means over seeds.

    Parameters
    ----------
    networks : Dataset, dimensions `network`, `seed` and `epoch`
        With `train_loss`, `seconds` and `code_size`; NaN beyond a network's last epoch.
    by_pca : DataArray, dimension `code_size`
    """
    figure, (left, right) = style.subplots(1, 2, height=3.4, sharey=True)
    means = networks[["train_loss", "seconds", "code_size"]].mean("seed")
    for name in networks.network.values.tolist():
        one = means.sel(network=name).dropna("epoch")
        dashes = "-" if one.code_size == 64 else "--"
        fine = {"color": LOOKS[name].color, "linestyle": dashes}
        left.plot(one.epoch, one.train_loss, label=name, **fine)
        right.plot(one.epoch * one.seconds / one.sizes["epoch"], one.train_loss, **fine)
    for panel in (left, right):
        panel.set(xscale="log", yscale="log")
        for k in (64, 392):
            floor = by_pca.sel(code_size=k).item()
            panel.axhline(floor, color=style.PCA.color, linestyle=":", linewidth=1.2)
    for k in (64, 392):
        floor = by_pca.sel(code_size=k).item()
        left.text(left.get_xlim()[0], floor, f" PCA, {k}", va="bottom", fontsize=9)
    left.set(xlabel="epoch", ylabel="training MSE per pixel")
    right.set(xlabel="seconds of training")
    plain_log(left, ERRORS)
    left.xaxis.set_major_formatter("{x:g}")
    legend = left.get_legend_handles_labels()
    figure.legend(*legend, loc="outside upper center", ncols=2, fontsize=9)
    return figure
