"""Figures of Chapter 1."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from labcode.data import CLASS_NAMES
from labcode.experiments.pixels import (
    Aggregation,
    EqualError,
    Neighbours,
    PixelStatistics,
    Portrait,
    Reconstructions,
)
from labcode.figures import style


def portraits(classes: Sequence[Portrait]) -> Figure:
    """One row a class: its mean, its most ordinary garments, its least ordinary ones."""
    count = len(classes[0].nearest)
    gap = 0.35
    figure, axes = style.subplots(
        len(classes),
        2 * count + 3,
        height=6.6,
        width_ratios=[1, gap, *[1] * count, gap, *[1] * count],
    )
    figure.set_layout_engine("constrained", w_pad=0.01, h_pad=0.01, wspace=0, hspace=0)
    for row, portrait in zip(axes, classes, strict=True):
        pictures = [portrait.mean, None, *portrait.nearest, None, *portrait.farthest]
        for place, picture in zip(row, pictures, strict=True):
            if picture is None:
                place.axis("off")
            else:
                style.image(place, picture)
        row[0].set_ylabel(portrait.name, rotation=0, ha="right", va="center", fontsize=10)
    for column, title in ((0, "mean"), (2, "nearest"), (count + 3, "farthest")):
        axes[0, column].set_title(title, loc="left", fontsize=10)
    return figure


def pixels(statistics: PixelStatistics) -> Figure:
    """Histogram of the grey values, the mean image, and where the images are black."""
    figure, (left, middle, right) = style.subplots(1, 3, height=2.5, width_ratios=[1.7, 1, 1])
    share = statistics.counts / statistics.counts.sum()
    left.stairs(share[1:255], np.arange(0.5, 255), fill=True, color=style.FAINT)
    for value, name, side in ((0, "exactly 0", "left"), (255, "exactly 1", "right")):
        left.bar(value, share[value], width=4, color=style.PCA.color)
        left.text(
            value + (7 if side == "left" else -5),
            share[value],
            f"{name}: {100 * share[value]:.1f}%",
            ha=side,
            va="center" if side == "left" else "bottom",
            fontsize=10,
        )
    left.set(yscale="log", ylim=(5e-4, 1), xlim=(-5, 258))
    left.set(xlabel="grey value of a pixel (of 255)", ylabel="share of all pixels")
    for place, picture, title in (
        (middle, statistics.mean_image, "mean"),
        (right, statistics.black_image, "share exactly 0"),
    ):
        style.image(place, picture)
        place.set_title(title, loc="left", fontsize=10)
    figure.colorbar(right.images[0], ax=[middle, right], location="bottom", aspect=30, pad=0.05)
    return figure


def distances(result: Neighbours) -> Figure:
    """How far the nearest training image is, and whether it is of the same class."""
    figure, axes = style.subplots(height=2.8)
    axes.hist(
        [result.mse[result.same_class], result.mse[~result.same_class]],
        bins=np.linspace(0, np.quantile(result.mse, 0.99), 50).tolist(),
        stacked=True,
        color=[style.FAINT, style.PCA.color],
        label=["the same class", "another class"],
    )
    axes.axvline(result.mse.mean(), color=style.NEUTRAL, linestyle=":")
    axes.text(result.mse.mean(), axes.get_ylim()[1], " mean", va="top", fontsize=10)
    axes.set(xlabel="MSE to the nearest training image", ylabel="test images")
    axes.legend(title="nearest image is of", loc="center right")
    return figure


def closest_pairs(result: Neighbours, count: int = 7) -> Figure:
    """Test images, each above the training image that is nearest to it."""
    figure, axes = style.subplots(2, count, height=2.4)
    for column, index in zip(axes.T, result.closest(count), strict=True):
        error = 255 * result.mse[index] ** 0.5
        style.image(column[0], result.test.pixels[index], f"{error:.1f}")
        style.image(column[1], result.train.pixels[result.nearest[index]])
        column[1].set_xlabel(CLASS_NAMES[result.test.labels[index]], fontsize=9)
    for place, name in zip(axes[:, 0], ("test", "training"), strict=True):
        place.set_ylabel(name, fontsize=10)
    return figure


def equal_error(result: EqualError) -> Figure:
    """The same garments under five damages of equal error."""
    figure, axes = style.subplots(len(result.originals), len(result.damages) + 1, height=4.6)
    for row, original in enumerate(result.originals):
        style.image(axes[row, 0], original)
        axes[row, 0].set_xlabel(f"MSE {result.original_mse[row]:.3f}", fontsize=9)
        for column, damage in enumerate(result.damages, start=1):
            style.image(axes[row, column], damage.pictures[row])
            axes[row, column].set_xlabel(f"SSIM {damage.picture_ssim[row]:.2f}", fontsize=9)
    for place, name in zip(axes[0], ("original", *(d.label for d in result.damages)), strict=True):
        place.set_title(name, loc="center", fontsize=10)
    return figure


def aggregation(result: Aggregation) -> Figure:
    """PSNR image by image, and two averages of it."""
    figure, axes = style.subplots(height=2.9)
    axes.hist(result.image_psnr, bins=60, color=style.FAINT)
    top = axes.get_ylim()[1]
    lines = (
        (result.psnr_of_mean, "PSNR of the mean MSE", "--", "right"),
        (result.mean_psnr, "mean of the PSNRs", "-", "left"),
    )
    for value, label, dashes, side in lines:
        axes.axvline(value, color=style.PCA.color, linestyle=dashes)
        text = f" {label} \n {value:.2f} dB "
        axes.text(value, 1.02 * top, text, ha=side, va="bottom", fontsize=10)
    axes.set(xlabel="PSNR of one test image (dB)", ylabel="test images", ylim=(0, top))
    return figure


def reconstructions(result: Reconstructions) -> Figure:
    """The same garments rebuilt from ever more components."""
    garments, sizes = result.pictures.shape[:2]
    figure, axes = style.subplots(garments, sizes + 1, height=1.18 * garments)
    for row in range(garments):
        for column in range(sizes):
            style.image(axes[row, column], result.pictures[row, column])
            axes[row, column].set_xlabel(f"{result.picture_psnr[row, column]:.1f} dB", fontsize=9)
        style.image(axes[row, sizes], result.originals[row])
    names = [*(f"k = {size}" for size in result.code_sizes), "original"]
    for place, name in zip(axes[0], names, strict=True):
        place.set_title(name, loc="center", fontsize=10)
    return figure
