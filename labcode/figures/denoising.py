"""Figures of the chapter on denoising, from its tables."""

from textwrap import fill

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullLocator

from labcode.designs.contrast import Interval, interval
from labcode.figures import style
from labcode.figures.source_data import with_source_data

LOOKS = {
    "median": style.Look(style.CLASSICAL.color, "1", ":"),
    "total variation": style.CLASSICAL,
    "non-local means": style.Look(style.CLASSICAL.color, "+", "--"),
    "PCA projection": style.PCA,
    "Wiener, rank 64": style.Look(style.LINEAR.color, "<", ":"),
    "Wiener": style.LINEAR,
    "ten Gaussians": style.MIXTURE,
    "plain CNN AE": style.CNN,
    "lab's DAE": style.LAB_DENOISER,
    "own DAE": style.Look(style.DENOISING.color, "P", "none"),
    "own DAE, blind": style.Look(style.DENOISING.color, "P", "--"),
}
DRAWN_ONCE = style.Look(style.NEUTRAL, "o")


@with_source_data
def corruptions(pictures: xr.DataArray) -> Figure:
    """One garment, clean and under each corruption: `corruption`, `row`, `column`."""
    figure, axes = style.subplots(1, pictures.sizes["corruption"], height=1.6)
    for place, picture in zip(axes, pictures, strict=True):
        style.image(place, picture.values)
        place.set_title(fill(str(picture.corruption.item()), 9), loc="center", fontsize=9)
    return figure


@with_source_data
def lab_curves(table: xr.Dataset) -> Figure:
    """Loss against epochs, trained on unclipped noise, one panel a strength, one line a seed."""
    figure, axes = style.subplots(1, table.sizes["std"], height=3.1)
    for place, std in zip(axes, table["std"].values, strict=True):
        found = table.sel(std=std)
        met, color = found.validation_loss, style.LAB_DENOISER.color
        lines = (
            ("training", found.train_loss, style.Look(style.NEUTRAL, "o")),
            ("validation, clipped", met.sel(met="clipped"), style.Look(color, "^", "--")),
            ("validation, not clipped", met.sel(met="unclipped"), style.Look(color, "v", ":")),
        )
        for label, losses, look in lines:
            for number, loss in enumerate(losses.transpose("seed", "epoch").values):
                place.plot(
                    table.epoch.values,
                    loss,
                    label=None if number else label,
                    alpha=0.8,
                    **look.line(),
                )
        place.set(title=f"noise {std:g}", xlabel="epoch", ylim=(0, None))
        if len(table.epoch) < 10:
            place.set_xticks(table.epoch.values)
    axes[0].set_ylabel("MSE per pixel")
    axes[0].legend(fontsize=9, loc="lower left")
    return figure


@with_source_data
def clip_gaps(gaps: xr.DataArray, linear: xr.DataArray) -> Figure:
    """Validation loss above training loss in the four conditions, at each strength.

    Parameters
    ----------
    gaps : DataArray, dimensions `std`, `made`, `met` and `seed`
    linear : DataArray, dimensions `std`, `made` and `met`
        Of the best linear denoisers, exact.
    """
    figure, axes = style.subplots(1, gaps.sizes["std"], height=2.7, sharey=True)
    pairs = [(made, met) for made in gaps.made.values for met in gaps.met.values]
    for place, std in zip(axes, gaps["std"].values, strict=True):
        for row, (made, met) in enumerate(pairs):
            at = {"std": std, "made": made, "met": met}
            label = None if row else "the lab's CNN"
            _dot(place, interval(gaps.sel(at)), row, style.LAB_DENOISER, label, 100)
            place.plot(
                100 * linear.sel(at).item(),
                row + 0.22,
                "s",
                color=style.LINEAR.color,
                label=None if row else "best linear, exact",
            )
        place.axvline(0, color=style.NEUTRAL, linewidth=1)
        place.set(title=f"noise {std:g}")
    lab = ("unclipped", "clipped")
    names = [f"{made} → {met}{' (the lab)' * ((made, met) == lab)}" for made, met in pairs]
    figure.supxlabel("gap (% of training loss)", fontsize=11)
    axes[0].set_yticks(range(len(pairs)), names)
    axes[0].invert_yaxis()
    axes[1].legend(fontsize=9, loc="upper right")
    return figure


def _dot(
    place: Axes,
    value: Interval,
    row: float,
    look: style.Look,
    label: str | None = None,
    scale: float = 1,
) -> None:
    place.errorbar(
        scale * value.mean,
        row,
        xerr=scale * (value.high - value.mean),
        fmt=look.marker,
        color=look.color,
        capsize=3,
        label=label,
    )


def expected_training(band: xr.Dataset, pca: float) -> Figure:
    """Validation error against epochs: the band of short training, and PCA.

    It is the picture of an instrument, which has no file of numbers.

    Parameters
    ----------
    band : Dataset, dimension `epoch`
        With `low` and `high`.
    pca : float
        PCA's error with as many numbers a code.
    """
    figure, axes = style.subplots(height=2.8)
    axes.fill_between(
        band.epoch, band.low, band.high, color=style.DENSE.color, alpha=0.4, linewidth=0,
        label="99 of 100 dense networks",
    )  # fmt: skip
    axes.axhline(pca, color=style.PCA.color, linestyle="--", label="PCA")
    axes.set(xlabel="epoch", ylabel="MSE in validation", yscale="log")
    axes.yaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend()
    return figure


@with_source_data
def overfitting(networks: xr.Dataset, linear: xr.DataArray) -> Figure:
    """Few images: a network's curves, and linear denoisers against the number of images.

    Parameters
    ----------
    networks : Dataset
        `train_loss` and `validation_loss`, dimensions `fresh`, `seed` and `epoch`.
    linear : DataArray, dimensions `images`, `noise` and `part`
    """
    figure, (left, right) = style.subplots(1, 2, height=3.3)
    epochs = networks.epoch.values
    for fresh, name, look in (
        (False, "drawn once", DRAWN_ONCE),
        (True, "drawn anew", style.DENOISING),
    ):
        for losses, part, dashes in (
            (networks.validation_loss, "validation", "-"),
            (networks.train_loss, "training", ":"),
        ):
            found = [interval(losses.sel(fresh=fresh, epoch=epoch)) for epoch in epochs]
            label = f"{part}, {name}"
            means = [each.mean for each in found]
            left.plot(epochs, means, color=look.color, linestyle=dashes, label=label)
            lows, highs = [each.low for each in found], [each.high for each in found]
            style.band(left, list(epochs), lows, highs, look)
    left.set(xlabel="epoch", ylabel="MSE per pixel", ylim=(0, 0.045))
    left.set_title("a network, 1,000 images")
    left.legend(fontsize=9, loc="upper right")
    images = linear.images.values
    for noise, look, name in (
        ("once", DRAWN_ONCE, "drawn once"),
        ("redrawn", style.LINEAR, "redrawn for ever"),
    ):
        errors = linear.sel(noise=noise)
        right.plot(images, errors.sel(part="test"), label=f"test, {name}", **look.line())
        right.plot(
            images,
            np.maximum(errors.sel(part="train"), 1e-4),
            color=look.color,
            linestyle=":",
            label=f"training, {name}",
        )
    right.axvline(784, color=style.NEUTRAL, linewidth=1, linestyle="--")
    right.set(xscale="log", yscale="log", xlabel="training images", ylim=(5e-4, 2e4))
    ticks = [n for n in images if n != 784]
    right.set_xticks(ticks, [str(n) for n in ticks])
    right.xaxis.set_minor_locator(NullLocator())
    right.set_title("best linear denoisers")
    right.legend(fontsize=9, loc="upper right")
    return figure


@with_source_data
def contest(scores: xr.Dataset) -> Figure:
    """PSNR relative to the Wiener filter, and SSIM, against the noise."""
    figure, (left, right) = style.subplots(1, 2, height=4.6)
    gains = scores.psnr - scores.psnr.sel(denoiser="Wiener")
    for denoiser, look in LOOKS.items():
        gain = gains.sel(denoiser=denoiser).dropna("std")
        left.plot(gain["std"], gain, label=denoiser, **look.line())
        ssim = scores.ssim.sel(denoiser=denoiser).dropna("std")
        mean, low, high = (ssim.sel(bound=bound).values for bound in ("mean", "low", "high"))
        right.plot(ssim["std"], mean, **look.line())
        if look.dashes != "none":
            style.band(right, ssim["std"].values, low, high, look)
    left.set(xlabel="noise s", ylabel="PSNR above the Wiener filter's (dB)")
    right.set(xlabel="noise s", ylabel="SSIM", ylim=(0, 1))
    figure.legend(
        *left.get_legend_handles_labels(), loc="outside lower center", ncols=3, fontsize=9
    )
    return figure


@with_source_data
def ranking(scores: xr.Dataset, stds: tuple[float, float] = (0.3, 0.5)) -> Figure:
    """Every denoiser's error at two strengths, the best on top."""
    figure, axes = style.subplots(1, 2, height=3.6)
    for place, std in zip(axes, stds, strict=True):
        entered = scores.mse.sel(std=std, denoiser=list(LOOKS)).dropna("denoiser")
        entered = entered.sortby(entered.sel(bound="mean"))
        for row, each in enumerate(entered):
            mean, low, high = (each.sel(bound=end).item() for end in ("mean", "low", "high"))
            _dot(place, Interval(mean, low, high, 0), row, LOOKS[each.denoiser.item()])
        place.set_yticks(range(len(entered)), entered.denoiser.values, fontsize=9)
        place.invert_yaxis()
        place.set(xscale="log", xlabel="MSE per pixel", title=f"noise {std:g}")
        place.set_xticks([0.01, 0.02, 0.05], ["0.01", "0.02", "0.05"])
        place.xaxis.set_minor_locator(NullLocator())
    return figure


@with_source_data
def garments(pictures: xr.DataArray, count: int = 8) -> Figure:
    """Rows of the same garments, one row a denoiser: `denoiser`, `example`, `row`, `column`."""
    rows = pictures.sizes["denoiser"]
    figure, axes = style.subplots(rows, count, height=0.66 * rows + 0.1)
    figure.set_layout_engine("constrained", w_pad=0.01, h_pad=0.01, wspace=0, hspace=0)
    for line, images in zip(axes, pictures, strict=True):
        for place, picture in zip(line, images.values[:count], strict=True):
            style.image(place, picture)
        name = images.denoiser.item()
        line[0].set_ylabel(name, rotation=0, ha="right", va="center", fontsize=9)
    return figure


@with_source_data
def noise_matrix(matrix: xr.Dataset) -> Figure:
    """Error of each training noise at each test noise, as a multiple of the column's best."""
    figure, axes = style.subplots(1, 2, height=3.0, width_ratios=[1, 1])
    panels = (
        (axes[0], matrix.own, "own DAE"),
        (axes[1], matrix.linear.dropna("trained"), "Wiener filter, closed form"),
    )
    for place, errors, title in panels:
        ratio = (errors / errors.min("trained")).transpose("trained", "std")
        place.imshow(np.log(ratio), cmap="Oranges", vmin=0, vmax=np.log(8), aspect="auto")
        for (i, j), value in np.ndenumerate(ratio.values):
            text = f"{value:.1f}" if value < 10 else f"{value:.0f}"
            shade = "white" if value > 5 else "black"
            place.text(j, i, text, ha="center", va="center", fontsize=9, color=shade)
        place.set_xticks(range(len(errors["std"])), [f"{s:g}" for s in errors["std"].values])
        place.set_yticks(range(len(errors.trained)), errors.trained.values)
        place.set(xlabel="noise in the test", title=title)
        place.grid(False)
    axes[0].set_ylabel("noise in training")
    return figure


@with_source_data
def gains(table: xr.Dataset) -> Figure:
    """Learned gain of each component for the first seed, on the closed form."""
    figure, axes = style.subplots(height=3.0)
    for std, marker in zip(table["std"].values, "oP^", strict=True):
        found = table.sel(std=std).isel(seed=0)
        component = table.component.values
        axes.plot(component, found.predicted, color=style.LINEAR.color, linewidth=1)
        axes.plot(
            component,
            found.learned,
            marker,
            color=style.DENOISING.color,
            label=f"noise {std:g}",
        )
    axes.axhline(1, color=style.NEUTRAL, linewidth=1, linestyle=":")
    axes.set(xlabel="principal component", ylabel="gain", ylim=(0, 1.08))
    axes.legend(loc="lower left")
    return figure


@with_source_data
def field(table: xr.Dataset) -> Figure:
    """The learned step of the first seed on the exact one, and the clean points."""
    figure, axes = style.subplots(height=4.8)
    first = table.isel(seed=0).transpose(..., "axis")
    clean = first.clean.values.T
    axes.scatter(*clean, s=5, color=style.FAINT, label="clean points", linewidths=0)
    options = {"angles": "xy", "scale_units": "xy", "scale": 1}
    for steps, color, width, label in (
        (first.exact, style.NEUTRAL, 0.006, "exact"),
        (first.learned, style.DENOISING.color, 0.0028, "learned"),
    ):
        axes.quiver(
            *first.position.values.T,
            *steps.values.T,
            color=color,
            width=width,
            label=label,
            **options,
        )
    axes.set_aspect("equal")
    axes.legend(loc="upper right", fontsize=9, markerscale=2)
    axes.set(xticks=range(-3, 4), yticks=range(-3, 4))
    return figure


def score_fields(table: xr.Dataset) -> Figure:
    """Learned steps on the exact ones, a panel for each strength of noise, in a scale of its own.

    It is the picture of an instrument, which has no file of numbers.

    Parameters
    ----------
    table : Dataset
        As from `labcode.instruments.score_plane.fields`.
    """
    spacing = float(np.diff(np.unique(table.position.sel(axis="x")))[0])
    figure, axes = style.subplots(1, table.sizes["strength"], height=2.35, sharex=True, sharey=True)
    for place, strength in zip(axes, table.strength.values, strict=True):
        here = table.sel(strength=strength)
        here = here.isel(point=here.common.values).transpose(..., "axis")
        start, exact, learned = (here[name].values for name in ("position", "exact", "learned"))
        scale = spacing / np.hypot(*exact.T).max()
        for ends, color, width in (
            (_lines(start, start + scale * exact), style.FAINT, 4.5),
            (_arrows(start, scale * learned), style.DENOISING.color, 1.1),
        ):
            place.plot(*ends.T, color=color, linewidth=width)
        place.set_title(f"s = {strength:g}", fontsize=9)
        place.set(xlim=(-4.4, 4.4), ylim=(-4.4, 4.4), xticks=[-3, 0, 3], yticks=[-3, 0, 3])
        place.set_aspect("equal")
    return figure


def _arrows(start: np.ndarray, step: np.ndarray) -> np.ndarray:
    """Shafts and heads, as one line with gaps."""
    tip, side = start + step, 0.2 * step[:, ::-1] * [1, -1]
    back = tip - 0.35 * step
    return _lines(start, tip, back + side, back - side, tip)


def _lines(*points: np.ndarray) -> np.ndarray:
    """Lines through points, each of shape (n, 2), as one line with gaps."""
    return np.stack([*points, np.full_like(points[0], np.nan)], 1).reshape(-1, 2)


@with_source_data
def samples(table: xr.Dataset) -> Figure:
    """Points drawn in each way, the true sample first, with the energy distance to another."""
    figure, axes = style.subplots(1, table.sizes["way"], height=2.35, sharex=True, sharey=True)
    colours = (style.NEUTRAL, *[style.DENOISING.color] * (table.sizes["way"] - 1))
    for place, way, colour in zip(axes, table.way.values, colours, strict=True):
        found = table.sel(way=way)
        place.scatter(*found.position.values.T, s=3, color=colour, alpha=0.5, linewidths=0)
        place.set_title(f"{way}\n{found.distance.item():.3f}", fontsize=9)
        place.set(xlim=(-4, 4), ylim=(-3.5, 3.5), xticks=[-3, 0, 3], yticks=[-3, 0, 3])
        place.set_aspect("equal")
    return figure


@with_source_data
def probes(codes: xr.DataArray, pixels: float) -> Figure:
    """Accuracy of a linear probe on codes, by corruption in training, and on raw pixels.

    Parameters
    ----------
    codes : DataArray, dimensions `corruption`, the plain autoencoder first, and `seed`
    pixels : float
    """
    figure, axes = style.subplots(height=2.3)
    names = codes.corruption.values
    for row, name in enumerate(names):
        look = style.DENOISING if row else style.DENSE
        _dot(axes, interval(codes.sel(corruption=name)), row, look, None, 100)
    axes.axvline(100 * pixels, color=style.NEUTRAL, linestyle="--")
    axes.text(100 * pixels, -0.75, "raw pixels", ha="center", fontsize=9)
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.set(xlabel="accuracy of a linear probe on the codes (%)", ylim=(len(names) - 0.5, -0.5))
    return figure
