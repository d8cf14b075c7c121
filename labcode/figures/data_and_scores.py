"""Figures of the data and the scores."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from labcode.figures import style
from labcode.figures.source_data import with_source_data


@with_source_data
def portraits(classes: xr.Dataset) -> Figure:
    """One row a class: its mean, its most ordinary garments, its least ordinary ones."""
    count, gap = classes.sizes["example"], 0.35
    figure, axes = style.subplots(
        classes.sizes["garment"],
        2 * count + 3,
        height=6.6,
        width_ratios=[1, gap, *[1] * count, gap, *[1] * count],
    )
    figure.set_layout_engine("constrained", w_pad=0.01, h_pad=0.01, wspace=0, hspace=0)
    for row, name in zip(axes, classes.garment.values.tolist(), strict=True):
        one = classes.sel(garment=name)
        pictures = [one["mean"].values, None, *one.nearest.values, None, *one.farthest.values]
        for place, picture in zip(row, pictures, strict=True):
            if picture is None:
                place.axis("off")
            else:
                style.image(place, picture)
        row[0].set_ylabel(name, rotation=0, ha="right", va="center", fontsize=10)
    for column, title in ((0, "mean"), (2, "nearest"), (count + 3, "farthest")):
        axes[0, column].set_title(title, loc="left", fontsize=10)
    return figure


@with_source_data
def pixels(statistics: xr.Dataset) -> Figure:
    """Histogram of the grey values, the mean image, and where the images are black."""
    figure, (left, middle, right) = style.subplots(1, 3, height=2.5, width_ratios=[1.7, 1, 1])
    share = statistics.share.values
    left.stairs(share[1:255], np.arange(0.5, 255), fill=True, color=style.FAINT)
    for value, name, side in ((0, "exactly 0", "left"), (255, "exactly 1", "right")):
        left.bar(value, share[value], width=4, color=style.NEUTRAL)
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
        style.image(place, picture.values)
        place.set_title(title, loc="left", fontsize=10)
    figure.colorbar(right.images[0], ax=[middle, right], location="bottom", aspect=30, pad=0.05)
    return figure


@with_source_data
def distances(neighbours: xr.Dataset) -> Figure:
    """How far the nearest training image is, and whether it is of the same class."""
    figure, axes = style.subplots(height=2.8)
    error, same = neighbours.mse.values, neighbours.same_class.values
    axes.hist(
        [error[same], error[~same]],
        bins=np.linspace(0, np.quantile(error, 0.99), 50).tolist(),
        stacked=True,
        color=[style.FAINT, style.NEUTRAL],
        label=["the same class", "another class"],
    )
    axes.axvline(error.mean(), color=style.NEUTRAL, linestyle=":")
    axes.text(error.mean(), axes.get_ylim()[1], " mean", va="top", fontsize=10)
    axes.set(xlabel=neighbours.mse.long_name, ylabel="test images")
    axes.legend(title="nearest image is of", loc="center right")
    return figure


@with_source_data
def closest_pairs(pairs: xr.Dataset) -> Figure:
    """Test images, each above the training image that is nearest to it."""
    figure, axes = style.subplots(2, pairs.sizes["pair"], height=2.4)
    for i, (test, train) in enumerate(axes.T):
        pair = pairs.isel(pair=i)
        style.image(test, pair.pixels.sel(part="test").values, f"{pair.distance:.1f}")
        style.image(train, pair.pixels.sel(part="training").values)
        train.set_xlabel(pair.garment.item(), fontsize=9)
    for place, name in zip(axes[:, 0], ("test", "training"), strict=True):
        place.set_ylabel(name, fontsize=10)
    return figure


@with_source_data
def equal_error(garments: xr.Dataset) -> Figure:
    """The same garments under five damages of equal error."""
    names = garments.damage.values.tolist()
    figure, axes = style.subplots(garments.sizes["image"], len(names) + 1, height=4.6)
    for i, row in enumerate(axes):
        garment = garments.isel(image=i)
        style.image(row[0], garment.original.values)
        row[0].set_xlabel(f"MSE {garment.mse.sel(damage='shifted'):.3f}", fontsize=9)
        for place, name in zip(row[1:], names, strict=True):
            style.image(place, garment.damaged.sel(damage=name).values)
            place.set_xlabel(f"SSIM {garment.ssim.sel(damage=name):.2f}", fontsize=9)
    for place, name in zip(axes[0], ("original", *names), strict=True):
        place.set_title(name, loc="center", fontsize=10)
    return figure


@with_source_data
def averages(psnrs: xr.Dataset) -> Figure:
    """PSNR image by image, and two averages of it."""
    figure, axes = style.subplots(height=2.9)
    axes.hist(psnrs.psnr.values, bins=60, color=style.FAINT)
    top = axes.get_ylim()[1]
    lines = (
        (psnrs.psnr_of_mean.item(), "PSNR of the mean MSE", "--", "right"),
        (psnrs.mean_psnr.item(), "mean of the PSNRs", "-", "left"),
    )
    for value, label, dashes, side in lines:
        axes.axvline(value, color=style.PCA.color, linestyle=dashes)
        text = f" {label} \n {value:.2f} dB "
        axes.text(value, 1.02 * top, text, ha=side, va="bottom", fontsize=10)
    axes.set(xlabel="PSNR of one test image (dB)", ylabel="test images", ylim=(0, top))
    return figure


@with_source_data
def reconstructions(garments: xr.Dataset) -> Figure:
    """The same garments rebuilt from ever more components."""
    count, sizes = garments.sizes["image"], garments.code_size.values.tolist()
    figure, axes = style.subplots(count, len(sizes) + 1, height=1.18 * count)
    for i, row in enumerate(axes):
        garment = garments.isel(image=i)
        for place, size in zip(row, sizes, strict=False):
            style.image(place, garment.restored.sel(code_size=size).values)
            place.set_xlabel(f"{garment.psnr.sel(code_size=size):.1f} dB", fontsize=9)
        style.image(row[-1], garment.original.values)
    for place, name in zip(axes[0], (*(f"k = {k}" for k in sizes), "original"), strict=True):
        place.set_title(name, loc="center", fontsize=10)
    return figure
