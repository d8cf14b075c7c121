"""First epochs trained on the spot, on the curves of the runs that a section shows."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from labcode.figures import style
from labcode.figures.source_data import with_source_data


@with_source_data
def on_the_band(shown: xr.DataArray, live: xr.DataArray) -> Figure:
    """Training loss against epochs: the band of all seeds, one seed's line, and marks on it.

    Parameters
    ----------
    shown : DataArray, dimensions `seed` and `epoch`
        Of the runs that the section shows.
    live : DataArray, dimension `epoch`
        The first epochs of the first seed's run, trained now.
    """
    figure, axes = style.subplots(height=2.8)
    low, high = shown.min("seed"), shown.max("seed")
    axes.fill_between(shown.epoch, low, high, color=style.FAINT, alpha=0.5, linewidth=0)
    first = shown.isel(seed=0)
    axes.plot(first.epoch, first, color=style.NEUTRAL, label="first seed of this section")
    axes.plot(
        live.epoch, live, "x", color=style.PCA.color, markersize=9, label="trained on this page"
    )
    axes.set(xlabel="epoch", ylabel="training loss", yscale="log")
    axes.set_xlim(0, float(shown.epoch.max()) + 1)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend()
    return figure


def furthest(shown: xr.DataArray, live: xr.DataArray) -> float:
    """Largest relative distance of a mark from the first seed's line."""
    line = shown.isel(seed=0).sel(epoch=live.epoch)
    return float(np.abs(live / line - 1).max())
