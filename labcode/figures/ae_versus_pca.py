"""Figures of Chapter 2."""

from collections.abc import Sequence
from textwrap import fill

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from labcode.experiments.ae_versus_pca import (
    CodeSizes,
    Descent,
    Floor,
    LearningCurves,
    LinearOutput,
    Recovery,
    Saddle,
    Shrinkage,
)
from labcode.figures import style


def spectrum(floor: Floor) -> Figure:
    """Eigenvalues, and the error that PCA leaves at each code size."""
    figure, (left, right) = style.subplots(1, 2, height=3.0)
    k = np.arange(1, len(floor.eigenvalues) + 1)
    left.loglog(k, floor.eigenvalues, color=style.PCA.color)
    left.set(xlabel="component i", ylabel="variance along it, $l_i$", ylim=(1e-3, 40))
    discarded = (floor.eigenvalues.sum() - np.cumsum(floor.eigenvalues)) / len(k)
    right.semilogx(k, discarded, color=style.PCA.color, label="closed form, training images")
    right.plot(
        floor.code_sizes,
        floor.test,
        "o",
        color=style.DENSE.color,
        label="measured, test images",
    )
    right.set(xlabel="code size k", ylabel="MSE per pixel", ylim=(0, 0.09))
    figure.legend(loc="outside lower right", ncols=2)
    return figure


def descents(exact: Sequence[Descent], minibatch: Sequence[Descent]) -> Figure:
    """Excess loss and decoder angle, for mini-batches and for the exact optimisers."""
    figure, axes = style.subplots(2, 2, height=5.4, sharey="row", sharex="col")
    looks = {2: style.DENOISING, 8: style.CNN, 10: style.DENSE, 32: style.VAE}
    for column, group in enumerate((minibatch, exact)):
        for descent in group:
            look = looks[descent.code_size]
            label = f"k = {descent.code_size}" if descent.seed == group[0].seed else None
            later = descent.step > 0
            style_of = {"color": look.color, "linestyle": look.dashes, "alpha": 0.8}
            axes[0, column].plot(
                descent.step[later],
                np.abs(descent.excess_loss[later]),
                label=label,
                **style_of,
            )
            axes[1, column].plot(descent.step[later], descent.decoder[later], **style_of)
        for row in (0, 1):
            axes[row, column].set_yscale("log")
    for column in (0, 1):
        axes[0, column].legend()
    axes[0, 0].set(title="Adam in mini-batches", ylabel="loss above PCA's (relative)")
    axes[0, 1].set(title="exact gradients, or least squares", xscale="log")
    axes[1, 0].set(ylabel="largest angle of W2 (rad)", xlabel="epoch")
    axes[1, 1].set(xlabel="step")
    axes[1, 0].axhline(np.pi / 2, color=style.NEUTRAL, linewidth=1, linestyle=":")
    axes[1, 1].axhline(np.pi / 2, color=style.NEUTRAL, linewidth=1, linestyle=":")
    return figure


def saddle(result: Saddle) -> Figure:
    """Loss against steps, from a saddle to the floor."""
    figure, axes = style.subplots(height=2.8)
    axes.semilogx(result.step[1:], result.loss[1:], color=style.LINEAR.color)
    for level, text in (
        (result.saddle_loss, "saddle, closed form"),
        (result.floor, "PCA"),
    ):
        axes.axhline(level, color=style.PCA.color, linestyle="--", linewidth=1.2)
        axes.text(1, level, text, va="bottom", fontsize=10)
    axes.set(xlabel="step of gradient descent", ylabel="MSE per pixel")
    axes.margins(y=0.12)
    return figure


def alignments(recoveries: Sequence[Recovery]) -> Figure:
    """|cos| between recovered directions and components, one panel a recipe."""
    figure, axes = style.subplots(1, len(recoveries), height=2.9, squeeze=False)
    for panel, recovery in zip(axes[0], recoveries, strict=True):
        k = len(recovery.alignment)
        picture = panel.imshow(recovery.alignment, vmin=0, vmax=1, cmap="Blues")
        panel.set_title(fill(recovery.label, 14), fontsize=10)
        panel.set(xticks=[0, k - 1], yticks=[0, k - 1], xlabel="component")
        panel.set_xticklabels([1, k])
        panel.set_yticklabels([1, k])
        panel.grid(False)
    axes[0, 0].set_ylabel("recovered direction")
    figure.colorbar(picture, ax=axes[0].tolist(), label="|cos|", shrink=0.75)
    return figure


def shrinkage(by_strength: Sequence[Shrinkage], by_optimiser: Sequence[Shrinkage]) -> Figure:
    """Singular values of the decoder: predicted, and trained."""
    figure, (left, right) = style.subplots(1, 2, height=3.7)
    looks = (style.DENSE, style.CNN, style.DENOISING, style.VAE)
    for look, result in zip(looks, by_strength, strict=True):
        unit = np.arange(1, len(result.measured) + 1)
        left.plot(unit, result.predicted, color=look.color, linewidth=1.2)
        left.plot(
            unit,
            result.measured,
            look.marker,
            color=look.color,
            label=f"{result.label}",
        )
    left.set(xlabel="component", ylabel="singular value of W2", ylim=(-0.05, 1.3))
    left.legend(
        title="weight decay",
        title_fontsize=9,
        fontsize=9,
        loc="upper center",
        bbox_to_anchor=(0.5, -0.2),
        ncols=2,
    )
    left.set_title("Fashion-MNIST: lines predict")
    for look, result in zip(looks, by_optimiser, strict=False):
        unit = np.arange(1, len(result.measured) + 1)
        right.plot(unit, result.measured, look.marker, color=look.color, label=result.label)
    right.plot(unit, by_optimiser[0].predicted, color=style.PCA.color, label="predicted for L2")
    right.axhline(1, color=style.NEUTRAL, linewidth=1, linestyle=":")
    right.set(xlabel="component", ylim=(-0.05, 1.3), xticks=unit)
    right.set_title("made data: three optimisers")
    right.legend(fontsize=9, loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=2)
    return figure


def learning_curves(result: LearningCurves) -> Figure:
    """Strength of each component against steps: closed form, aligned and random start."""
    figure, (left, right) = style.subplots(1, 2, height=3.5, sharey=True)
    looks = (style.DENSE, style.CNN, style.DENOISING, style.VAE, style.LINEAR)
    for column, mode in enumerate(result.modes):
        look = looks[column]
        left.plot(result.step, result.predicted[:, column], color=style.PCA.color, linewidth=1)
        left.plot(
            result.step[::3],
            result.measured[::3, column],
            look.marker,
            color=look.color,
            markersize=4,
            label=f"component {mode}",
        )
        right.plot(result.step, result.random_start[:, column], color=look.color)
    for axes, title in ((left, "aligned start"), (right, "random start")):
        axes.set(xscale="log", xlabel="step of gradient descent", title=title)
        axes.set_xlim(left=10)
        axes.xaxis.set_minor_locator(NullLocator())
    left.set_ylabel("share of the component in W2 W1")
    figure.legend(
        fontsize=9, loc="outside lower center", ncols=5, handletextpad=0.3, columnspacing=1.2
    )
    return figure


def linear_output(result: LinearOutput) -> Figure:
    """Training error of the two outputs beside PCA's."""
    figure, axes = style.subplots(height=1.9)
    rows = ((result.affine, style.LINEAR), (result.sigmoid, style.DENSE))
    for row, (network, look) in enumerate(rows):
        error = network.error
        half = error.high - error.mean
        axes.errorbar(error.mean, row, xerr=half, fmt=look.marker, color=look.color, capsize=4)
    axes.axvline(result.pca, color=style.PCA.color, linestyle="--")
    axes.text(result.pca, 1.62, "PCA", ha="center", fontsize=10)
    axes.set(yticks=[0, 1], ylim=(-0.6, 1.6), xlabel="training MSE per pixel")
    axes.set_yticklabels([network.label for network, _ in rows])
    return figure


def error_against_code_size(result: CodeSizes) -> Figure:
    """Test error of each kind of autoencoder, as a share of PCA's."""
    figure, axes = style.subplots(height=3.6)
    looks = {
        "linear AE": style.LINEAR,
        "shallow AE": style.DENSE,
        "deep AE": style.DEEP,
    }
    k = result.code_sizes
    axes.axhline(1, color=style.PCA.color, linestyle="--", label="PCA")
    axes.plot(
        k,
        result.pca_clipped / result.pca,
        color=style.PCA.color,
        linestyle=":",
        label="PCA, clipped",
    )
    for label, look in looks.items():
        tests = [result.of(label, size).error for size in k]
        mean, low, high = (
            np.array([getattr(test, part) for test in tests]) / result.pca
            for part in ("mean", "low", "high")
        )
        axes.plot(k, mean, label=label, **look.line())
        style.band(axes, k, low, high, look)
    axes.set(xscale="log", xlabel="code size k", ylabel="test MSE / PCA's test MSE")
    axes.set_xticks(k, [str(size) for size in k])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.legend()
    return figure
