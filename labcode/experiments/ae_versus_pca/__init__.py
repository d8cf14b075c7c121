"""Is a linear autoencoder PCA?

One module a section of the page, in its order.
"""

from labcode.baselines import pca
from labcode.designs.profiles import Profile
from labcode.experiments.ae_versus_pca import (
    axes,
    centring,
    claims,
    dynamics,
    floor,
    subspace,
    weight_decay,
)
from labcode.runs import Spec

DECIDES = (claims.c1, claims.c2)
DESIGNS = (
    floor.saddle,
    subspace.exact,
    subspace.minibatch,
    axes.recovery,
    axes.pictured,
    weight_decay.strengths,
    weight_decay.optimisers,
    axes.ordered,
    dynamics.starts,
    centring.stability,
)


def specs(profile: Profile) -> list[Spec]:
    """Every run of this chapter, each once."""
    fits = (
        pca.ALL_TRAINING_IMAGES,
        subspace.everything(profile),
    )
    moments = [pca.image_moments.spec(images) for images in fits]
    tables = [spec for design in DESIGNS for spec in design.specs(profile)]
    return list(dict.fromkeys([*moments, *tables]))
