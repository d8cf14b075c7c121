"""An autoencoder that can remember each image: does it, and how many images end it?

One network, wider than the image everywhere (512 hidden units on either side of a linear code of
1,024 numbers), on 1, 10, 100, 1,000 and 10,000 images, with equally many updates: as many rounds
as the profile has epochs, of 70 steps each, in batches of 100 images or of all, Adam at 0.001
with a cosine schedule. The last weights are kept, since what is asked is what training ends in.

Before any long run the rules were fixed: a network *memorises* if its test error is at least ten
times its training error, and *generalises* if it is at most 1.25 times, with the whole interval
over three seeds; else neither is said. A training image is an attractor if it leads, iterated, to
a place within an MSE of 0.001 where the Jacobian's spectral radius is below 1.

The controls need no training: a linear network that starts at zero ends in the projection on the
span of its images, and PCA with all its components in the one through their mean.
"""

from functools import partial

import numpy as np
import xarray as xr

from labcode.data import DataSpec
from labcode.designs.contrast import Interval, interval
from labcode.designs.design import design
from labcode.designs.profiles import Profile
from labcode.experiments.beyond_linear import nonlinear
from labcode.models import DeepAutoencoder
from labcode.runs import Spec
from labcode.scores.memory import linear_errors, noise_error, paths, recall
from labcode.scores.reconstruction import history, reconstruction_error
from labcode.training.capped import CappedRunSpec
from labcode.training.loop import Optimiser
from labcode.training.networks import model_spec

COUNTS = (1, 10, 100, 1000, 10_000)
HIDDEN, CODE_SIZE = (512,), 1024
BATCH_SIZE, RATE = 100, 1e-3
SEEDS = 3
MEMORISES, GENERALISES = 10.0, 1.25
OVERCOMPLETE = (784, 1568)
IDENTITY_NETWORKS = (nonlinear.LINEAR, nonlinear.SHALLOW)


def _counts(profile: Profile) -> tuple[int, ...]:
    return tuple(n for n in COUNTS if n <= profile.train)


def _seeds(profile: Profile) -> tuple[int, ...]:
    return profile.seeds[:SEEDS]


@design(
    scores={
        "train_mse": partial(reconstruction_error, part="train"),
        "test_mse": reconstruction_error,
        "train_loss": history,
        "recall": recall,
    },
    images=_counts,
    seed=_seeds,
)
def networks(profile: Profile, images: int, seed: int) -> CappedRunSpec:
    """One wide network on few images and many, trained for equally many updates."""
    return CappedRunSpec(
        model_spec(DeepAutoencoder, code_size=CODE_SIZE, hidden=HIDDEN),
        profile.epochs,
        seed,
        DataSpec(images, 0),
        optimiser=Optimiser(learning_rate=RATE),
        batch_size=min(images, BATCH_SIZE),
        schedule="cosine",
        updates=profile.within(minutes=70, hours=70, token=20),
    )


@design(
    scores={"paths": paths},
    images=lambda profile: _counts(profile)[1:3],
    seed=lambda profile: profile.seeds[:1],
)
def pictures(profile: Profile, images: int, seed: int) -> Spec:
    """Where iterating the first seed of `networks` leads, on ten and on a hundred images."""
    return networks.spec(profile, images=images, seed=seed)


@design(images=_counts)
def linear(profile: Profile, images: int) -> Spec:
    """What is linear and gives back all of the same images."""
    return linear_errors.spec(DataSpec(images, 0))


@design(
    scores={"test_mse": reconstruction_error, "noise_mse": noise_error, "train_loss": history},
    network=IDENTITY_NETWORKS,
    code_size=OVERCOMPLETE,
    seed=_seeds,
)
def identity(profile: Profile, network: str, code_size: int, seed: int) -> CappedRunSpec:
    """Codes of 784 numbers and of twice as many, where PCA's error is zero."""
    whole = nonlinear.images(profile)
    return CappedRunSpec(
        nonlinear.model(network, code_size),
        profile.epochs,
        seed,
        DataSpec(whole.train, 0),
        optimiser=Optimiser(learning_rate=RATE),
        batch_size=nonlinear.BATCH_SIZE,
        schedule="cosine",
        updates=profile.within(minutes=20, hours=20, token=5),
    )


def gaps(table: xr.Dataset) -> dict[int, Interval]:
    """log of the test error minus log of the training error, by the number of images.

    Parameters
    ----------
    table : Dataset, dimensions `images` and `seed`
        With `train_mse` and `test_mse`.
    """
    logs = np.log(table.test_mse) - np.log(table.train_mse)
    return {n: interval(logs.sel(images=n)) for n in table.images.values.tolist()}


def regime(gap: Interval) -> str:
    """`memorises`, `generalises` or `neither`, by the rule that was fixed before the runs."""
    if gap.low >= np.log(MEMORISES):
        return "memorises"
    return "generalises" if gap.high <= np.log(GENERALISES) else "neither"


def regimes(profile: Profile) -> dict[int, str]:
    """The regime of the network, by the number of images that it was trained on."""
    return {n: regime(gap) for n, gap in gaps(networks.table(profile)).items()}


def linear_is_ahead(profile: Profile) -> str:
    """At how many of the numbers of images the linear network's test error is the lower one."""
    deep = networks.table(profile).test_mse.mean("seed")
    ahead = linear.table(profile).value.sel(machine="linear network") < deep
    return f"{int(ahead.sum())} of {ahead.size}"
