"""The subspace is found, the axes are not; and two ways to find them in order."""

import numpy as np
import xarray as xr

from labcode.baselines.linear_autoencoders import (
    decoder_alignment,
    directions,
    encoder_angle,
    reconstruction_alignment,
    svd_alignment,
)
from labcode.designs.design import design
from labcode.designs.profiles import Profile
from labcode.experiments.ae_versus_pca.subspace import GRADIENT_STEPS, everything
from labcode.models import NestedDropoutAutoencoder
from labcode.runs import Spec
from labcode.training.covariance import CovarianceRunSpec, NestedDropoutRunSpec
from labcode.training.loop import Optimiser
from labcode.training.networks import RunSpec, model_spec

CODE_SIZE = 8
L2 = 1e-4
SVD, SVD_WITH_L2 = "SVD of W2", "SVD of W2, with L2"
SVD_WITH_COVARIANCE = "SVD of W2 Cov(z)^(1/2)"
UNEVEN, NESTED = "own L2 for each unit", "nested dropout"
IN_BATCHES = "nested dropout, in batches"
ORDERED_PENALTIES = (0.1, 0.6, 1.5, 3.0)


@design(
    scores={
        "svd": svd_alignment,
        "svd_with_covariance": reconstruction_alignment,
        "encoder_angle": encoder_angle,
    },
    decay=(0.0, L2),
)
def recovery(profile: Profile, decay: float, seed: int) -> CovarianceRunSpec:
    """Networks trained plainly and with a little weight decay."""
    steps = min(GRADIENT_STEPS[CODE_SIZE], profile.steps)
    return CovarianceRunSpec(CODE_SIZE, "LBFGS", steps, seed, weight_decay=decay)


@design(scores={"pixels": directions}, seed=lambda profile: profile.seeds[:1])
def pictured(profile: Profile, seed: int) -> Spec:
    """What the first seed's plain decoder looks like, as trained and repaired."""
    return recovery.spec(profile, decay=0.0, seed=seed)


def recipes(profile: Profile) -> xr.DataArray:
    """|cos| of three recipes that read components off weights.

    Dimensions `recipe`, `seed`, `direction` and `component`.
    """
    table = recovery.table(profile)
    found = {
        SVD: table.svd.sel(decay=0.0),
        SVD_WITH_COVARIANCE: table.svd_with_covariance.sel(decay=0.0),
        SVD_WITH_L2: table.svd.sel(decay=L2),
    }
    labels = xr.DataArray(list(found), dims="recipe", name="recipe")
    return xr.concat([array.drop_vars("decay") for array in found.values()], labels)


@design(scores={"alignment": decoder_alignment}, recipe=(UNEVEN, NESTED, IN_BATCHES))
def ordered(profile: Profile, recipe: str, seed: int) -> CovarianceRunSpec | RunSpec:
    """Two ways to find the components in the decoder's own columns, in order.

    Both by the same optimiser on the covariance, to the end; and nested dropout as it is used,
    by Adam in mini-batches.
    """
    units, steps = len(ORDERED_PENALTIES), min(1500, profile.steps)
    if recipe == UNEVEN:
        decays = tuple(2 * penalty / 784 for penalty in ORDERED_PENALTIES)
        return CovarianceRunSpec(units, "LBFGS", steps, seed, weight_decay=decays)
    if recipe == NESTED:
        return NestedDropoutRunSpec(units, "LBFGS", steps, seed)
    return RunSpec(
        model_spec(NestedDropoutAutoencoder, code_size=CODE_SIZE),
        epochs=profile.epochs,
        seed=seed,
        data=everything(profile),
        optimiser=Optimiser(learning_rate=3e-3),
    )


def own_columns(profile: Profile) -> xr.DataArray:
    """Mean |cos| over seeds (recipe, direction, component) of the decoder's own columns.

    NaN beyond the units that a recipe has.
    """
    alignment = ordered.table(profile).alignment
    return alignment.reduce(np.mean, "seed", keep_attrs=True)
