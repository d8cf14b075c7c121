"""Scores of networks on items of any shape: images of any size, grey or colour, and rows."""

import xarray as xr
from torch import Tensor

from labcode import data, runs
from labcode.data.corruption import noisy
from labcode.runs.measured import measured
from labcode.scores.metrics import mse
from labcode.scores.reconstruction import through
from labcode.scores.variational import trained_vae, variance_of
from labcode.training.networks import RunSpec
from labcode.training.variational import VariationalRunSpec

INFORMATIVE = 0.1  # nats an item
MSE = {"units": "squared pixel units", "long_name": "MSE per pixel"}


@measured
def item_errors(network: RunSpec) -> xr.DataArray:
    """MSE of each test item that a network gives back, dimension `item`."""
    x = data.load(network.data).test.pixels
    errors = mse(x, through(runs.model_of(runs.get(network)), x))
    return xr.DataArray(errors.numpy(), dims="item", attrs=MSE)


@measured
def denoised_error(network: RunSpec, std: float) -> float:
    """MSE of what a network makes of noisy test items, whose noise is the same for every network.

    Parameters
    ----------
    network : RunSpec
    std : float
        s of the unclipped Gaussian noise.
    """
    x = data.load(network.data).test.pixels
    return mse(x, through(runs.model_of(runs.get(network)), noisy(x, std))).mean().item()


@measured
def units_in_use(network: VariationalRunSpec) -> xr.Dataset:
    """How many units of a VAE with a Gaussian likelihood carry information on training items.

    Returns
    -------
    Dataset
        `active`, those whose rate is above 0.1 nats an item; and `variance`, v of the likelihood.
    """
    model = trained_vae(network)
    rates = through(lambda x: model.posterior(x).rate(), data.load(network.data).train.pixels)
    count = {"units": "1", "long_name": "units in use"}
    square = {"units": "squared pixel units", "long_name": "variance of the likelihood"}
    return xr.Dataset(
        {
            "active": ((), int((rates.mean(0) > INFORMATIVE).sum()), count),
            "variance": ((), variance_of(model), square),
        }
    )


def given_back(network: RunSpec, x: Tensor) -> Tensor:
    """What a trained network gives back of some items, in their shape."""
    return through(runs.model_of(runs.get(network)), x)
