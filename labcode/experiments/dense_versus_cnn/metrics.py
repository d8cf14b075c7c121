"""Argument 4, metrics: scores of images, the "accuracy" that means nothing, and one of codes."""

import xarray as xr

from labcode import data
from labcode.baselines.coders import code_accuracies, pictures, reconstruction_scores
from labcode.designs.contrast import Contrast
from labcode.designs.design import design
from labcode.designs.profiles import Profile
from labcode.experiments.dense_versus_cnn.coders import (
    CELLS,
    PIXELS,
    SHOWN,
    STUDIED,
    coder_of,
    repeated,
)
from labcode.experiments.dense_versus_cnn.effects import mean_difference
from labcode.experiments.dense_versus_cnn.models import sizes
from labcode.experiments.dense_versus_cnn.networks import CONVOLUTIONAL, DENSE
from labcode.runs.measured import Measurement

CASES = ("best", "best", "typical", "typical", "worst", "worst")


@design(coder=STUDIED)
def scored(profile: Profile, coder: str, seed: int) -> Measurement | None:
    """MSE, SSIM and binary accuracy; PCA is clipped, as a sigmoid is."""
    if repeated(profile, coder, seed):
        return None
    which, compared = (
        coder_of(profile, coder, seed),
        profile.within(minutes=500, hours=2000, token=50),
    )
    return reconstruction_scores.spec(which, profile.test, compared)


@design(coder=SHOWN, seed=lambda profile: profile.seeds[:1])
def pictured(profile: Profile, coder: str, seed: int) -> Measurement:
    """Six test images as each coder gives them back, at the first seed."""
    return pictures.spec(coder_of(profile, coder, seed), profile.scored)


def reconstructions(profile: Profile) -> xr.Dataset:
    """Best, typical and worst test images, by PCA's error at k = 64, beside their reconstructions.

    Returns
    -------
    Dataset
        `original` (image, row, column) and `restored` (coder, image, row, column), from 0 to 1;
        `mse` (coder, image), per pixel; `image` says which case each is.
    """
    table = pictured.table(profile).isel(seed=0)
    places = table.place.isel(coder=0).values.astype(int)
    originals = data.fashion_mnist("test").pixels[places, 0].numpy()
    return xr.Dataset(
        {
            "original": (("image", "row", "column"), originals),
            "restored": table.restored / 255,
            "mse": table.mse,
        }
    ).assign_coords(image=list(CASES))


@design(coder=(PIXELS, *STUDIED))
def probed(profile: Profile, coder: str, seed: int) -> Measurement | None:
    """A linear probe and nearest neighbours on whitened codes, and on pixels as they are."""
    if repeated(profile, coder, seed):
        return None
    which, known = coder_of(profile, coder, seed), sizes(profile).probed
    return code_accuracies.spec(which, known, profile.test, whiten=coder != PIXELS)


def at_equal_code(accuracies: xr.DataArray) -> Contrast:
    """Convolutional minus dense layers, averaged over the pairs of equal code and depth.

    Parameters
    ----------
    accuracies : DataArray, dimensions `coder` and `seed`
    """
    of_kind = [
        accuracies.sel(coder=[name for name, cell in CELLS.items() if cell[0] == kind]).drop_vars(
            "coder"
        )
        for kind in (CONVOLUTIONAL, DENSE)
    ]
    return mean_difference(*of_kind)
