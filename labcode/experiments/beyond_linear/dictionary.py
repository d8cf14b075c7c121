"""Does a sparse autoencoder find the atoms that its points were made of?

20,000 points in 64 dimensions, each the sum of 4 of 128 random unit atoms (twofold overcomplete),
with coefficients from 0.5 to 1.5, and noise of a whole standard deviation of 0.1. A sparse
autoencoder with 128 units, at three L1 penalties and as top-k with k = 4, trains for twice the
profile's epochs, Adam at 0.003 with a cosine schedule, batches of 128. Beside it scikit-learn's
mini-batch dictionary learning with codes that are never negative takes a third of the profile's
epochs, at the same three penalties (its alpha is half of ours, for the same objective). Three sets
of points, one for each seed.

The rule was fixed before the runs: an atom is found if one learned atom, matched one to one, has
a |cosine| above 0.9 with it. Each method stands with the penalty that finds most on the mean over
seeds. The autoencoder *keeps up* if that mean is at least scikit-learn's.
"""

import xarray as xr

from labcode.baselines.dictionary import DictionarySpec, by_dictionary_learning
from labcode.designs.design import design
from labcode.designs.profiles import Profile
from labcode.models.sparse import SparseAutoencoder
from labcode.scores.planted import by_autoencoder
from labcode.scores.reconstruction import history, seconds
from labcode.training.networks import model_spec
from labcode.training.planted import PlantedData, PlantedSpec

PENALTIES = (0.1, 0.2, 0.4)
SEEDS = 3


def points(profile: Profile, seed: int) -> PlantedData:
    """The points of a seed; short runs have fewer."""
    return PlantedData(profile.within(minutes=20_000, hours=20_000, token=1000), seed)


def _seeds(profile: Profile) -> tuple[int, ...]:
    return profile.seeds[:SEEDS]


@design(
    scores={"recovery": by_autoencoder, "train_loss": history, "seconds": seconds},
    penalty=PENALTIES,
    seed=_seeds,
)
def penalised(profile: Profile, penalty: float, seed: int) -> PlantedSpec:
    """Sparse autoencoders with an L1 penalty."""
    model = model_spec(
        SparseAutoencoder, code_size=128, penalty=penalty, sigmoid_output=False, shape=(64,)
    )
    return PlantedSpec(model, 2 * profile.epochs, seed, points(profile, seed))


@design(
    scores={"recovery": by_autoencoder, "train_loss": history, "seconds": seconds},
    active=(4,),
    seed=_seeds,
)
def top_k(profile: Profile, active: int, seed: int) -> PlantedSpec:
    """Sparse autoencoders that keep as many units as a point has atoms."""
    model = model_spec(
        SparseAutoencoder, code_size=128, active=active, sigmoid_output=False, shape=(64,)
    )
    return PlantedSpec(model, 2 * profile.epochs, seed, points(profile, seed))


@design(
    scores={"recovery": by_dictionary_learning, "seconds": seconds}, penalty=PENALTIES, seed=_seeds
)
def learned(profile: Profile, penalty: float, seed: int) -> DictionarySpec:
    """scikit-learn's dictionary learning, at the same penalties of the same points."""
    passes = max(1, profile.epochs // 3)
    return DictionarySpec(128, penalty / 2, passes, seed, points(profile, seed))


def best(table: xr.Dataset) -> xr.Dataset:
    """The penalty's part of a table that finds most atoms on the mean over seeds.

    Parameters
    ----------
    table : Dataset, dimensions `penalty` and `seed`
        With `found`. Of equal penalties the first is taken.
    """
    return table.isel(penalty=int(table.found.mean("seed").argmax("penalty")))


def keeps_up(penalised: xr.Dataset, learned: xr.Dataset) -> bool:
    """Whether autoencoders find at least as many atoms as scikit-learn, each at its best penalty.

    Parameters
    ----------
    penalised, learned : Dataset, as `best` takes it
    """
    ours, theirs = (best(one).found.mean("seed").item() for one in (penalised, learned))
    return ours >= theirs


def coherence(profile: Profile) -> float:
    """The largest |cosine| between two planted atoms of the first seed."""
    return points(profile, profile.seeds[0]).sample().coherence
