"""How much of everything the chapter on denoising can afford in a profile."""

from dataclasses import dataclass

from labcode import data
from labcode.designs.profiles import Profile

ALL_TEST_IMAGES = 10_000


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """Sizes of this chapter in a profile.

    Attributes
    ----------
    lab_images, lab_epochs, lab_batch : int
        For the lab's CNN. `full` has the lab's 60,000 images, less the validation images, its
        30 epochs and its batches of 32.
    lab_rate : float
        Adam's learning rate for it; the lab's is 1e-3.
    images, side_images, epochs : int
        For the book's own denoiser: where seeds decide, and where one seed illustrates.
    few_epochs : int
        For the networks that see 1,000 images.
    validation, contest, tuning : int
        Images that validate, that all methods are compared on, and that tune classical methods.
    test : int
        Test images for the numbers that decide verdicts.
    plane_points, plane_epochs, steps : int
        For points in the plane, and for L-BFGS.
    drawn_once : tuple of int
        Numbers of images for the linear denoisers of few images.
    """

    lab_images: int
    lab_epochs: int
    lab_batch: int
    lab_rate: float
    images: int
    side_images: int
    epochs: int
    few_epochs: int
    validation: int
    contest: int
    tuning: int
    test: int
    plane_points: int
    plane_epochs: int
    steps: int
    drawn_once: tuple[int, ...]


def sizes(profile: Profile) -> Sizes:
    """The sizes of this chapter in a profile; epochs follow those of the profile.

    Raises
    ------
    ValueError
        If the profile has a name that no sizes are known for.
    """
    if profile.name not in _SIZES:
        raise ValueError(f"no sizes for profile {profile.name!r}; there are {', '.join(_SIZES)}.")
    return _SIZES[profile.name](profile)


def _book(profile: Profile) -> Sizes:
    return Sizes(
        lab_images=8000, lab_epochs=_share(profile, 3, 2), lab_batch=32, lab_rate=4e-3,
        images=30_000, side_images=10_000, epochs=_share(profile, 1, 2),
        few_epochs=_share(profile, 10), validation=2000, contest=400, tuning=50,
        test=ALL_TEST_IMAGES, plane_points=500_000, plane_epochs=_share(profile, 5, 4), steps=300,
        drawn_once=(500, 784, 1000, 2000, 5000),
    )  # fmt: skip


def _full(profile: Profile) -> Sizes:
    return Sizes(
        lab_images=50_000, lab_epochs=_share(profile, 1), lab_batch=32, lab_rate=1e-3,
        images=50_000, side_images=50_000, epochs=_share(profile, 1, 3),
        few_epochs=_share(profile, 20, 3), validation=10_000, contest=2000, tuning=300,
        test=ALL_TEST_IMAGES, plane_points=1_000_000, plane_epochs=_share(profile, 1, 3),
        steps=400, drawn_once=(500, 784, 1000, 2000, 5000, 10_000),
    )  # fmt: skip


def _smoke(profile: Profile) -> Sizes:
    return Sizes(
        lab_images=200, lab_epochs=_share(profile, 2), lab_batch=32, lab_rate=4e-3,
        images=200, side_images=200, epochs=_share(profile, 1), few_epochs=_share(profile, 2),
        validation=100, contest=20, tuning=10, test=100, plane_points=2000,
        plane_epochs=_share(profile, 1), steps=5, drawn_once=(100, 200),
    )  # fmt: skip


def _share(profile: Profile, numerator: int, denominator: int = 1) -> int:
    """A multiple of the profile's epochs, rounded down, and at least one epoch."""
    return max(1, profile.epochs * numerator // denominator)


_SIZES = {"book": _book, "full": _full, "smoke": _smoke}


def split(profile: Profile) -> data.DataSpec:
    """The images of the closed forms: as many as the profile has."""
    return data.DataSpec(train=profile.train, validation=profile.validation)
