"""Who can make images? Every model with every density of codes, linear opponents included."""

import xarray as xr

from labcode.baselines.code_density import code_gaussian, grown_mixture
from labcode.baselines.linear_mixtures import mixture_likelihood, mixture_of_labels
from labcode.baselines.probabilistic_pca import probabilistic_pca
from labcode.baselines.sampled_images import (
    held_out_scores,
    linear_sample_scores,
    sample_scores,
)
from labcode.designs.design import design
from labcode.designs.profiles import Profile
from labcode.experiments.latent_space.models import AE, BETA_VAE, CODE_SIZE, PPCA, VAE
from labcode.experiments.latent_space.networks import (
    BUDGETS,
    DOUBLED,
    LONG,
    classifier,
    images,
    linear_mixture,
    network,
)
from labcode.runs import Spec
from labcode.runs.measured import Measurement

PRIOR, GAUSSIAN, MIXTURE = "N(0, I)", "one Gaussian", "mixture"
SAMPLERS = (PRIOR, GAUSSIAN, MIXTURE)
DENSITIES = tuple((model, sampler) for model in (AE, VAE) for sampler in (GAUSSIAN, MIXTURE))
FROM_THE_PRIOR = (AE, VAE, BETA_VAE, PPCA)


def samples(profile: Profile) -> int:
    """Images in each Fréchet distance, on either side."""
    return profile.test


def support(profile: Profile) -> int:
    """Images in each precision and recall."""
    return min(profile.test, 5000)


def components(profile: Profile) -> tuple[int, ...]:
    """Numbers of probabilistic PCAs in a mixture."""
    return profile.within(minutes=(10, 20), hours=(10, 20, 40, 80, 160), token=(2, 4))


def density(
    profile: Profile, model: str, sampler: str, seed: int, budget: str = LONG
) -> Measurement | None:
    """The density that a sampler fits to the codes of training images."""
    trained = network(profile, model, seed, budget)
    if trained is None:
        return None
    if sampler == MIXTURE:
        first, most = profile.within(minutes=(10, 80), hours=(10, 1280), token=(2, 4))
        return grown_mixture.spec(trained, first, most, profile.train)
    return code_gaussian.spec(trained, profile.train)


@design(model=(AE, VAE), budget=BUDGETS)
def mixtures(profile: Profile, model: str, budget: str, seed: int) -> Measurement | None:
    """Mixtures of Gaussians fitted to codes: how many components, and what was tried."""
    return density(profile, model, MIXTURE, seed, budget)


@design(model=FROM_THE_PRIOR, sampler=SAMPLERS, budget=BUDGETS)
def generators(
    profile: Profile, model: str, sampler: str, budget: str, seed: int
) -> Measurement | None:
    """Images of every network and density of codes, against the test images."""
    if sampler != PRIOR and (model, sampler) not in DENSITIES:
        return None
    if budget == DOUBLED and (model == PPCA or seed != profile.seeds[0]):
        return None
    made_by = (
        probabilistic_pca.spec(images(profile), CODE_SIZE)
        if model == PPCA
        else network(profile, model, seed, budget)
    )
    codes = None if sampler == PRIOR else density(profile, model, sampler, seed, budget)
    asked = (classifier(profile), samples(profile), support(profile), seed)
    return sample_scores.spec(made_by, CODE_SIZE, codes, *asked)


@design(components=components)
def linear(profile: Profile, components: int, seed: int) -> Measurement:
    """Images of mixtures of probabilistic PCA by EM, which no label and no network helped."""
    mixture = linear_mixture(profile, components, seed)
    asked = (classifier(profile), samples(profile), support(profile), seed)
    return linear_sample_scores.spec(mixture, *asked)


@design(scores={"likelihood": mixture_likelihood}, components=components)
def linear_fits(profile: Profile, components: int, seed: int) -> Spec:
    """How probable images are under the same mixtures: validation images choose one."""
    return linear_mixture(profile, components, seed)


@design()
def by_labels(profile: Profile, seed: int) -> Measurement:
    """Images of ten probabilistic PCAs, one a class: they know the labels, and need no EM."""
    mixture = mixture_of_labels.spec(images(profile), CODE_SIZE)
    asked = (classifier(profile), samples(profile), support(profile), seed)
    return linear_sample_scores.spec(mixture, *asked)


@design(
    images=lambda profile: (profile.test // 8, profile.test // 4, profile.test // 2, profile.test)
)
def floors(profile: Profile, images: int, seed: int) -> Measurement:
    """Real images that no network was trained on: what the distance is where it should be 0."""
    return held_out_scores.spec(classifier(profile), images, min(images, support(profile)), seed)


def chosen(profile: Profile) -> xr.DataArray:
    """The number of components with the most probable validation images, dimension `seed`."""
    return linear_fits.table(profile).validation_log_likelihood.idxmax("components")


def of_the_chosen(profile: Profile) -> xr.Dataset:
    """The scores of the mixtures with so many components, dimension `seed`."""
    return linear.table(profile).sel(components=chosen(profile))
