"""What bending the decoder buys: VAEs trained to a stated end, against many linear decoders.

All have 32 numbers in the code and the same images. A VAE has one variance for all codes. Mixtures
of probabilistic PCA have one a component, or one for all, which is the VAE's own likelihood.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import xarray as xr

from labcode.baselines.linear_mixtures import mixture_likelihood, mixture_of_labels
from labcode.baselines.probabilistic_pca import likelihood_on_test_images
from labcode.data import DataSpec
from labcode.designs.design import design
from labcode.designs.profiles import Profile
from labcode.experiments.likelihood.nonlinear_vae import CODE_SIZE, ONE_EACH, ONE_FOR_ALL
from labcode.models.variational import DenseVAE
from labcode.runs import Spec
from labcode.scores.reconstruction import history, reconstruction_error
from labcode.scores.variational import elbo_on_test_images, evidence, learned_variance
from labcode.training.loop import Optimiser
from labcode.training.mixtures import MixtureRunSpec
from labcode.training.networks import model_spec
from labcode.training.variational import VariationalRunSpec

HIDDEN = {"one hidden layer": (256,), "two hidden layers": (512, 512)}
LONG, DOUBLED = "long", "doubled"
BATCH_SIZE = 128
RATES = (5e-4, 1.5e-3, 4.5e-3)
# The middle one, until `tuning` is recorded: then each network has its best one there.
CHOSEN = dict.fromkeys(HIDDEN, 1.5e-3)


def images(profile: Profile) -> DataSpec:
    """The images that every model is fitted to and chosen on."""
    return DataSpec(profile.train, profile.validation)


def epochs(profile: Profile) -> int:
    """Of a long run: 40 in the record."""
    return profile.passes(minutes=1, hours=4 / 3, token=1)


def seeds(profile: Profile) -> tuple[int, ...]:
    """Three, since no claim is decided here."""
    return profile.seeds[:3]


def run(profile: Profile, network: str, seed: int, rate: float, passes: int) -> VariationalRunSpec:
    """A VAE with learned variance: a cosine schedule, and the best epoch on validation images."""
    return VariationalRunSpec(
        model_spec(DenseVAE, code_size=CODE_SIZE, hidden=HIDDEN[network]),
        passes,
        seed,
        images(profile),
        optimiser=Optimiser(learning_rate=rate),
        batch_size=BATCH_SIZE,
        best=True,
    )


def best_validation_loss(network: Spec) -> float:
    """Of all epochs, minus the ELBO on validation images."""
    return history(network, "validation_loss").min().item()


@design(
    scores={"validation_loss": best_validation_loss},
    network=tuple(HIDDEN),
    rate=RATES,
    seed=lambda profile: profile.seeds[:1],
)
def tuning(profile: Profile, network: str, rate: float, seed: int) -> Spec:
    """One seed at each learning rate, a factor of three apart, for a quarter of the epochs."""
    return run(profile, network, seed, rate, max(1, epochs(profile) // 4))


def vae(profile: Profile, network: str, budget: str, seed: int) -> VariationalRunSpec | None:
    """A long run, or one of twice as many epochs, at the first seed alone."""
    if budget == DOUBLED and seed != profile.seeds[0]:
        return None
    passes = epochs(profile) * (1 + (budget == DOUBLED))
    return run(profile, network, seed, CHOSEN[network], passes)


@design(
    scores={
        "test": elbo_on_test_images,
        "test_mse": reconstruction_error,
        "variance": learned_variance,
        "validation_loss": partial(history, name="validation_loss"),
    },
    network=tuple(HIDDEN),
    budget=(LONG, DOUBLED),
    seed=seeds,
)
def vaes(profile: Profile, network: str, budget: str, seed: int) -> Spec | None:
    """VAEs, and of each kind one trained twice as long, which says if they are done."""
    return vae(profile, network, budget, seed)


def scores_of_bounds(profile: Profile) -> dict[str, Callable[..., Any]]:
    """Importance-weighted bounds of a part of the test images, by numbers of samples."""
    samples = profile.within(minutes=(1, 10, 100), hours=(1, 10, 100, 1000), token=(1, 5))
    return {"bounds": partial(evidence, samples=samples, images=profile.scored // 10)}


@design(scores=scores_of_bounds, network=tuple(HIDDEN), seed=seeds)
def bounds(profile: Profile, network: str, seed: int) -> Spec | None:
    """How far the ELBOs of the long runs lie below their log-likelihoods."""
    return vae(profile, network, LONG, seed)


def components(profile: Profile) -> tuple[int, ...]:
    """Numbers of probabilistic PCAs in a mixture."""
    return profile.within(minutes=(10, 20), hours=(10, 20, 40, 80, 160), token=(2, 4))


@design(
    scores={"likelihood": mixture_likelihood},
    variance=(ONE_EACH, ONE_FOR_ALL),
    components=components,
    seed=seeds,
)
def by_em(profile: Profile, variance: str, components: int, seed: int) -> Spec | None:
    """Mixtures of probabilistic PCA that know no labels; with one variance, at one seed."""
    if variance == ONE_FOR_ALL and seed != profile.seeds[0]:
        return None
    iterations = profile.within(minutes=5, hours=40, token=2)
    return MixtureRunSpec(
        components, CODE_SIZE, iterations, seed, images(profile), variance == ONE_FOR_ALL
    )


@design(variance=(ONE_EACH, ONE_FOR_ALL))
def by_labels(profile: Profile, variance: str) -> Spec:
    """Ten probabilistic PCAs, one a class, in closed form: they know the labels."""
    mixture = mixture_of_labels.spec(images(profile), CODE_SIZE, variance == ONE_FOR_ALL)
    return mixture_likelihood.spec(mixture)


@design()
def by_one(profile: Profile) -> Spec:
    """One probabilistic PCA."""
    return likelihood_on_test_images.spec(images(profile), CODE_SIZE)


def chosen(profile: Profile) -> xr.Dataset:
    """The mixtures with the most probable validation images, and `components`, their number.

    Dimensions `variance` and `seed`; NaN where a design left a seed out.
    """
    found = by_em.table(profile)
    by_variance = []
    for variance in found.variance.values:
        one = found.sel(variance=variance).dropna("seed", how="all")
        best = one.validation_log_likelihood.idxmax("components")
        by_variance.append(one.sel(components=best).reset_coords("components"))
    return xr.concat(by_variance, "variance", coords="minimal", join="outer")
