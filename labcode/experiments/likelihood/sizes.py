"""How much of everything the likelihood half of the chapter can afford in a profile."""

from collections.abc import Callable
from functools import partial
from typing import Any

from labcode import data
from labcode.designs.profiles import Profile

PASSES: dict[str, dict[str, float]] = {
    "linear": {"minutes": 15 / 4, "hours": 10 / 3, "token": 2},
    "collapse": {"minutes": 3, "hours": 2, "token": 2},
    "dense": {"minutes": 1, "hours": 4 / 3, "token": 1},
    "sweep": {"minutes": 1, "hours": 4 / 3, "token": 1},
    "likelihoods": {"minutes": 1, "hours": 4 / 3, "token": 1},
    "outside": {"minutes": 3 / 4, "hours": 10, "token": 1},
    "convolutional": {"minutes": 0, "hours": 1, "token": 1},
}
"""Epochs of each kind of network, as multiples of the profile's; with 0 it is not trained."""

SAMPLES = (1, 5, 50, 500, 5000)


def trains(profile: Profile, kind: str) -> bool:
    """Whether the profile has time for a kind of network in `PASSES`."""
    return profile.within(**PASSES[kind]) > 0


def epochs(profile: Profile, kind: str) -> int:
    """Epochs of a kind of network in `PASSES`, at least one."""
    return profile.passes(**PASSES[kind])


def bounded(score: Callable[..., Any], profile: Profile, kind: str) -> Callable[..., Any]:
    """A score with the numbers of samples and test images of an importance-weighted bound.

    Parameters
    ----------
    score : function
    profile : Profile
    kind : str
        `linear`, for linear VAEs; `few` samples, or `many`, for the outside check.
    """
    samples, images = {
        "linear": ({"minutes": SAMPLES, "hours": SAMPLES, "token": (1, 10)}, profile.scored // 10),
        "few": ({"minutes": SAMPLES[:3], "hours": SAMPLES[:3], "token": (1, 5)}, profile.test),
        "many": (
            {"minutes": SAMPLES[:4], "hours": SAMPLES, "token": (1, 5, 10)},
            min(profile.scored // 4, 1000),
        ),
    }[kind]
    return partial(score, samples=profile.within(**samples), images=images)


def everything(profile: Profile) -> data.DataSpec:
    """All images that the profile has, for models that have a closed form and no choices."""
    return data.DataSpec(profile.train + profile.validation, 0)


def half_validated(profile: Profile) -> data.DataSpec:
    """A short validation, so that it does not cost a fifth of the training."""
    return data.DataSpec(profile.train, min(profile.validation, 2000))
