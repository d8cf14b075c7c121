"""Are codes organised? Scores that no change of basis or scale of the codes can move."""

from functools import partial

from labcode.baselines.probabilistic_pca import probabilistic_pca
from labcode.designs.design import design
from labcode.designs.profiles import Profile
from labcode.experiments.latent_space.models import AE, BETA_VAE, CODE_SIZE, PPCA, VAE
from labcode.experiments.latent_space.networks import BUDGETS, LONG, images, network
from labcode.runs.measured import Measurement
from labcode.scores.aggregated_posterior import code_distribution
from labcode.scores.gauge_free import organisation, pixel_neighbours
from labcode.scores.latent_models import Model

NEIGHBOURS = 10


def told(profile: Profile) -> int:
    """Training images from whose codes the two-sample classifier learns."""
    return min(profile.train, profile.within(minutes=5000, hours=20_000, token=300))


@design(
    scores=lambda profile: {
        "organisation": partial(
            organisation,
            known=profile.train,
            told=told(profile),
            asked=profile.test,
            neighbours=NEIGHBOURS,
        ),
        "distribution": partial(
            code_distribution,
            known=profile.labelled,
            asked=min(profile.scored, 5000),
            neighbours=NEIGHBOURS,
        ),
    },
    model=(AE, VAE, BETA_VAE, PPCA),
    budget=BUDGETS,
)
def codes(profile: Profile, model: str, budget: str, seed: int) -> Model | None:
    """Codes of test images; probabilistic PCA has one fit, at the first seed."""
    if model == PPCA:
        once = budget == LONG and seed == profile.seeds[0]
        return probabilistic_pca.spec(images(profile), CODE_SIZE) if once else None
    found: Model | None = network(profile, model, seed, budget)
    return found


@design()
def pixels(profile: Profile) -> Measurement:
    """The same nearest neighbours on raw pixels."""
    return pixel_neighbours.spec(profile.train, profile.test, NEIGHBOURS)
