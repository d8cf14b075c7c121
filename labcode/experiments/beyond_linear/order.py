"""In which order networks learn the components, and what a code of signs can reach.

The rule of the first, written before any long run: the order is that of the theory if the rank
correlation of a component's time with the theory's, the inverse of its variance, has an interval
over seeds above 0.8. A component that is never learned comes last. An interval that reaches 0.8 or
lies below would have refuted it.
"""

from collections.abc import Mapping
from itertools import product

import numpy as np
import xarray as xr
from scipy import stats

from labcode.designs.contrast import Interval, interval
from labcode.designs.design import design
from labcode.designs.profiles import Profile
from labcode.runs.measured import Measurement
from labcode.scores.order_of_learning import error_left, shares_learned, times_of_learning
from labcode.theory import sign_codes
from labcode.training.online import Activation, Inputs, Method, OnlineRunSpec

LINEAR, ERF, RELU, TIED = "linear", "erf", "ReLU", "erf, tied"
ACTIVATION: dict[str, Activation] = {LINEAR: "linear", ERF: "erf", RELU: "ReLU", TIED: "erf"}
IMAGES, GAUSSIAN = "images", "Gaussian"
RATES: dict[Method, float] = {"SGD": 4e-3, "Adam": 1e-3}
FOLLOWED = 0.8
FACTORS = ("network", "inputs", "optimiser")
Trained = tuple[str, str, str]  # a network, its inputs and its optimiser
DIMENSION, SIGNS = 64, (16, 32, 64)


def run(
    profile: Profile, network: str, inputs: Inputs, optimiser: Method, seed: int
) -> OnlineRunSpec:
    """A network of eight hidden units."""
    return OnlineRunSpec(
        ACTIVATION[network],
        inputs,
        profile.within(minutes=3000, hours=10_000, token=60),
        seed,
        optimiser,
        RATES[optimiser],
        tied=network == TIED,
    )


@design(network=tuple(ACTIVATION), inputs=(IMAGES, GAUSSIAN), optimiser=tuple(RATES))
def times(
    profile: Profile, network: str, inputs: Inputs, optimiser: Method, seed: int
) -> Measurement | None:
    """Each network by SGD on images and on Gaussian points, and by Adam on images."""
    if optimiser == "Adam" and (inputs == GAUSSIAN or network == TIED):
        return None
    return times_of_learning.spec(run(profile, network, inputs, optimiser, seed))


@design(network=(LINEAR, ERF), seed=lambda profile: profile.seeds[:1])
def stairs(profile: Profile, network: str, seed: int) -> Measurement:
    """What the first seed's networks know of each component, step by step, on images."""
    return shares_learned.spec(run(profile, network, "images", "SGD", seed))


def in_order(profile: Profile) -> dict[Trained, Interval]:
    """Rank correlation of times with inverse variances, over seeds."""
    table = times.table(profile)
    found = {}
    for trained in product(*(table[name].values.tolist() for name in FACTORS)):
        one = table.sel(dict(zip(FACTORS, trained, strict=True)))
        if one.variance.notnull().all():
            found[trained] = interval([rank_correlation(one.sel(seed=s)) for s in one.seed])
    return found


def rank_correlation(one: xr.Dataset) -> float:
    """Spearman's, of the times of learning with the inverse variances.

    Parameters
    ----------
    one : Dataset, dimension `component`
        `time`, NaN where a component is never learned, and `variance`.
    """
    late = one.time.fillna(np.inf)
    if len(set(late.values.tolist())) == 1:
        return 0.0  # no order at all
    return float(stats.spearmanr(late, 1 / one.variance).statistic)


def followed(found: Mapping[Trained, Interval]) -> dict[Trained, bool]:
    """Whether each network learns in the theory's order, by the rule."""
    return {key: rank.low > FOLLOWED for key, rank in found.items()}


def how_many(found: Mapping[Trained, Interval], optimiser: str) -> str:
    """How many of an optimiser's networks follow the theory's order, in words."""
    kept = [follows for (*_, used), follows in followed(found).items() if used == optimiser]
    return f"{sum(kept)} of {len(kept)}"


@design(scores={"error": error_left}, signs=SIGNS)
def signs(profile: Profile, signs: int, seed: int) -> OnlineRunSpec:
    """Autoencoders of isotropic Gaussian points whose code is so many signs."""
    return OnlineRunSpec(
        "sign",
        "Gaussian",
        profile.within(minutes=4000, hours=20_000, token=60),
        seed,
        "Adam",
        1e-3,
        signs,
        spectrum=(1.0,) * DIMENSION,
    )


def limits() -> dict[int, float]:
    """The least error that theory allows, by number of signs."""
    return {k: sign_codes.least_error(k / DIMENSION) for k in SIGNS}


def above_the_limit(profile: Profile) -> float:
    """By what share the mean error of trained codes of signs is above the least, at most."""
    error = signs.table(profile).error.mean("seed")
    return max(error.sel(signs=k).item() / least - 1 for k, least in limits().items())
