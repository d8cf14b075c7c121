"""What does a grey pixel mean? One formula that is no density, and one network four times."""

import numpy as np
import xarray as xr

from labcode.designs.design import design
from labcode.designs.profiles import Profile
from labcode.experiments.likelihood.nonlinear_vae import DENSE, dense
from labcode.models.likelihoods import Bernoulli, BernoulliOnGrey, ContinuousBernoulli, Likelihood
from labcode.scores.variational import decoded_errors, elbo_on_test_images
from labcode.training.variational import VariationalRunSpec

GAUSSIAN = "Gaussian, learned variance"
OTHERS: dict[str, type[Likelihood]] = {
    "continuous Bernoulli": ContinuousBernoulli,
    "Bernoulli, binarised pixels": Bernoulli,
    "Bernoulli formula, grey pixels": BernoulliOnGrey,
}


def normaliser() -> xr.DataArray:
    """What the Bernoulli formula integrates to over grey values, dimension `p`, its parameter.

    The integral of p^x (1 - p)^(1 - x) over [0, 1] is (2p - 1) / (ln p - ln(1 - p)).
    """
    p = np.linspace(0.001, 0.999, 400)
    return xr.DataArray((2 * p - 1) / (np.log(p) - np.log1p(-p)), {"p": p}, "p")


@design(
    scores={"elbo": elbo_on_test_images, "errors": decoded_errors}, likelihood=(GAUSSIAN, *OTHERS)
)
def likelihoods(profile: Profile, likelihood: str) -> VariationalRunSpec:
    """The same network with four likelihoods; the Gaussian one is that of the main comparison."""
    if likelihood == GAUSSIAN:
        return dense(profile, DENSE)
    return dense(profile, "likelihoods", {"likelihood": OTHERS[likelihood]})
