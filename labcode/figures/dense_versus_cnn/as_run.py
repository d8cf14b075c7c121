"""As the lab ran it."""

import xarray as xr
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from labcode.figures import style
from labcode.figures.dense_versus_cnn.looks import ERRORS, floors, look_of, plain_log
from labcode.figures.source_data import with_source_data


@with_source_data
def as_the_lab_ran_it(networks: xr.Dataset, by_pca: xr.DataArray) -> Figure:
    """Training loss against epochs, one line a seed, test errors at the end, and PCA.

    Parameters
    ----------
    networks : Dataset, dimensions `network`, `seed` and `epoch`
        With `train_loss` and `test_mse`.
    by_pca : DataArray, dimension `code_size`
        Clipped PCA's test MSE per pixel.
    """
    figure, axes = style.subplots(height=3.5)
    for name in networks.network.values.tolist():
        look, one = look_of(name), networks.sel(network=name).dropna("epoch")
        labels = {"train": f"{name}, training", "test": f"{name}, test"}
        for seed in range(one.sizes["seed"]):
            run = one.isel(seed=seed)
            axes.plot(
                run.epoch,
                run.train_loss,
                color=look.color,
                alpha=0.8,
                linewidth=1.4,
                label=labels.pop("train", None),
            )
            axes.plot(
                float(run.epoch[-1]),
                run.test_mse,
                look.marker,
                color=look.color,
                label=labels.pop("test", None),
            )
    floors(axes, by_pca)
    axes.set(yscale="log", xlabel="epoch", ylabel="MSE per pixel")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    plain_log(axes, ERRORS)
    axes.legend(fontsize=9)
    return figure


@with_source_data
def dead_maps(opened: xr.DataArray) -> Figure:
    """How many maps of the code open for no image, after each epoch; one line a seed.

    Parameters
    ----------
    opened : DataArray, dimensions `seed`, `epoch` and `map`
        Share of training images that open a map.
    """
    figure, axes = style.subplots(height=2.4)
    dead = (opened == 0).sum("map")
    for look, seed in zip(style.graded(dead.sizes["seed"]), dead.seed.values, strict=True):
        counts = dead.sel(seed=seed)
        axes.step(
            counts.epoch,
            counts,
            where="mid",
            color=look.color,
            linestyle=look.dashes,
            label=f"seed {seed}",
        )
    axes.set(xlabel="epoch", ylabel="dead maps of 8", ylim=(-0.2, 8.2))
    axes.legend(ncols=5, fontsize=9)
    return figure
