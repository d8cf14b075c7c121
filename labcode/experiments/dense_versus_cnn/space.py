"""Argument 3, spatial information: images that moved. Shuffled pixels are cells of `factorial`."""

import xarray as xr

from labcode.baselines.coders import shift_errors
from labcode.designs.contrast import Contrast, contrast
from labcode.designs.design import design
from labcode.designs.profiles import Profile
from labcode.experiments.dense_versus_cnn.coders import STUDIED, coder_of, repeated
from labcode.runs.measured import Measurement

SHIFTS = (0, 1, 2, 3, 4)


@design(coder=STUDIED)
def shifted(profile: Profile, coder: str, seed: int) -> Measurement | None:
    """Test images moved by 0 to 4 pixels; nothing was trained on such images."""
    if repeated(profile, coder, seed):
        return None
    return shift_errors.spec(coder_of(profile, coder, seed), SHIFTS, profile.scored)


def paid(profile: Profile, one: str, other: str) -> Contrast:
    """What a move by 4 pixels adds to the test MSE, of one network minus that of another."""
    errors: xr.DataArray = shifted.table(profile).mse
    added = errors.sel(moved=SHIFTS[-1]) - errors.sel(moved=0)
    return contrast(added.sel(coder=[one, other]), coder=(one, other))
