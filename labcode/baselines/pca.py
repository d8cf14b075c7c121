"""PCA of the training images, the baseline of every chapter, computed once and kept on disk."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import xarray as xr

from labcode import data
from labcode.data import DataSpec
from labcode.runs.measured import measured
from labcode.runs.measurements import ArrayMeasurement, Arrays
from labcode.theory import pca

ALL_TRAINING_IMAGES = DataSpec(data.TRAINING_IMAGES, 0)
KINDS = ("plain", "clipped")


def measurements(
    code_sizes: tuple[int, ...] = (), spec: DataSpec = ALL_TRAINING_IMAGES
) -> list[ArrayMeasurement]:
    """What a chapter lists among its runs, so that its page finds PCA, and `errors`, on disk."""
    errors_too = [ArrayMeasurement(_errors, (code_sizes, spec))] if code_sizes else []
    return [ArrayMeasurement(_moments, (spec,)), *errors_too]


def moments(spec: DataSpec = ALL_TRAINING_IMAGES) -> tuple[np.ndarray, np.ndarray]:
    """Mean and covariance of a spec's training images.

    Parameters
    ----------
    spec : DataSpec

    Returns
    -------
    mean : ndarray, shape (784,)
    covariance : ndarray, shape (784, 784)
        Divided by the number of images.
    """
    found = ArrayMeasurement(_moments, (spec,)).arrays()
    return found["mean"], found["covariance"]


@cache
def principal_components(spec: DataSpec = ALL_TRAINING_IMAGES) -> pca.PCA:
    """PCA of a spec's training images."""
    return pca.from_moments(*moments(spec))


@dataclass(frozen=True)
class PcaErrors:
    """PCA's MSE per pixel on the 10,000 test images.

    Attributes
    ----------
    plain, clipped : dict from code size to float
        As PCA gives the images back, and with their pixels clipped to [0, 1].
    """

    plain: dict[int, float]
    clipped: dict[int, float]


def errors(code_sizes: tuple[int, ...], spec: DataSpec = ALL_TRAINING_IMAGES) -> PcaErrors:
    """Fit on a spec's training images, reconstruct the test images.

    Parameters
    ----------
    code_sizes : tuple of int
        Each from 0 to 784.
    spec : DataSpec
    """
    found = ArrayMeasurement(_errors, (code_sizes, spec)).arrays()
    return PcaErrors(*(dict(zip(code_sizes, found[kind].tolist(), strict=True)) for kind in KINDS))


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
    about = {"units": "squared pixel units", "long_name": "MSE per pixel of PCA on test images"}
    return xr.Dataset(
        {
            kind: ((), np.mean((x - test) ** 2), about)
            for kind, x in zip(KINDS, (restored, restored.clip(0, 1)), strict=True)
        }
    )


def _moments(spec: DataSpec) -> Arrays:
    mean, covariance = data.moments(data.load(spec).train.pixels)
    return {"mean": mean.numpy(), "covariance": covariance.numpy()}


def _errors(code_sizes: tuple[int, ...], spec: DataSpec) -> Arrays:
    fitted = principal_components(spec)
    test = data.load(spec).test.pixels.flatten(1).double().numpy()
    rows = []
    for k in code_sizes:
        restored = fitted.reconstruct(test, k)
        rows.append([np.mean((x - test) ** 2) for x in (restored, restored.clip(0, 1))])
    return dict(zip(KINDS, np.transpose(rows), strict=True))
