"""What the preparation of pixels does to nats: Gaussians of the images, in closed form."""

import numpy as np
import xarray as xr

from labcode import data
from labcode.baselines.pca import ALL_TRAINING_IMAGES, image_moments
from labcode.data import DataSpec
from labcode.runs.measured import measured
from labcode.theory import pca, ppca
from labcode.theory.dequantisation import bits_per_dimension, dequantised_moments

GREY, DEQUANTISED = "grey levels", "dequantised"
INDEPENDENT, LINEAR, FULL = "independent pixels", "probabilistic PCA", "full covariance"
BORDER = 2
Moments = tuple[np.ndarray, np.ndarray]


@measured
def nats_by_preparation(code_size: int, images: DataSpec = ALL_TRAINING_IMAGES) -> xr.Dataset:
    """Test log-likelihoods of three Gaussians, by what is done to the pixels first.

    Parameters
    ----------
    code_size : int
        Of probabilistic PCA.
    images : DataSpec
        The Gaussians are fitted to its training images; no direction may be without variance.

    Returns
    -------
    Dataset, dimensions `preparation` and `model`
        `log_likelihood`, in nats an image, exact and without a draw; `bits`, a pixel; and `border`,
        the part of the nats that independent pixels earn in the two outermost rows and columns,
        dimension `preparation`.
    """
    stored = image_moments(images)
    fitted = stored["mean"].values, stored["covariance"].values
    mean, covariance = data.moments(data.images_of(images, "test").pixels)
    test = mean.numpy(), covariance.numpy()
    rows = {
        GREY: (fitted, test),
        DEQUANTISED: (dequantised_moments(*fitted), dequantised_moments(*test)),
    }
    inside = np.zeros((28, 28), dtype=bool)
    inside[BORDER:-BORDER, BORDER:-BORDER] = True
    nats, border = [], []
    for prepared, asked in rows.values():
        axes = pca.from_moments(*prepared)
        linear = ppca.maximum_likelihood(axes, code_size).expected_log_likelihood(*asked)
        of_pixels = _of_axes(prepared, asked, np.eye(len(axes.mean)))
        full = _of_axes(prepared, asked, axes.components)
        nats.append([of_pixels.sum(), linear, full.sum()])
        border.append(of_pixels[~inside.ravel()].sum())
    about = {"units": "nats", "long_name": "log-likelihood"}
    table = np.array(nats)
    return xr.Dataset(
        {
            "log_likelihood": (("preparation", "model"), table, about),
            "bits": (
                ("preparation", "model"),
                bits_per_dimension(table, 784),
                {"units": "bits", "long_name": "bits a pixel"},
            ),
            "border": ("preparation", border, {"units": "nats", "long_name": "of the border"}),
        },
        {"preparation": list(rows), "model": [INDEPENDENT, LINEAR, FULL]},
    )


def _of_axes(prepared: Moments, asked: Moments, axes: np.ndarray) -> np.ndarray:
    """Nats that each axis earns under the Gaussian of independent axes, shape (d,)."""
    (mean, covariance), (asked_mean, asked_covariance) = prepared, asked
    variances = (axes * (covariance @ axes)).sum(0)
    squares = (axes * (asked_covariance @ axes)).sum(0) + ((asked_mean - mean) @ axes) ** 2
    return np.asarray(-(np.log(2 * np.pi * variances) + squares / variances) / 2)
