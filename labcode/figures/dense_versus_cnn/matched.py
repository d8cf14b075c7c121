"""One thing equal at a time."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from labcode.figures import style
from labcode.figures.dense_versus_cnn.looks import ERRORS, KINDS, bar, plain_log, rows
from labcode.figures.source_data import with_source_data

PAIRS = {
    "as_run": "as the lab ran it",
    "code_64": "equal code, 64, and parameters",
    "code_392": "equal code, 392",
    "equal_parameters": "equal parameters, about 3,500",
    "equal_multiply_adds": "equal multiply-adds",
    "as_run_dense_longer": "as run, dense trained longer",
    "code_64_dense_longer": "code 64, dense trained longer",
}


@with_source_data
def matched_pairs(pairs: xr.Dataset, by_pca: xr.DataArray) -> Figure:
    """One row a pair: dense, CNN, and PCA at either code size.

    Parameters
    ----------
    pairs : Dataset, dimensions `equal`, `layers` and `seed`
        With `test_mse` and `code_size`.
    by_pca : DataArray, dimension `code_size`
        PCA's test MSE per pixel.
    """
    figure, axes = style.subplots(height=0.62 * pairs.sizes["equal"] + 1.3)
    for row, equal in enumerate(pairs.equal.values.tolist()):
        pair = pairs.sel(equal=equal)
        for size in np.unique(pair.code_size):
            floor = by_pca.sel(code_size=size).item()
            axes.plot(floor, row, "|", color=style.PCA.color, markersize=20)
            axes.text(floor, row - 0.33, f"{size:g}", ha="center", va="bottom", fontsize=9)
        for layers in ("dense", "CNN"):
            label = None if row else layers
            bar(
                axes,
                pair.test_mse.sel(layers=layers),
                row,
                KINDS[layers],
                markersize=8,
                label=label,
            )
    axes.set(xscale="log", xlabel="test MSE per pixel")
    rows(axes, [PAIRS[equal] for equal in pairs.equal.values.tolist()], above=0.75)
    plain_log(axes, ERRORS, axis="x")
    axes.legend(loc="upper left", bbox_to_anchor=(0, -0.14), ncols=2)
    return figure
