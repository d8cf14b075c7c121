"""The Wiener filter of any data set: the best linear denoiser, in closed form."""

import numpy as np
import xarray as xr

from labcode import data
from labcode.baselines.pca import principal_components
from labcode.runs.measured import measured
from labcode.theory import denoising as theory

MSE = {"units": "squared pixel units", "long_name": "MSE of the Wiener filter"}


@measured
def wiener_error(std: float, spec: data.DataSpec) -> xr.Dataset:
    """MSE of the Wiener filter of the training items, exact over unclipped Gaussian noise.

    Parameters
    ----------
    std : float
        s.
    spec : DataSpec

    Returns
    -------
    Dataset
        `closed_form`, sum_i l_i s^2 / (l_i + s^2) / d of the training items' spectrum; and `test`,
        the error of the same filter on the test items: along component i, whose gain is g_i, it is
        (1 - g_i)^2 times the mean square of the test items plus g_i^2 s^2.
    """
    fitted = principal_components(spec)
    d = len(fitted.mean)
    test = data.load(spec).test.pixels.flatten(1).double().numpy()
    energy = (fitted.project(test, d) ** 2).mean(0)
    gains = theory.gains(fitted.eigenvalues, std)
    error = ((1 - gains) ** 2 * energy + gains**2 * std**2).sum() / d
    closed = theory.wiener_error(fitted.eigenvalues, std) / d
    return xr.Dataset({"test": ((), error, MSE), "closed_form": ((), closed, MSE)})


def wiener_restored(noisy: np.ndarray, std: float, spec: data.DataSpec) -> np.ndarray:
    """What the filter makes of noisy items.

    Parameters
    ----------
    noisy : ndarray, shape (n, d)
    std : float
        s, of their noise.
    spec : DataSpec
        Whose training items the filter knows.
    """
    fitted = principal_components(spec)
    gains = theory.gains(fitted.eigenvalues, std)
    codes = fitted.project(noisy, len(gains)) * gains
    return np.asarray(fitted.mean + codes @ fitted.components.T)
