"""Figures of the nonlinear chapter, from the tables of `labcode.experiments.beyond_linear`.

Black is PCA. Light and dark blue are networks without and with hidden layers; a dashed line is one
whose code passes a ReLU.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator, PercentFormatter
from torch import Tensor

from labcode.designs.contrast import Contrast, Interval, interval, over_seeds
from labcode.experiments.beyond_linear.nonlinear import (
    DEEP,
    DEEP_RELU,
    LINEAR,
    SHALLOW,
    SHALLOW_RELU,
)
from labcode.experiments.beyond_linear.opponents import KERNEL, LOCAL
from labcode.figures import style
from labcode.figures.source_data import with_source_data
from labcode.scores.memory import BY_PCA, NEAREST, SPAN

TINY = 1e-12

LOOKS = {
    LINEAR: style.LINEAR,
    SHALLOW: style.DENSE,
    SHALLOW_RELU: style.Look(style.DENSE.color, "^", "--"),
    DEEP: style.DEEP,
    DEEP_RELU: style.Look(style.DEEP.color, "P", "--"),
    LOCAL: style.MIXTURE,
    KERNEL: style.Look(style.PCA.color, "x", "-."),
}


@with_source_data
def curve(table: xr.Dataset) -> Figure:
    """Points near an arc, what one number can give back of them, and where each point goes.

    Parameters
    ----------
    table : Dataset, dimensions `network`, `machine`, `point`, `place` and `axis`
        Of one seed: `shown`, `restored`, `curve`.
    """
    figure, axes = style.subplots(1, 3, height=2.2, sharex=True, sharey=True)
    linear, nonlinear = table.network.values.tolist()
    panels = (
        ("PCA", linear, "PCA", style.PCA),
        ("linear network", linear, "autoencoder", style.LINEAR),
        ("nonlinear network", nonlinear, "autoencoder", style.DEEP),
    )
    for panel, (title, network, machine, look) in zip(axes, panels, strict=True):
        one = table.sel(network=network, machine=machine)
        points, restored = one.shown.values, one.restored.values
        panel.plot(*np.stack([points, restored], 1).T, color=style.FAINT, linewidth=0.8)
        panel.plot(*points.T, ".", color=style.NEUTRAL, markersize=4)
        panel.plot(*one.curve.values.T, color=look.color, linewidth=2)
        panel.set(title=title, aspect="equal", xticks=[0, 0.5, 1], yticks=[0, 0.5, 1])
        panel.title.set_fontsize(10)
    return figure


@with_source_data
def affine_output(train_mse: xr.DataArray, pca: float) -> Figure:
    """Training error of the two outputs beside PCA's.

    Parameters
    ----------
    train_mse : DataArray, dimensions `output` and `seed`
    pca : float
        PCA's training MSE per pixel.
    """
    figure, axes = style.subplots(height=1.9)
    outputs = train_mse.output.values.tolist()
    for row, output in enumerate(outputs):
        error = over_seeds(train_mse.sel(output=output))
        fill = "white" if output == "affine" else style.DENSE.color
        _dot(axes, error, row, style.DENSE.color, fill)
    axes.axvline(pca, color=style.PCA.color, linestyle="--")
    axes.text(pca, 1.62, "PCA", ha="center", fontsize=10)
    axes.set(yticks=[0, 1], ylim=(-0.6, 1.6), xlabel="training MSE per pixel")
    axes.set_yticklabels([f"{output} output" for output in outputs])
    return figure


@with_source_data
def against_pca(test_mse: xr.DataArray, opponents: xr.DataArray, by_pca: xr.Dataset) -> Figure:
    """Test error of networks, and of opponents without one, as a share of clipped PCA's.

    Parameters
    ----------
    test_mse : DataArray, dimensions `network`, `code_size` and `seed`
        NaN where a seed was left out.
    opponents : DataArray, dimensions `opponent` and `code_size`
    by_pca : Dataset, dimension `code_size`
        PCA's test MSE per pixel, `plain` and `clipped`.
    """
    figure, (left, right) = style.subplots(1, 2, height=4.3, sharey=True)
    k, pca = by_pca.code_size.values.tolist(), by_pca.clipped.values
    for network in test_mse.network.values.tolist():
        errors = [
            interval(test_mse.sel(network=network, code_size=size).dropna("seed")) for size in k
        ]
        mean, low, high = (
            np.array([getattr(error, part) for error in errors]) / pca
            for part in ("mean", "low", "high")
        )
        left.plot(k, mean, label=network, **LOOKS[network].line())
        style.band(left, k, low, high, LOOKS[network])
    for opponent in (LOCAL, KERNEL):
        right.plot(
            k, opponents.sel(opponent=opponent) / pca, label=opponent, **LOOKS[opponent].line()
        )
    right.plot(
        k, by_pca.plain / pca, color=style.PCA.color, linestyle=":", label="PCA, not clipped"
    )
    left.set_title("networks")
    right.set_title("without a network")
    for panel in (left, right):
        panel.axhline(1, color=style.PCA.color, linestyle="--")
        _code_sizes(panel, k)
        panel.legend(fontsize=9, loc="upper center", bbox_to_anchor=(0.5, -0.2))
    left.set_ylabel("test MSE / clipped PCA's")
    left.yaxis.set_major_formatter(PercentFormatter(1, 0))
    return figure


@with_source_data
def learning(validation: xr.DataArray, by_pca: xr.DataArray) -> Figure:
    """Validation error against epochs, as a share of PCA's, one panel a code size.

    Parameters
    ----------
    validation : DataArray, dimensions `network`, `code_size`, `seed` and `epoch`
    by_pca : DataArray, dimension `code_size`
        Clipped PCA's error on the same validation images.
    """
    sizes = validation.code_size.values.tolist()
    figure, axes = style.subplots(1, len(sizes), height=3.4, sharey=True)
    for panel, k in zip(axes, sizes, strict=True):
        share = validation.sel(code_size=k) / by_pca.sel(code_size=k)
        for network in share.network.values.tolist():
            mean = share.sel(network=network).mean("seed")
            look = LOOKS[network]
            panel.plot(mean.epoch, mean, color=look.color, linestyle=look.dashes, label=network)
        panel.axhline(1, color=style.PCA.color, linestyle="--")
        panel.set(title=f"k = {k}", xlabel="epoch", xscale="log", yscale="log")
        panel.xaxis.set_minor_locator(NullLocator())
        panel.xaxis.set_major_locator(FixedLocator([1, 3, 10, 30]))
        panel.set_xticklabels(["1", "3", "10", "30"])
    axes[0].set(ylabel="validation MSE / PCA's", ylim=(0.4, None))
    ticks = [0.5, 1, 2, 4]
    axes[0].yaxis.set_major_locator(FixedLocator(ticks))
    axes[0].yaxis.set_minor_locator(NullLocator())
    axes[0].set_yticklabels([f"{tick:g}" for tick in ticks])
    handles = axes[0].get_legend_handles_labels()
    figure.legend(*handles, loc="outside lower center", ncols=3, fontsize=9)
    return figure


@with_source_data
def depth_and_code(found: Mapping[tuple[int, str], Contrast]) -> Figure:
    """What hidden layers, and a ReLU on the code, change of the test error, by code size.

    Parameters
    ----------
    found : mapping of (int, str) to Contrast
        By code size and `depth`, `code` or `depth x code`: differences of logarithms.
    """
    names = {
        "depth": "two hidden layers",
        "code": "ReLU on the code",
        "depth x code": "both at once",
    }
    figure, axes = style.subplots(1, 3, height=2.7, sharey=True)
    sizes = sorted({k for k, _ in found})
    for panel, (name, title) in zip(axes, names.items(), strict=True):
        for row, k in enumerate(sizes):
            _dot(panel, found[k, name], row, style.DEEP.color, style.DEEP.color)
        panel.axvline(0, color=style.NEUTRAL, linewidth=1)
        panel.set(title=title, xlabel="log of test MSE")
        panel.title.set_fontsize(10)
    axes[0].set(yticks=range(len(sizes)), ylabel="code size k")
    axes[0].set_yticklabels([str(k) for k in sizes])
    axes[0].invert_yaxis()
    return figure


@with_source_data
def few_images(test_mse: xr.DataArray, by_pca: xr.DataArray, counts: Sequence[int]) -> Figure:
    """Test error as a share of PCA's of the same images, against how many these are.

    Parameters
    ----------
    test_mse : DataArray, dimensions `network`, `share`, `code_size` and `seed`
    by_pca : DataArray, dimensions `share` and `code_size`
        Clipped.
    counts : sequence of int
        Training images, by `share`.
    """
    networks = test_mse.network.values.tolist()
    figure, axes = style.subplots(1, len(networks), height=3.2, sharey=True)
    sizes = test_mse.code_size.values.tolist()
    for panel, network in zip(axes, networks, strict=True):
        for k, look in zip(sizes, style.graded(len(sizes)), strict=True):
            ratio = (test_mse / by_pca).sel(network=network, code_size=k)
            errors = [interval(one) for one in ratio.transpose("share", "seed").values]
            mean, low, high = (
                [getattr(error, part) for error in errors] for part in ("mean", "low", "high")
            )
            panel.plot(counts, mean, label=f"k = {k}", **look.line())
            style.band(panel, counts, low, high, look)
        panel.axhline(1, color=style.PCA.color, linestyle="--")
        panel.set(title=network, xlabel="training images", xscale="log")
    axes[0].set_ylabel("test MSE / clipped PCA's")
    axes[0].yaxis.set_major_formatter(PercentFormatter(1, 0))
    axes[0].legend(fontsize=9)
    return figure


@with_source_data
def memorising(table: xr.Dataset, linear: xr.DataArray) -> Figure:
    """Training and test error against the number of images, and where iterates end.

    Parameters
    ----------
    table : Dataset, dimensions `images`, `seed` and `start`
        `train_mse`, `test_mse`, `attractors`, and `ends_at_image` by `start`.
    linear : DataArray, dimensions `images` and `machine`
        Test MSE per pixel of the linear network and of PCA; 0 is left out, on this axis.
    """
    figure, (left, right) = style.subplots(1, 2, height=4.2)
    n = table.images.values.tolist()
    deep, open_deep = style.DEEP, style.Look(style.DEEP.color, "o", "--")
    for name, label, look in (
        ("test_mse", "deep, test images", deep),
        ("train_mse", "deep, training images", open_deep),
    ):
        _over_images(left, n, table[name], label, look)
    for machine, look in ((SPAN, style.LINEAR), (BY_PCA, style.PCA)):
        errors = linear.sel(machine=machine).where(lambda error: error > TINY)
        left.plot(n, errors, label=f"{machine}, test images", **look.line())
    for start, look in zip(table.start.values.tolist(), style.graded(3), strict=True):
        _over_images(right, n, table.ends_at_image.sel(start=start), f"from {start}", look)
    _over_images(right, n, table.attractors, "deep: images that attract", deep)
    left.set(yscale="log", ylabel="MSE per pixel")
    right.set(ylim=(-0.05, 1.05), ylabel="share")
    right.yaxis.set_major_formatter(PercentFormatter(1, 0))
    for panel in (left, right):
        panel.set(xscale="log", xlabel="training images")
        panel.xaxis.set_minor_locator(NullLocator())
        panel.legend(fontsize=9, loc="upper center", bbox_to_anchor=(0.5, -0.2))
    return figure


@with_source_data
def iterates(paths: xr.DataArray) -> Figure:
    """What becomes of an image that a network is fed again and again, a row each.

    Parameters
    ----------
    paths : DataArray, dimensions `images`, `path`, `step`, `row` and `column`
        The last step is the nearest training image.
    """
    rows = [(n, path) for n in paths.images.values.tolist() for path in range(paths.sizes["path"])]
    steps = paths.step.values.tolist()
    figure, axes = style.subplots(len(rows), len(steps), height=0.78 * len(rows))
    for line, (n, path) in zip(axes, rows, strict=True):
        for panel, step in zip(line, steps, strict=True):
            style.image(panel, paths.sel(images=n, step=step).isel(path=path).values)
        label = f"{n} images" if path == 0 else ""
        line[0].set_ylabel(label, fontsize=9, rotation=0, ha="right", va="center")
    for panel, step in zip(axes[0], steps, strict=True):
        title = step if step == NEAREST else f"step {step}"
        panel.set_title(title, loc="center", fontsize=9)
    return figure


@with_source_data
def atoms_found(penalised: xr.DataArray, learned: xr.DataArray, top_k: xr.DataArray) -> Figure:
    """How many planted atoms each method finds, against its penalty.

    Parameters
    ----------
    penalised, learned : DataArray, dimensions `penalty` and `seed`
        Atoms found by sparse autoencoders and by dictionary learning.
    top_k : DataArray, dimensions `active`, of one, and `seed`
        By autoencoders without a penalty: a line across.
    """
    figure, axes = style.subplots(height=3.2)
    penalties = penalised.penalty.values.tolist()
    for found, label, look in (
        (penalised, "sparse autoencoder, L1", style.DENSE),
        (learned, "dictionary learning (scikit-learn)", style.CLASSICAL),
    ):
        errors = [interval(found.sel(penalty=penalty)) for penalty in penalties]
        means = [error.mean for error in errors]
        axes.plot(penalties, means, label=label, **look.line())
        band = ([error.low for error in errors], [error.high for error in errors])
        style.band(axes, penalties, *band, look)
    across = float(top_k.mean())
    axes.axhline(across, color=style.DENSE.color, linestyle=":", label="sparse autoencoder, top-k")
    axes.set(xscale="log", xlabel="L1 penalty", ylabel="planted atoms found")
    axes.set_xticks(penalties, [f"{penalty:g}" for penalty in penalties])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.legend(fontsize=9, loc="upper center", bbox_to_anchor=(0.5, -0.2))
    return figure


@with_source_data
def pictures(rows: Mapping[str, Tensor | np.ndarray]) -> Figure:
    """The same garments as they are, and as each method gives them back, a row each.

    Parameters
    ----------
    rows : mapping of str to Tensor or ndarray, shape (n, 28, 28)
    """
    columns = len(next(iter(rows.values())))
    figure, axes = style.subplots(len(rows), columns, height=0.62 * len(rows))
    for line, (name, images) in zip(axes, rows.items(), strict=True):
        for panel, pixels in zip(line, images, strict=True):
            style.image(panel, pixels)
        line[0].set_ylabel(name, fontsize=9, rotation=0, ha="right", va="center")
    return figure


@with_source_data
def plane_of_codes(codes: Mapping[str, np.ndarray], labels: Tensor, names: Sequence[str]) -> Figure:
    """Codes of two numbers, a colour a class.

    Parameters
    ----------
    codes : mapping of str to ndarray, shape (n, 2)
        By method.
    labels : Tensor, shape (n,)
    names : sequence of str
        Of the classes.
    """
    figure, axes = style.subplots(1, len(codes), height=3.3)
    for panel, (method, points) in zip(axes, codes.items(), strict=True):
        for number, name in enumerate(names):
            own = points[(labels == number).numpy()]
            panel.scatter(*own.T, s=5, linewidths=0, color=f"C{number}", label=name)
        panel.set(title=method, xlabel="first number", xticks=[], yticks=[])
    axes[0].set_ylabel("second number")
    legend = axes[0].get_legend_handles_labels()
    figure.legend(*legend, loc="outside lower center", ncols=5, fontsize=8, markerscale=2.5)
    return figure


def _over_images(
    axes: Axes, n: Sequence[int], values: xr.DataArray, label: str, look: style.Look
) -> None:
    """Means over seeds against the number of images, with all seeds' range as a band."""
    values = values.transpose("images", "seed")
    axes.plot(n, values.mean("seed"), label=label, **look.line())
    style.band(axes, n, values.min("seed"), values.max("seed"), look)


def _dot(axes: Axes, value: Interval | float, row: int, color: str, fill: str) -> None:
    mean, error = (
        (value, None) if isinstance(value, float) else (value.mean, value.high - value.mean)
    )
    axes.errorbar(mean, row, xerr=error, fmt="o", color=color, markerfacecolor=fill, capsize=4)


def _code_sizes(axes: Axes, sizes: Sequence[int]) -> None:
    axes.set(xscale="log", xlabel="code size k")
    axes.set_xticks(sizes, [str(size) for size in sizes])
    axes.xaxis.set_minor_locator(NullLocator())


@with_source_data
def order(stairs: xr.DataArray, times: xr.Dataset) -> Figure:
    """When each component is learned: one network step by step, and all against theory.

    Parameters
    ----------
    stairs : DataArray, dimensions `step` and `component`
        Shares of each component's variance.
    times : Dataset, dimensions `network`, `seed` and `component`
        `time` in steps, NaN where a component is never learned, and `variance`.
    """
    figure, (left, right) = style.subplots(1, 2, height=3.6)
    for component in stairs.component.values.tolist():
        one = stairs.sel(component=component)
        left.plot(one.step[1:], one[1:], color=style.DENSE.color, linewidth=1.2)
        height = 0.1 + 0.1 * component  # so that numbers of curves close by stand apart
        there = one.step.values[(one.values >= height).argmax()]
        left.annotate(str(component), (there, height), fontsize=9, ha="right", va="center")
    left.set(xscale="log", xlabel="step", ylabel="share of its variance", ylim=(0, 1.05))
    left.set_title("components 1 to 8")
    slower = times.variance.sel(component=1) / times.variance
    later = times.time / times.time.sel(component=1)
    for name, look in ORDERED.items():
        x, y = (part.sel(network=name).values.ravel() for part in (slower, later))
        label = name if name == "linear" else f"shallow, {name}"
        right.plot(x, y, look.marker, color=look.color, label=label, markersize=5, alpha=0.7)
    ends = (1.0, float(slower.max()))
    right.plot(ends, ends, "--", color=style.PCA.color, label="in proportion")
    right.set(xscale="log", yscale="log", xlabel="variance of the first / its own")
    right.set(ylabel="its time / the first one's")
    right.legend(fontsize=8)
    return figure


ORDERED = {
    "linear": style.LINEAR,
    "erf": style.DENSE,
    "ReLU": style.Look(style.DENSE.color, "^", "--"),
    "erf, tied": style.Look(style.DENSE.color, "x", ":"),
}


@with_source_data
def signs(error: xr.DataArray, limits: Mapping[int, float], dimension: int) -> Figure:
    """What codes of signs leave, trained and at best, beside codes of numbers.

    Parameters
    ----------
    error : DataArray, dimensions `signs` and `seed`
    limits : mapping of int to float
        The least error, by number of signs.
    dimension : int
        d.
    """
    figure, panel = style.subplots(height=3.0)
    rates = np.linspace(0, 1, 50)
    panel.plot(rates, 1 - rates, color=style.PCA.color, label="PCA: k numbers")
    panel.plot(rates, 1 - 2 * rates / np.pi, "--", color=style.NEUTRAL, label="k signs, at best")
    panel.plot(rates, 4.0**-rates, ":", color=style.NEUTRAL, label="any code of k bits, at best")
    found = error.transpose("signs", "seed")
    for seed in found.seed.values.tolist():
        panel.plot(
            [k / dimension for k in limits],
            found.sel(seed=seed),
            style.DENSE.marker,
            color=style.DENSE.color,
            label="shallow, trained" if seed == found.seed.values[0] else None,
        )
    panel.set(xlabel="k/d", ylabel="error / variance", xlim=(0, 1.03), ylim=(0, 1.02))
    panel.legend(fontsize=9)
    return figure
