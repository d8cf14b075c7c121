"""Learning rates of the factorial: one seed of each network, rates a factor of three apart.

These train first; `rates` then fixes what `labcode.designs.rates.chosen` takes of them.
"""

from labcode.designs.design import Level, design
from labcode.designs.profiles import Profile
from labcode.experiments.dense_versus_cnn import efficiency
from labcode.experiments.dense_versus_cnn.factorial import DENSE_PAIRS, first_seed, long, run
from labcode.experiments.dense_versus_cnn.networks import (
    CONVOLUTIONAL,
    DEEP,
    DENSE,
    EQUAL,
    FACTORS,
    IN_PLACE,
    SHALLOW,
    SHUFFLED,
    matched_model,
    network,
)
from labcode.scores.reconstruction import best_validation_loss
from labcode.training.networks import RunSpec

RATES = (5e-4, 1.5e-3, 4.5e-3)
HIGHER, HIGHEST = 1.35e-2, 4e-2
# Tried too, where the highest rate until then was best.
BEYOND: dict[tuple[Level, ...], tuple[float, ...]] = {
    (DENSE, SHALLOW, 64, IN_PLACE): (HIGHER,),
    (DENSE, SHALLOW, 64, SHUFFLED): (HIGHER,),
    (CONVOLUTIONAL, SHALLOW, 64, IN_PLACE): (HIGHER, HIGHEST),
    (CONVOLUTIONAL, SHALLOW, 64, SHUFFLED): (HIGHER, HIGHEST),
    (CONVOLUTIONAL, SHALLOW, 392, IN_PLACE): (HIGHER,),
    (CONVOLUTIONAL, SHALLOW, 392, SHUFFLED): (HIGHER,),
    (CONVOLUTIONAL, DEEP, 64, IN_PLACE): (HIGHER, HIGHEST),
    (CONVOLUTIONAL, DEEP, 64, SHUFFLED): (HIGHER,),
    (CONVOLUTIONAL, DEEP, 392, IN_PLACE): (HIGHER,),
    (CONVOLUTIONAL, DEEP, 392, SHUFFLED): (HIGHER,),
}
BEYOND_MATCHED: dict[tuple[Level, ...], tuple[float, ...]] = {
    (SHALLOW, 64, EQUAL[0]): (HIGHER,),
    (SHALLOW, 64, EQUAL[1]): (HIGHER,),
    (DEEP, 64, EQUAL[0]): (HIGHER,),
}


def short(profile: Profile) -> int:
    """Epochs of a run that only tunes."""
    return max(1, long(profile) // 4)


TUNED = {"validation_loss": best_validation_loss}


@design(scores=TUNED, **FACTORS, rate=(*RATES, HIGHER, HIGHEST), seed=first_seed)
def cells(
    profile: Profile,
    layers: str,
    depth: str,
    code_size: int,
    pixels: str,
    rate: float,
    seed: int,
) -> RunSpec | None:
    """Each of the sixteen cells at each rate."""
    if rate not in (*RATES, *BEYOND.get((layers, depth, code_size, pixels), ())):
        return None
    return run(profile, network(layers, depth, code_size), pixels, seed, rate, short(profile))


@design(
    scores=TUNED,
    layers=FACTORS["layers"],
    pixels=FACTORS["pixels"],
    images=efficiency.counts,
    rate=RATES,
    seed=first_seed,
)
def few_images(
    profile: Profile, layers: str, pixels: str, images: int, rate: float, seed: int
) -> RunSpec:
    """Each kind of layers at each number of images and each rate, with all its updates."""
    return efficiency.run(profile, layers, pixels, images, seed, rate)


@design(scores=TUNED, **DENSE_PAIRS, equal=EQUAL, rate=(*RATES, HIGHER), seed=first_seed)
def matched(
    profile: Profile, depth: str, code_size: int, equal: str, rate: float, seed: int
) -> RunSpec | None:
    """Each matched dense network at each rate."""
    if rate not in (*RATES, *BEYOND_MATCHED.get((depth, code_size, equal), ())):
        return None
    return run(
        profile, matched_model(depth, code_size, equal), IN_PLACE, seed, rate, short(profile)
    )
