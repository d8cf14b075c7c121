"""Are walks smooth? Lines and arcs between codes; a line stays one under every affine map."""

from labcode.baselines.probabilistic_pca import probabilistic_pca
from labcode.designs.design import design
from labcode.designs.profiles import Profile
from labcode.experiments.latent_space.models import AE, BETA_VAE, CODE_SIZE, VAE
from labcode.experiments.latent_space.networks import (
    BUDGETS,
    LONG,
    classifier,
    images,
    network,
)
from labcode.runs.measured import Measurement
from labcode.scores.latent import linear_path, spherical_path
from labcode.scores.walks import walk_scores

STEPS = 20
PCA = "PCA"
LINE, ARC = "line", "arc"
PATHS = {LINE: linear_path, ARC: spherical_path}


def pairs(profile: Profile) -> int:
    """Pairs of test images of different classes."""
    return min(profile.scored // 10, 1000)


@design(model=(AE, VAE, BETA_VAE, PCA), path=tuple(PATHS), budget=BUDGETS)
def walked(profile: Profile, model: str, path: str, budget: str, seed: int) -> Measurement | None:
    """Walks of each model between the same pairs of test images; arcs of the VAE alone."""
    if path == ARC and model != VAE:
        return None
    if model == PCA:
        once = budget == LONG and seed == profile.seeds[0]
        walker = probabilistic_pca.spec(images(profile), CODE_SIZE) if once else None
    else:
        walker = network(profile, model, seed, budget)
    if walker is None:
        return None
    return walk_scores.spec(
        walker, PATHS[path], classifier(profile), pairs(profile), profile.train, STEPS
    )
