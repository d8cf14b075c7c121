"""How tight is the bound? Importance-weighted bounds against the number of samples."""

from math import sqrt

import xarray as xr

from labcode.baselines.probabilistic_pca import exact_log_likelihood
from labcode.designs.design import design
from labcode.designs.profiles import Profile
from labcode.experiments.likelihood import linear_vae, outside_check
from labcode.experiments.likelihood.sizes import bounded
from labcode.runs import Spec
from labcode.scores.variational import evidence


@design(
    scores=lambda profile: {
        "bounds": bounded(evidence, profile, "linear"),
        "exact": bounded(exact_log_likelihood, profile, "linear"),
    }
)
def linear(profile: Profile, seed: int) -> Spec:
    """Linear VAEs, whose log-likelihood is known exactly."""
    return linear_vae.fits.spec(profile, seed=seed)


def linear_gap(profile: Profile) -> xr.DataArray:
    """Nats from each bound to the truth, dimensions `seed`, `image` and `samples`."""
    table = linear.table(profile)
    return table.exact - table.bound


def outside_gap(profile: Profile) -> xr.DataArray:
    """The same on the VAE of the outside check, to its own last bound; no dimension `seed`."""
    bound = outside_check.many.table(profile).bound
    return bound.isel(samples=-1, drop=True) - bound


def over_images(gap: xr.DataArray) -> xr.Dataset:
    """`mean` over images, and its 95% `half_width`."""
    half = 1.96 * gap.std("image", ddof=1) / sqrt(gap.sizes["image"])
    return xr.Dataset({"mean": gap.mean("image"), "half_width": half})
