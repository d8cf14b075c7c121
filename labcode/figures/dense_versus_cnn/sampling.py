"""Design it yourself: four ways to halve and double."""

import xarray as xr
from matplotlib.figure import Figure

from labcode.figures import style
from labcode.figures.dense_versus_cnn.looks import bar, rows
from labcode.figures.source_data import with_source_data


@with_source_data
def designs(decoders: xr.Dataset, untrained: xr.DataArray, originals: float) -> Figure:
    """Error and checkerboard of each design's reconstructions; open, before training.

    Parameters
    ----------
    decoders : Dataset, dimensions `sampling` and `seed`
        With `mse` and `checkerboard`.
    untrained : DataArray, dimension `sampling`
        The checkerboard before training.
    originals : float
        That of the images themselves.
    """
    figure, axes = style.subplots(1, 2, height=2.6, sharey=True)
    samplings = decoders.sampling.values.tolist()
    look = style.CNN
    for row, sampling in enumerate(samplings):
        for panel, score in zip(axes, ("mse", "checkerboard"), strict=True):
            bar(panel, decoders[score].sel(sampling=sampling), row, look)
        first = untrained.sel(sampling=sampling)
        axes[1].plot(first, row, look.marker, markerfacecolor="none", color=look.color)
    axes[0].set(xlabel="validation MSE per pixel")
    rows(axes[0], [sampling.replace("; ", "\n") for sampling in samplings])
    axes[1].set(xlabel="power at period 2 / beside it")
    axes[1].axvline(originals, color=style.NEUTRAL, linestyle=":", linewidth=1.5)
    return figure
