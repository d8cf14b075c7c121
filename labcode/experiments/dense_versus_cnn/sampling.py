"""Design it yourself: how a CNN with a code of 64 halves and doubles, and its checkerboard."""

from functools import partial

from labcode.designs.design import Score, design
from labcode.designs.profiles import Profile
from labcode.experiments.dense_versus_cnn import factorial, rates
from labcode.experiments.dense_versus_cnn.networks import CONVOLUTIONAL, DEEP, IN_PLACE
from labcode.experiments.dense_versus_cnn.tuning import short
from labcode.models.conv import ConvAutoencoder
from labcode.runs.measured import Measurement
from labcode.scores.checkerboard import (
    images_checkerboard,
    reconstruction_checkerboard,
    untrained_checkerboard,
)
from labcode.scores.costs import costs
from labcode.training.networks import RunSpec, model_spec

RATE = rates.CELLS[CONVOLUTIONAL, DEEP, 64, IN_PLACE]
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
    return {
        "errors": partial(reconstruction_checkerboard, images=profile.scored),
        "costs": costs,
    }


@design(scores=scores, sampling=tuple(SAMPLINGS), seed=lambda profile: profile.seeds[:3])
def decoders(profile: Profile, sampling: str, seed: int) -> RunSpec:
    """Variants of the CNN with code 64, as long as the factorial's tuning."""
    model = SAMPLINGS[sampling]
    return factorial.run(profile, model, IN_PLACE, seed, RATE, short(profile))


@design(sampling=tuple(SAMPLINGS))
def untrained(profile: Profile, sampling: str) -> Measurement:
    """The checkerboard in reconstructions by the first weights."""
    return untrained_checkerboard.spec(SAMPLINGS[sampling], profile.scored)


@design()
def originals(profile: Profile) -> Measurement:
    """The checkerboard of the images themselves."""
    return images_checkerboard.spec(profile.scored)
