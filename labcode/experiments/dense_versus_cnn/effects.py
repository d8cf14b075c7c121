"""What the factorial says: effects, pairs with one thing equal, and whether training is over."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from labcode.claims.rules import CONVERGED
from labcode.designs import contrast
from labcode.designs.contrast import Contrast, combination
from labcode.designs.profiles import Profile
from labcode.experiments.dense_versus_cnn import factorial
from labcode.experiments.dense_versus_cnn.networks import (
    CONVOLUTIONAL,
    DENSE,
    EQUAL,
    FACTORS,
    IN_PLACE,
    SHUFFLED,
)

PAIRED = ("layers", "depth", "code_size")


def logs(profile: Profile) -> xr.DataArray:
    """Natural logarithm of each cell's test MSE (layers, depth, code_size, pixels, seed)."""
    return np.log(factorial.cells.table(profile).test_mse)


def effects(profile: Profile) -> dict[str, Contrast]:
    """Main effects and interactions on the logarithm of the test MSE, as `contrast.effects`."""
    return contrast.effects(logs(profile), FACTORS)


def pairs(profile: Profile) -> dict[str, Contrast]:
    """Convolutional minus dense layers, pixels in place, by depth and code: `deep_64`."""
    found = {}
    for depth in FACTORS["depth"]:
        for size in FACTORS["code_size"]:
            cells = logs(profile).sel(depth=depth, code_size=size, pixels=IN_PLACE)
            found[f"{depth}_{size}"] = contrast.contrast(cells, layers=(CONVOLUTIONAL, DENSE))
    return found


def matched(profile: Profile) -> dict[str, Contrast]:
    """Convolutional minus dense layers where either of `EQUAL` is equal, over the four pairs."""
    convolutional = logs(profile).sel(layers=CONVOLUTIONAL, pixels=IN_PLACE)
    dense = np.log(factorial.matched.table(profile).test_mse)
    return {equal: mean_difference(convolutional, dense.sel(equal=equal)) for equal in EQUAL}


def mean_difference(one: xr.DataArray, other: xr.DataArray) -> Contrast:
    """The mean over some cells minus that over as many others, all trained independently."""
    both = xr.concat([one, other], "of").transpose("of", ..., "seed").values
    cells = both[0, ..., 0].size
    weights = np.ones(both.shape[:-1]) / cells
    weights[1] *= -1
    return combination(both, weights)


def lead(profile: Profile) -> dict[str, Contrast]:
    """Dense minus convolutional layers at equal depth and code, and how shuffling changes that.

    Returns
    -------
    dict
        `in_place`, `shuffled`, and `interaction`: the first minus the second.
    """
    cells = logs(profile)
    by_pixels = {
        name: mean_difference(
            *(cells.sel(layers=kind, pixels=pixels) for kind in (DENSE, CONVOLUTIONAL))
        )
        for name, pixels in (("in_place", IN_PLACE), ("shuffled", SHUFFLED))
    }
    ordered = cells.transpose("layers", "pixels", ..., "seed")
    ordered = ordered.sel(layers=[DENSE, CONVOLUTIONAL], pixels=[IN_PLACE, SHUFFLED])
    signs = np.array([[1.0, -1.0], [-1.0, 1.0]]).reshape(2, 2, 1, 1)
    weights = signs * np.ones(ordered.shape[:-1]) / ordered[0, 0, ..., 0].size
    return by_pixels | {"interaction": combination(ordered.values, weights)}


@dataclass(frozen=True)
class Convergence:
    """What training twice as long changes.

    Attributes
    ----------
    change : DataArray, dimensions of the cells
        Of the test MSE, as a share of it; NaN for dense networks on shuffled pixels.
    turned : tuple of str
        The contrasts of one seed whose sign it changes.
    """

    change: xr.DataArray
    turned: tuple[str, ...]

    @property
    def reached(self) -> bool:
        """Whether no error moves by `CONVERGED` or more, and no sign."""
        return bool(abs(self.change).max() < CONVERGED) and not self.turned


def convergence(profile: Profile) -> Convergence:
    """The first seed's cells against the same trained twice as long.

    A dense network on shuffled pixels counts as one on pixels in place: it cannot tell them apart.
    """
    before = factorial.cells.table(profile).test_mse.isel(seed=0)
    after = factorial.doubled.table(profile).test_mse.isel(seed=0)
    whole = after.fillna(after.sel(pixels=IN_PLACE))
    signs = [_signs(np.log(errors)) for errors in (before, whole)]
    turned = tuple(name for name in signs[0] if signs[0][name] != signs[1][name])
    return Convergence(after / before - 1, turned)


def _signs(logs: xr.DataArray) -> dict[str, float]:
    """Of one seed's lead in each pair, on average, and of what shuffling takes from it."""
    leads = logs.sel(layers=DENSE) - logs.sel(layers=CONVOLUTIONAL)
    in_place = leads.sel(pixels=IN_PLACE)
    means = leads.mean(("depth", "code_size"))
    found = {
        f"{depth}_{size}": in_place.sel(depth=depth, code_size=size)
        for depth in FACTORS["depth"]
        for size in FACTORS["code_size"]
    }
    found["in_place"] = means.sel(pixels=IN_PLACE)
    found["interaction"] = means.sel(pixels=IN_PLACE) - means.sel(pixels=SHUFFLED)
    return {name: float(np.sign(value)) for name, value in found.items()}
