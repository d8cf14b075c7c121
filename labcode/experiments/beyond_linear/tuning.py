"""Learning rates of `nonlinear` and `few_images`: one seed, rates a factor of three apart.

These train first; the rates that `labcode.designs.rates.chosen` takes of them are then fixed in the
two modules, before any long run of these.
"""

from labcode.designs.design import design
from labcode.designs.profiles import Profile
from labcode.experiments.beyond_linear import few_images, nonlinear
from labcode.experiments.beyond_linear.nonlinear import HIGHER, HIGHEST, LARGE, LOWER, LOWEST
from labcode.scores.reconstruction import best_validation_loss
from labcode.training.capped import CappedRunSpec
from labcode.training.networks import RunSpec

TUNED = {"validation_loss": best_validation_loss}
# Tried too, where the lowest or the highest rate until then was best: by network and code size, or
# share.
BEYOND: dict[tuple[str, int], tuple[float, ...]] = {
    (nonlinear.LINEAR, 2): (HIGHER, HIGHEST),
    (nonlinear.LINEAR, 16): (HIGHER, HIGHEST),
    (nonlinear.LINEAR, 128): (HIGHER,),
    (nonlinear.SHALLOW, 2): (HIGHER, HIGHEST),
    (nonlinear.SHALLOW, 16): (HIGHER, HIGHEST, LARGE),
    (nonlinear.SHALLOW, 128): (HIGHER, HIGHEST),
    (nonlinear.SHALLOW_RELU, 2): (HIGHER,),
    (nonlinear.DEEP, 2): (HIGHER, HIGHEST),
    (nonlinear.DEEP, 16): (HIGHER,),
    (nonlinear.DEEP_RELU, 2): (LOWER, LOWEST),
}
BEYOND_OF_SHARES = {(nonlinear.SHALLOW, 10): (HIGHER,), (nonlinear.DEEP, 50): (LOWER,)}
RATES = (LOWEST, LOWER, *nonlinear.RATES, HIGHER, HIGHEST, LARGE)


def first_seed(profile: Profile) -> tuple[int, ...]:
    """The one seed that tunes."""
    return profile.seeds[:1]


def short(profile: Profile) -> int:
    """Epochs, or rounds, of a run that only tunes."""
    return max(1, profile.epochs // 3)


@design(
    scores=TUNED,
    network=nonlinear.NETWORKS,
    code_size=nonlinear.TUNED_CODE_SIZES,
    rate=RATES,
    seed=first_seed,
)
def by_code_size(
    profile: Profile, network: str, code_size: int, rate: float, seed: int
) -> RunSpec | None:
    """Five networks at a small, a middle and a large code."""
    if rate not in (*nonlinear.RATES, *BEYOND.get((network, code_size), ())):
        return None
    return nonlinear.run(profile, network, code_size, seed, rate, short(profile))


@design(
    scores=TUNED,
    network=few_images.NETWORKS,
    share=few_images.SHARES[:-1],
    rate=RATES,
    seed=first_seed,
)
def by_share(
    profile: Profile, network: str, share: int, rate: float, seed: int
) -> CappedRunSpec | None:
    """Two networks on a fiftieth and a tenth of the images."""
    if rate not in (*nonlinear.RATES, *BEYOND_OF_SHARES.get((network, share), ())):
        return None
    size = few_images.TUNED_CODE_SIZE
    return few_images.run(profile, network, share, size, seed, rate, short(profile))
