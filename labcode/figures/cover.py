"""The figure of the cover."""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure

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
    columns = [column for group in groups.values() for column in group]
    rows = len(columns[0].pixels)
    figure, axes = style.subplots(rows, len(columns), height=0.8 * rows + 0.9)
    figure.get_layout_engine().set(w_pad=0.02, h_pad=0.02, wspace=0, hspace=0)
    for column, places in zip(columns, axes.T, strict=True):
        color = COLORS.get(column.name, style.NEUTRAL)
        for pixels, place in zip(column.pixels, places, strict=True):
            style.image(place, pixels)
        places[0].set_title(column.name, loc="center", fontsize=12, color=color)
        if column.error is not None:
            places[-1].set_xlabel(f"{column.error:.4f}", fontsize=12, color=color)
    first = 0
    for name, group in groups.items():
        middle = axes[0, first + len(group) // 2]
        middle.annotate(
            name,
            (0.5, 1),
            (0, 24),
            xycoords="axes fraction",
            textcoords="offset points",
            ha="center",
            fontsize=12,
        )
        first += len(group)
    return figure
