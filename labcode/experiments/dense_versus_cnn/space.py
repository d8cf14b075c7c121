"""Argument 3, spatial information: pixels permuted, all in the same way, and images that moved."""

from dataclasses import replace
from functools import partial

import xarray as xr

from labcode.baselines.coders import shift_errors
from labcode.data import DataSpec
from labcode.designs.design import design
from labcode.designs.profiles import Profile
from labcode.experiments.dense_versus_cnn import models
from labcode.experiments.dense_versus_cnn.models import STUDIED, coder_of, repeated, run, sizes
from labcode.runs.measured import Measurement
from labcode.scores.reconstruction import reconstruction_error
from labcode.training.networks import RunSpec

ORIGINAL, PERMUTED = "original", "permuted"
PERMUTATION_SEED = 0
SHIFTS = (0, 1, 2, 3, 4)


@design(
    scores=lambda profile: {"test_mse": partial(reconstruction_error, images=profile.test)},
    network=(models.DENSE, models.CNN),
    pixels=(ORIGINAL, PERMUTED),
)
def permuted(profile: Profile, network: str, pixels: str, seed: int) -> RunSpec:
    """The lab's two networks, trained anew on images whose pixels were permuted."""
    order = PERMUTATION_SEED if pixels == PERMUTED else None
    return replace(run(profile, network, seed), data=DataSpec(sizes(profile).images, 0, order))


def ratio(profile: Profile) -> xr.DataArray:
    """Test error on permuted pixels over that on original ones (network, seed)."""
    errors = permuted.table(profile).test_mse
    return errors.sel(pixels=PERMUTED) / errors.sel(pixels=ORIGINAL)


@design(coder=STUDIED)
def shifted(profile: Profile, coder: str, seed: int) -> Measurement | None:
    """Test images moved by 0 to 4 pixels; nothing was trained on such images."""
    if repeated(profile, coder, seed):
        return None
    return shift_errors.spec(coder_of(profile, coder, seed), SHIFTS, profile.scored)
