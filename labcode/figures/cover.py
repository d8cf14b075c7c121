"""The figure of the cover."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.gridspec import SubplotSpec
from matplotlib.lines import Line2D

from labcode.figures import style
from labcode.figures.source_data import with_source_data

COLORS = {
    "PCA": style.PCA.color,
    "AE": style.DEEP.color,
    "VAE": style.VAE.color,
    "plain AE": style.CNN.color,
    "denoiser": style.DENOISING.color,
    "sampled": style.VAE.color,
}


@with_source_data
def gallery(table: xr.Dataset) -> Figure:
    """Garments in rows, treatments in columns with their error, in named groups of columns."""
    figure, _ = style.subplots(height=0.75 * table.sizes["garment"] + 0.8)
    figure.clear()
    figure.set_layout_engine("none")
    names = list(dict.fromkeys(table.group.values.tolist()))
    groups = [table.isel(treatment=np.flatnonzero(table.group == name)) for name in names]
    widths = [group.sizes["treatment"] for group in groups]
    grid = figure.add_gridspec(1, len(groups), width_ratios=widths, wspace=0.04)
    grid.update(left=0, right=1, bottom=0.1, top=0.8)
    for i, (name, group) in enumerate(zip(names, groups, strict=True)):
        _group(figure, grid[i], name, group)
    return figure


def _group(figure: Figure, where: SubplotSpec, name: str, group: xr.Dataset) -> None:
    rows, columns = group.sizes["garment"], group.sizes["treatment"]
    axes = where.subgridspec(rows, columns, wspace=0.06, hspace=0.06).subplots(squeeze=False)
    box = where.get_position(figure)
    figure.text(box.x0 + box.width / 2, 0.94, name, ha="center", fontsize=12)
    if name:
        figure.add_artist(Line2D([box.x0, box.x1], [0.92, 0.92], color=style.FAINT, linewidth=1))
    for treatment, places in zip(group.treatment.values.tolist(), axes.T, strict=True):
        color, column = COLORS.get(treatment, style.NEUTRAL), group.sel(treatment=treatment)
        for pixels, place in zip(column.pixels.values, places, strict=True):
            style.image(place, pixels)
        places[0].set_title(treatment, loc="center", fontsize=11, color=color)
        if column.error.notnull():
            places[-1].set_xlabel(f"{column.error:.3f}", fontsize=11, color=color)
