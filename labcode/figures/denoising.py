"""Figures of Chapter 4."""

from collections.abc import Mapping, Sequence
from textwrap import fill

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator
from torch import Tensor

from labcode.designs.contrast import Interval, interval
from labcode.experiments.denoising import (
    ClipGap,
    DrawnOnce,
    FewImages,
    Field,
    LearnedGains,
    LinearClipping,
    NoiseMatrix,
    NoisyCurves,
    Samples,
    Scores,
)
from labcode.figures import style

LOOKS = {
    "median": style.Look("#8a8a8a", "1", ":"),
    "total variation": style.Look("#8a8a8a", "x", "-."),
    "non-local means": style.Look("#8a8a8a", "+", "--"),
    "PCA projection": style.PCA,
    "Wiener, rank 64": style.Look(style.LINEAR.color, "<", ":"),
    "Wiener": style.LINEAR,
    "ten Gaussians": style.Look(style.VAE.color, "d", "-."),
    "plain CNN AE": style.CNN,
    "lab's DAE": style.Look("#b8860b", "*", "none"),
    "own DAE": style.Look(style.DENOISING.color, "P", "none"),
    "own DAE, blind": style.Look(style.DENOISING.color, "P", "--"),
}


def corruptions(pictures: Mapping[str, Tensor]) -> Figure:
    """One garment, clean and under each corruption."""
    figure, axes = style.subplots(1, len(pictures), height=1.45)
    for place, (name, picture) in zip(axes, pictures.items(), strict=True):
        style.image(place, picture)
        place.set_title(fill(name.strip(), 9), loc="center", fontsize=9)
    return figure


def lab_curves(curves: Sequence[NoisyCurves]) -> Figure:
    """Loss against epochs, trained on unclipped noise, one panel a strength."""
    figure, axes = style.subplots(1, len(curves), height=3.1)
    for place, c in zip(axes, curves, strict=True):
        epochs = np.arange(1, c.train.shape[1] + 1)
        lines = (
            ("training", c.train, style.Look(style.DENOISING.color, "o")),
            ("validation, clipped", c.on_clipped, style.Look(style.CNN.color, "^", "--")),
            ("validation, not clipped", c.on_unclipped, style.Look(style.DENSE.color, "v", ":")),
        )
        for label, losses, look in lines:
            for seed, loss in enumerate(losses):
                place.plot(
                    epochs, loss, label=label if seed == 0 else None, alpha=0.8, **look.line()
                )
        place.set(title=f"noise {c.std:g}", xlabel="epoch", ylim=(0, None))
        if len(epochs) < 10:
            place.set_xticks(epochs)
    axes[0].set_ylabel("MSE per pixel")
    axes[0].legend(fontsize=9, loc="lower left")
    return figure


def clip_gaps(
    measured: Mapping[tuple[float, str, str], ClipGap], linear: Sequence[LinearClipping]
) -> Figure:
    """Validation loss above training loss in the four conditions, at both strengths."""
    figure, axes = style.subplots(1, len(linear), height=2.7, sharey=True)
    names = [
        f"{made} → {met}{' (the lab)' if (made, met) == ('unclipped', 'clipped') else ''}"
        for made in ("unclipped", "clipped")
        for met in ("unclipped", "clipped")
    ]
    for place, closed in zip(axes, linear, strict=True):
        gaps = [found.gap for (std, _, _), found in measured.items() if std == closed.std]
        exact = [
            0.0,
            closed.unclipped_on_clipped / closed.unclipped - 1,
            closed.clipped_on_unclipped / closed.clipped - 1,
            0.0,
        ]
        for row, (gap, value) in enumerate(zip(gaps, exact, strict=True)):
            _dot(place, gap, row, style.CNN, "the lab's CNN" if row == 0 else None, 100)
            place.plot(
                100 * value,
                row + 0.22,
                "s",
                color=style.LINEAR.color,
                label="best linear, exact" if row == 0 else None,
            )
        place.axvline(0, color=style.NEUTRAL, linewidth=1)
        place.set(title=f"noise {closed.std:g}")
    figure.supxlabel("gap (% of training loss)", fontsize=11)
    axes[0].set_yticks(range(4), names)
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


def overfitting(networks: tuple[FewImages, FewImages], linear: DrawnOnce) -> Figure:
    """Few images: a network's curves, and linear denoisers against the number of images."""
    figure, (left, right) = style.subplots(1, 2, height=3.3)
    for result, look in zip(networks, (style.CNN, style.DENOISING), strict=True):
        name = "drawn anew" if result.fresh else "drawn once"
        epochs = np.arange(1, result.train.shape[1] + 1)
        for losses, part, dashes in (
            (result.validation, "validation", "-"),
            (result.train, "training", ":"),
        ):
            left.plot(
                epochs, losses.mean(0), color=look.color, linestyle=dashes, label=f"{part}, {name}"
            )
            half = [interval_.high - interval_.mean for interval_ in _columns(losses)]
            style.band(left, list(epochs), losses.mean(0) - half, losses.mean(0) + half, look)
    left.set(xlabel="epoch", ylabel="MSE per pixel", ylim=(0, 0.045))
    left.set_title("a network, 1,000 images")
    left.legend(fontsize=9, loc="upper right")
    for errors, look, name in (
        (linear.once, style.CNN, "drawn once"),
        (linear.redrawn, style.DENOISING, "redrawn for ever"),
    ):
        right.plot(linear.images, errors[:, 1], label=f"test, {name}", **look.line())
        right.plot(
            linear.images,
            np.maximum(errors[:, 0], 1e-4),
            color=look.color,
            linestyle=":",
            label=f"training, {name}",
        )
    right.axvline(784, color=style.NEUTRAL, linewidth=1, linestyle="--")
    right.set(xscale="log", yscale="log", xlabel="training images", ylim=(5e-4, 2e4))
    ticks = [n for n in linear.images if n != 784]
    right.set_xticks(ticks, [str(n) for n in ticks])
    right.xaxis.set_minor_locator(NullLocator())
    right.set_title("best linear denoisers")
    right.legend(fontsize=9, loc="upper right")
    return figure


def _columns(losses: np.ndarray) -> list[Interval]:
    return [interval(column) for column in losses.T]


def contest(scores: Sequence[Scores]) -> Figure:
    """PSNR relative to the Wiener filter, and SSIM, against the noise."""
    figure, (left, right) = style.subplots(1, 2, height=4.6)
    wiener = next(s for s in scores if s.label == "Wiener")
    baseline = dict(zip(wiener.stds, [p.mean for p in wiener.psnrs()], strict=True))
    for s in scores:
        if s.label not in LOOKS:
            continue
        look = LOOKS[s.label]
        psnrs = s.psnrs()
        gain = [p.mean - baseline[std] for p, std in zip(psnrs, s.stds, strict=True)]
        left.plot(s.stds, gain, label=s.label, **look.line())
        right.plot(s.stds, [v.mean for v in s.ssims], **look.line())
        if look.dashes != "none":
            style.band(right, s.stds, [v.low for v in s.ssims], [v.high for v in s.ssims], look)
    left.set(xlabel="noise s", ylabel="PSNR above the Wiener filter's (dB)")
    right.set(xlabel="noise s", ylabel="SSIM", ylim=(0, 1))
    figure.legend(
        *left.get_legend_handles_labels(), loc="outside lower center", ncols=3, fontsize=9
    )
    return figure


def ranking(scores: Sequence[Scores], stds: tuple[float, float] = (0.3, 0.5)) -> Figure:
    """Every method's error at two strengths, the best on top."""
    figure, axes = style.subplots(1, 2, height=3.6)
    for place, std in zip(axes, stds, strict=True):
        entered = [s for s in scores if std in s.stds and s.label in LOOKS]
        entered.sort(key=lambda s: s.error_at(std).mean)
        for row, s in enumerate(entered):
            look = LOOKS[s.label]
            _dot(place, s.error_at(std), row, look)
        place.set_yticks(range(len(entered)), [s.label for s in entered], fontsize=9)
        place.invert_yaxis()
        place.set(xscale="log", xlabel="MSE per pixel", title=f"noise {std:g}")
        place.set_xticks([0.01, 0.02, 0.05], ["0.01", "0.02", "0.05"])
        place.xaxis.set_minor_locator(NullLocator())
    return figure


def garments(pictures: Mapping[str, Tensor], count: int = 8) -> Figure:
    """Rows of the same garments, one row a method."""
    figure, axes = style.subplots(len(pictures), count, height=0.66 * len(pictures) + 0.1)
    figure.set_layout_engine("constrained", w_pad=0.01, h_pad=0.01, wspace=0, hspace=0)
    for row, (name, images) in zip(axes, pictures.items(), strict=True):
        for place, picture in zip(row, images[:count], strict=True):
            style.image(place, picture)
        row[0].set_ylabel(name, rotation=0, ha="right", va="center", fontsize=9)
    return figure


def noise_matrix(matrix: NoiseMatrix) -> Figure:
    """Error of each training noise at each test noise, as a multiple of the column's best."""
    figure, axes = style.subplots(1, 2, height=3.0, width_ratios=[1, 1])
    panels = (
        (axes[0], matrix.error, matrix.trained, "own DAE"),
        (axes[1], matrix.linear, matrix.trained[:-1], "Wiener filter, closed form"),
    )
    for place, errors, rows, title in panels:
        ratio = errors / errors.min(0)
        place.imshow(np.log(ratio), cmap="Oranges", vmin=0, vmax=np.log(8), aspect="auto")
        for i, line in enumerate(ratio):
            for j, value in enumerate(line):
                text = f"{value:.1f}" if value < 10 else f"{value:.0f}"
                shade = "white" if value > 5 else "black"
                place.text(j, i, text, ha="center", va="center", fontsize=9, color=shade)
        place.set_xticks(range(len(matrix.tested)), [f"{s:g}" for s in matrix.tested])
        place.set_yticks(range(len(rows)), rows)
        place.set(xlabel="noise in the test", title=title)
        place.grid(False)
    axes[0].set_ylabel("noise in training")
    return figure


def gains(results: Sequence[LearnedGains]) -> Figure:
    """Learned gain of each component, on the closed form."""
    figure, axes = style.subplots(height=3.0)
    looks = (style.DENSE, style.DENOISING, style.CNN)
    for result, look in zip(results, looks, strict=True):
        unit = np.arange(1, len(result.learned) + 1)
        axes.plot(unit, result.predicted, color=style.PCA.color, linewidth=1)
        axes.plot(
            unit, result.learned, look.marker, color=look.color, label=f"noise {result.std:g}"
        )
    axes.axhline(1, color=style.NEUTRAL, linewidth=1, linestyle=":")
    axes.set(xlabel="principal component", ylabel="gain", ylim=(0, 1.08))
    axes.legend(loc="lower left")
    return figure


def field(result: Field) -> Figure:
    """The learned step on the exact one, and the clean points."""
    figure, axes = style.subplots(height=4.8)
    axes.scatter(*result.clean.T, s=5, color=style.FAINT, label="clean points", linewidths=0)
    options = {"angles": "xy", "scale_units": "xy", "scale": 1}
    axes.quiver(
        *result.points.T, *result.exact.T, color=style.PCA.color, width=0.006, label="exact",
        **options,
    )  # fmt: skip
    axes.quiver(
        *result.points.T, *result.learned.T, color=style.DENOISING.color, width=0.0028,
        label="learned", **options,
    )  # fmt: skip
    axes.set_aspect("equal")
    axes.legend(loc="upper right", fontsize=9, markerscale=2)
    axes.set(xticks=range(-3, 4), yticks=range(-3, 4))
    return figure


def samples(results: Sequence[Samples]) -> Figure:
    """Points drawn in each way, with the energy distance to a true sample."""
    figure, axes = style.subplots(1, len(results), height=2.35, sharex=True, sharey=True)
    colours = (style.PCA.color, style.CNN.color, style.DENOISING.color, style.VAE.color)
    for place, result, colour in zip(axes, results, colours, strict=True):
        place.scatter(*result.points.T, s=3, color=colour, alpha=0.5, linewidths=0)
        place.set_title(f"{result.label}\n{result.distance:.3f}", fontsize=9)
        place.set(xlim=(-4, 4), ylim=(-3.5, 3.5), xticks=[-3, 0, 3], yticks=[-3, 0, 3])
        place.set_aspect("equal")
    return figure


def probes(results: Mapping[str, Interval | float]) -> Figure:
    """Accuracy of a linear probe on codes, by corruption in training, and on raw pixels."""
    figure, axes = style.subplots(height=2.3)
    names = [name for name in results if name != "raw pixels"]
    for row, name in enumerate(names):
        value = results[name]
        assert isinstance(value, Interval)
        _dot(axes, value, row, style.DENSE if name == "plain" else style.DENOISING, None, 100)
    raw = results["raw pixels"]
    assert isinstance(raw, float)
    axes.axvline(100 * raw, color=style.PCA.color, linestyle="--")
    axes.text(100 * raw, -0.75, "raw pixels", ha="center", fontsize=9)
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.set(xlabel="accuracy of a linear probe on the codes (%)", ylim=(len(names) - 0.5, -0.5))
    return figure
