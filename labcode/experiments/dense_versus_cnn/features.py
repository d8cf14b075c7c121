"""Argument 1, features: dense filters are global, convolutional ones local."""

import numpy as np
import xarray as xr

from labcode import runs
from labcode.baselines.pca import principal_components
from labcode.claims.rules import LOCAL_WINDOW
from labcode.designs.profiles import Profile
from labcode.experiments.dense_versus_cnn.models import CNN, DENSE, images, run
from labcode.scores.filters import locality


def filters(profile: Profile) -> xr.Dataset:
    """First-layer filters of the lab's networks at the first seed, and PCA's components.

    Dense weights and components are multiplied by each pixel's standard deviation: a weight on
    a pixel that never changes does nothing.

    Returns
    -------
    Dataset, dimensions `kind`, `filter`, `row` and `column`
        As `locality` describes; NaN where a kind has fewer filters, or smaller ones.
    """
    fitted = principal_components(images(profile))
    spread = np.sqrt(fitted.covariance.diagonal())
    dense, cnn = (runs.get(run(profile, name, profile.seeds[0])).weights for name in (DENSE, CNN))
    kinds = {
        "PCA": (fitted.components[:, :64].T * spread).reshape(-1, 28, 28),
        "dense": (dense["encoder.1.weight"].numpy() * spread).reshape(-1, 28, 28),
        "CNN": cnn["encoder.0.weight"].numpy()[:, 0],
    }
    tables = [locality(weights, LOCAL_WINDOW) for weights in kinds.values()]
    return xr.concat(tables, xr.DataArray([*kinds], dims="kind", name="kind"), join="outer")
