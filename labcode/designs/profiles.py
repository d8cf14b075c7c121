"""How much to train: the profile that a build, a notebook or a test runs in.

The environment variable `LABCODE_PROFILE` names it. `full`, the default, is that of the record:
trained for long, with five seeds, and kept with the book. `book` trains everything anew in
minutes, and decides nothing. `smoke` only shows that the code runs; its numbers mean nothing.
"""

import os
from dataclasses import dataclass


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
    """

    name: str
    seeds: tuple[int, ...]
    epochs: int
    train: int
    validation: int
    steps: int

    @property
    def decides(self) -> bool:
        """Whether runs of this profile may decide a claim: long enough, and with five seeds."""
        return len(self.seeds) >= 5 and self.epochs >= 30


PROFILES = {
    profile.name: profile
    for profile in (
        Profile("book", seeds=(0, 1, 2), epochs=4, train=50_000, validation=10_000, steps=20_000),
        Profile(
            "full", seeds=(0, 1, 2, 3, 4), epochs=30, train=50_000, validation=10_000, steps=20_000
        ),
        Profile("smoke", seeds=(0, 1), epochs=1, train=500, validation=200, steps=20),
    )
}


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
