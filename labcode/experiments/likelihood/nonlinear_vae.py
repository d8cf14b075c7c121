"""What bending the decoder buys: nonlinear VAEs against probabilistic PCA."""

from typing import Any

from labcode.baselines.linear_mixtures import mixture_likelihood, mixture_of_labels
from labcode.baselines.probabilistic_pca import likelihood_on_test_images
from labcode.designs.design import design
from labcode.designs.profiles import Profile
from labcode.experiments.likelihood.sizes import epochs, everything, half_validated, trains
from labcode.models.variational import ConvVAE, DenseVAE
from labcode.runs import Spec
from labcode.scores.variational import elbo_on_test_images, learned_variance
from labcode.training.loop import Optimiser
from labcode.training.networks import model_spec
from labcode.training.variational import VariationalRunSpec

CODE_SIZE = 32
DENSE, CONV = "dense", "convolutional"
ONE_EACH, ONE_FOR_ALL = "one a component", "one for all"


@design(scores={"test": elbo_on_test_images, "variance": learned_variance}, network=(DENSE, CONV))
def networks(profile: Profile, network: str, seed: int) -> VariationalRunSpec | None:
    """VAEs with learned variance; the convolutional one has one seed, in profiles that train it."""
    if network == DENSE:
        return dense(profile, DENSE, seed=seed)
    if not trains(profile, CONV) or seed != profile.seeds[0]:
        return None
    return _trained(profile, CONV, ConvVAE, {"channels": (32, 32)}, seed=seed)


@design(variance=(ONE_EACH, ONE_FOR_ALL))
def by_labels(profile: Profile, variance: str) -> Spec:
    """Ten probabilistic PCAs, one a class, in closed form: they know the labels."""
    mixture = mixture_of_labels.spec(half_validated(profile), CODE_SIZE, variance == ONE_FOR_ALL)
    return mixture_likelihood.spec(mixture)


@design()
def by_ppca(profile: Profile) -> Spec:
    """Probabilistic PCA of all images, with the same code size."""
    return likelihood_on_test_images.spec(everything(profile), CODE_SIZE)


def dense(
    profile: Profile, kind: str, model: dict[str, Any] | None = None, **training: Any
) -> VariationalRunSpec:
    """The dense VAE of this half of the chapter.

    Parameters
    ----------
    profile : Profile
    kind : str
        Whose epochs, in `labcode.experiments.likelihood.sizes.PASSES`.
    model, **training
        What the model, and its `VariationalRunSpec`, are given besides.
    """
    return _trained(profile, kind, DenseVAE, {"hidden": (256,)} | (model or {}), **training)


def _trained(
    profile: Profile, kind: str, architecture: type, model: dict[str, Any], **training: Any
) -> VariationalRunSpec:
    return VariationalRunSpec(
        model_spec(architecture, code_size=CODE_SIZE, **model),
        epochs=epochs(profile, kind),
        data=half_validated(profile),
        optimiser=Optimiser(learning_rate=2e-3),
        **{"seed": profile.seeds[0]} | training,
    )
