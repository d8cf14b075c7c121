"""Argument 1, features: dense filters are global, convolutional ones local."""

import numpy as np
import xarray as xr

from labcode.baselines.pca import principal_components
from labcode.claims.rules import LOCAL_WINDOW
from labcode.designs.design import design
from labcode.designs.profiles import Profile
from labcode.experiments.dense_versus_cnn.models import CNN, DENSE, images, run
from labcode.runs import Spec
from labcode.scores.filters import first_layer, locality


@design(
    scores={"weight": first_layer},
    network=(DENSE, CNN),
    seed=lambda profile: profile.seeds[:1],
)
def first_layers(profile: Profile, network: str, seed: int) -> Spec:
    """The lab's networks at the first seed."""
    return run(profile, network, seed)


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
    spread = np.sqrt(fitted.covariance.diagonal()).reshape(28, 28)
    dense, cnn = (_weights(profile, network) for network in (DENSE, CNN))
    kinds = {
        "PCA": fitted.components[:, :64].T.reshape(-1, 28, 28) * spread,
        "dense": dense * spread,
        "CNN": cnn,
    }
    tables = [locality(weights, LOCAL_WINDOW) for weights in kinds.values()]
    return xr.concat(tables, xr.DataArray([*kinds], dims="kind", name="kind"), join="outer")


def _weights(profile: Profile, network: str) -> np.ndarray:
    weight = first_layers.table(profile).weight.isel(seed=0).sel(network=network)
    for name in weight.dims:
        weight = weight.dropna(name, how="all")
    return weight.values
