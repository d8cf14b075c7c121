"""Figures of Chapter 5's first half: likelihood, rate and distortion."""

from collections.abc import Sequence
from textwrap import fill
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from labcode.experiments.ae_versus_vae import (
    Bounds,
    Collapse,
    GaussianLikelihoods,
    Level,
    LinearFit,
    Normaliser,
    OutsideCheck,
    RateDistortion,
    Reparameterisation,
)
from labcode.figures import style


def reparameterisation(result: Reparameterisation) -> Figure:
    """Noise becoming codes, and what it does to the spread of the gradient."""
    figure, (left, right) = style.subplots(1, 2, height=3.1, width_ratios=(1, 1.25))
    for noise, code in zip(result.noise, result.codes, strict=True):
        left.plot([noise, code], [1, 0], color=style.VAE.color, linewidth=1, alpha=0.7)
    left.plot(result.noise, np.ones_like(result.noise), "o", color=style.NEUTRAL)
    left.plot(result.codes, np.zeros_like(result.codes), style.VAE.marker, color=style.VAE.color)
    left.set(yticks=[0, 1], ylim=(-0.3, 1.3), xlabel="value")
    left.set_yticklabels(["z = m + s e", "e ~ N(0, 1)"])
    low, high = np.percentile(result.score_function, [0, 97])
    bins = np.linspace(low, high, 50).tolist()
    for estimates, color, label in (
        (result.score_function, style.NEUTRAL, "score function"),
        (result.through_sample, style.VAE.color, "through the sample"),
    ):
        right.hist(estimates, bins, color=color, alpha=0.65, density=True, label=label)
    right.axvline(result.gradient, color="black", linewidth=1.2, linestyle="--", label="exact")
    right.set(xlabel="estimate from one sample", yticks=[])
    right.legend(loc="upper right", fontsize=9)
    return figure


def collapses(results: Sequence[Collapse]) -> Figure:
    """Rate of each unit of linear VAEs, measured on lines that predict."""
    figure, axes = style.subplots(1, len(results), height=2.9, sharey=True, squeeze=False)
    for panel, result in zip(axes[0], results, strict=True):
        unit = np.arange(1, len(result.rates) + 1)
        panel.bar(unit, result.rates, color=style.VAE.color, label="trained")
        panel.plot(unit, result.predicted, "_", color="black", markersize=14, label="predicted")
        panel.set(xlabel="unit", xticks=unit[::2])
        panel.set_title(f"v fixed at {result.variance:g}: {result.predicted_active} directions")
    axes[0, 0].set_ylabel("rate (nats)")
    axes[0, -1].legend()
    return figure


def linear_fits(fits: Sequence[LinearFit]) -> Figure:
    """How far trained linear VAEs are below the largest log-likelihood."""
    figure, axes = style.subplots(height=2.5)
    rows = range(len(fits))
    for values, look, label in (
        ([fit.log_likelihood for fit in fits], style.LINEAR, "log-likelihood"),
        ([fit.elbo for fit in fits], style.VAE, "ELBO"),
    ):
        axes.plot(values, rows, look.marker, color=look.color, label=label)
    axes.axvline(fits[0].best, color=style.PCA.color, linestyle="--", label="pPCA, closed form")
    axes.set(yticks=rows, ylim=(-0.6, len(fits) - 0.4))
    axes.set_yticklabels([f"seed {fit.seed}" for fit in fits])
    axes.set_xlabel("nats an image")
    figure.legend(fontsize=9, loc="outside lower center", ncols=3)
    return figure


def bounds(linear: Sequence[Bounds], outside: Bounds) -> Figure:
    """The gap of the bound against samples: to the truth, and to the best bound."""
    figure, (left, right) = style.subplots(1, 2, height=3.1)
    for result in linear:
        left.errorbar(
            result.samples, result.gap, yerr=result.error, capsize=3, **style.LINEAR.line()
        )
    left.axhspan(-0.1, 0.1, color=style.FAINT, alpha=0.4, linewidth=0)
    left.set(xscale="log", xlabel="samples K", ylabel="nats below (mean)")
    left.set_title("linear VAE: below the truth")
    right.errorbar(
        outside.samples[:-1],
        outside.gap[:-1],
        yerr=outside.error[:-1],
        capsize=3,
        **style.VAE.line(),
    )
    right.set(xscale="log", xlabel="samples K", ylim=(0, None))
    right.set_title(f"nonlinear VAE: below K = {outside.samples[-1]:,}")
    for axes, samples in ((left, linear[0].samples), (right, outside.samples[:-1])):
        axes.set_xticks(list(samples), [str(count) for count in samples])
        axes.xaxis.set_minor_locator(NullLocator())
    return figure


def rate_distortion(result: RateDistortion) -> Figure:
    """VAEs in the rate-distortion plane, and the curve of linear ones."""
    figure, axes = style.subplots(height=3.8)
    curve = result.curve
    axes.plot(curve[:, 0], curve[:, 1], color=style.PCA.color, linestyle="--", label="pPCA")
    rates = [level.rate for level in result.levels]
    axes.plot(rates, [level.distortion for level in result.levels], label="VAE", **style.VAE.line())
    silent = [level for level in result.levels if level.rate < 0.5]
    if silent:
        text = ", ".join(f"{level.level:.3g}" for level in silent)
        _mark(axes, silent[0], text, (6, 5), "left")
    for level in result.levels:
        if level not in silent:
            _mark(axes, level, f"{level.level:.3g}", (-5, -12), "right")
    axes.set(yscale="log", xlabel="rate (nats an image)", ylabel="distortion (squared error)")
    ticks = [5, 10, 20, 40, 70]
    axes.set_yticks(ticks, [str(tick) for tick in ticks])
    axes.yaxis.set_minor_locator(NullLocator())
    axes.legend()
    return figure


def _mark(
    axes: Axes, level: Level, text: str, offset: tuple[int, int], side: Literal["left", "right"]
) -> None:
    axes.annotate(
        text,
        (level.rate, level.distortion),
        xytext=offset,
        textcoords="offset points",
        ha=side,
        fontsize=9,
        color=style.VAE.color,
    )


def losses(levels: Sequence[Level], images: np.ndarray) -> Figure:
    """Reconstructions of VAEs trained with losses that popular code writes."""
    rows = [("test images", images)] + [
        (f"{fill(level.label, 22)}\n{level.active} units in use", level.reconstructions)
        for level in levels
    ]
    figure, axes = style.subplots(
        len(rows), len(images) + 1, height=0.6 * len(rows), width_ratios=(4.2, *[1] * len(images))
    )
    for line, (label, pictures) in zip(axes, rows, strict=True):
        line[0].axis("off")
        text = line[0].text(0, 0.5, label, va="center", fontsize=9, transform=line[0].transAxes)
        text.set_in_layout(False)
        for panel, picture in zip(line[1:], pictures, strict=True):
            style.image(panel, picture)
    return figure


def normaliser(result: Normaliser) -> Figure:
    """What the Bernoulli formula integrates to on grey pixels."""
    figure, axes = style.subplots(height=2.6)
    axes.plot(result.p, result.integral, color=style.VAE.color)
    axes.axhline(1, color="black", linestyle="--", linewidth=1.2)
    axes.text(0.5, 0.97, "a density integrates to 1", va="top", ha="center", fontsize=10)
    axes.set(xlabel="the decoder's output p", ylabel="integral over [0, 1]", ylim=(0, 1.05))
    return figure


def likelihoods(result: GaussianLikelihoods) -> Figure:
    """Test log-likelihood of the VAE and of probabilistic PCA."""
    figure, axes = style.subplots(height=1.9)
    half = result.vae.high - result.vae.mean
    axes.errorbar(
        result.vae.mean, 0, xerr=half, fmt=style.VAE.marker, color=style.VAE.color, capsize=4
    )
    axes.axvline(result.ppca, color=style.PCA.color, linestyle="--")
    axes.text(result.ppca, 0.72, "pPCA, exact", ha="center", fontsize=10)
    names = ["dense VAE"]
    if result.conv is not None:
        axes.plot(result.conv, -1, style.CNN.marker, color=style.CNN.color)
        names.append("convolutional VAE")
    axes.set(yticks=[-row for row in range(len(names))], ylim=(0.4 - len(names), 0.6))
    axes.set_yticklabels(names)
    axes.set_xlabel("log-likelihood of test images (nats); the VAE's is a lower bound")
    return figure


def outside_check(result: OutsideCheck) -> Figure:
    """The measured negative log-likelihood on a scale with references on either side."""
    figure, axes = style.subplots(height=2.1)
    references = (
        (result.floor, "floor"),
        (result.published, "published"),
        (result.mean_image, "mean image"),
    )
    for value, label in references:
        axes.axvline(value, color=style.NEUTRAL, linestyle="--", linewidth=1.2)
        axes.text(value, 0.62, f"{label}\n{value:.1f}", ha="center", va="bottom", fontsize=9)
    axes.errorbar(
        result.nll,
        0,
        xerr=result.half_width,
        fmt=style.VAE.marker,
        color=style.VAE.color,
        capsize=4,
    )
    axes.text(result.nll, -0.3, f"here {result.nll:.1f}", ha="center", va="top", fontsize=9)
    axes.set(yticks=[], ylim=(-0.8, 0.6), xlim=(170, max(410, result.nll + 30)))
    axes.set_xlabel("negative log-likelihood of binarised test images (nats)")
    return figure
