"""Figures of Chapter 3."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.ticker import MaxNLocator, NullFormatter, NullLocator

from labcode.baselines.pca import PcaErrors
from labcode.experiments.dense_versus_cnn import (
    SHIFTS,
    Design,
    Locality,
    Match,
    Network,
    Permuted,
    Probe,
    Reconstructions,
    Shifted,
)
from labcode.figures import style
from labcode.models.counting import Layer


def diagrams(models: Mapping[str, Sequence[Layer]]) -> Figure:
    """Each model as a row of boxes, read from its layers: shape, kind and parameters."""
    longest = max(len(layers) for layers in models.values())
    figure, axes = style.subplots(len(models), 1, height=2.25 * len(models))
    for row, (title, layers) in zip(np.atleast_1d(axes), models.items(), strict=True):
        _diagram(row, title, layers, longest)
    return figure


def _diagram(axes: Axes, title: str, layers: Sequence[Layer], longest: int) -> None:
    look = (
        style.DENSE
        if all(layer.name.startswith(("image", "dense")) for layer in layers)
        else (style.CNN)
    )
    for place, layer in enumerate(layers):
        tall = {28: 0.8, 14: 0.65}.get(layer.shape[-1], 0.5) if len(layer.shape) == 3 else 0.35
        filled = layer.part == "code"
        axes.add_patch(
            FancyBboxPatch(
                (place - 0.3, -tall),
                0.6,
                2 * tall,
                boxstyle="round,pad=0.02",
                facecolor=look.color if filled else "white",
                edgecolor=style.NEUTRAL if layer.part == "input" else look.color,
                linewidth=1.6,
            )
        )
        axes.text(
            place,
            0,
            "\n".join(str(size) for size in layer.shape),
            ha="center",
            va="center",
            fontsize=9.5,
            color="white" if filled else "black",
        )
        if place:
            arrow = FancyArrowPatch(
                (place - 0.67, 0),
                (place - 0.33, 0),
                arrowstyle="-|>",
                mutation_scale=8,
                color=style.NEUTRAL,
            )
            axes.add_patch(arrow)
        count = f"\n{layer.parameters:,}" if layer.parameters else ""
        axes.text(
            place,
            -1.0,
            layer.name.replace(", ", "\n").replace("transposed conv", "transposed\nconv") + count,
            ha="center",
            va="top",
            fontsize=9,
        )
    total = sum(layer.parameters for layer in layers)
    axes.set_title(f"{title}: {total:,} parameters")
    axes.set(xlim=(-0.6, longest - 0.4), ylim=(-2.9, 1.0))
    axes.axis("off")


def as_the_lab_ran_it(networks: Sequence[Network], floor: PcaErrors) -> Figure:
    """Training loss against epochs, one line a seed, test errors at the end, and PCA."""
    figure, axes = style.subplots(height=3.5)
    for network in networks:
        look = _look(network.name)
        for seed, losses in enumerate(network.train_loss):
            epochs = np.arange(1, len(losses) + 1)
            label = f"{network.name}, training" if seed == 0 else None
            axes.plot(epochs, losses, color=look.color, alpha=0.8, linewidth=1.4, label=label)
            axes.plot(
                epochs[-1] * 1.0,
                network.errors[seed],
                look.marker,
                color=look.color,
                label=f"{network.name}, test" if seed == 0 else None,
            )
    for k in (64, 392):
        axes.axhline(floor.plain[k], color=style.PCA.color, linestyle="--", linewidth=1.2)
        axes.text(
            axes.get_xlim()[0], floor.plain[k], f" PCA, {k}", ha="left", va="bottom", fontsize=10
        )
    axes.set(yscale="log", xlabel="epoch", ylabel="MSE per pixel")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    _plain_log(axes, (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1))
    axes.legend(fontsize=9)
    return figure


def matched(matches: Sequence[Match], floor: PcaErrors) -> Figure:
    """One row a comparison: dense, CNN, and PCA at either code size."""
    figure, axes = style.subplots(height=0.62 * len(matches) + 1.3)
    for row, match in enumerate(matches):
        sizes = sorted({match.dense.code_size, match.cnn.code_size})
        for size in sizes:
            axes.plot(floor.plain[size], row, "|", color=style.PCA.color, markersize=20)
            axes.text(
                floor.plain[size], row - 0.33, f"{size}", ha="center", va="bottom", fontsize=9
            )
        for network, look, name in (
            (match.dense, style.DENSE, "dense"),
            (match.cnn, style.CNN, "CNN"),
        ):
            error = network.error
            axes.errorbar(
                error.mean,
                row,
                xerr=error.high - error.mean,
                fmt=look.marker,
                color=look.color,
                capsize=4,
                markersize=8,
                label=name if row == 0 else None,
            )
    axes.set(
        yticks=range(len(matches)),
        xscale="log",
        xlabel="test MSE per pixel",
        ylim=(len(matches) - 0.5, -0.75),
    )
    axes.set_yticklabels([match.equal for match in matches])
    _plain_log(axes, (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1), axis="x")
    axes.legend(loc="upper left", bbox_to_anchor=(0, -0.14), ncols=2)
    return figure


def pareto(networks: Sequence[Network], floor: PcaErrors) -> Figure:
    """Test error against parameters, against multiply-adds, and against seconds."""
    figure, axes = style.subplots(1, 3, height=3.7, sharey=True)
    costs = ("parameters", "multiply-adds", "seconds of training")
    for network in networks:
        look = _look(network.name)
        places = (network.parameters, network.multiply_adds, float(network.seconds.mean()))
        for panel, cost in zip(axes, places, strict=True):
            panel.plot(cost, network.error.mean, look.marker, color=look.color, markersize=8)
            panel.annotate(
                network.name.split("code ")[1].replace(", longer", "+"),
                (cost, network.error.mean),
                xytext=(6, 4) if look is style.DENSE else (6, -10),
                textcoords="offset points",
                fontsize=9,
            )
    for k, error in floor.plain.items():
        for panel, cost in zip(axes, (784 * (k + 1), 2 * 784 * k), strict=False):
            panel.plot(cost, error, style.PCA.marker, color=style.PCA.color, markersize=5)
    for panel, label in zip(axes, costs, strict=True):
        panel.set(xscale="log", yscale="log", xlabel=label)
        panel.margins(x=0.25)
        panel.xaxis.set_minor_formatter(NullFormatter())
    axes[0].set_ylabel("test MSE per pixel")
    _plain_log(axes[0], (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1))
    for look, name in ((style.DENSE, "dense"), (style.CNN, "CNN"), (style.PCA, "PCA")):
        axes[0].plot([], [], look.marker, color=look.color, label=name)
    figure.legend(
        *axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=3, fontsize=10
    )
    return figure


def epochs(networks: Sequence[Network], floor: PcaErrors) -> Figure:
    """Training loss against epochs and against seconds."""
    figure, (left, right) = style.subplots(1, 2, height=3.4, sharey=True)
    for network in networks:
        look = _look(network.name)
        losses = network.train_loss.mean(0)
        epoch = np.arange(1, len(losses) + 1)
        fine = {"color": look.color, "linestyle": "-" if "64" in network.name else "--"}
        left.plot(epoch, losses, label=network.name, **fine)
        right.plot(epoch * network.seconds.mean() / len(losses), losses, **fine)
    for panel in (left, right):
        panel.set(xscale="log", yscale="log")
        for k in (64, 392):
            panel.axhline(floor.plain[k], color=style.PCA.color, linestyle=":", linewidth=1.2)
    left.text(left.get_xlim()[0], floor.plain[64], " PCA, 64", va="bottom", fontsize=9)
    left.text(left.get_xlim()[0], floor.plain[392], " PCA, 392", va="bottom", fontsize=9)
    left.set(xlabel="epoch", ylabel="training MSE per pixel")
    right.set(xlabel="seconds of training")
    _plain_log(left, (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1))
    left.xaxis.set_major_formatter("{x:g}")
    figure.legend(
        *left.get_legend_handles_labels(), loc="outside upper center", ncols=2, fontsize=9
    )
    return figure


def permuted(results: Sequence[Permuted], images: np.ndarray, shuffled: np.ndarray) -> Figure:
    """Two images before and after the permutation, and the errors before and after."""
    figure, axes = style.subplots(2, 3, height=3.3, width_ratios=(0.55, 0.55, 2.0), squeeze=False)
    for row, (image, other) in enumerate(zip(images[:2], shuffled[:2], strict=True)):
        style.image(axes[row, 0], image, "original" if row == 0 else "")
        style.image(axes[row, 1], other, "permuted" if row == 0 else "")
    grid = axes[0, 2].get_gridspec()
    axes[0, 2].remove()
    axes[1, 2].remove()
    panel = figure.add_subplot(grid[:, 2])
    for result in results:
        look = _look(result.name)
        for seed, pair in enumerate(zip(result.original, result.shuffled, strict=True)):
            panel.plot(
                (0, 1), pair, label=result.name if seed == 0 else None, alpha=0.85, **look.line()
            )
    panel.set(yscale="log", xticks=(0, 1), xlim=(-0.25, 1.25), ylabel="test MSE per pixel")
    panel.set_xticklabels(["original pixels", "permuted pixels"])
    _plain_log(panel, (0.002, 0.005, 0.01, 0.02, 0.05, 0.1))
    panel.legend(fontsize=10)
    return figure


def shifts(results: Sequence[Shifted]) -> Figure:
    """Error against shift, at code 64 and at code 392."""
    figure, axes = style.subplots(1, 2, height=3.3)
    for panel, size in zip(axes, ("64", "392"), strict=True):
        for result in results:
            kind, code = result.name.split(", code ")
            if code != size:
                continue
            look = style.PCA if kind == "PCA" else _look(result.name)
            mean = result.errors.mean(0)
            panel.plot(SHIFTS, mean, label=kind, **look.line())
            low, high = result.errors.min(0), result.errors.max(0)
            style.band(panel, SHIFTS, low, high, look)
        panel.set(title=f"code {size}", xlabel="shift in pixels", xticks=SHIFTS)
        panel.set_ylim(bottom=0)
        panel.legend()
    axes[0].set_ylabel("test MSE per pixel")
    return figure


def filters(kinds: Sequence[Locality], shown: int = 6) -> Figure:
    """Some first-layer filters of each kind, and how many pixels each one uses."""
    figure, axes = style.subplots(
        len(kinds), shown + 1, height=3.7, width_ratios=(*[1.0] * shown, 2.6)
    )
    looks = {"PCA": style.PCA, "dense": style.DENSE, "CNN": style.CNN}
    grid = axes[0, shown].get_gridspec()
    for row, kind in enumerate(kinds):
        for column in range(shown):
            panel = axes[row, column]
            weights = kind.filters[column]
            limit = np.abs(weights).max()
            panel.imshow(weights, cmap="RdBu_r", vmin=-limit, vmax=limit)
            panel.set(xticks=[], yticks=[])
            panel.grid(False)
        axes[row, 0].set_ylabel(kind.name, fontsize=11)
        axes[row, shown].remove()
    right = figure.add_subplot(grid[:, shown])
    for row, kind in enumerate(kinds):
        look = looks[kind.name]
        noise = np.random.default_rng(0).uniform(-0.2, 0.2, len(kind.pixels))
        right.plot(
            kind.pixels,
            row + noise,
            look.marker,
            color=look.color,
            markersize=4,
            alpha=0.7,
            linestyle="none",
        )
    right.set(xscale="log", xlabel="pixels in use", yticks=range(len(kinds)))
    right.set_yticklabels([])
    right.set_ylim(len(kinds) - 0.5, -0.5)
    _plain_log(right, (3, 10, 30, 100, 300), axis="x")
    return figure


def probes(results: Sequence[Probe]) -> Figure:
    """Accuracy of two classifiers on each kind of code."""
    figure, axes = style.subplots(1, 2, height=3.2, sharey=True)
    for panel, score, title in (
        (axes[0], "linear", "linear probe"),
        (axes[1], "neighbours", "nearest neighbours"),
    ):
        for row, probe in enumerate(results):
            values = 100 * getattr(probe, score)
            network = "PCA" not in probe.name and probe.name != "pixels"
            look = _look(probe.name) if network else style.PCA
            panel.plot(values, np.full(len(values), row), look.marker, color=look.color, alpha=0.8)
        panel.set(title=title, xlabel="test accuracy (%)", yticks=range(len(results)))
        panel.set_ylim(len(results) - 0.5, -0.5)
    axes[0].set_yticklabels([probe.name for probe in results])
    return figure


def reconstructions(result: Reconstructions) -> Figure:
    """The same images by every method, with each one's error."""
    rows, columns = result.errors.shape
    figure, axes = style.subplots(rows, columns, height=1.12 * rows)
    for row in range(rows):
        for column in range(columns):
            panel = axes[row, column]
            error = result.errors[row, column]
            style.image(panel, result.pixels[row, column])
            panel.set_title(
                result.cases[column] if row == 0 else f"{error:.4f}",
                loc="center",
                fontsize=10 if row == 0 else 9,
            )
        axes[row, 0].set_ylabel(
            result.titles[row].replace(", ", "\n"),
            fontsize=10,
            rotation=0,
            ha="right",
            va="center",
        )
    return figure


def designs(results: Sequence[Design]) -> Figure:
    """Error and checkerboard of each design."""
    figure, axes = style.subplots(1, 2, height=2.6, sharey=True)
    for row, design in enumerate(results):
        for panel, value in zip(axes, (design.error, design.checkerboard), strict=True):
            panel.errorbar(
                value.mean,
                row,
                xerr=value.high - value.mean,
                fmt=style.CNN.marker,
                color=style.CNN.color,
                capsize=4,
            )
        axes[1].plot(
            design.untrained,
            row,
            style.CNN.marker,
            markerfacecolor="none",
            color=style.CNN.color,
        )
    axes[0].set(xlabel="validation MSE per pixel", yticks=range(len(results)))
    axes[0].set_yticklabels([design.name.replace("; ", "\n") for design in results])
    axes[0].set_ylim(len(results) - 0.5, -0.5)
    axes[1].set(xlabel="power at period 2 / beside it")
    axes[1].axvline(1, color=style.NEUTRAL, linestyle=":", linewidth=1)
    return figure


def _look(name: str) -> style.Look:
    return style.CNN if name.startswith("CNN") else style.DENSE


def _plain_log(axes: Axes, ticks: Sequence[float], axis: str = "y") -> None:
    """Plain numbers on a logarithmic axis, only those inside its limits."""
    low, high = axes.get_ylim() if axis == "y" else axes.get_xlim()
    low, high = min(low, high), max(low, high)
    inside = [tick for tick in ticks if low <= tick <= high]
    target = axes.yaxis if axis == "y" else axes.xaxis
    target.set_major_locator(NullLocator())
    (axes.set_yticks if axis == "y" else axes.set_xticks)(inside, [f"{t:g}" for t in inside])
    target.set_minor_locator(NullLocator())
