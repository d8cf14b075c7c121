"""Denoising: what the noisy validation curve really was, and why denoising works.

One module a section of the page, in reading order: `corruptions`, `clipping`, `in_the_page`,
`overfitting`, `contest`, `linear`, `plane`, `other_noise` and `probes`; then `claims`, and
`sizes` for all.

Without long rows as yet, and on no page: `equal_terms` and `opponents`, which decide C9 and C11 and
shall take the place of `contest`; `images_from_noise`, `without_clean` and `masked_codes`.
"""

from labcode.baselines import pca
from labcode.designs.profiles import Profile
from labcode.experiments.denoising import (
    claims,
    clipping,
    contest,
    in_the_page,
    linear,
    other_noise,
    overfitting,
    plane,
    probes,
    sizes,
)
from labcode.runs import Spec

DECIDES = (claims.c9, claims.c10, claims.c11)
DESIGNS = (
    clipping.curves,
    clipping.conditions,
    clipping.linear,
    in_the_page.dense,
    overfitting.few_images,
    overfitting.linear,
    contest.plain,
    contest.own,
    contest.classical,
    contest.networks,
    contest.closed_forms,
    contest.decisive,
    contest.crossed,
    linear.trained,
    linear.identity,
    plane.field,
    plane.sampler,
    other_noise.repairs,
    other_noise.linear,
    probes.codes,
    probes.pixels,
)


def specs(profile: Profile) -> list[Spec]:
    """Every run of this chapter, once."""
    fits = (pca.ALL_TRAINING_IMAGES, sizes.split(profile), in_the_page.images(profile))
    moments = [pca.image_moments.spec(images) for images in fits]
    tables = [spec for design in DESIGNS for spec in design.specs(profile)]
    return list(dict.fromkeys([*moments, *tables]))
