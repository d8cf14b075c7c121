"""Design it yourself: how a CNN with a code of 64 halves and doubles, and its checkerboard."""

from dataclasses import replace
from functools import partial

from labcode.data import DataSpec
from labcode.designs.design import Score, design
from labcode.designs.profiles import Profile
from labcode.experiments.dense_versus_cnn.models import CNN_64, run, sizes
from labcode.models.conv import ConvAutoencoder
from labcode.runs.measured import Measurement
from labcode.scores.checkerboard import untrained_checkerboard, validation_errors
from labcode.scores.costs import costs
from labcode.training.networks import RunSpec, model_spec

SAMPLINGS = {
    f"{down}; {up}": model_spec(ConvAutoencoder, code_size=64, channels=(16, 15), down=down, up=up)
    for down, up in (
        ("stride", "transposed 3x3"),
        ("stride", "transposed 4x4"),
        ("stride", "nearest, then 3x3"),
        ("max pooling", "transposed 3x3"),
    )
}


def scores(profile: Profile) -> dict[str, Score]:
    """Error and checkerboard on validation images, and what the network costs."""
    return {"errors": partial(validation_errors, images=profile.scored), "costs": costs}


@design(scores=scores, sampling=tuple(SAMPLINGS))
def decoders(profile: Profile, sampling: str, seed: int) -> RunSpec:
    """Variants of the CNN with code 64, in a third of the epochs."""
    return replace(
        run(profile, CNN_64, seed),
        model=SAMPLINGS[sampling],
        epochs=epochs(profile),
        data=DataSpec(sizes(profile).design_images, 0),
    )


@design(sampling=tuple(SAMPLINGS))
def untrained(profile: Profile, sampling: str) -> Measurement:
    """The checkerboard in reconstructions by the first weights."""
    return untrained_checkerboard.spec(SAMPLINGS[sampling], profile.scored)


def epochs(profile: Profile) -> int:
    """A third of the profile's, rounded up."""
    return -(-profile.epochs // 3)
