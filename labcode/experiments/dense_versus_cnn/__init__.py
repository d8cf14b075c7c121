"""Does a convolutional autoencoder beat a dense one, and at what?

One module a section of the page, in reading order: `models`, `as_run`, `factorial` with its
`tuning` and `effects`, `features`, `sharing` and `efficiency`, `space`, `metrics` and `sampling`;
then `claims`. `coders` names what makes codes in several of them.
"""

from labcode.baselines import pca
from labcode.data import DataSpec
from labcode.designs.profiles import Profile
from labcode.experiments.dense_versus_cnn import (
    as_run,
    claims,
    coders,
    efficiency,
    factorial,
    features,
    in_the_page,
    metrics,
    models,
    sampling,
    space,
)
from labcode.runs import Spec

DECIDES = (claims.c3, claims.c4, claims.c5, claims.c6, claims.c7, claims.c8)
DESIGNS = (
    as_run.by_pca,
    as_run.replicas,
    as_run.watched,
    as_run.longer,
    factorial.cells,
    factorial.doubled,
    factorial.matched,
    efficiency.capped,
    efficiency.by_pca,
    features.first_layers,
    features.gains,
    features.untrained_gains,
    space.shifted,
    in_the_page.weights,
    metrics.scored,
    metrics.pictured,
    metrics.probed,
    sampling.decoders,
    sampling.untrained,
    sampling.originals,
)


def specs(profile: Profile) -> list[Spec]:
    """Every run of this chapter, each once."""
    few = (DataSpec(count, 0) for count in efficiency.counts(profile))
    fits = (pca.ALL_TRAINING_IMAGES, models.images(profile), coders.images(profile), *few)
    moments = [pca.image_moments.spec(images) for images in fits]
    tables = [spec for design in DESIGNS for spec in design.specs(profile)]
    return list(dict.fromkeys([*moments, *tables]))
