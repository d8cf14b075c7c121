"""Equal loss is not equal subspace: principal angles while linear autoencoders train."""

import xarray as xr

from labcode import data
from labcode.baselines.linear_autoencoders import descent
from labcode.designs.design import design
from labcode.designs.profiles import Profile
from labcode.models import LinearAutoencoder
from labcode.scores.reconstruction import history
from labcode.training.covariance import CovarianceRunSpec
from labcode.training.networks import RunSpec, model_spec

GRADIENT_STEPS = {2: 400, 8: 1200, 10: 1500}
START_SCALE = 0.3
ALS_CODE_SIZE = 32
SWEEPS = 3000


@design(scores={"descent": descent}, code_size=(*GRADIENT_STEPS, ALS_CODE_SIZE))
def exact(profile: Profile, code_size: int, seed: int) -> CovarianceRunSpec:
    """Trained on the covariance of Fashion-MNIST: by L-BFGS, and at k = 32 by least squares."""
    if code_size == ALS_CODE_SIZE:
        return CovarianceRunSpec(code_size, "ALS", min(SWEEPS, profile.steps), seed)
    steps = min(GRADIENT_STEPS[code_size], profile.steps)
    return CovarianceRunSpec(code_size, "LBFGS", steps, seed, start_scale=START_SCALE)


@design(scores={"descent": descent, "train_loss": history}, code_size=(10, ALS_CODE_SIZE))
def minibatch(profile: Profile, code_size: int, seed: int) -> RunSpec:
    """Trained by Adam in mini-batches on the same images."""
    return RunSpec(
        model_spec(LinearAutoencoder, code_size=code_size),
        epochs=profile.epochs,
        seed=seed,
        data=everything(profile),
        snapshots=True,
    )


def everything(profile: Profile) -> data.DataSpec:
    """The profile's training and validation images, all to train on."""
    return data.DataSpec(train=profile.train + profile.validation, validation=0)


def ends(table: xr.Dataset) -> xr.Dataset:
    """The last record of each descent: a table without the dimension `record`."""
    return table.isel(record=table.step.argmax("record"))
