"""Argument 2, what sharing weights is for: the error that few images allow.

Both kinds are deep, have a code of 64, and take as many steps from few images as from many; the
weights are those of the best round on the same validation images, so that few images cannot be
learned by heart.
"""

from functools import partial

import numpy as np

from labcode.baselines.pca import error_on_test_images
from labcode.data import DataSpec
from labcode.designs.contrast import Contrast, contrast
from labcode.designs.design import Score, design
from labcode.designs.profiles import Profile
from labcode.experiments.dense_versus_cnn import factorial, rates
from labcode.experiments.dense_versus_cnn.networks import (
    CONVOLUTIONAL,
    DEEP,
    DENSE,
    FACTORS,
    IN_PLACE,
    SHUFFLED,
    network,
)
from labcode.runs import Spec
from labcode.scores.reconstruction import history, reconstruction_error
from labcode.training.capped import CappedRunSpec
from labcode.training.loop import Optimiser

CODE_SIZE = 64


def counts(profile: Profile) -> tuple[int, ...]:
    """How many training images; the first two decide."""
    return profile.within(
        minutes=(300, 1000, 3000), hours=(300, 3000, profile.train), token=(100, 150, 200)
    )


def rounds(profile: Profile) -> tuple[int, int]:
    """How many rounds, of how many steps each: 10,000 steps in the record."""
    steps = profile.within(minutes=30, hours=250, token=2)
    return profile.passes(minutes=2, hours=4 / 3, token=2), steps


def run(
    profile: Profile, layers: str, pixels: str, images: int, seed: int, rate: float
) -> CappedRunSpec:
    """A cosine schedule, and the weights of the round that is best on validation images."""
    times, steps = rounds(profile)
    order = factorial.SHUFFLE_SEED if pixels == SHUFFLED else None
    return CappedRunSpec(
        network(layers, DEEP, CODE_SIZE),
        times,
        seed,
        DataSpec(images, profile.validation, order),
        optimiser=Optimiser(learning_rate=rate),
        batch_size=factorial.BATCH_SIZE,
        schedule="cosine",
        best=True,
        updates=steps,
    )


def scores(profile: Profile) -> dict[str, Score]:
    """Test error, and how a network learned."""
    return {
        "test_mse": partial(reconstruction_error, images=profile.test),
        "train_loss": history,
        "validation_loss": partial(history, name="validation_loss"),
    }


@design(scores=scores, layers=FACTORS["layers"], pixels=FACTORS["pixels"], images=counts)
def capped(profile: Profile, layers: str, pixels: str, images: int, seed: int) -> CappedRunSpec:
    """Each kind of layers, in place and shuffled, on few images and on many."""
    place = counts(profile).index(images)
    return run(profile, layers, pixels, images, seed, rates.FEW_IMAGES[layers, pixels, place])


def leads(profile: Profile) -> list[Contrast]:
    """Logarithm of the test MSE, convolutional minus dense layers in place, at each of `counts`."""
    logs = np.log(capped.table(profile).test_mse).sel(pixels=IN_PLACE)
    return [
        contrast(logs.sel(images=count), layers=(CONVOLUTIONAL, DENSE)) for count in counts(profile)
    ]


@design(images=counts, code_size=(CODE_SIZE,))
def by_pca(profile: Profile, images: int, code_size: int) -> Spec | None:
    """PCA of the same images, with as large a code."""
    return error_on_test_images.spec(code_size, DataSpec(images, 0)) if code_size < images else None
