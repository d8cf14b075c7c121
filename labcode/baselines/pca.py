"""PCA of the training images, the baseline of every chapter, computed once and kept on disk."""

from functools import cache

import numpy as np
import torch
import xarray as xr

from labcode import data
from labcode.data import DataSpec
from labcode.runs.measured import measured
from labcode.scores.comparison import image_scores
from labcode.theory import pca

ALL_TRAINING_IMAGES = DataSpec(data.TRAINING_IMAGES, 0)
KINDS = ("plain", "clipped")
ERROR = {"units": "squared pixel units", "long_name": "MSE per pixel of PCA on test images"}


@measured
def image_moments(spec: DataSpec = ALL_TRAINING_IMAGES) -> xr.Dataset:
    """Mean and covariance of a spec's training images.

    Parameters
    ----------
    spec : DataSpec

    Returns
    -------
    Dataset
        `mean` (pixel) and `covariance` (pixel, other), divided by the number of images.
    """
    mean, covariance = data.moments(data.load(spec).train.pixels)
    return xr.Dataset(
        {
            "mean": ("pixel", mean.numpy(), {"units": "pixel units"}),
            "covariance": (
                ("pixel", "other"),
                covariance.numpy(),
                {"units": "squared pixel units"},
            ),
        }
    )


@cache
def principal_components(spec: DataSpec = ALL_TRAINING_IMAGES) -> pca.PCA:
    """PCA of a spec's training images."""
    moments = image_moments(spec)
    return pca.from_moments(moments["mean"], moments["covariance"])


@measured
def error_on_test_images(code_size: int, spec: DataSpec = ALL_TRAINING_IMAGES) -> xr.Dataset:
    """PCA's MSE per pixel on the test images, fitted on a spec's training images.

    Parameters
    ----------
    code_size : int
        From 0 to 784.
    spec : DataSpec

    Returns
    -------
    Dataset
        `plain`, as PCA gives the images back, and `clipped`, with their pixels clipped to [0, 1].
    """
    test = data.load(spec).test.pixels.flatten(1).double().numpy()
    restored = principal_components(spec).reconstruct(test, code_size)
    return xr.Dataset(
        {
            kind: ((), np.mean((x - test) ** 2), ERROR)
            for kind, x in zip(KINDS, (restored, restored.clip(0, 1)), strict=True)
        }
    )


@measured
def error_on_validation_images(code_size: int, spec: DataSpec) -> xr.Dataset:
    """`clipped`: clipped PCA's MSE per pixel on a spec's validation images."""
    images = data.load(spec).validation.pixels.flatten(1).double().numpy()
    restored = principal_components(spec).reconstruct(images, code_size, clip=True)
    about = ERROR | {"long_name": "MSE per pixel of PCA on validation images"}
    return xr.Dataset({"clipped": ((), np.mean((restored - images) ** 2), about)})


@measured
def error_by_code_size(spec: DataSpec = ALL_TRAINING_IMAGES) -> xr.DataArray:
    """PCA's MSE per pixel on the test images at each code size; dimension `code_size`, 0 to 784."""
    fitted, test = principal_components(spec), data.load(spec).test.pixels
    d = len(fitted.mean)
    energy = (fitted.project(test.flatten(1).double().numpy(), d) ** 2).mean(0)
    left = np.append(np.cumsum(energy[::-1])[::-1], 0.0) / d
    return xr.DataArray(left, {"code_size": np.arange(d + 1)}, ("code_size",), attrs=ERROR)


def code_size_below(error: float | xr.DataArray, spec: DataSpec = ALL_TRAINING_IMAGES) -> int:
    """The smallest code size at which PCA's error on the test images is below this one."""
    return int(np.argmax(error_by_code_size(spec).values < float(error)))


@measured
def scores_on_test_images(
    code_size: int, images: int | None = None, spec: DataSpec = ALL_TRAINING_IMAGES
) -> xr.Dataset:
    """PCA's reconstructions of the first test images, without clipping: their `image_scores`.

    Parameters
    ----------
    code_size : int
        From 0 to 784.
    images : int, optional
        All 10,000 if not given.
    spec : DataSpec
        Whose training images PCA is fitted on.
    """
    test = data.load(spec).test.pixels[:images].double()
    restored = principal_components(spec).reconstruct(test.flatten(1).numpy(), code_size)
    return image_scores(test, torch.from_numpy(restored).view_as(test))
