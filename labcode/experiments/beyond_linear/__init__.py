"""What does a nonlinear autoencoder add to PCA, and where?

One module a section of the page; `tuning` chose the learning rates of the others.
"""

from labcode.baselines import pca
from labcode.designs.profiles import Profile
from labcode.experiments.beyond_linear import (
    curve,
    dictionary,
    few_images,
    memory,
    nonlinear,
    opponents,
    order,
    sparse,
)
from labcode.runs import Spec

DESIGNS = (
    curve.networks,
    nonlinear.affine,
    nonlinear.by_pca,
    nonlinear.on_validation_images,
    nonlinear.networks,
    nonlinear.doubled,
    nonlinear.pictures,
    nonlinear.plane,
    opponents.mixtures,
    opponents.kernels,
    few_images.by_pca,
    few_images.networks,
    memory.linear,
    memory.networks,
    memory.pictures,
    memory.identity,
    sparse.by_pca,
    sparse.networks,
    dictionary.penalised,
    dictionary.top_k,
    dictionary.learned,
    order.times,
    order.stairs,
    order.signs,
)


def specs(profile: Profile) -> list[Spec]:
    """Every run of this chapter, each once."""
    fits = [few_images.images(profile, share) for share in few_images.SHARES]
    moments = [pca.image_moments.spec(images) for images in (pca.ALL_TRAINING_IMAGES, *fits)]
    tables = [spec for design in DESIGNS for spec in design.specs(profile)]
    return list(dict.fromkeys([*moments, *tables]))
