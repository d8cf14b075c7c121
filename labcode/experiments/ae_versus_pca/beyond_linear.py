"""Beyond linear: which part of a network can beat PCA, and at which code sizes."""

from functools import partial
from itertools import pairwise
from typing import Any

import xarray as xr

from labcode import data
from labcode.baselines.pca import error_on_test_images, principal_components
from labcode.designs.contrast import interval
from labcode.designs.design import design
from labcode.designs.profiles import Profile
from labcode.models import DeepAutoencoder, LinearAutoencoder, ShallowAutoencoder
from labcode.runs import Spec
from labcode.scores.reconstruction import reconstruction_error
from labcode.training.loop import Optimiser
from labcode.training.networks import RunSpec, model_spec

CODE_SIZES = (2, 8, 32, 64)
OUTPUT_CODE_SIZE = 64
OPTIMISER = Optimiser(learning_rate=2e-3)
NETWORKS: dict[str, tuple[type, dict[str, Any]]] = {
    "linear AE": (LinearAutoencoder, {}),
    "shallow AE": (ShallowAutoencoder, {}),
    "deep AE": (DeepAutoencoder, {"hidden": (256, 128)}),
}


def images(profile: Profile) -> data.DataSpec:
    """The images that this section's networks train on, and PCA is fitted on."""
    return data.DataSpec(train=profile.train, validation=0)


@design(
    scores={"train_mse": partial(reconstruction_error, part="train")}, output=("affine", "sigmoid")
)
def outputs(profile: Profile, output: str, seed: int) -> RunSpec:
    """One hidden ReLU layer with an affine or a sigmoid output, where Bourlard and Kamp speak."""
    sizes: dict[str, Any] = {"sigmoid_output": False} if output == "affine" else {}
    return RunSpec(
        model_spec(ShallowAutoencoder, code_size=OUTPUT_CODE_SIZE, **sizes),
        epochs=2 * profile.epochs,
        seed=seed,
        data=images(profile),
        optimiser=OPTIMISER,
    )


def output_floor(profile: Profile) -> float:
    """PCA's training MSE per pixel at the same code size: a bound for the affine output."""
    return principal_components(images(profile)).floor_per_pixel(OUTPUT_CODE_SIZE)


@design(scores={"test_mse": reconstruction_error}, network=tuple(NETWORKS), code_size=CODE_SIZES)
def networks(profile: Profile, network: str, code_size: int, seed: int) -> RunSpec:
    """Linear, shallow and deep autoencoders at the same code sizes and training budget."""
    architecture, sizes = NETWORKS[network]
    return RunSpec(
        model_spec(architecture, code_size=code_size, **sizes),
        epochs=profile.epochs,
        seed=seed,
        data=images(profile),
        optimiser=OPTIMISER,
    )


@design(code_size=CODE_SIZES)
def by_pca(profile: Profile, code_size: int) -> Spec:
    """PCA at the same code sizes, fitted on the images that the networks train on."""
    return error_on_test_images.spec(code_size, images(profile))


def gains(profile: Profile) -> xr.DataArray:
    """How far each test error lies below clipped PCA's, as a share of it.

    Returns
    -------
    DataArray, dimensions `network`, `code_size` and `seed`
    """
    gain = 1 - networks.table(profile).test_mse / by_pca.table(profile).clipped
    return gain.assign_attrs(units="1", long_name="gain over clipped PCA")


def crossing(gain: xr.DataArray) -> tuple[int, int] | None:
    """The neighbouring code sizes between which clipped PCA overtakes a network.

    Parameters
    ----------
    gain : DataArray
        Of one network, with the dimensions `code_size` and `seed`.
    """
    sizes = gain.code_size.values.tolist()
    means = [interval(gain.sel(code_size=k)).mean for k in sizes]
    for i, (before, after) in enumerate(pairwise(means)):
        if before > 0 > after:
            return sizes[i], sizes[i + 1]
    return None
