"""Two numbers that others published, by their protocols: outside checks of a VAE and of an AE.

What differs from Norouzi, Fleet and Norouzi (2020): a set number of epochs with the best one kept,
where they stop 50 epochs after the best of at most 2,000; other random binarisations of validation
and test images; and what `labcode.models.published.NorouziVAE` says.
From Moor et al. (2020): the best of 100 epochs, where they stop 10 after it; the last 9,000
training images for validation, where they draw 15%.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from labcode.baselines.pca import error_on_test_images
from labcode.data import DataSpec
from labcode.designs.design import design
from labcode.designs.profiles import Profile
from labcode.models.likelihoods import Bernoulli
from labcode.models.published import MoorAutoencoder, NorouziVAE
from labcode.runs import Spec
from labcode.scores.reconstruction import history, reconstruction_error
from labcode.scores.variational import elbo_on_test_images, evidence
from labcode.training.loop import Optimiser
from labcode.training.networks import RunSpec, model_spec
from labcode.training.variational import VariationalRunSpec

# Nats an image: VAE with Gaussian prior. It and the others are in the table of their repository.
PUBLISHED_NLL, PUBLISHED_HALF = 228.70, 0.15
WITHIN_NATS = 1.0
# MSE per pixel on [-1, 1], and so four times as large as on [0, 1].
PUBLISHED_MSE = {"AE": 0.1020, "PCA": 0.1844}
WITHIN_SHARE = 0.05
FOUR = 4.0
PLANE = 2
WEIGHT_DECAY = 1e-5 / FOUR  # of a loss that is a quarter of theirs


def seeds(profile: Profile) -> tuple[int, ...]:
    """Three: a check decides no claim."""
    return profile.seeds[:3]


def scores_of_vae(profile: Profile) -> dict[str, Callable[..., Any]]:
    """Importance-weighted bounds of all test images."""
    samples = profile.within(minutes=(1, 50), hours=(1, 50, 500, 5000), token=(1, 5))
    return {"bounds": partial(evidence, samples=samples, images=profile.test)}


@design(scores=scores_of_vae, seed=seeds)
def likelihood(profile: Profile, seed: int) -> Spec:
    """The VAE 784-300-300-40 on binarised images, with their optimiser and warm-up."""
    return norouzi(profile, seed)


@design(
    scores={
        "test": elbo_on_test_images,
        "validation_loss": partial(history, name="validation_loss"),
    },
    seed=seeds,
)
def learning(profile: Profile, seed: int) -> Spec:
    """Where the same runs end, epoch by epoch."""
    return norouzi(profile, seed)


def norouzi(profile: Profile, seed: int) -> VariationalRunSpec:
    """Their VAE with Gaussian prior; a thousand epochs in the record."""
    return VariationalRunSpec(
        model_spec(NorouziVAE, code_size=40, hidden=300, likelihood=Bernoulli),
        profile.within(minutes=3, hours=1000, token=1),
        seed,
        DataSpec(profile.train, profile.validation),
        warm_up=profile.within(minutes=1, hours=100, token=1),
        optimiser=Optimiser(learning_rate=5e-4, epsilon=1e-8),
        schedule="constant",
        best=True,
        batch_size=100,
        unit_gradients=True,
    )


@design(scores={"test_mse": reconstruction_error}, seed=seeds)
def plane(profile: Profile, seed: int) -> Spec:
    """The autoencoder with two numbers in its code."""
    held_out = profile.within(minutes=9000, hours=9000, token=profile.validation)
    return RunSpec(
        model_spec(MoorAutoencoder, code_size=PLANE),
        profile.within(minutes=1, hours=100, token=1),
        seed,
        DataSpec(profile.within(minutes=51_000, hours=51_000, token=profile.train), held_out),
        optimiser=Optimiser(learning_rate=5.08e-4, weight_decay=WEIGHT_DECAY, epsilon=1e-8),
        best=True,
        batch_size=61,
    )


@design()
def plane_of_pca(profile: Profile) -> Spec:
    """PCA's error with two components, not clipped: the other entry of their table."""
    return error_on_test_images.spec(PLANE)
