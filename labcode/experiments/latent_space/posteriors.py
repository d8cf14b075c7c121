"""Where the codes lie: the aggregated posterior, against N(0, I)."""

from functools import partial

from labcode.designs.design import design
from labcode.designs.profiles import Profile
from labcode.experiments.latent_space.models import (
    AE,
    BETA_VAE,
    CODE_SIZE,
    PPCA,
    VAE,
    sizes,
    spec,
)
from labcode.runs.measured import Measurement
from labcode.scores.aggregated_posterior import code_distribution, normal_discrepancies
from labcode.scores.latent_models import Model

NEIGHBOURS = 10
NORMAL_DRAWS = 20


@design(
    scores=lambda profile: {
        "distribution": partial(
            code_distribution,
            known=min(profile.labelled, profile.train),
            asked=sizes(profile).asked,
            neighbours=NEIGHBOURS,
        )
    },
    model=(AE, VAE, BETA_VAE, PPCA),
)
def aggregated_posteriors(profile: Profile, model: str, seed: int) -> Model | None:
    """Codes of test images; probabilistic PCA has one fit, at the first seed."""
    return None if model == PPCA and seed != profile.seeds[0] else spec(profile, model, seed)


def normal_discrepancy(profile: Profile) -> float:
    """What the discrepancy of true draws from N(0, I) stays below, 95 times in 100."""
    return normal_discrepancies(sizes(profile).asked, CODE_SIZE, NORMAL_DRAWS).quantile(0.95).item()


def measurements(profile: Profile) -> list[Measurement]:
    """What is measured without a design: draws from N(0, I)."""
    return [normal_discrepancies.spec(sizes(profile).asked, CODE_SIZE, NORMAL_DRAWS)]
