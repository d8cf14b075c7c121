"""Argument 3, spatial information: permuted pixels, and images that moved."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from labcode.figures import style
from labcode.figures.dense_versus_cnn.looks import ERRORS, LOOKS, column, plain_log
from labcode.figures.source_data import with_source_data


@with_source_data
def permuted(test_mse: xr.DataArray, images: np.ndarray, shuffled: np.ndarray) -> Figure:
    """Two images before and after the permutation, and the errors before and after.

    Parameters
    ----------
    test_mse : DataArray, dimensions `network`, `pixels` (original, permuted) and `seed`
    images, shuffled : ndarray, shape (n, 1, 28, 28)
    """
    figure, axes = style.subplots(2, 3, height=3.3, width_ratios=(0.55, 0.55, 2.0), squeeze=False)
    for row, (image, other) in enumerate(zip(images[:2], shuffled[:2], strict=True)):
        style.image(axes[row, 0], image, "" if row else "original")
        style.image(axes[row, 1], other, "" if row else "permuted")
    panel = column(figure, axes, 2)
    for name in test_mse.network.values.tolist():
        label = name
        for seed in test_mse.seed.values:
            pair = test_mse.sel(network=name, seed=seed, pixels=["original", "permuted"])
            panel.plot((0, 1), pair, label=label, alpha=0.85, **LOOKS[name].line())
            label = None
    panel.set(yscale="log", xticks=(0, 1), xlim=(-0.25, 1.25), ylabel="test MSE per pixel")
    panel.set_xticklabels(["original pixels", "permuted pixels"])
    plain_log(panel, ERRORS[1:])
    panel.legend(fontsize=10)
    return figure


@with_source_data
def shifts(mse: xr.DataArray) -> Figure:
    """Error against shift, at either code size: means over seeds, and bands that span them.

    Parameters
    ----------
    mse : DataArray, dimensions `coder`, `seed` and `moved`, in pixels
        Of coders named like `PCA, code 64`.
    """
    figure, axes = style.subplots(1, 2, height=3.3)
    for name in mse.coder.values.tolist():
        one, (kind, code) = mse.sel(coder=name), name.split(", code ")
        panel = axes[("64", "392").index(code)]
        panel.plot(one.moved, one.mean("seed"), label=kind, **LOOKS[name].line())
        style.band(panel, one.moved, one.min("seed"), one.max("seed"), LOOKS[name])
    for panel, code in zip(axes, ("64", "392"), strict=True):
        panel.set(title=f"code {code}", xlabel="shift in pixels", xticks=mse.moved.values)
        panel.set_ylim(bottom=0)
        panel.legend()
    axes[0].set_ylabel("test MSE per pixel")
    return figure
