"""One thing equal at a time: a dense network against a CNN, in seven pairs."""

import xarray as xr

from labcode.designs.contrast import Interval, contrast
from labcode.designs.profiles import Profile
from labcode.experiments.dense_versus_cnn import models

PAIRS = {
    "as_run": (models.DENSE, models.CNN),
    "code_64": (models.DENSE, models.CNN_64),
    "code_392": (models.DENSE_392, models.CNN),
    "equal_parameters": (models.DENSE_2, models.CNN),
    "equal_multiply_adds": (models.DENSE_288, models.CNN),
    "as_run_dense_longer": (models.DENSE_LONG, models.CNN),
    "code_64_dense_longer": (models.DENSE_LONG, models.CNN_64),
}


def pairs(profile: Profile) -> xr.Dataset:
    """As the lab ran it, then with one thing equal at a time.

    Returns
    -------
    Dataset, dimensions `equal`, `layers` and `seed`
        `test_mse` per pixel, and `code_size`.
    """
    levels = {"equal": [*PAIRS], "layers": ["dense", "CNN"]}
    network = xr.DataArray([*PAIRS.values()], levels, tuple(levels))
    return models.networks.table(profile)[["test_mse", "code_size"]].sel(network=network)


def difference(test_mse: xr.DataArray) -> Interval:
    """The CNN's test MSE minus the dense network's, paired by seed: below 0, the CNN is better.

    Parameters
    ----------
    test_mse : DataArray, dimensions `layers` and `seed`
    """
    return contrast(test_mse, paired=True, layers=("CNN", "dense"))


def ahead(interval: Interval) -> str:
    """`CNN`, `dense`, or `undecided` where the 95% interval of a difference holds 0."""
    if interval.high < 0:
        return "CNN"
    return "dense" if interval.low > 0 else "undecided"
