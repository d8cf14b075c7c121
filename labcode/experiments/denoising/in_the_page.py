"""Short training that a reader can repeat in the page: the band that its curve should lie in."""

from functools import partial

import numpy as np
import xarray as xr
from scipy import stats

from labcode.data import DataSpec
from labcode.designs.design import design
from labcode.designs.profiles import Profile
from labcode.models.dense import ShallowAutoencoder
from labcode.runs import Spec
from labcode.scores.reconstruction import history
from labcode.training.networks import RunSpec, model_spec

CODE_SIZE = 64
IMAGES, VALIDATION = 2000, 500
BATCH = 32
LEVEL = 0.99


def images(profile: Profile) -> DataSpec:
    """The few images that the page has."""
    return DataSpec(min(IMAGES, profile.train), min(VALIDATION, profile.validation))


@design(
    scores={"train_loss": history, "validation_loss": partial(history, name="validation_loss")},
    seed=lambda profile: [2 * seed + twin for seed in profile.seeds for twin in (0, 1)],
)
def dense(profile: Profile, seed: int) -> Spec:
    """784-64-784, ten epochs of 2,000 images; two seeds for each of the profile's."""
    return RunSpec(
        model_spec(ShallowAutoencoder, code_size=CODE_SIZE),
        profile.passes(minutes=5 / 2, hours=1 / 3, token=2),
        seed,
        images(profile),
        batch_size=BATCH,
    )


def expected(losses: xr.DataArray) -> xr.Dataset:
    """Where 99 of 100 networks with another seed should lie: Student's prediction interval.

    Parameters
    ----------
    losses : DataArray
        With a dimension `seed`, two seeds or more.

    Returns
    -------
    Dataset
        `low` and `high`, without that dimension. Both are of one more network, not of the mean.
    """
    n = losses.sizes["seed"]
    reach = stats.t.ppf((1 + LEVEL) / 2, n - 1) * np.sqrt(1 + 1 / n)
    mean, half = losses.mean("seed"), reach * losses.std("seed", ddof=1)
    return xr.Dataset({"low": mean - half, "high": mean + half})
