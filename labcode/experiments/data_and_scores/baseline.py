"""A baseline that needs no training: PCA at growing code size."""

import numpy as np
import xarray as xr

from labcode import data
from labcode.baselines.pca import principal_components, scores_on_test_images
from labcode.designs.design import design
from labcode.designs.profiles import Profile
from labcode.experiments.data_and_scores.averages import CODE_SIZE
from labcode.runs.measured import Measurement
from labcode.scores.comparison import at_shares, decibels

CODE_SIZES = (0, 2, 8, CODE_SIZE, 64, 392)
SHOWN = (0.1, 0.5, 0.9, 1.0)


@design(code_size=CODE_SIZES)
def by_pca(profile: Profile, code_size: int) -> Measurement:
    """PCA fitted on the 60,000 training images, on test images, without clipping."""
    return scores_on_test_images.spec(code_size, profile.test)


def garments(profile: Profile, shares: tuple[float, ...] = SHOWN) -> xr.Dataset:
    """The test images that stand at these shares, in order of their error at k = 32.

    Returns
    -------
    Dataset
        By `image`: `original` (row, column), and by `code_size` `restored` (row, column) and
        `psnr`.
    """
    table = by_pca.table(profile)
    places = at_shares(table.mse.sel(code_size=CODE_SIZE).values, shares)
    x = data.fashion_mnist("test").pixels[places].double().numpy()
    flat, fitted = x.reshape(len(x), -1), principal_components()
    restored = [fitted.reconstruct(flat, k).reshape(x[:, 0].shape) for k in CODE_SIZES]
    return xr.Dataset(
        {
            "original": (("image", "row", "column"), x[:, 0]),
            "restored": (("code_size", "image", "row", "column"), np.stack(restored)),
            "psnr": decibels(table.mse.isel(image=places)),
        }
    )
