"""The average that is not the average: PSNR averaged after and before the logarithm."""

import xarray as xr

from labcode.baselines.pca import scores_on_test_images
from labcode.designs.design import design
from labcode.designs.profiles import Profile
from labcode.runs.measured import Measurement
from labcode.scores.comparison import decibels

CODE_SIZE = 32


@design()
def by_image(profile: Profile) -> Measurement:
    """PCA's reconstructions at k = 32 of all test images, in every profile."""
    return scores_on_test_images.spec(CODE_SIZE)


def psnrs(profile: Profile) -> xr.Dataset:
    """PSNR in decibels.

    Returns
    -------
    Dataset
        `psnr` (image); their mean, `mean_psnr`; and `psnr_of_mean`, that of the mean error of the
        same images.
    """
    error = by_image.table(profile).mse
    each = decibels(error)
    return xr.Dataset(
        {"psnr": each, "mean_psnr": each.mean(), "psnr_of_mean": decibels(error.mean())}
    )
