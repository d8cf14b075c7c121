"""A sampler of images: a denoiser that is told the noise, its samples, and its repairs."""

from functools import partial

import numpy as np

from labcode import data
from labcode.baselines.images_from_noise import (
    MISSING,
    flow_scores,
    gaussian_scores,
    repaired_by_denoiser,
    repaired_by_wiener,
)
from labcode.baselines.sampled_images import held_out_scores
from labcode.designs.contrast import Contrast, contrast
from labcode.designs.design import design
from labcode.designs.profiles import Profile
from labcode.experiments.denoising.equal_terms import BATCH_SIZE, MET, RATES
from labcode.experiments.denoising.sizes import sizes, split
from labcode.experiments.latent_space import models as latent
from labcode.models.told_denoiser import ToldDenoiser
from labcode.runs.measured import Measurement
from labcode.scores.denoising import told_errors
from labcode.scores.reconstruction import history
from labcode.training.loop import Optimiser
from labcode.training.networks import RunSpec, model_spec

FLOW, TEN, ONE, HELD_OUT = "denoiser", "ten Gaussians", "one Gaussian", "held out"
RATE = 1e-3
NOISE = 0.1


def run(profile: Profile, seed: int, rate: float, epochs: int) -> RunSpec:
    """A denoiser that is told the noise; the last weights, since its validation noise is drawn."""
    size = sizes(profile)
    return RunSpec(
        model_spec(ToldDenoiser),
        epochs,
        seed,
        data.DataSpec(size.images, size.validation),
        optimiser=Optimiser(learning_rate=rate),
        batch_size=BATCH_SIZE,
        schedule="cosine",
    )


@design(
    scores={"validation_loss": partial(history, name="validation_loss")},
    rate=RATES,
    seed=lambda profile: profile.seeds[:1],
)
def tuning(profile: Profile, rate: float, seed: int) -> RunSpec:
    """One seed at each learning rate, a factor of three apart, for a quarter of the epochs."""
    return run(profile, seed, rate, max(1, sizes(profile).told_epochs // 4))


@design(
    scores=lambda profile: {
        "validation_loss": partial(history, name="validation_loss"),
        "mse": partial(told_errors, stds=MET[1:], images=profile.test),
    },
    seed=lambda profile: profile.seeds[:3],
)
def told(profile: Profile, seed: int) -> RunSpec:
    """Three seeds, and their error at each strength of noise, which they are told."""
    return network(profile, seed)


def network(profile: Profile, seed: int) -> RunSpec:
    """The trained one."""
    return run(profile, seed, RATE, sizes(profile).told_epochs)


@design(source=(HELD_OUT, FLOW, TEN, ONE), seed=lambda profile: profile.seeds[:3])
def drawn(profile: Profile, source: str, seed: int) -> Measurement:
    """Images drawn, scored in the features of the chapter on latent spaces; a draw a seed."""
    size = latent.sizes(profile)
    asked = (latent.classifier_spec(profile), size.samples, size.support, seed)
    if source == HELD_OUT:
        return held_out_scores.spec(*asked)
    if source == FLOW:
        return flow_scores.spec(network(profile, seed), *asked)
    return gaussian_scores.spec(split(profile), source == TEN, *asked)


@design(missing=MISSING, seed=lambda profile: profile.seeds[:3])
def repairs(profile: Profile, missing: str, seed: int) -> Measurement:
    """Plug and play, with a denoiser that never saw a part missing."""
    return repaired_by_denoiser.spec(network(profile, seed), missing, NOISE, sizes(profile).contest)


@design(missing=MISSING)
def linear_repairs(profile: Profile, missing: str) -> Measurement:
    """The best linear repair, in closed form."""
    return repaired_by_wiener.spec(split(profile), missing, NOISE, sizes(profile).contest)


def further(profile: Profile, source: str) -> Contrast:
    """Logarithm of the Fréchet distance of a source of images, above that of the denoiser."""
    distance = drawn.table(profile).frechet
    return contrast(np.log(distance.sel(source=[source, FLOW])), source=(source, FLOW))
