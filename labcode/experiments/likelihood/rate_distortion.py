"""Rate and distortion: VAEs along beta, and the losses that popular code writes."""

from functools import partial

import numpy as np
import xarray as xr

from labcode.baselines.pca import principal_components
from labcode.baselines.probabilistic_pca import rate_and_error_at
from labcode.designs.design import design
from labcode.designs.profiles import Profile
from labcode.experiments.likelihood.nonlinear_vae import CODE_SIZE, DENSE, dense
from labcode.experiments.likelihood.sizes import epochs, everything
from labcode.scores.variational import rate_and_error
from labcode.training.variational import VariationalRunSpec

# beta v of each loss: a squared error summed over the pixels has v = 1/2, and averaging it over
# 784 pixels multiplies the weight of the rate by 784.
LEVELS = {
    "mean over pixels + KL": 392.0,
    "mean over pixels + KL / k": 392.0 / CODE_SIZE,
    "half the sum over pixels + KL": 1.0,
    "mean over pixels + 0.00025 KL": 0.00025 * 392.0,
}
LEARNED = "learned variance + KL"
POPULAR = (*LEVELS, LEARNED)
OTHERS = {"beta v = 4": 4.0, "beta v = 0.3": 0.3}
VARIANCE = 0.5
SHOWN = 8
COLD, WARM = "full weight from the start", "warm-up"


@design(scores={"exchange": partial(rate_and_error, shown=SHOWN)}, loss=(*POPULAR, *OTHERS))
def losses(profile: Profile, loss: str) -> VariationalRunSpec:
    """A VAE with each loss: with fixed variance, or the first of those with a learned one."""
    if loss == LEARNED:
        return dense(profile, DENSE)
    return _at(profile, (LEVELS | OTHERS)[loss])


@design(scores={"exchange": partial(rate_and_error, shown=SHOWN)}, start=(COLD, WARM))
def starts(profile: Profile, start: str) -> VariationalRunSpec:
    """One level between the first two eigenvalues, without and with warm-up over half of the run.

    One unit of a linear VAE is worth its rate there.
    """
    warm_up = (epochs(profile, "sweep") + 1) // 2 if start == WARM else 0
    return _at(profile, LEVELS["mean over pixels + KL / k"], warm_up)


def linear(profile: Profile, level: xr.DataArray) -> xr.Dataset:
    """`rate`, `squared_error` and `active` of the best linear VAE at each beta v."""
    return rate_and_error_at(everything(profile), CODE_SIZE, level)


def curve(profile: Profile) -> xr.Dataset:
    """The same along all levels, dimension `level`: half the lowest one to the first eigenvalue."""
    lowest = losses.table(profile).level.min().item()
    highest = principal_components(everything(profile)).eigenvalues[0]
    levels = np.geomspace(0.5 * lowest, highest, 200)
    return linear(profile, xr.DataArray(levels, {"level": levels}, "level"))


def _at(profile: Profile, level: float, warm_up: int = 0) -> VariationalRunSpec:
    model = {"variance": VARIANCE}
    return dense(profile, "sweep", model, beta=level / VARIANCE, warm_up=warm_up)
