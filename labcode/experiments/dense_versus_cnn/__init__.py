"""Chapter 3: does a convolutional autoencoder beat a dense one, and at what?

One module a section of the page, in reading order: `models`, `as_run`, `matched`, `features`,
`sharing`, `space`, `metrics` and `sampling`; then `claims`.
"""

from labcode.baselines import pca
from labcode.designs.profiles import Profile
from labcode.experiments.dense_versus_cnn import (
    as_run,
    claims,
    features,
    metrics,
    models,
    sampling,
    space,
)
from labcode.runs import Spec

DECIDES = (claims.c3, claims.c4, claims.c5, claims.c6, claims.c7, claims.c8)
DESIGNS = (
    models.networks,
    as_run.by_pca,
    as_run.replicas,
    features.first_layers,
    space.permuted,
    space.shifted,
    metrics.scored,
    metrics.probed,
    sampling.decoders,
    sampling.untrained,
)


def specs(profile: Profile) -> list[Spec]:
    """Every run of this chapter, each once."""
    fits = (pca.ALL_TRAINING_IMAGES, models.images(profile))
    moments = [pca.image_moments.spec(images) for images in fits]
    tables = [spec for design in DESIGNS for spec in design.specs(profile)]
    return list(dict.fromkeys([*moments, *tables]))
