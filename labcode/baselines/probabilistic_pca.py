"""Probabilistic PCA of the images, in closed form, kept on disk."""

import xarray as xr

from labcode.baselines.pca import principal_components
from labcode.data import DataSpec
from labcode.runs.measured import measured
from labcode.theory import ppca


@measured
def probabilistic_pca(images: DataSpec, code_size: int) -> xr.Dataset:
    """The most likely probabilistic PCA of the training images.

    Parameters
    ----------
    images : DataSpec
    code_size : int
        k, from 1 to 783.

    Returns
    -------
    Dataset
        `mean`, shape (784,), `weights`, shape (784, k), and `variance`, as in
        `labcode.theory.ppca.ProbabilisticPCA`. `labcode.scores.latent_models` encodes and
        decodes with it.
    """
    found = ppca.maximum_likelihood(principal_components(images), code_size)
    return xr.Dataset(
        {
            "mean": ("pixel", found.mean, {"units": "pixel units", "long_name": "mean image"}),
            "weights": (
                ("pixel", "unit"),
                found.weights,
                {"units": "pixel units", "long_name": "image of each unit"},
            ),
            "variance": (
                (),
                found.variance,
                {"units": "squared pixel units", "long_name": "variance of the noise"},
            ),
        }
    )
