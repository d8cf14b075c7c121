"""As the lab ran it."""

import xarray as xr
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from labcode.figures import style
from labcode.figures.dense_versus_cnn.looks import ERRORS, LOOKS, plain_log
from labcode.figures.source_data import with_source_data


@with_source_data
def as_the_lab_ran_it(networks: xr.Dataset, by_pca: xr.DataArray) -> Figure:
    """Training loss against epochs, one line a seed, test errors at the end, and PCA.

    Parameters
    ----------
    networks : Dataset, dimensions `network`, `seed` and `epoch`
        With `train_loss` and `test_mse`.
    by_pca : DataArray, dimension `code_size`
        PCA's test MSE per pixel.
    """
    figure, axes = style.subplots(height=3.5)
    for name in networks.network.values.tolist():
        look, one = LOOKS[name], networks.sel(network=name).dropna("epoch")
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
    for k in (64, 392):
        floor = by_pca.sel(code_size=k).item()
        axes.axhline(floor, color=style.PCA.color, linestyle="--", linewidth=1.2)
        axes.text(axes.get_xlim()[0], floor, f" PCA, {k}", ha="left", va="bottom", fontsize=10)
    axes.set(yscale="log", xlabel="epoch", ylabel="MSE per pixel")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    plain_log(axes, ERRORS)
    axes.legend(fontsize=9)
    return figure
