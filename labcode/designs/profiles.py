"""How much to train: the profile that a build, a notebook or a test runs in.

The environment variable `LABCODE_PROFILE` names it. `full`, the default, is that of the record:
trained for long, with five seeds, and kept with the book. `book` trains everything anew in
minutes, and decides nothing. `smoke` only shows that the code runs; its numbers mean nothing.
"""

import os
from dataclasses import dataclass
from typing import Literal, TypeVar, get_args

from labcode import checks

Budget = Literal["a token", "minutes", "hours"]
T = TypeVar("T")
DECIDING_SEEDS, DECIDING_EPOCHS = 5, 30


@dataclass(frozen=True)
class Profile:
    """Sizes that every chapter's experiments share.

    Attributes
    ----------
    name : str
        `book`, `full` or `smoke`.
    seeds : tuple of int
        One run a seed, wherever a comparison is made.
    epochs : int
        Passes over the training images, for networks trained in mini-batches.
    train, validation : int
        Images of Fashion-MNIST's 60,000 training images that train, and that validate.
    steps : int
        Largest number of full-batch steps, for autoencoders trained on the covariance alone.
    test : int
        Test images for numbers that decide verdicts.
    scored : int
        Images for scores that take long for each image, and to validate costly networks.
    labelled : int
        Training images that classifiers and searches for neighbours know.
    budget : str
        What a chapter may spend where its sizes are its own: `a token`, `minutes` or `hours`.
    """

    name: str
    seeds: tuple[int, ...]
    epochs: int
    train: int
    validation: int
    steps: int
    test: int
    scored: int
    labelled: int
    budget: Budget

    def __post_init__(self) -> None:
        checks.option("budget", self.budget, get_args(Budget))

    def within(self, *, minutes: T, hours: T, token: T) -> T:
        """Whichever of these the profile's budget allows."""
        return {"a token": token, "minutes": minutes, "hours": hours}[self.budget]

    def passes(self, *, minutes: float, hours: float, token: float) -> int:
        """A multiple of the profile's epochs, rounded, and at least one epoch."""
        return max(1, round(self.epochs * self.within(minutes=minutes, hours=hours, token=token)))

    @property
    def decides(self) -> bool:
        """Whether runs of this profile may decide a claim: long enough, and with five seeds."""
        return len(self.seeds) >= DECIDING_SEEDS and self.epochs >= DECIDING_EPOCHS


PROFILES = {
    profile.name: profile
    for profile in (
        Profile(
            "book", seeds=(0, 1, 2), epochs=4, train=50_000, validation=10_000, steps=20_000,
            test=10_000, scored=2000, labelled=10_000, budget="minutes",
        ),
        Profile(
            "full", seeds=(0, 1, 2, 3, 4), epochs=30, train=50_000, validation=10_000,
            steps=20_000, test=10_000, scored=10_000, labelled=50_000, budget="hours",
        ),
        Profile(
            "smoke", seeds=(0, 1), epochs=1, train=500, validation=200, steps=20,
            test=200, scored=100, labelled=300, budget="a token",
        ),
    )
}  # fmt: skip


def current() -> Profile:
    """The profile that `LABCODE_PROFILE` names; `full` where it is not set.

    Raises
    ------
    ValueError
        If there is no profile of that name.
    """
    name = os.environ.get("LABCODE_PROFILE") or "full"
    if name not in PROFILES:
        raise ValueError(
            f"LABCODE_PROFILE is {name!r}, which is no profile. "
            f"Set it to one of {', '.join(PROFILES)}, or unset it for 'full'."
        )
    return PROFILES[name]
