"""Figures of AE versus VAE, second half."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator
from torch import Tensor

from labcode.designs.contrast import Interval, over_seeds
from labcode.experiments.latent_space.detectors import MEAN
from labcode.experiments.latent_space.generators import HELD_OUT, REAL
from labcode.experiments.latent_space.models import AE, BETA_VAE, PPCA, VAE
from labcode.experiments.latent_space.walks import ARC, PCA
from labcode.figures import style
from labcode.figures.source_data import with_source_data

LOOKS = {
    AE: style.DENSE,
    VAE: style.VAE,
    BETA_VAE: style.Look(style.VAE.color, "p", ":"),
    PPCA: style.PCA,
    PCA: style.PCA,
    REAL: style.Look(style.NEUTRAL, "D"),
    MEAN: style.Look(style.NEUTRAL, "D"),
}
ON_AN_ARC = style.Look(style.VAE.color, "d", "-.")


@with_source_data
def latent_spaces(spaces: xr.Dataset, labels: Tensor) -> Figure:
    """Two units of AE and VAE codes on one scale, and the spectrum of all their units.

    Parameters
    ----------
    spaces : Dataset
        The table of `labcode.experiments.latent_space.posteriors.aggregated_posteriors`.
    labels : Tensor, shape (n,)
        Classes of the images that were encoded.
    """
    figure, (left, middle, right) = style.subplots(1, 3, height=3.0)
    first = spaces["codes"].isel(seed=0)
    reach = 1.05 * max(3.0, float(abs(first.sel(model=AE)).max()))
    angle = np.linspace(0, 2 * np.pi, 100)
    for place, model in ((left, AE), (middle, VAE)):
        codes = first.sel(model=model).values
        place.scatter(*codes.T, c=labels, cmap="tab10", s=3, linewidths=0)
        for radius in (1, 2, 3):
            place.plot(radius * np.cos(angle), radius * np.sin(angle), color="black", linewidth=1)
        place.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal", title=model)
        place.set(xlabel="one unit")
    left.set_ylabel("another unit")
    for model in spaces["model"].values:
        look, label = LOOKS[model], model
        for spectrum in spaces["spectrum"].sel(model=model).dropna("seed").values:
            right.plot(
                spaces["direction"], spectrum, color=look.color, linestyle=look.dashes, label=label
            )
            label = None
    right.axhline(1, color=style.NEUTRAL, linewidth=1, linestyle=":")
    right.set(yscale="log", xlabel="direction", title="variance of the codes")
    figure.legend(fontsize=9, loc="outside lower right", ncols=4)
    return figure


@with_source_data
def latent_scores(spaces: xr.Dataset, chance: float) -> Figure:
    """Discrepancy from N(0, I), as trained and whitened; error; accuracy on the codes."""
    figure, axes = style.subplots(2, 2, height=3.9, sharey=True)
    models = [str(model) for model in spaces["model"].values]
    quantities = ("discrepancy", "whitened", "mse", "neighbour_accuracy")
    for place, quantity in zip(axes.flat, quantities, strict=True):
        for row, model in enumerate(models):
            _dot(place, spaces[quantity].sel(model=model), row, LOOKS[model])
        place.set_xlabel(spaces[quantity].attrs["long_name"])
        place.xaxis.set_major_locator(MaxNLocator(3))
        _rows(place, models)
    for place in axes[0]:
        place.axvline(chance, color=style.NEUTRAL, linewidth=1, linestyle=":")
    return figure


@with_source_data
def samples(made: xr.Dataset) -> Figure:
    """Ten images of each generator, of the first seed, one row each."""
    return _strips(
        {
            f"{model}, {sampler}": made["examples"].sel(model=model, sampler=sampler).values[0]
            for model, sampler in _pairs(made["frechet"])
        },
        height=0.5,
    )


@with_source_data
def sample_scores(made: xr.Dataset) -> Figure:
    """Fréchet distance, precision and recall of each generator."""
    figure, axes = style.subplots(1, 3, height=3.1, sharey=True)
    generators = list(_pairs(made["frechet"]))
    columns = (("frechet", "less"), ("precision", "more"), ("recall", "more"))
    for place, (quantity, direction) in zip(axes, columns, strict=True):
        for row, (model, sampler) in enumerate(generators):
            _dot(place, made[quantity].sel(model=model, sampler=sampler), row, LOOKS[model])
        place.set(title=made[quantity].attrs["long_name"], xlabel=f"{direction} is better")
        real = _mean_and_half(made[quantity].sel(model=REAL, sampler=HELD_OUT))[0]
        place.axvline(real, color=style.NEUTRAL, linewidth=1, linestyle=":")
    axes[0].set_xscale("log")
    axes[0].xaxis.set_major_locator(LogLocator())
    axes[0].xaxis.set_major_formatter("{x:g}")
    axes[0].xaxis.set_minor_locator(NullLocator())
    _rows(axes[0], [", ".join(pair) for pair in generators])
    return figure


@with_source_data
def walks(walked: xr.Dataset, example: int = 0, shown: int = 11) -> Figure:
    """One walk of each kind, of the first seed, from one garment to another."""
    pictures = walked["examples"].isel(seed=0, walk=example)
    places = np.linspace(0, pictures.sizes["step"] - 1, shown).round().astype(int)
    return _strips(
        {
            f"{model}, {path}": pictures.sel(model=model, path=path).values[places]
            for model, path in _pairs(walked["detour"])
        },
        height=0.55,
    )


@with_source_data
def walk_scores(walked: xr.Dataset) -> Figure:
    """Distance to real images along the walks, and how even and how long they are."""
    figure, (left, middle, right) = style.subplots(1, 3, height=3.1, width_ratios=(1.5, 1, 1))
    kinds = list(_pairs(walked["detour"]))
    looks = [ON_AN_ARC if path == ARC else LOOKS[model] for model, path in kinds]
    distance = walked["distance"].mean("seed")
    for (model, path), look in zip(kinds, looks, strict=True):
        left.plot(walked["place"], distance.sel(model=model, path=path), **look.line())
    left.set(xlabel="place on the walk", ylabel=walked["distance"].attrs["long_name"])
    for place, quantity in ((middle, "unevenness"), (right, "detour")):
        for row, ((model, path), look) in enumerate(zip(kinds, looks, strict=True)):
            _dot(place, walked[quantity].sel(model=model, path=path), row, look)
        place.set_xlabel(quantity)
        place.set_xlim(left=min(0.95, place.get_xlim()[0]))
    _rows(middle, [", ".join(kind) for kind in kinds])
    _rows(right, [""] * len(kinds))
    return figure


@with_source_data
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


@with_source_data
def detectors(areas: xr.DataArray) -> Figure:
    """Area under the ROC curve of each detector, one panel a kind of outside image."""
    kinds = [str(kind) for kind in areas["kind"].values]
    figure, axes = style.subplots(1, len(kinds), height=2.7, sharey=True, sharex=True)
    judged = list(_pairs(areas))
    for place, kind in zip(axes, kinds, strict=True):
        for row, (model, detector) in enumerate(judged):
            found = areas.sel(model=model, detector=detector, kind=kind)
            _dot(place, found, row, LOOKS[model])
        place.axvline(0.5, color=style.NEUTRAL, linewidth=1, linestyle=":")
        place.set(title=kind, xlabel="AUROC", xlim=(-0.03, 1.03), xticks=(0, 0.5, 1))
    _rows(axes[0], [", ".join(pair) for pair in judged])
    return figure


def _pairs(array: xr.DataArray) -> Iterator[tuple[str, str]]:
    """The levels of the first two factors that the design crosses, in the table's order."""
    one, other = array.dims[:2]
    for level in array[one].values:
        for second in array[other].values:
            if array.sel({one: level, other: second}).notnull().any():
                yield str(level), str(second)


def _mean_and_half(values: xr.DataArray) -> tuple[float, float]:
    found = over_seeds(values)
    return (found.mean, found.high - found.mean) if isinstance(found, Interval) else (found, 0.0)


def _dot(place: Axes, values: xr.DataArray, row: int, look: style.Look) -> None:
    mean, half = _mean_and_half(values)
    place.errorbar(mean, row, xerr=half, fmt=look.marker, color=look.color, capsize=3)


def _rows(place: Axes, labels: Sequence[str]) -> None:
    place.set_yticks(range(len(labels)), labels)
    place.set_ylim(len(labels) - 0.5, -0.5)


def _strips(images: Mapping[str, np.ndarray], height: float) -> Figure:
    """Rows of images, each with its label, so high in inches."""
    columns = len(next(iter(images.values())))
    figure, axes = style.subplots(len(images), columns, height=height * len(images) + 0.1)
    for row, (label, pictures) in zip(axes, images.items(), strict=True):
        for place, picture in zip(row, pictures, strict=True):
            style.image(place, picture)
        row[0].set_ylabel(label, rotation=0, ha="right", va="center", fontsize=9)
    figure.set_layout_engine("constrained", w_pad=0.01, h_pad=0.01, wspace=0, hspace=0)
    return figure
