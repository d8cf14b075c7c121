"""How much of everything the chapter on denoising can afford in a profile."""

from dataclasses import dataclass

from labcode import data
from labcode.designs.profiles import Profile

LAB_BATCH = 32


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """Sizes of this chapter in a profile.

    Attributes
    ----------
    lab_images, lab_epochs : int
        For the lab's CNN. `full` has the lab's 60,000 images, less the validation images, and its
        30 epochs.
    lab_rate : float
        Adam's learning rate for it; the lab's is 1e-3.
    images, side_images, epochs : int
        For the book's own denoiser: where seeds decide, and where one seed illustrates.
    equal_epochs : int
        For every network of the contest on equal terms, which sees `images`.
    told_epochs : int
        For the denoiser of images that is told the noise.
    few_epochs : int
        For the networks that see 1,000 images.
    validation, contest, tuning : int
        Images that validate, that all methods are compared on, and that tune classical methods.
    plane_points, plane_epochs, steps : int
        For points in the plane, and for L-BFGS.
    drawn_once : tuple of int
        Numbers of images for the linear denoisers of few images.
    """

    lab_images: int
    lab_epochs: int
    lab_rate: float
    images: int
    side_images: int
    epochs: int
    equal_epochs: int
    told_epochs: int
    few_epochs: int
    validation: int
    contest: int
    tuning: int
    plane_points: int
    plane_epochs: int
    steps: int
    drawn_once: tuple[int, ...]


def sizes(profile: Profile) -> Sizes:
    """The sizes of this chapter in a profile; epochs follow those of the profile."""
    few, everything = (500, 784, 1000, 2000, 5000), profile.train
    return Sizes(
        lab_images=profile.within(minutes=8000, hours=everything, token=200),
        lab_epochs=profile.passes(minutes=3 / 2, hours=1, token=2),
        lab_rate=profile.within(minutes=4e-3, hours=1e-3, token=4e-3),
        images=profile.within(minutes=30_000, hours=everything, token=200),
        side_images=profile.within(minutes=10_000, hours=everything, token=200),
        epochs=profile.passes(minutes=1 / 2, hours=1 / 3, token=1),
        equal_epochs=profile.passes(minutes=1 / 2, hours=2 / 3, token=2),
        told_epochs=profile.passes(minutes=1 / 2, hours=4 / 3, token=1),
        few_epochs=profile.passes(minutes=10, hours=20 / 3, token=2),
        validation=profile.scored,
        contest=profile.scored // 5,
        tuning=profile.within(minutes=50, hours=300, token=10),
        plane_points=profile.within(minutes=500_000, hours=1_000_000, token=2000),
        plane_epochs=profile.passes(minutes=5 / 4, hours=1 / 3, token=1),
        steps=profile.within(minutes=300, hours=400, token=5),
        drawn_once=profile.within(minutes=few, hours=(*few, 10_000), token=(100, 200)),
    )


def split(profile: Profile) -> data.DataSpec:
    """The images of the closed forms: as many as the profile has."""
    return data.DataSpec(train=profile.train, validation=profile.validation)
