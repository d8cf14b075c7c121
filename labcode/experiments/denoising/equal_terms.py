"""The contest on equal terms: one budget for every network, over all strengths of noise.

Every network sees the same images as often, in batches of one size, under one schedule, with a
learning rate that was tuned for it; the weights are those of its best validation loss. Networks
differ in two things: their layers, and the noise that they were trained on.
"""

import math
from collections.abc import Mapping
from functools import partial

import numpy as np
import xarray as xr

from labcode import data
from labcode.baselines.pca import error_on_test_images
from labcode.data.corruption import Corruption, GaussianNoise, GaussianNoiseRange
from labcode.designs.contrast import (
    Contrast,
    Interval,
    contrast,
    holm,
    interval,
    paired_difference,
)
from labcode.designs.design import Score, design
from labcode.designs.profiles import Profile
from labcode.experiments.denoising.sizes import sizes, split
from labcode.models.conv import LabCNN
from labcode.models.denoiser import ConvDenoiser
from labcode.runs import Spec
from labcode.scores.denoising import restoration, restored_by_noise
from labcode.scores.reconstruction import history, reconstruction_error
from labcode.training.loop import Optimiser
from labcode.training.networks import ModelSpec, RunSpec, model_spec

LAB_STRENGTHS = (0.05, 0.1, 0.2, 0.3, 0.6, 1.0)
OWN_STRENGTHS = (0.05, 0.1, 0.2, 0.3, 0.5, 1.0)
STRENGTHS = tuple(sorted({*LAB_STRENGTHS, *OWN_STRENGTHS}))
MET = (0.0, *STRENGTHS)
JUDGED = ("0.3", "0.5")
LAB, OWN = "lab's CNN", "own design"
MODELS: dict[str, ModelSpec] = {LAB: model_spec(LabCNN), OWN: model_spec(ConvDenoiser)}
CLEAN, BLIND = "clean", "blind"
NOISES: dict[str, Corruption | None] = {
    CLEAN: None,
    **{f"{std:g}": GaussianNoise(std) for std in STRENGTHS},
    BLIND: GaussianNoiseRange(0.05, 1.0),
}
ENTERED = {
    LAB: (CLEAN, *(f"{std:g}" for std in LAB_STRENGTHS)),
    OWN: (*(f"{std:g}" for std in OWN_STRENGTHS), BLIND),
}
BATCH_SIZE = 128
RATES = (1e-3, 3e-3, 9e-3)
CHOSEN: dict[tuple[str, str], float] = {}
"""Learning rate by model and noise in training, where `tuning` is recorded; else the middle one."""


def run(
    profile: Profile, model: str, trained: str, seed: int, rate: float, epochs: int
) -> RunSpec | None:
    """A network's run; None where this model does not train on this noise."""
    if trained not in ENTERED[model]:
        return None
    size, noise = sizes(profile), NOISES[trained]
    return RunSpec(
        MODELS[model],
        epochs,
        seed,
        data.DataSpec(size.images, size.validation),
        corruption=noise,
        validation_corruption=noise,
        optimiser=Optimiser(learning_rate=rate),
        batch_size=BATCH_SIZE,
        schedule="cosine",
        best=True,
    )


def chosen_rate(model: str, trained: str) -> float:
    """The learning rate that tuning found."""
    return CHOSEN.get((model, trained), RATES[1])


def best_loss(network: Spec) -> float:
    """The lowest validation loss of all epochs, which is that of the weights kept."""
    return history(network, "validation_loss").min().item()


def scores(profile: Profile) -> dict[str, Score]:
    """Validation loss, and what becomes of test images, clean and at each strength."""
    contest = sizes(profile).contest
    by_noise = partial(restored_by_noise, stds=MET, images=profile.test, contest=contest)
    return {"loss": best_loss, "by_noise": by_noise}


@design(
    scores={"validation_loss": best_loss},
    model=tuple(MODELS),
    trained=tuple(NOISES),
    rate=RATES,
    seed=lambda profile: profile.seeds[:1],
)
def tuning(profile: Profile, model: str, trained: str, rate: float, seed: int) -> RunSpec | None:
    """One seed at each learning rate, a factor of three apart, for half of the epochs."""
    return run(profile, model, trained, seed, rate, max(1, sizes(profile).equal_epochs // 2))


@design(scores=scores, trained=ENTERED[LAB])
def lab(profile: Profile, trained: str, seed: int) -> RunSpec | None:
    """The lab's CNN, plain and denoising: five seeds, since claims are decided by it."""
    rate, epochs = chosen_rate(LAB, trained), sizes(profile).equal_epochs
    return run(profile, LAB, trained, seed, rate, epochs)


@design(scores=scores, trained=ENTERED[OWN])
def own(profile: Profile, trained: str, seed: int) -> RunSpec | None:
    """The book's own design: five seeds at the noise that it is judged at, else three."""
    if trained not in JUDGED and seed not in profile.seeds[:3]:
        return None
    rate, epochs = chosen_rate(OWN, trained), sizes(profile).equal_epochs
    return run(profile, OWN, trained, seed, rate, epochs)


@design(
    scores=scores,
    model=tuple(MODELS),
    trained=(CLEAN, "0.3", BLIND),
    seed=lambda profile: profile.seeds[:1],
)
def longer(profile: Profile, model: str, trained: str, seed: int) -> RunSpec | None:
    """One seed of each kind for twice the epochs: have the others converged?"""
    epochs = 2 * sizes(profile).equal_epochs
    return run(profile, model, trained, seed, chosen_rate(model, trained), epochs)


def clean_scores(profile: Profile) -> dict[str, Score]:
    """MSE per pixel of the weights kept on training and test images, and validation's by epoch."""
    return {
        "train": partial(reconstruction_error, part="train"),
        "test": partial(reconstruction_error, part="test", images=profile.test),
        "validation": partial(history, name="validation_loss"),
    }


@design(scores=clean_scores)
def plain(profile: Profile, seed: int) -> Spec:
    """The lab's CNN on clean images: MSE per pixel; the weights have the lowest `validation`."""
    return lab.spec(profile, trained=CLEAN, seed=seed)


@design(model=tuple(MODELS), trained=tuple(NOISES), seed=lambda profile: profile.seeds[:1])
def shown(profile: Profile, model: str, trained: str, seed: int) -> Spec | None:
    """Images and their errors, at the noise of training; at 0.3 where that is none or a range."""
    rate, epochs = chosen_rate(model, trained), sizes(profile).equal_epochs
    if (network := run(profile, model, trained, seed, rate, epochs)) is None:
        return None
    std = 0.3 if trained in (CLEAN, BLIND) else float(trained)
    return restoration.spec(network, std, sizes(profile).contest)


def gains(profile: Profile) -> dict[str, Contrast]:
    """Test MSE of the plain CNN minus the denoising one's, each at the noise it trained on."""
    error = lab.table(profile).mse
    return {
        f"{std:g}": contrast(
            error.sel(std=std, trained=[CLEAN, f"{std:g}"], drop=True), trained=(CLEAN, f"{std:g}")
        )
        for std in LAB_STRENGTHS
    }


def gains_of(profile: Profile, trained: str) -> dict[float, Contrast]:
    """The same of one denoising CNN at each strength that it meets, clean images (0) among them."""
    error = lab.table(profile).mse.sel(trained=[CLEAN, trained])
    return {std: contrast(error.sel(std=std, drop=True), trained=(CLEAN, trained)) for std in MET}


def crossing(met: Mapping[float, Contrast]) -> tuple[float, float]:
    """Between which strengths a denoiser overtakes: where it is shown behind, and shown ahead.

    Parameters
    ----------
    met : mapping from float to Contrast
        By strength of noise, what the denoiser saves; as `gains_of` gives it.

    Returns
    -------
    tuple of two floats
        The strongest noise at which it is shown behind, and the weakest from which on it is shown
        ahead at all, by Holm's correction over all; NaN where there is none.
    """
    sure = holm({f"{std}": gain for std, gain in met.items()})
    behind = [std for std, gain in met.items() if sure[f"{std}"] and gain.mean < 0]
    ahead: list[float] = []
    for std in sorted(met, reverse=True):
        if not (sure[f"{std}"] and met[std].mean > 0):
            break
        ahead.append(std)
    return max(behind, default=math.nan), min(ahead, default=math.nan)


def clean_gap(profile: Profile) -> Interval:
    """Validation loss of the plain CNN above training loss, as a share of it; same weights."""
    found = plain.table(profile)
    return interval(found.validation.min("epoch") / found.train - 1)


def below_pca(profile: Profile) -> Contrast:
    """Clipped PCA's test MSE at the lab's code size, minus the plain CNN's, on clean images."""
    pca = error_on_test_images(LabCNN().code_size, split(profile)).clipped.item()
    return below(pca, plain.table(profile).test)


def below(fixed: float, errors: xr.DataArray) -> Contrast:
    """An error without seeds minus a network's over seeds: Student's t of one sample."""
    found = errors.dropna("seed").values.astype(float)
    return paired_difference(np.full_like(found, fixed), found)


def tuned_rates(profile: Profile) -> dict[tuple[str, str], float]:
    """The learning rate with the lowest validation loss, by model and noise in training."""
    loss = tuning.table(profile).validation_loss.isel(seed=0)
    return {
        (model, trained): loss.sel(model=model, trained=trained).idxmin("rate").item()
        for model, entered in ENTERED.items()
        for trained in entered
    }


def best_rates(validation_loss: xr.DataArray, factor: str) -> dict[str, float]:
    """The learning rate with the lowest loss at each level of a factor.

    Parameters
    ----------
    validation_loss : DataArray
        With the dimensions `rate`, `seed` of length one, and the factor.
    factor : str
    """
    best = validation_loss.isel(seed=0).idxmin("rate")
    return {str(level): best.sel({factor: level}).item() for level in best[factor].values}
