"""Centre first: what two biases are worth, and what they do not repair."""

import xarray as xr

from labcode.baselines.linear_autoencoders import Centring, largest_stable_step
from labcode.baselines.pca import principal_components
from labcode.designs.design import design
from labcode.designs.profiles import Profile
from labcode.runs import Spec
from labcode.theory import linear_autoencoder as theory

CODE_SIZE = 2


@design(images=("centred", "not centred"))
def stability(profile: Profile, images: Centring) -> Spec:
    """Centred, the top eigenvalue of the covariance decides; else the second moment's."""
    return largest_stable_step.spec(images, CODE_SIZE)


def bias_bounds() -> xr.Dataset:
    """What two biases are worth, on images that nobody centred.

    Returns
    -------
    Dataset
        `floor` (model), the training MSE per pixel of the best linear autoencoder at k = 2 with
        biases, without, and without but one more unit; and `largest_step`: no step size above it
        is stable with biases.
    """
    fitted = principal_components()
    d = len(fitted.mean)
    more, same = theory.bias_bounds(fitted.uncentred().eigenvalues, CODE_SIZE)
    floors = {
        "biases": fitted.floor_per_pixel(CODE_SIZE),
        "no biases": same / d,
        "no biases, one more unit": more / d,
    }
    about = {"units": "squared pixel units", "long_name": "MSE per pixel"}
    largest = theory.largest_step_with_biases(fitted.mean)
    return xr.Dataset(
        {
            "floor": ("model", [*floors.values()], about),
            "largest_step": ((), largest, {"units": "1", "long_name": "largest stable step size"}),
        },
        {"model": [*floors]},
    )
