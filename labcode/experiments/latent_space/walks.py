"""Walking between images: decoded lines and arcs between the codes of test images."""

from labcode.designs.design import design
from labcode.designs.profiles import Profile
from labcode.experiments.latent_space.models import (
    AE,
    PPCA,
    VAE,
    classifier_spec,
    sizes,
    spec,
)
from labcode.runs.measured import Measurement
from labcode.scores.latent import linear_path, spherical_path
from labcode.scores.walks import walk_scores

STEPS = 20
PCA = "PCA"
LINE, ARC = "line", "arc"
PATHS = {LINE: linear_path, ARC: spherical_path}


@design(model=(AE, VAE, PCA), path=tuple(PATHS))
def walks(profile: Profile, model: str, path: str, seed: int) -> Measurement | None:
    """Walks of each model between the same pairs of test images; arcs of the VAE alone.

    PCA walks between the codes of probabilistic PCA, which has one fit, at the first seed.
    """
    if (path == ARC and model != VAE) or (model == PCA and seed != profile.seeds[0]):
        return None
    size = sizes(profile)
    walker = spec(profile, PPCA if model == PCA else model, seed)
    return walk_scores.spec(
        walker, PATHS[path], classifier_spec(profile), size.pairs, profile.labelled, STEPS
    )
