"""Argument 4, metrics: scores of images, the "accuracy" that means nothing, and one of codes."""

import torch
import xarray as xr

from labcode import data
from labcode.baselines.coders import code_accuracies, reconstruction_scores, side_by_side
from labcode.designs.design import design
from labcode.designs.profiles import Profile
from labcode.experiments.dense_versus_cnn.models import (
    BY_CODE,
    PCA_64,
    PCA_CODES,
    STUDIED,
    coder_of,
    repeated,
    sizes,
)
from labcode.runs.measured import Measurement

PIXELS = "pixels"
ALL_TEST_IMAGES = 10_000
CASES = ("best", "best", "typical", "typical", "worst", "worst")


@design(coder=STUDIED)
def scored(profile: Profile, coder: str, seed: int) -> Measurement | None:
    """MSE, SSIM and binary accuracy; PCA, on all test images, is clipped, as a sigmoid is."""
    if repeated(profile, coder, seed):
        return None
    images = ALL_TEST_IMAGES if coder in PCA_CODES else profile.test
    which = coder_of(profile, coder, seed, clip=True)
    return reconstruction_scores.spec(which, images, profile.scored)


def reconstructions(profile: Profile) -> xr.Dataset:
    """Best, typical and worst test images, by PCA's error at k = 64: no network has a say.

    As `side_by_side` describes, at the first seed; `image` says which case each is.
    """
    x = data.fashion_mnist("test").pixels[: profile.scored]
    coders = {coder: coder_of(profile, coder, profile.seeds[0], clip=True) for coder in BY_CODE}
    by_pca = side_by_side(x, {PCA_64: coders[PCA_64]})
    order = torch.from_numpy(by_pca.mse.values[0]).argsort()
    half = len(order) // 2
    chosen = torch.cat([order[:2], order[half : half + 2], order[-2:]])
    return side_by_side(x[chosen], coders).assign_coords(image=list(CASES))


@design(coder=(PIXELS, *STUDIED))
def probed(profile: Profile, coder: str, seed: int) -> Measurement | None:
    """A linear probe and nearest neighbours on codes, raw pixels and PCA."""
    if repeated(profile, coder, seed):
        return None
    return code_accuracies.spec(coder_of(profile, coder, seed), sizes(profile).probed, profile.test)
