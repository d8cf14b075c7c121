"""The chapter's networks trained to a stated end, and the classifier that looks at their images.

Autoencoder and VAE have the same layers, images and epochs, and a learning rate each, chosen on
validation images. The weights are those of the best epoch there.
"""

from functools import partial
from typing import Any

from labcode.data import DataSpec
from labcode.designs.design import design
from labcode.designs.profiles import Profile
from labcode.experiments.latent_space.models import AE, BETA, BETA_VAE, CODE_SIZE, HIDDEN, VAE
from labcode.models import DeepAutoencoder
from labcode.models.variational import DenseVAE
from labcode.runs import Spec
from labcode.scores.features import classifier_accuracy
from labcode.scores.reconstruction import history, reconstruction_error
from labcode.scores.variational import elbo_on_test_images, learned_variance
from labcode.training.classifier import ClassifierRunSpec
from labcode.training.loop import Optimiser
from labcode.training.mixtures import MixtureRunSpec
from labcode.training.networks import RunSpec, model_spec
from labcode.training.variational import VariationalRunSpec

KINDS = (AE, VAE, BETA_VAE)
LONG, DOUBLED = "long", "doubled"
BUDGETS = (LONG, DOUBLED)
BATCH_SIZE = 128
RATES = (5e-4, 1.5e-3, 4.5e-3)
# The middle one, until `tuning` is recorded: then each kind has its best one there.
CHOSEN = {AE: 1.5e-3, VAE: 1.5e-3, BETA_VAE: 1.5e-3}


def images(profile: Profile) -> DataSpec:
    """The images that every model of the chapter is fitted to and chosen on."""
    return DataSpec(profile.train, profile.validation)


def epochs(profile: Profile) -> int:
    """Of a long run: 40 in the record."""
    return profile.passes(minutes=1, hours=4 / 3, token=1)


def run(profile: Profile, model: str, seed: int, rate: float, passes: int) -> Any:
    """A network's run, a `RunSpec` or a `VariationalRunSpec`."""
    architecture = DeepAutoencoder if model == AE else DenseVAE
    layers = model_spec(architecture, code_size=CODE_SIZE, hidden=HIDDEN)
    about: dict[str, Any] = {
        "data": images(profile),
        "optimiser": Optimiser(learning_rate=rate),
        "batch_size": BATCH_SIZE,
        "schedule": "cosine",
        "best": True,
    }
    if model == AE:
        return RunSpec(layers, passes, seed, **about)
    return VariationalRunSpec(
        layers, passes, seed, beta=BETA if model == BETA_VAE else 1.0, **about
    )


def network(profile: Profile, model: str, seed: int, budget: str = LONG) -> Any:
    """A long run at its kind's learning rate, or one of twice as many epochs, at the first seed.

    Returns
    -------
    RunSpec or VariationalRunSpec, or None
        None for a doubled run at another seed.
    """
    if budget == DOUBLED and seed != profile.seeds[0]:
        return None
    return run(profile, model, seed, CHOSEN[model], epochs(profile) * (1 + (budget == DOUBLED)))


def best_validation_loss(network: Spec) -> float:
    """Of all epochs, on validation images."""
    return history(network, "validation_loss").min().item()


@design(
    scores={"validation_loss": best_validation_loss},
    model=KINDS,
    rate=RATES,
    seed=lambda profile: profile.seeds[:1],
)
def tuning(profile: Profile, model: str, rate: float, seed: int) -> Spec:
    """One seed at each learning rate, a factor of three apart, for a quarter of the epochs."""
    found: Spec = run(profile, model, seed, rate, max(1, epochs(profile) // 4))
    return found


@design(
    scores={
        "validation_loss": partial(history, name="validation_loss"),
        "test_mse": reconstruction_error,
    },
    model=KINDS,
    budget=BUDGETS,
)
def networks(profile: Profile, model: str, budget: str, seed: int) -> Spec | None:
    """All networks, and of each kind one trained twice as long, which says if they are done."""
    found: Spec | None = network(profile, model, seed, budget)
    return found


@design(scores={"test": elbo_on_test_images, "variance": learned_variance}, model=(VAE, BETA_VAE))
def bounds(profile: Profile, model: str, seed: int) -> Spec | None:
    """Rate, distortion and ELBO of the VAEs."""
    found: Spec | None = network(profile, model, seed)
    return found


def classifier(profile: Profile) -> ClassifierRunSpec:
    """The classifier in whose features images are compared."""
    return ClassifierRunSpec(
        epochs=profile.within(minutes=3, hours=15, token=1),
        seed=profile.seeds[0],
        data=images(profile),
        feature_size=128,
        channels=(32, 64),
        dropout=0.5,
        schedule="cosine",
    )


@design(scores={"accuracy": classifier_accuracy})
def scorer(profile: Profile) -> Spec:
    """The classifier's accuracy on test images."""
    return classifier(profile)


def linear_mixture(profile: Profile, components: int, seed: int) -> MixtureRunSpec:
    """A mixture of probabilistic PCA by EM, with the networks' code size and images."""
    iterations = profile.within(minutes=5, hours=40, token=2)
    return MixtureRunSpec(components, CODE_SIZE, iterations, seed, images(profile))
