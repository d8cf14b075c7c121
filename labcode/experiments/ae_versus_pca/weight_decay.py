"""What weight decay does, number by number."""

import xarray as xr

from labcode.baselines.linear_autoencoders import shrinkage
from labcode.baselines.pca import principal_components
from labcode.designs.design import design
from labcode.designs.profiles import Profile
from labcode.training.covariance import CovarianceRunSpec, Method

DECAYS = (1e-5, 1e-4, 1e-3, 1e-2)
CODE_SIZE = 16
MADE_SPECTRUM = (6.0, 4.0, 2.5, 1.5, 0.8, 0.5, 0.3, 0.2, 0.1, 0.05)
MADE_CODE_SIZE = 4
MADE_DECAY = 0.1
RATES = {"SGD": 0.5, "Adam": 3e-3, "AdamW": 3e-3}


@design(scores={"shrinkage": shrinkage}, decay=DECAYS)
def strengths(profile: Profile, decay: float) -> CovarianceRunSpec:
    """Fashion-MNIST, L2 of several strengths."""
    return CovarianceRunSpec(CODE_SIZE, "LBFGS", min(800, profile.steps), weight_decay=decay)


@design(scores={"shrinkage": shrinkage}, optimiser=tuple(RATES))
def optimisers(profile: Profile, optimiser: Method) -> CovarianceRunSpec:
    """Made data, one `weight_decay`, three optimisers that read it in their own ways."""
    return CovarianceRunSpec(
        MADE_CODE_SIZE,
        optimiser,
        min(6000, profile.steps),
        spectrum=MADE_SPECTRUM,
        learning_rate=RATES[optimiser],
        weight_decay=MADE_DECAY,
    )


def survivors() -> xr.DataArray:
    """How many components of Fashion-MNIST each weight decay leaves in use; dimension `decay`."""
    eigenvalues = principal_components().eigenvalues
    found = [int((eigenvalues > 784 * decay / 2).sum()) for decay in DECAYS]
    about = {"units": "components", "long_name": "components that survive"}
    return xr.DataArray(found, {"decay": list(DECAYS)}, attrs=about)
