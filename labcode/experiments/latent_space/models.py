"""Three networks and probabilistic PCA with one code size, and the classifier that scores them."""

from dataclasses import dataclass
from math import isqrt
from typing import Any

from labcode import data
from labcode.baselines.probabilistic_pca import probabilistic_pca
from labcode.designs.design import design
from labcode.designs.profiles import Profile
from labcode.models import DeepAutoencoder
from labcode.models.classifier import GarmentClassifier
from labcode.models.variational import DenseVAE
from labcode.runs import Spec
from labcode.scores.features import classifier_accuracy, trained_classifier
from labcode.scores.latent_models import Model, trained
from labcode.training.classifier import ClassifierRunSpec
from labcode.training.loop import Optimiser
from labcode.training.networks import RunSpec, model_spec
from labcode.training.variational import VariationalRunSpec

CODE_SIZE = 16
HIDDEN = (256, 128)
OPTIMISER = Optimiser(learning_rate=2e-3)
BETA = 16.0
DIGITS = 1797  # all of scikit-learn's, the smallest set from outside
AE, VAE, BETA_VAE, PPCA = "AE", "VAE", f"VAE, beta {BETA:g}", "pPCA"


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """How many images each measurement takes.

    Attributes
    ----------
    codes : int
        Training images whose codes a mixture is fitted to.
    components : tuple of int
        Numbers of Gaussians to choose from.
    asked : int
        Test images to classify, to reconstruct, and whose codes are compared with N(0, I).
    samples, support : int
        Images in each Fréchet distance, and in each precision and recall.
    pairs : int
        Pairs of test images to walk between.
    outside : int
        Images of each kind for the detectors.
    """

    codes: int
    components: tuple[int, ...]
    asked: int
    samples: int
    support: int
    pairs: int
    outside: int


def sizes(profile: Profile) -> Sizes:
    """The sizes of this chapter in a profile."""
    scored = profile.scored
    return Sizes(
        codes=min(profile.labelled, 20_000),
        components=profile.within(minutes=(10, 20), hours=(10, 20, 40, 80), token=(2, 4)),
        asked=min(scored, 5000),
        samples=min(scored * 3 // 2, 5000),
        support=min(scored * 3 // 5, 5000),
        pairs=min(scored // 10, 500),
        outside=min(scored * 3 // 4, DIGITS),
    )


def images(profile: Profile) -> data.DataSpec:
    """The images that all models are fitted to."""
    return data.DataSpec(profile.train, min(profile.validation, 2000))


def spec(profile: Profile, model: str, seed: int) -> Model:
    """A model's spec; probabilistic PCA, in closed form, has the same for every seed.

    Only the loss, and the encoder's second output, tell AE and VAE apart.
    """
    return (
        probabilistic_pca.spec(images(profile), CODE_SIZE)
        if model == PPCA
        else network_spec(profile, model, seed)
    )


def network_spec(profile: Profile, model: str, seed: int) -> RunSpec | VariationalRunSpec:
    """The spec of `AE`, `VAE` or `BETA_VAE`."""
    architecture = DeepAutoencoder if model == AE else DenseVAE
    layers = model_spec(architecture, code_size=CODE_SIZE, hidden=HIDDEN)
    budget: dict[str, Any] = {
        "epochs": profile.epochs,
        "seed": seed,
        "data": images(profile),
        "optimiser": OPTIMISER,
    }
    if model == AE:
        return RunSpec(layers, **budget)
    beta = BETA if model == BETA_VAE else 1.0
    return VariationalRunSpec(layers, beta=beta, schedule="constant", **budget)


def network(profile: Profile, model: str, seed: int) -> Any:
    """The trained network of `AE`, `VAE` or `BETA_VAE`."""
    return trained(network_spec(profile, model, seed))


def classifier_spec(profile: Profile) -> ClassifierRunSpec:
    """The classifier whose features score images: passes as the root of the autoencoders'.

    It learns faster than they do: 3 for their 4, 10 for their 30.
    """
    return ClassifierRunSpec(
        epochs=isqrt(10 * profile.epochs // 3), seed=profile.seeds[0], data=images(profile)
    )


@design(scores={"accuracy": classifier_accuracy})
def scorer(profile: Profile) -> Spec:
    """The classifier's accuracy on test images."""
    return classifier_spec(profile)


def classifier(profile: Profile) -> GarmentClassifier:
    """The trained classifier."""
    return trained_classifier(classifier_spec(profile))
