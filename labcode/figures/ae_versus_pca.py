"""Figures of the linear chapter, from the tables of `labcode.experiments.ae_versus_pca`.

Black is PCA and whatever a closed form predicts; shades of one hue are levels of one factor, such
as code sizes, within linear autoencoders.
"""

from textwrap import fill

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from labcode.figures import style
from labcode.figures.source_data import with_source_data


@with_source_data
def spectrum(table: xr.Dataset) -> Figure:
    """Eigenvalues, and the error that PCA leaves at each code size.

    Parameters
    ----------
    table : Dataset
        With `eigenvalue` (component) and `test` (code_size).
    """
    figure, (left, right) = style.subplots(1, 2, height=3.0)
    k, eigenvalues = table.component.values, table.eigenvalue.values
    left.loglog(k, eigenvalues, color=style.PCA.color)
    left.set(xlabel="component i", ylabel="variance along it, $l_i$", ylim=(1e-3, 40))
    discarded = (eigenvalues.sum() - np.cumsum(eigenvalues)) / len(k)
    right.semilogx(k, discarded, color=style.PCA.color, label="closed form, training images")
    right.plot(
        table.code_size,
        table.test,
        "o",
        color=style.PCA.color,
        markerfacecolor="white",
        label="measured, test images",
    )
    right.set(xlabel="code size k", ylabel="MSE per pixel", ylim=(0, 0.09))
    figure.legend(loc="outside lower right", ncols=2)
    return figure


@with_source_data
def saddle(table: xr.Dataset) -> Figure:
    """Loss against steps, from a saddle to the floor.

    Parameters
    ----------
    table : Dataset
        With `loss` (step), and the levels `saddle` and `floor`.
    """
    figure, axes = style.subplots(height=2.8)
    axes.semilogx(table.step[1:], table.loss[1:], color=style.LINEAR.color)
    for level, text in ((table.saddle, "saddle, closed form"), (table.floor, "PCA")):
        axes.axhline(float(level), color=style.PCA.color, linestyle="--", linewidth=1.2)
        axes.text(1, float(level), text, va="bottom", fontsize=10)
    axes.set(xlabel="step of gradient descent", ylabel="MSE per pixel")
    axes.margins(y=0.12)
    return figure


@with_source_data
def surface(table: xr.Dataset) -> Figure:
    """The loss of the smallest autoencoder as a map, with its critical points and one descent.

    Parameters
    ----------
    table : Dataset
        With `loss` (w_2, w_1), `path` (step, axis) and `path_loss` (step).
    """
    figure, (left, right) = style.subplots(1, 2, height=3.1, width_ratios=[1.15, 1])
    levels = np.linspace(0, 8, 17)
    left.contourf(table.w_1, table.w_2, table.loss, levels, cmap="Blues_r", extend="max")
    left.contour(table.w_1, table.w_2, table.loss, levels, colors="white", linewidths=0.5)
    left.plot(*table.path.values.T, color=style.CNN.color)
    critical = {"o": [(1, 0), (-1, 0)], "X": [(0, 1), (0, -1)], "^": [(0, 0)]}
    for (marker, points), name in zip(
        critical.items(), ("minimum: PCA", "saddle", "maximum"), strict=True
    ):
        left.plot(*np.transpose(points), marker, color="black", markerfacecolor="white", label=name)
    left.set(xlabel="weight of component 1", ylabel="of component 2", aspect="equal")
    left.grid(False)
    right.plot(table.path_loss, color=style.CNN.color)
    right.set(xlabel="step of gradient descent", ylabel="squared error", ylim=0)
    figure.legend(loc="outside lower center", ncols=3, fontsize=9)
    return figure


@with_source_data
def directions(pixels: xr.DataArray) -> Figure:
    """Directions as pictures, a row a recipe: blue and red are opposite signs.

    Parameters
    ----------
    pixels : DataArray, dimensions `recipe`, `direction` and `pixel`
    """
    rows = {"components": "PCA", "columns": "columns\nof W2", "repaired": "after the\nrepair"}
    figure, axes = style.subplots(len(rows), pixels.sizes["direction"], height=2.4)
    for line, (recipe, title) in zip(axes, rows.items(), strict=True):
        for panel, one in zip(line, pixels.sel(recipe=recipe), strict=True):
            reach = float(abs(one).max())
            picture = one.values.reshape(28, 28)
            panel.imshow(picture, vmin=-reach, vmax=reach, cmap="RdBu_r")
            style.bare(panel)
        line[0].set_ylabel(title, fontsize=10, rotation=0, ha="right", va="center")
    for panel, number in zip(axes[0], pixels.direction.values, strict=True):
        panel.set_title(str(number), loc="center", fontsize=10)
    return figure


@with_source_data
def descents(minibatch: xr.Dataset, exact: xr.Dataset) -> Figure:
    """Excess loss and decoder angle, for mini-batches and for the exact optimisers.

    Parameters
    ----------
    minibatch, exact : Dataset, dimensions `code_size`, `seed` and `record`
        With `step`, `excess_loss` and `decoder`, an angle in radians.
    """
    figure, axes = style.subplots(2, 2, height=5.4, sharey="row", sharex="col")
    sizes = sorted({*minibatch.code_size.values.tolist(), *exact.code_size.values.tolist()})
    looks = dict(zip(sizes, style.graded(len(sizes)), strict=True))
    for (above, below), table in zip(axes.T, (minibatch, exact), strict=True):
        for k in table.code_size.values.tolist():
            for seed in range(table.sizes["seed"]):
                one = table.sel(code_size=k).isel(seed=seed)
                one = one.isel(record=(one.step > 0).values)
                line = {"color": looks[k].color, "linestyle": looks[k].dashes, "alpha": 0.8}
                above.plot(
                    one.step, abs(one.excess_loss), label=None if seed else f"k = {k}", **line
                )
                below.plot(one.step, one.decoder, **line)
        above.set_yscale("log")
        above.legend()
        below.set_yscale("log")
        below.axhline(np.pi / 2, color=style.NEUTRAL, linewidth=1, linestyle=":")
    axes[0, 0].set(title="Adam in mini-batches", ylabel="loss above PCA's (relative)")
    axes[0, 1].set(title="exact gradients, or least squares", xscale="log")
    axes[1, 0].set(ylabel="largest angle of W2 (rad)", xlabel="epoch")
    axes[1, 1].set(xlabel="step")
    return figure


@with_source_data
def alignments(array: xr.DataArray) -> Figure:
    """|cos| between recovered directions and components, one panel a recipe.

    Parameters
    ----------
    array : DataArray, dimensions `recipe`, `direction` and `component`
        NaN where a recipe has fewer units than others.
    """
    figure, axes = style.subplots(1, array.sizes["recipe"], height=2.9, squeeze=False)
    for panel, recipe in zip(axes[0], array.recipe.values.tolist(), strict=True):
        one = array.sel(recipe=recipe).dropna("direction", how="all").dropna("component", how="all")
        one = one.transpose("direction", "component")
        k = one.sizes["direction"]
        picture = panel.imshow(one.values, vmin=0, vmax=1, cmap="Blues")
        panel.set_title(fill(recipe, 14), fontsize=10)
        panel.set(xticks=[0, k - 1], yticks=[0, k - 1], xlabel="component")
        panel.set_xticklabels([1, k])
        panel.set_yticklabels([1, k])
        panel.grid(False)
    axes[0, 0].set_ylabel("recovered direction")
    figure.colorbar(picture, ax=axes[0].tolist(), label="|cos|", shrink=0.75)
    return figure


@with_source_data
def shrinkage(strengths: xr.Dataset, optimisers: xr.Dataset) -> Figure:
    """Singular values of the decoder: predicted as lines, trained as marks.

    Parameters
    ----------
    strengths, optimisers : Dataset, dimensions `decay` or `optimiser`, and `component`
        With `predicted` and `measured`.
    """
    figure, (left, right) = style.subplots(1, 2, height=3.7)
    for axes, table, factor in ((left, strengths, "decay"), (right, optimisers, "optimiser")):
        levels = table[factor].values.tolist()
        for level, look in zip(levels, style.graded(len(levels)), strict=True):
            one = table.sel({factor: level})
            if factor == "decay":
                axes.plot(one.component, one.predicted, color=look.color, linewidth=1.2)
            label = f"{level:g}" if factor == "decay" else level
            axes.plot(one.component, one.measured, look.marker, color=look.color, label=label)
        axes.set(xlabel="component", ylim=(-0.05, 1.3))
    left.set_ylabel("singular value of W2")
    left.set_title("Fashion-MNIST: lines predict")
    predicted = optimisers.predicted.isel(optimiser=0)
    right.plot(
        predicted.component, predicted, color=style.PCA.color, label="predicted for L2", zorder=1
    )
    right.axhline(1, color=style.NEUTRAL, linewidth=1, linestyle=":")
    right.set_xticks(predicted.component.values)
    right.set_title("made data: three optimisers")
    below = {"fontsize": 9, "loc": "upper center", "bbox_to_anchor": (0.5, -0.2), "ncols": 2}
    left.legend(title="weight decay", title_fontsize=9, **below)
    right.legend(**below)
    return figure


@with_source_data
def learning_curves(table: xr.Dataset) -> Figure:
    """Strength of each component against steps: closed form, aligned and random start.

    Parameters
    ----------
    table : Dataset, dimensions `start`, `step` and `component`
        With `predicted` and `measured`.
    """
    figure, (left, right) = style.subplots(1, 2, height=3.5, sharey=True)
    aligned, random = table.sel(start="aligned"), table.sel(start="random")
    components = table.component.values.tolist()
    for component, look in zip(components, style.graded(len(components)), strict=True):
        predicted, measured, other = (
            array.sel(component=component)
            for array in (aligned.predicted, aligned.measured, random.measured)
        )
        left.plot(predicted.step, predicted, color=style.PCA.color, linewidth=1)
        left.plot(
            measured.step[::3],
            measured[::3],
            look.marker,
            color=look.color,
            markersize=4,
            label=f"component {component}",
        )
        right.plot(other.step, other, color=look.color)
    for axes, title in ((left, "aligned start"), (right, "random start")):
        axes.set(xscale="log", xlabel="step of gradient descent", title=title)
        axes.set_xlim(left=10)
        axes.xaxis.set_minor_locator(NullLocator())
    left.set_ylabel("share of the component in W2 W1")
    figure.legend(
        fontsize=9, loc="outside lower center", ncols=5, handletextpad=0.3, columnspacing=1.2
    )
    return figure


def descent_of_singular_values(steps: np.ndarray, excess: np.ndarray, values: np.ndarray) -> Figure:
    """The loss above PCA's, and the singular values of W2 W1, against steps.

    It is the picture of an instrument, which has no file of numbers.

    Parameters
    ----------
    steps : ndarray, shape (r,)
    excess : ndarray, shape (r,)
        Loss relative to PCA's, minus one.
    values : ndarray, shape (r, k)
    """
    figure, (left, right) = style.subplots(1, 2, height=2.6)
    left.plot(steps, excess, color=style.LINEAR.color)
    right.plot(steps, values, color=style.LINEAR.color, linewidth=1.2)
    left.set(yscale="log", title="loss above PCA's (relative)")
    right.set_title("singular values of W2 W1")
    for axes in (left, right):
        axes.set(xscale="log", xlabel="step of gradient descent")
        axes.xaxis.set_minor_locator(NullLocator())
    return figure
