"""The figure of the cover."""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure
from matplotlib.gridspec import SubplotSpec
from matplotlib.lines import Line2D

from labcode.experiments.cover import Column
from labcode.figures import style

COLORS = {
    "PCA": style.PCA.color,
    "AE": style.DEEP.color,
    "VAE": style.VAE.color,
    "plain AE": style.CNN.color,
    "denoiser": style.DENOISING.color,
    "sampled": style.VAE.color,
}


def gallery(groups: Mapping[str, Sequence[Column]]) -> Figure:
    """Garments in rows, treatments in columns with their error, in named groups of columns."""
    rows = len(next(iter(groups.values()))[0].pixels)
    figure, _ = style.subplots(height=0.75 * rows + 0.8)
    figure.clear()
    figure.set_layout_engine("none")
    grid = figure.add_gridspec(
        1, len(groups), width_ratios=[len(group) for group in groups.values()], wspace=0.04
    )
    grid.update(left=0, right=1, bottom=0.1, top=0.8)
    for place, (name, group) in enumerate(groups.items()):
        _group(figure, grid[place], name, group)
    return figure


def _group(figure: Figure, where: SubplotSpec, name: str, group: Sequence[Column]) -> None:
    rows = len(group[0].pixels)
    axes = where.subgridspec(rows, len(group), wspace=0.06, hspace=0.06).subplots(squeeze=False)
    box = where.get_position(figure)
    figure.text(box.x0 + box.width / 2, 0.94, name, ha="center", fontsize=12)
    if name:
        figure.add_artist(Line2D([box.x0, box.x1], [0.92, 0.92], color=style.FAINT, linewidth=1))
    for column, places in zip(group, axes.T, strict=True):
        color = COLORS.get(column.name, style.NEUTRAL)
        for pixels, place in zip(column.pixels, places, strict=True):
            style.image(place, pixels)
        places[0].set_title(column.name, loc="center", fontsize=11, color=color)
        if column.error is not None:
            places[-1].set_xlabel(f"{column.error:.3f}", fontsize=11, color=color)
