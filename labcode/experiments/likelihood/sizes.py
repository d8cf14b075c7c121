"""How much of everything the likelihood half of the chapter can afford in a profile."""

from collections.abc import Callable
from functools import partial
from typing import Any

from labcode import data
from labcode.designs.profiles import Profile

PASSES: dict[str, dict[str, float]] = {
    "book": {
        "linear": 15 / 4, "collapse": 3, "dense": 5 / 4, "sweep": 3 / 4, "likelihoods": 3 / 4,
        "outside": 3 / 4,
    },
    "full": {
        "linear": 10 / 3, "collapse": 2, "dense": 2, "sweep": 1, "likelihoods": 2,
        "outside": 10, "convolutional": 1,
    },
    "smoke": {
        "linear": 2, "collapse": 2, "dense": 1, "sweep": 1, "likelihoods": 1,
        "outside": 1, "convolutional": 1,
    },
}  # fmt: skip
"""Epochs of each kind of network, as multiples of the profile's; others are not trained."""

WARM_UP = {"full": 1 / 5}
"""Share of the epochs of `outside` over which the rate's weight grows; nothing elsewhere."""

SAMPLES = (1, 5, 50, 500, 5000)
BOUNDS: dict[str, dict[str, tuple[tuple[int, ...], int]]] = {
    "book": {"linear": (SAMPLES, 200), "few": (SAMPLES[:3], 10_000), "many": (SAMPLES[:4], 500)},
    "full": {"linear": (SAMPLES, 1000), "few": (SAMPLES[:3], 10_000), "many": (SAMPLES, 1000)},
    "smoke": {"linear": ((1, 10), 20), "few": ((1, 5), 200), "many": ((1, 5, 10), 30)},
}
"""Numbers of samples of each importance-weighted bound, and of test images."""


def epochs(profile: Profile, kind: str) -> int:
    """Epochs of a kind of network in `PASSES`, at least one."""
    return max(1, round(PASSES[profile.name][kind] * profile.epochs))


def bounded(score: Callable[..., Any], profile: Profile, kind: str) -> Callable[..., Any]:
    """A score of the samples and images of a kind of bound in `BOUNDS`."""
    samples, images = BOUNDS[profile.name][kind]
    return partial(score, samples=samples, images=images)


def everything(profile: Profile) -> data.DataSpec:
    """All images that the profile has, for models that have a closed form and no choices."""
    return data.DataSpec(profile.train + profile.validation, 0)


def half_validated(profile: Profile) -> data.DataSpec:
    """A short validation, so that it does not cost a fifth of the training."""
    return data.DataSpec(profile.train, min(profile.validation, 2000))
