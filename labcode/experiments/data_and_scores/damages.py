"""What a score says: five damages that have one error, and a shift beside a cover."""

import numpy as np
import torch
import xarray as xr

from labcode import data
from labcode.designs.design import design
from labcode.designs.profiles import Profile
from labcode.runs.measured import Measurement
from labcode.scores.comparison import at_shares
from labcode.scores.damage import (
    DAMAGES,
    cut_off,
    damage_scores,
    equally_damaged,
    noise_for,
    shifted,
)
from labcode.scores.metrics import mse

SHIFTED, COVERED = "shifted", "covered"
SHOWN = (0.1, 0.5, 0.9)


@design(damage=DAMAGES)
def equal_error(profile: Profile, damage: str) -> Measurement:
    """Test images under each damage, image by image at the error of a shift by one pixel."""
    return damage_scores.spec(damage, profile.test)


def compared(profile: Profile) -> xr.Dataset:
    """The table of `equal_error` for the images that every damage can bring to that error.

    For the others even the strongest blur is not bad enough. `image` is the place among the test
    images.
    """
    table = equal_error.table(profile)
    off = abs(table.mse - table.mse.sel(damage=SHIFTED)).max("damage")
    places = np.flatnonzero(off < 1e-5)
    return table.isel(image=places).assign_coords(image=places)


def garments(profile: Profile, shares: tuple[float, ...] = SHOWN) -> xr.Dataset:
    """The images compared that stand at these shares, in order of the error of their shift.

    Returns
    -------
    Dataset
        By `image`: `original` (row, column), and by `damage` `damaged` (row, column), `mse` and
        `ssim`.
    """
    table = compared(profile)
    shown = table.isel(image=at_shares(table.mse.sel(damage=SHIFTED).values, shares))
    x = data.fashion_mnist("test").pixels[: profile.test]
    places = shown.image.values.tolist()
    some, noise = x[places], noise_for(x)[places]
    damaged = [equally_damaged(some, noise, damage)[:, 0] for damage in DAMAGES]
    return shown.assign(
        original=(("image", "row", "column"), some[:, 0].numpy()),
        damaged=(("damage", "image", "row", "column"), torch.stack(damaged).numpy()),
    )


def shift_and_cover() -> xr.DataArray:
    """MSE per pixel of each test image: shifted by one pixel, and its lower half covered.

    Dimensions `damage`, `shifted` or `covered`, and `image`.
    """
    x = data.fashion_mnist("test").pixels
    changed = (shifted(x, right=1), cut_off(x, torch.full((len(x),), 0.5)))
    errors = torch.stack([mse(x, y) for y in changed]).double().numpy()
    levels = {"damage": [SHIFTED, COVERED]}
    return xr.DataArray(
        errors, levels, ("damage", "image"), "mse", {"units": "squared pixel units"}
    )
