"""Denoisers that never see a clean image, beside the same network taught with clean ones."""

from functools import partial

import numpy as np

from labcode import data
from labcode.designs.contrast import Contrast, contrast
from labcode.designs.design import Score, design
from labcode.designs.profiles import Profile
from labcode.experiments.denoising.equal_terms import BATCH_SIZE, RATES, best_loss, best_rates
from labcode.experiments.denoising.sizes import sizes
from labcode.models.denoiser import ConvDenoiser
from labcode.scores.denoising import restored_by_noise
from labcode.training.loop import Optimiser
from labcode.training.networks import model_spec
from labcode.training.noisy_targets import NoisyTargetSpec, Teacher

NOISE = 0.3
CLEAN: Teacher = "clean images"
TEACHERS: tuple[Teacher, ...] = (CLEAN, "other noise", "Stein's estimate")
CHOSEN: dict[str, float] = {}
"""Learning rate by teacher, where `tuning` is recorded; else the middle one."""
AS_GOOD = 0.05


def run(profile: Profile, teacher: Teacher, seed: int, rate: float, epochs: int) -> NoisyTargetSpec:
    """The book's own design and one noisy copy of each image, by one teacher."""
    size = sizes(profile)
    return NoisyTargetSpec(
        model_spec(ConvDenoiser),
        NOISE,
        teacher,
        epochs,
        seed,
        data.DataSpec(size.images, size.validation),
        Optimiser(learning_rate=rate),
        batch_size=BATCH_SIZE,
    )


@design(
    scores={"validation_loss": best_loss},
    teacher=TEACHERS,
    rate=RATES,
    seed=lambda profile: profile.seeds[:1],
)
def tuning(profile: Profile, teacher: Teacher, rate: float, seed: int) -> NoisyTargetSpec:
    """One seed at each learning rate; each teacher chooses by its own loss."""
    return run(profile, teacher, seed, rate, max(1, sizes(profile).equal_epochs // 2))


def scores(profile: Profile) -> dict[str, Score]:
    """The lowest loss by the teacher's measure, and the true error on test images."""
    size = sizes(profile)
    true = partial(restored_by_noise, stds=(NOISE,), images=profile.test, contest=size.contest)
    return {"validation_loss": best_loss, "true": true}


@design(scores=scores, teacher=TEACHERS)
def taught(profile: Profile, teacher: Teacher, seed: int) -> NoisyTargetSpec:
    """Five seeds by each teacher, and the true error on test images."""
    return run(profile, teacher, seed, CHOSEN.get(teacher, RATES[1]), sizes(profile).equal_epochs)


def price(profile: Profile, teacher: Teacher) -> Contrast:
    """Logarithm of the test MSE by a teacher, above that by clean images.

    "As good" is said where the interval lies inside log(1 + `AS_GOOD`) on both sides of zero.
    """
    error = np.log(taught.table(profile).mse.sel(std=NOISE, drop=True))
    return contrast(error.sel(teacher=[teacher, CLEAN]), teacher=(teacher, CLEAN))


def as_good(found: Contrast) -> bool:
    """Whether a price is none, by the margin that was named before."""
    return found.within(float(np.log1p(AS_GOOD)))


def tuned_rates(profile: Profile) -> dict[str, float]:
    """What `tuning` chooses."""
    return best_rates(tuning.table(profile).validation_loss, "teacher")
