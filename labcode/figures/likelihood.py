"""Figures of AE versus VAE's first half, from the tables of `labcode.experiments.likelihood`."""

from collections.abc import Mapping
from textwrap import fill
from typing import Literal

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator
from torch import Tensor

from labcode.designs.contrast import Interval, interval
from labcode.experiments.likelihood.nonlinear_vae import CONV, DENSE
from labcode.experiments.likelihood.reparameterisation import SCORE, THROUGH
from labcode.figures import style
from labcode.figures.source_data import with_source_data


@with_source_data
def reparameterisation(estimators: xr.Dataset) -> Figure:
    """Noise becoming codes, and what it does to the spread of the gradient."""
    figure, (left, right) = style.subplots(1, 2, height=3.1, width_ratios=(1, 1.25))
    noise, codes = estimators.noise.values, estimators.code.values
    for ends in zip(noise, codes, strict=True):
        left.plot(ends, [1, 0], color=style.VAE.color, linewidth=1, alpha=0.7)
    left.plot(noise, np.ones_like(noise), "o", color=style.NEUTRAL)
    left.plot(codes, np.zeros_like(codes), style.VAE.marker, color=style.VAE.color)
    left.set(yticks=[0, 1], ylim=(-0.3, 1.3), xlabel="value")
    left.set_yticklabels(["z = ν + σ e", "e ~ N(0, 1)"])
    low, high = np.percentile(estimators.estimate.sel(estimator=SCORE), [0, 97])
    bins = np.linspace(low, high, 50).tolist()
    for label, color in ((SCORE, style.NEUTRAL), (THROUGH, style.VAE.color)):
        estimates = estimators.estimate.sel(estimator=label)
        right.hist(estimates, bins, color=color, alpha=0.65, density=True, label=label)
    gradient = estimators.gradient.item()
    right.axvline(gradient, color="black", linewidth=1.2, linestyle="--", label="exact")
    right.set(xlabel="estimate from one sample", yticks=[])
    right.legend(loc="upper right", fontsize=9)
    return figure


@with_source_data
def normaliser(integral: xr.DataArray) -> Figure:
    """What the Bernoulli formula integrates to on grey pixels."""
    figure, axes = style.subplots(height=2.6)
    axes.plot(integral.p, integral, color=style.VAE.color)
    axes.axhline(1, color="black", linestyle="--", linewidth=1.2)
    axes.text(0.5, 0.97, "a density integrates to 1", va="top", ha="center", fontsize=10)
    axes.set(xlabel="the decoder's output p", ylabel="integral over [0, 1]", ylim=(0, 1.05))
    return figure


@with_source_data
def linear_fits(fits: xr.Dataset) -> Figure:
    """How far trained linear VAEs are below the largest log-likelihood."""
    figure, axes = style.subplots(height=2.5)
    rows = np.arange(fits.sizes["seed"])
    for name, look, label in (
        ("log_likelihood", style.LINEAR, "linear VAE: log-likelihood"),
        ("elbo", style.VAE, "linear VAE: ELBO"),
    ):
        axes.plot(fits[name], rows, look.marker, color=look.color, label=label)
    best = fits.best[0].item()
    axes.axvline(best, color=style.PCA.color, linestyle="--", label="pPCA, closed form")
    axes.set(yticks=rows, ylim=(-0.6, len(rows) - 0.4))
    axes.set_yticklabels([f"seed {seed}" for seed in fits.seed.values])
    axes.set_xlabel("nats an image")
    figure.legend(fontsize=9, loc="outside lower center", ncols=3)
    return figure


@with_source_data
def collapses(table: xr.Dataset) -> Figure:
    """Rate of each unit of linear VAEs, measured on lines that predict."""
    figure, axes = style.subplots(1, table.sizes["v"], height=2.9, sharey=True, squeeze=False)
    unit = table.unit.values
    for panel, v in zip(axes[0], table.v.values, strict=True):
        one = table.sel(v=v)
        panel.bar(unit, one.rate, color=style.VAE.color, label="trained")
        panel.plot(unit, one.predicted, "_", color="black", markersize=14, label="predicted")
        panel.set(xlabel="unit", xticks=unit[::2])
        panel.set_title(f"v fixed at {v:g}: {one.predicted_active:.0f} directions")
    axes[0, 0].set_ylabel("rate (nats)")
    axes[0, -1].legend()
    return figure


@with_source_data
def bounds(linear: xr.Dataset, outside: xr.Dataset) -> Figure:
    """The gap of the bound against samples: to the truth, and to the best bound.

    Parameters
    ----------
    linear, outside : Dataset, dimension `samples`; and `seed` for `linear`
        `mean` and `half_width` over images, in nats.
    """
    figure, (left, right) = style.subplots(1, 2, height=3.1)
    for seed in linear.seed.values:
        _gap(left, linear.sel(seed=seed), style.LINEAR)
    left.axhspan(-0.1, 0.1, color=style.FAINT, alpha=0.4, linewidth=0)
    left.set(xscale="log", xlabel="samples K", ylabel="nats below (mean)")
    left.set_title("linear VAE: below the truth")
    below = outside.isel(samples=slice(-1))
    _gap(right, below, style.VAE)
    right.set(xscale="log", xlabel="samples K", ylim=(0, None))
    right.set_title(f"nonlinear VAE: below K = {outside.samples.values[-1]:,}")
    for axes, samples in ((left, linear.samples.values), (right, below.samples.values)):
        axes.set_xticks(samples, [str(count) for count in samples])
        axes.xaxis.set_minor_locator(NullLocator())
    return figure


def _gap(axes: Axes, gap: xr.Dataset, look: style.Look) -> None:
    axes.errorbar(gap.samples, gap["mean"], yerr=gap.half_width, capsize=3, **look.line())


@with_source_data
def gaussian(elbo: xr.DataArray, linear: Mapping[str, float]) -> Figure:
    """Test log-likelihood of the VAEs and of linear models.

    Parameters
    ----------
    elbo : DataArray, dimensions `network` and `seed`
        NaN where a network is not trained.
    linear : mapping of str to float
        By name, exact, one row each.
    """
    figure, axes = style.subplots(height=2.6)
    vae, conv = interval(elbo.sel(network=DENSE)), elbo.sel(network=CONV).dropna("seed").values
    half = vae.high - vae.mean
    axes.errorbar(vae.mean, 0, xerr=half, fmt=style.VAE.marker, color=style.VAE.color, capsize=4)
    names = ["dense VAE"]
    if len(conv):
        axes.plot(conv[0], -1, style.CNN.marker, color=style.CNN.color)
        names.append("convolutional VAE")
    for name, value in linear.items():
        axes.plot(value, -len(names), style.PCA.marker, color=style.PCA.color)
        names.append(f"{name}, exact")
    axes.set(yticks=[-row for row in range(len(names))], ylim=(0.4 - len(names), 0.6))
    axes.set_yticklabels(names)
    axes.set_xlabel("log-likelihood of test images (nats); the VAE's is a lower bound")
    return figure


@with_source_data
def rate_distortion(plane: xr.Dataset, curve: xr.Dataset) -> Figure:
    """VAEs in the rate-distortion plane, and the curve of linear ones.

    Parameters
    ----------
    plane : Dataset, dimension `loss`
        `level`, `rate` and `squared_error` of trained VAEs, the highest level first.
    curve : Dataset, dimension `level`
        `rate` and `squared_error` of linear ones.
    """
    figure, axes = style.subplots(height=3.8)
    linear = {"color": style.PCA.color, "linestyle": "--", "label": "pPCA"}
    axes.plot(curve.rate, curve.squared_error, **linear)
    axes.plot(plane.rate, plane.squared_error, label="VAE", **style.VAE.line())
    silent = (plane.rate < 0.5).values
    if silent.any():
        text = ", ".join(f"{level:.3g}" for level in plane.level.values[silent])
        _mark(axes, plane.isel(loss=silent.argmax()), text, (6, 5), "left")
    for place in np.flatnonzero(~silent):
        level = plane.isel(loss=place)
        _mark(axes, level, f"{level.level:.3g}", (-5, -12), "right")
    axes.set(yscale="log", xlabel="rate (nats an image)", ylabel="distortion (squared error)")
    ticks = [5, 10, 20, 40, 70]
    axes.set_yticks(ticks, [str(tick) for tick in ticks])
    axes.yaxis.set_minor_locator(NullLocator())
    axes.legend()
    return figure


def _mark(
    axes: Axes, at: xr.Dataset, text: str, offset: tuple[int, int], side: Literal["left", "right"]
) -> None:
    axes.annotate(
        text,
        (at.rate.item(), at.squared_error.item()),
        xytext=offset,
        textcoords="offset points",
        ha=side,
        fontsize=9,
        color=style.VAE.color,
    )


@with_source_data
def losses(popular: xr.Dataset, images: Tensor) -> Figure:
    """Reconstructions of VAEs trained with losses that popular code writes.

    Parameters
    ----------
    popular : Dataset, dimensions `loss`, `example`, `row` and `column`
        `active` and `reconstruction`.
    images : Tensor, shape (m, 1, 28, 28)
        The test images that were reconstructed.
    """
    rows = [("test images", images.numpy())] + [
        (f"{fill(loss, 22)}\n{active:.0f} units in use", pictures)
        for loss, active, pictures in zip(
            popular.loss.values, popular.active.values, popular.reconstruction.values, strict=True
        )
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


@with_source_data
def outside_check(here: Interval, references: xr.DataArray, published: float) -> Figure:
    """The measured negative log-likelihood on a scale with references on either side.

    Parameters
    ----------
    here : Interval
    references : DataArray, dimension `reference`
    published : float
    """
    figure, axes = style.subplots(height=2.1)
    levels = dict(zip(references.reference.values, references.values, strict=True))
    for label, value in (levels | {"published": published}).items():
        axes.axvline(value, color=style.NEUTRAL, linestyle="--", linewidth=1.2)
        axes.text(value, 0.62, f"{label}\n{value:.1f}", ha="center", va="bottom", fontsize=9)
    half = here.high - here.mean
    axes.errorbar(here.mean, 0, xerr=half, fmt=style.VAE.marker, color=style.VAE.color, capsize=4)
    axes.text(here.mean, -0.3, f"here {here.mean:.1f}", ha="center", va="top", fontsize=9)
    axes.set(yticks=[], ylim=(-0.8, 0.6), xlim=(170, max(410, here.mean + 30)))
    axes.set_xlabel("negative log-likelihood of binarised test images (nats)")
    return figure
