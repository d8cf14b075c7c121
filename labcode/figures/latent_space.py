"""Figures of Chapter 5, second half."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator
from torch import Tensor

from labcode.experiments.latent_space import (
    AE,
    BETA_VAE,
    PPCA,
    REAL,
    VAE,
    Detector,
    Generator,
    LatentSpace,
    Measured,
    Walk,
)
from labcode.figures import style

LOOKS = {
    AE: style.DENSE,
    VAE: style.VAE,
    BETA_VAE: style.Look(style.VAE.color, "P", ":"),
    PPCA: style.PCA,
    "": style.Look(style.NEUTRAL, "D"),
}
WALK_LOOKS = {
    "AE, line": style.DENSE,
    "VAE, line": style.VAE,
    "VAE, arc": style.Look(style.VAE.color, "P", ":"),
    "PCA, line": style.PCA,
}


def latent_spaces(spaces: Mapping[str, LatentSpace]) -> Figure:
    """Two units of AE and VAE codes on one scale, and the spectrum of all their units."""
    figure, (left, middle, right) = style.subplots(1, 3, height=3.0)
    for place, label in ((left, AE), (middle, VAE)):
        space = spaces[label]
        place.scatter(*space.codes.T, c=space.labels, cmap="tab10", s=3, linewidths=0)
        angle = np.linspace(0, 2 * np.pi, 100)
        for radius in (1, 2, 3):
            place.plot(radius * np.cos(angle), radius * np.sin(angle), color="black", linewidth=1)
        reach = 1.05 * max(3.0, float(spaces[AE].codes.abs().max()))
        place.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal", title=label)
        place.set(xlabel="one unit")
    left.set_ylabel("another unit")
    for label, space in spaces.items():
        for row, spectrum in enumerate(space.spectrum):
            look = LOOKS[label]
            right.plot(
                np.arange(1, len(spectrum) + 1),
                spectrum,
                color=look.color,
                linestyle=look.dashes,
                label=label if row == 0 else None,
            )
    right.axhline(1, color=style.NEUTRAL, linewidth=1, linestyle=":")
    right.set(yscale="log", xlabel="direction", title="variance of the codes")
    figure.legend(fontsize=9, loc="outside lower right", ncols=4)
    return figure


def latent_scores(spaces: Mapping[str, LatentSpace], chance: float) -> Figure:
    """Discrepancy from N(0, I), as trained and whitened; error; accuracy on the codes."""
    figure, axes = style.subplots(2, 2, height=3.9, sharey=True)
    labels = list(spaces)
    columns = (
        ("discrepancy, as trained", [s.discrepancy for s in spaces.values()]),
        ("discrepancy, whitened", [s.whitened for s in spaces.values()]),
        ("test MSE per pixel", [s.error for s in spaces.values()]),
        ("10-NN accuracy on the codes", [s.neighbours for s in spaces.values()]),
    )
    for place, (quantity, values) in zip(axes.flat, columns, strict=True):
        for row, (label, value) in enumerate(zip(labels, values, strict=True)):
            _dot(place, value, row, LOOKS[label])
        place.set_xlabel(quantity)
        place.xaxis.set_major_locator(MaxNLocator(3))
        _rows(place, labels)
    for place in axes[0]:
        place.axvline(chance, color=style.NEUTRAL, linewidth=1, linestyle=":")
    return figure


def samples(generators: Mapping[str, Generator]) -> Figure:
    """Ten images of each generator, one row each."""
    figure, axes = style.subplots(len(generators), 10, height=0.5 * len(generators) + 0.1)
    for row, generator in zip(axes, generators.values(), strict=True):
        _strip(row, generator.examples, generator.label)
    figure.set_layout_engine("constrained", w_pad=0.01, h_pad=0.01, wspace=0, hspace=0)
    return figure


def sample_scores(generators: Mapping[str, Generator]) -> Figure:
    """Fréchet distance, precision and recall of each generator."""
    figure, axes = style.subplots(1, 3, height=3.1, sharey=True)
    columns = (
        ("Fréchet distance", "less is better", [g.frechet for g in generators.values()]),
        ("precision", "more is better", [g.precision for g in generators.values()]),
        ("recall", "more is better", [g.recall for g in generators.values()]),
    )
    for place, (title, direction, values) in zip(axes, columns, strict=True):
        for row, (generator, value) in enumerate(zip(generators.values(), values, strict=True)):
            _dot(place, value, row, LOOKS[generator.model])
        place.set(title=title, xlabel=direction)
        place.axvline(values[list(generators).index(REAL)].mean, color=style.NEUTRAL, lw=1, ls=":")
    axes[0].set_xscale("log")
    axes[0].xaxis.set_major_locator(LogLocator())
    axes[0].xaxis.set_major_formatter("{x:g}")
    axes[0].xaxis.set_minor_locator(NullLocator())
    _rows(axes[0], list(generators))
    return figure


def walks(results: Mapping[str, Walk], example: int = 0, shown: int = 11) -> Figure:
    """One walk of each kind, from one garment to another."""
    figure, axes = style.subplots(len(results), shown, height=0.55 * len(results) + 0.1)
    for row, walk in zip(axes, results.values(), strict=True):
        images = walk.examples[example]
        places = np.linspace(0, len(images) - 1, shown).round().astype(int)
        _strip(row, images[places], walk.label)
    figure.set_layout_engine("constrained", w_pad=0.01, h_pad=0.01, wspace=0, hspace=0)
    return figure


def walk_scores(results: Mapping[str, Walk]) -> Figure:
    """Distance to real images along the walks, and how even and how long they are."""
    figure, (left, middle, right) = style.subplots(1, 3, height=3.1, width_ratios=(1.5, 1, 1))
    for walk in results.values():
        look = WALK_LOOKS[walk.label]
        t = np.linspace(0, 1, len(walk.profile))
        left.plot(t, walk.profile, **look.line())
    left.set(xlabel="place on the walk", ylabel="distance to nearest real image")
    columns = (
        (middle, "unevenness", [w.unevenness for w in results.values()]),
        (right, "detour", [w.detour for w in results.values()]),
    )
    for place, quantity, values in columns:
        for row, (label, value) in enumerate(zip(results, values, strict=True)):
            _dot(place, value, row, WALK_LOOKS[label])
        place.set_xlabel(quantity)
        place.set_xlim(left=min(0.95, place.get_xlim()[0]))
        _rows(place, list(results) if place is middle else [""] * len(results))
    return figure


def outside_examples(images: Mapping[str, Tensor], shown: int = 4) -> Figure:
    """A few images of each kind that are no garments."""
    figure, axes = style.subplots(1, shown * len(images), height=0.8)
    for group, (kind, some) in enumerate(images.items()):
        for column in range(shown):
            place = axes[group * shown + column]
            style.image(place, some[column])
            if column == 0:
                place.set_title(kind, loc="left", fontsize=10)
    return figure


def detectors(results: Sequence[Detector]) -> Figure:
    """Area under the ROC curve of each detector, one panel a kind of outside image."""
    kinds = list(results[0].areas)
    figure, axes = style.subplots(1, len(kinds), height=2.7, sharey=True, sharex=True)
    for place, kind in zip(axes, kinds, strict=True):
        for row, detector in enumerate(results):
            look = LOOKS["" if detector.label.startswith("mean") else detector.model]
            _dot(place, detector.areas[kind], row, look)
        place.axvline(0.5, color=style.NEUTRAL, linewidth=1, linestyle=":")
        place.set(title=kind, xlabel="AUROC", xlim=(-0.03, 1.03), xticks=(0, 0.5, 1))
    _rows(axes[0], [detector.label for detector in results])
    return figure


def _dot(place: Axes, value: Measured, row: int, look: style.Look) -> None:
    known = value.interval
    error = 0.0 if known is None else known.high - known.mean
    place.errorbar(value.mean, row, xerr=error, fmt=look.marker, color=look.color, capsize=3)


def _rows(place: Axes, labels: Sequence[str]) -> None:
    place.set_yticks(range(len(labels)), labels)
    place.set_ylim(len(labels) - 0.5, -0.5)


def _strip(axes: Sequence[Axes], images: Tensor, label: str) -> None:
    for place, picture in zip(axes, images, strict=True):
        style.image(place, picture)
    axes[0].set_ylabel(label, rotation=0, ha="right", va="center", fontsize=9)
