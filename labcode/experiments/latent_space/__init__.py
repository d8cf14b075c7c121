"""AE versus VAE, second half: what the codes of autoencoders are good for.

One module a section of the page; here are the runs that they need, and the claims they decide.
"""

from labcode.baselines import pca
from labcode.designs.profiles import Profile
from labcode.experiments.latent_space import (
    claims,
    detectors,
    generators,
    models,
    planes,
    posteriors,
    walks,
)
from labcode.runs import Spec

DECIDES = (claims.c12, claims.c13, claims.c14)
DESIGNS = (
    models.scorer,
    posteriors.aggregated_posteriors,
    generators.densities,
    generators.generators,
    walks.walks,
    detectors.detectors,
    planes.planes,
)


def specs(profile: Profile) -> list[Spec]:
    """Every run of the latent-space half of the chapter, each once."""
    found = [
        pca.image_moments.spec(models.images(profile)),
        pca.image_moments.spec(planes.images(profile)),
        *models.scorer.specs(profile),
        *posteriors.aggregated_posteriors.specs(profile),
        *posteriors.measurements(profile),
        *generators.densities.specs(profile),
        *generators.generators.specs(profile),
        *walks.walks.specs(profile),
        *detectors.detectors.specs(profile),
        *(planes.network_spec(profile, model) for model in planes.NETWORKS),
        *planes.planes.specs(profile),
    ]
    return list(dict.fromkeys(found))
