"""The floor that no weights can pass, and the saddles above it."""

import numpy as np
import xarray as xr

from labcode import data
from labcode.baselines.linear_autoencoders import loss_beside_saddle
from labcode.baselines.pca import principal_components
from labcode.designs.design import design
from labcode.designs.profiles import Profile
from labcode.training.covariance import CovarianceRunSpec

CODE_SIZES = (2, 8, 16, 32, 64, 128, 256, 392)
SADDLE_CODE_SIZE = 10
SADDLE_RATE = 5.0


def spectrum(code_sizes: tuple[int, ...] = CODE_SIZES) -> xr.Dataset:
    """PCA fitted on all 60,000 training images, scored on them and on the test images.

    Returns
    -------
    Dataset
        `eigenvalue` (component) of the covariance and `share` (component), the part of the variance
        that the components up to this one hold; `train` and `test` (code_size), MSE per pixel.
    """
    fitted = principal_components()
    test = data.fashion_mnist("test").pixels.flatten(1).double().numpy()
    d = len(fitted.mean)
    held = np.cumsum((fitted.project(test, d) ** 2).mean(0))
    train = [fitted.floor_per_pixel(k) for k in code_sizes]
    left = np.array([held[-1] - held[k - 1] for k in code_sizes]) / d
    share = fitted.eigenvalues.cumsum() / fitted.eigenvalues.sum()
    unit = {"units": "squared pixel units"}
    return xr.Dataset(
        {
            "eigenvalue": ("component", fitted.eigenvalues, unit | {"long_name": "variance"}),
            "share": ("component", share, {"units": "1", "long_name": "share of the variance"}),
            "train": ("code_size", train, unit | {"long_name": "MSE per pixel"}),
            "test": ("code_size", left, unit | {"long_name": "MSE per pixel"}),
        },
        {"component": np.arange(d) + 1, "code_size": list(code_sizes)},
    )


@design(scores={"descent": loss_beside_saddle})
def saddle(profile: Profile) -> CovarianceRunSpec:
    """Start at components 2 to 11 instead of 1 to 10, disturb a little, and descend."""
    return CovarianceRunSpec(
        SADDLE_CODE_SIZE,
        "SGD",
        min(3000, profile.steps),
        learning_rate=SADDLE_RATE,
        start="saddle",
        records=80,
    )
