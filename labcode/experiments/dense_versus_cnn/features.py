"""Argument 1, features: what a filter looks at, and what a number of the code changes."""

from functools import partial

import numpy as np
import xarray as xr

from labcode.baselines.pca import principal_components
from labcode.claims.rules import LOCAL_WINDOW
from labcode.designs.contrast import Interval, interval
from labcode.designs.design import Score, design
from labcode.designs.profiles import Profile
from labcode.experiments.dense_versus_cnn import coders
from labcode.experiments.dense_versus_cnn.coders import CELLS, network_of
from labcode.experiments.dense_versus_cnn.models import CNN, DENSE, NETWORKS, images, run
from labcode.experiments.dense_versus_cnn.networks import network as cell_network
from labcode.runs import Spec
from labcode.scores.filters import first_layer, gain_locality, locality, untrained_gain_locality


@design(
    scores={"weight": first_layer},
    network=(DENSE, CNN),
    seed=lambda profile: profile.seeds[:1],
)
def first_layers(profile: Profile, network: str, seed: int) -> Spec:
    """The lab's networks at the first seed."""
    return run(profile, network, seed)


def seen(profile: Profile) -> int:
    """Images over which a gain is averaged."""
    return profile.within(minutes=10, hours=50, token=4)


def gain(profile: Profile) -> dict[str, Score]:
    """How local is what the reconstruction gains as one number of the code grows."""
    return {"gain": partial(gain_locality, images=seen(profile), window=LOCAL_WINDOW)}


@design(scores=gain, coder=coders.NETWORKS)
def gains(profile: Profile, coder: str, seed: int) -> Spec:
    """The lab's two networks, and the cells with pixels in place."""
    return network_of(profile, coder, seed)


@design(coder=coders.NETWORKS)
def untrained_gains(profile: Profile, coder: str, seed: int) -> Spec:
    """The same with first weights: what training did not do."""
    model = NETWORKS[coder] if coder in NETWORKS else cell_network(*CELLS[coder])
    return untrained_gain_locality.spec(model, seed, seen(profile), LOCAL_WINDOW)


def median_share(table: xr.Dataset) -> dict[str, Interval]:
    """By coder, the median over the code of the share in the best window, over seeds.

    Parameters
    ----------
    table : Dataset, dimensions `coder`, `seed` and `number`
        With `share`.
    """
    medians = table.share.median("number")
    return {name: interval(medians.sel(coder=name)) for name in medians.coder.values.tolist()}


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
