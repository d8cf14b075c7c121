"""Layers, depth, code size and the order of the pixels, one at a time.

In each cell encoder and decoder mirror each other, hidden layers have ReLU, the code has none, and
the output has a sigmoid; nothing is normalised. Depth counts the encoder's layers with weights: two
are shallow, four are deep. The layer that makes the code is linear in both kinds. Widths are such
that the two kinds of a pair need about equal multiply-adds, within a factor of 2.1; parameters are
then unequal. `matched` has dense networks with exactly as many of either.
"""

from dataclasses import replace
from functools import partial

from labcode.data import DataSpec
from labcode.designs.design import Score, design
from labcode.designs.profiles import Profile
from labcode.experiments.dense_versus_cnn import rates
from labcode.experiments.dense_versus_cnn.models import sizes
from labcode.experiments.dense_versus_cnn.networks import (
    DENSE,
    EQUAL,
    FACTORS,
    IN_PLACE,
    SHUFFLED,
    matched_model,
    network,
)
from labcode.scores.costs import work
from labcode.scores.reconstruction import history, reconstruction_error, seconds
from labcode.training.loop import Optimiser
from labcode.training.networks import ModelSpec, RunSpec

SHUFFLE_SEED = 0
BATCH_SIZE = 128


def run(
    profile: Profile, model: ModelSpec, pixels: str, seed: int, rate: float, epochs: int
) -> RunSpec:
    """A network's run: a cosine schedule, and the weights that are best on validation images."""
    order = SHUFFLE_SEED if pixels == SHUFFLED else None
    return RunSpec(
        model,
        epochs,
        seed,
        DataSpec(sizes(profile).design_images, profile.validation, order),
        optimiser=Optimiser(learning_rate=rate),
        batch_size=BATCH_SIZE,
        schedule="cosine",
        best=True,
    )


def long(profile: Profile) -> int:
    """Epochs of a run that counts; tuning takes a quarter of them."""
    return profile.passes(minutes=4 / 3, hours=4 / 3, token=1)


def first_seed(profile: Profile) -> tuple[int, ...]:
    """One seed is enough to tune, and to see whether training has converged."""
    return profile.seeds[:1]


DENSE_PAIRS = {name: FACTORS[name] for name in ("depth", "code_size")}


def scores(profile: Profile) -> dict[str, Score]:
    """Test error, how a network learned, and what it costs."""
    return {
        "test_mse": partial(reconstruction_error, images=profile.test),
        "train_loss": history,
        "validation_loss": partial(history, name="validation_loss"),
        "seconds": seconds,
        "work": work,
    }


def cell(
    profile: Profile, layers: str, depth: str, code_size: int, pixels: str, seed: int
) -> RunSpec:
    """A cell's run, long."""
    rate = rates.CELLS[layers, depth, code_size, pixels]
    return run(profile, network(layers, depth, code_size), pixels, seed, rate, long(profile))


@design(scores=scores, **FACTORS)
def cells(
    profile: Profile, layers: str, depth: str, code_size: int, pixels: str, seed: int
) -> RunSpec:
    """The sixteen cells."""
    return cell(profile, layers, depth, code_size, pixels, seed)


@design(scores=scores, **FACTORS, seed=first_seed)
def doubled(
    profile: Profile, layers: str, depth: str, code_size: int, pixels: str, seed: int
) -> RunSpec | None:
    """One seed of each network for twice as long, to see whether the others have converged.

    A dense network cannot tell shuffled pixels from others, so that one is left out.
    """
    if layers == DENSE and pixels == SHUFFLED:
        return None
    once = cell(profile, layers, depth, code_size, pixels, seed)
    return replace(once, epochs=2 * once.epochs)


@design(scores=scores, **DENSE_PAIRS, equal=EQUAL)
def matched(profile: Profile, depth: str, code_size: int, equal: str, seed: int) -> RunSpec:
    """Dense networks with as many parameters, or multiply-adds, as the convolutional ones."""
    model, rate = matched_model(depth, code_size, equal), rates.MATCHED[depth, code_size, equal]
    return run(profile, model, IN_PLACE, seed, rate, long(profile))
