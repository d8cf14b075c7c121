"""How the crossing of PCA moves with the number of training images.

One thousand, five thousand and fifty thousand images, with as many updates for each, the best
weights on the same validation images, and the learning rate tuned at each number of images. All
images are the runs of `nonlinear`. PCA is fitted on the images that the networks train on. Three
seeds.
"""

from functools import partial

import xarray as xr

from labcode.baselines.pca import error_on_test_images
from labcode.claims.crossings import Side, sides
from labcode.data import DataSpec
from labcode.designs.design import design
from labcode.designs.profiles import Profile
from labcode.experiments.beyond_linear import nonlinear
from labcode.runs import Spec
from labcode.scores.reconstruction import history, reconstruction_error
from labcode.training.capped import CappedRunSpec
from labcode.training.loop import Optimiser
from labcode.training.networks import RunSpec

NETWORKS = (nonlinear.SHALLOW, nonlinear.DEEP)
CODE_SIZES = (8, 32, 128)
TUNED_CODE_SIZE = 32
SHARES = (50, 10, 1)  # of the training images, one in so many
# At TUNED_CODE_SIZE, as the module `tuning` chose, which trained first.
LEARNING_RATES = {
    nonlinear.SHALLOW: {50: 1.5e-3, 10: 4.5e-3},
    nonlinear.DEEP: {50: 5e-4, 10: 1.5e-3},
}


def images(profile: Profile, share: int) -> DataSpec:
    """One in so many of the training images, and all validation images."""
    whole = nonlinear.images(profile)
    return DataSpec(whole.train // share, whole.validation)


def run(
    profile: Profile, network: str, share: int, code_size: int, seed: int, rate: float, rounds: int
) -> CappedRunSpec:
    """Rounds of as many updates as an epoch of all images has."""
    return CappedRunSpec(
        nonlinear.model(network, code_size),
        rounds,
        seed,
        images(profile, share),
        optimiser=Optimiser(learning_rate=rate),
        batch_size=nonlinear.BATCH_SIZE,
        schedule="cosine",
        best=True,
        updates=-(-nonlinear.images(profile).train // nonlinear.BATCH_SIZE),
    )


@design(
    scores={
        "test_mse": reconstruction_error,
        "train_mse": partial(reconstruction_error, part="train"),
        "train_loss": history,
        "validation_loss": partial(history, name="validation_loss"),
    },
    network=NETWORKS,
    share=SHARES,
    code_size=CODE_SIZES,
    seed=lambda profile: profile.seeds[: nonlinear.SEEDS_ELSEWHERE],
)
def networks(profile: Profile, network: str, share: int, code_size: int, seed: int) -> RunSpec:
    """Two networks at three code sizes, on a fiftieth, a tenth and all of the images."""
    if share == 1:
        rate = nonlinear.learning_rate(network, code_size)
        return nonlinear.run(profile, network, code_size, seed, rate, profile.epochs)
    rate = LEARNING_RATES[network][share]
    return run(profile, network, share, code_size, seed, rate, profile.epochs)


@design(share=SHARES, code_size=CODE_SIZES)
def by_pca(profile: Profile, share: int, code_size: int) -> Spec:
    """PCA at the same code sizes, fitted on the same images."""
    return error_on_test_images.spec(code_size, images(profile, share))


def sides_of_pca(profile: Profile) -> dict[tuple[str, int], dict[int, Side]]:
    """By network and share, at each code size, on which side of clipped PCA its test error lies.

    Holm's correction is over the code sizes of a network at a share. Sigmoids need no clipping.
    """
    errors: xr.DataArray = networks.table(profile).test_mse
    pca = by_pca.table(profile).clipped
    return {
        (network, share): sides(
            nonlinear.against_pca(errors.sel(network=network, share=share), pca.sel(share=share))
        )
        for network in NETWORKS
        for share in SHARES
    }
