"""The validation curve: the lab's CNN, trained on one kind of noise and validated on another."""

from dataclasses import replace
from functools import partial

import xarray as xr

from labcode import data
from labcode.baselines.linear_denoisers import linear_clipping
from labcode.data.corruption import GaussianNoise
from labcode.designs.design import design
from labcode.designs.profiles import Profile
from labcode.experiments.denoising.corruptions import LAB_NOISE
from labcode.experiments.denoising.sizes import LAB_BATCH, sizes
from labcode.models.conv import LabCNN
from labcode.runs import Spec
from labcode.scores.denoising import loss_curves_by_noise, losses_by_noise
from labcode.scores.reconstruction import history
from labcode.training.loop import Optimiser
from labcode.training.networks import RunSpec, model_spec

CLIPPED = {"unclipped": False, "clipped": True}


def lab_network(profile: Profile, seed: int) -> RunSpec:
    """The lab's CNN as a plain autoencoder."""
    size = sizes(profile)
    return RunSpec(
        model_spec(LabCNN),
        size.lab_epochs,
        seed,
        data.DataSpec(size.lab_images, size.validation),
        optimiser=Optimiser(learning_rate=size.lab_rate),
        batch_size=LAB_BATCH,
    )


def lab_denoiser(profile: Profile, std: float, clip: bool, seed: int) -> RunSpec:
    """The lab's CNN as a denoiser. Noise is drawn once, as in the lab."""
    return replace(
        lab_network(profile, seed),
        data=data.DataSpec(sizes(profile).lab_images, 0),
        corruption=GaussianNoise(std, clip),
        fresh_corruption=False,
        snapshots=not clip,
    )


@design(
    scores=lambda profile: {
        "train_loss": partial(history, name="train_loss"),
        "validation_loss": partial(loss_curves_by_noise, images=sizes(profile).validation // 2),
    },
    std=LAB_NOISE,
)
def curves(profile: Profile, std: float, seed: int) -> Spec:
    """Trained on unclipped noise, after each epoch; `met` is the noise in validation."""
    return lab_denoiser(profile, std, False, seed)


@design(
    scores=lambda profile: {
        "loss": partial(losses_by_noise, images=min(sizes(profile).lab_images, 10_000))
    },
    std=LAB_NOISE,
    made=tuple(CLIPPED),
)
def conditions(profile: Profile, std: float, made: str, seed: int) -> Spec:
    """Last weights, by the noise in training, `made`, and `met`. As many images on all sides."""
    return lab_denoiser(profile, std, CLIPPED[made], seed)


@design(std=LAB_NOISE)
def linear(profile: Profile, std: float) -> Spec:
    """The lab's mistake in closed form: no training, no seed."""
    return linear_clipping.spec(std, data.DataSpec(min(profile.train, 20_000), 0))


def gaps(profile: Profile) -> xr.DataArray:
    """Validation loss above training loss of the last weights, as a share of it.

    Dimensions `std`, `made` and `met` (noise in training and in validation) and `seed`.
    """
    loss = conditions.table(profile).loss.astype(float)
    found = loss.sel(met=list(CLIPPED)) / loss.sel(met="training", drop=True) - 1
    return found.transpose("std", "made", "met", "seed").assign_attrs(long_name="gap", units="1")


def linear_gaps(profile: Profile) -> xr.DataArray:
    """The same of the best linear denoisers: error above that on the noise they are made for."""
    error = linear.table(profile)["value"]
    same = xr.concat([error.sel(made=kind, met=kind, drop=True) for kind in CLIPPED], "made")
    return (error / same.assign_coords(made=list(CLIPPED)) - 1).assign_attrs(
        long_name="gap", units="1"
    )
