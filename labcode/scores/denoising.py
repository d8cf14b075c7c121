"""Scores of trained networks on noisy images, and of their codes."""

from collections.abc import Iterator
from functools import partial
from typing import TypeVar

import numpy as np
import torch
import xarray as xr
from torch import Tensor

from labcode import data, runs
from labcode.data.corruption import Corruption, GaussianNoise, noisy
from labcode.runs.measured import measured
from labcode.scores.metrics import mse, ssim
from labcode.scores.probes import linear_accuracies
from labcode.scores.reconstruction import through
from labcode.training.loop import NOISE_SEED
from labcode.training.networks import VALIDATION_NOISE_SEED, RunSpec, drawn_once, score
from labcode.training.noisy_targets import NoisyTargetSpec

Network = TypeVar("Network", RunSpec, NoisyTargetSpec)
EXAMPLES = 10
SSIM_IMAGES = 2000
PIXELS = ("example", "row", "column")
GREY = {"long_name": "grey level", "units": "1"}
MSE = {"long_name": "MSE per pixel", "units": "squared grey level"}


def comparison(x: Tensor, restored: Tensor) -> xr.Dataset:
    """Clean images beside what a denoiser made of their noisy copies.

    Parameters
    ----------
    x, restored : Tensor, shape (n, 1, 28, 28)

    Returns
    -------
    Dataset
        `mse`, over all images; `image_mse`, dimension `image`; `ssim` of the first 2,000,
        dimension `compared`; and the first ten images, `restored`, dimensions `example`, `row`
        and `column`.
    """
    errors = mse(x, restored)
    similarity = ssim(x[:SSIM_IMAGES], restored[:SSIM_IMAGES])
    return xr.Dataset(
        {
            "mse": ((), errors.mean().item(), MSE),
            "image_mse": ("image", errors.numpy(), MSE),
            "ssim": ("compared", similarity.numpy(), {"long_name": "SSIM", "units": "1"}),
            "restored": (PIXELS, restored[:EXAMPLES, 0].numpy(), GREY),
        }
    )


@measured(cost=lambda network, std, images: 1e-3 * images)
def restoration(network: RunSpec, std: float, images: int) -> xr.Dataset:
    """A trained network on noisy test images, which are the same for every method.

    Parameters
    ----------
    network : RunSpec
    std : float
        s of the unclipped noise; 0 for clean images.
    images : int
        The first so many test images.

    Returns
    -------
    Dataset
        As `comparison` gives it.
    """
    x = data.load(network.data).test.pixels[:images]
    return comparison(x, through(runs.model_of(runs.get(network)), noisy(x, std)))


@measured(cost=lambda network, stds, images, contest: 1e-3 * images * len(stds))
def restored_by_noise(
    network: Network, stds: tuple[float, ...], images: int, contest: int
) -> xr.Dataset:
    """A trained network at several strengths of noise, on test images that are the same for all.

    Parameters
    ----------
    network : RunSpec or NoisyTargetSpec
    stds : tuple of float
        s of the unclipped noise; 0 for clean images.
    images, contest : int
        The first so many test images; of these, the first so many that slow methods see too.

    Returns
    -------
    Dataset, dimension `std`
        `mse` over all images, `contest_mse` and `contest_ssim` over the first.
    """
    x = data.load(network.data).test.pixels[:images]
    model = network.model.build()
    model.load_state_dict(runs.get(network).weights)
    model.eval()
    found: dict[str, list[float]] = {"mse": [], "contest_mse": [], "contest_ssim": []}
    for std in stds:
        restored = through(model, noisy(x, std))
        errors = mse(x, restored)
        found["mse"].append(errors.mean().item())
        found["contest_mse"].append(errors[:contest].mean().item())
        found["contest_ssim"].append(ssim(x[:contest], restored[:contest]).mean().item())
    about = {"contest_ssim": {"long_name": "SSIM", "units": "1"}}
    return xr.Dataset(
        {name: ("std", values, about.get(name, MSE)) for name, values in found.items()},
        {"std": list(stds)},
    )


@measured(cost=lambda network, stds, images: 1e-3 * images * len(stds))
def told_errors(network: RunSpec, stds: tuple[float, ...], images: int) -> xr.DataArray:
    """MSE per pixel, dimension `std`, of a denoiser that is told the strength of the noise.

    Parameters
    ----------
    network : RunSpec
        Of a `ToldDenoiser`; what it gives is clipped to [0, 1].
    stds, images
        As in `restored_by_noise`, each strength above 0.
    """
    x = data.load(network.data).test.pixels[:images]
    model = runs.model_of(runs.get(network))
    errors = []
    for std in stds:
        restored = through(partial(model.denoise, std=std), noisy(x, std))
        errors.append(mse(x, restored.clamp(0, 1)).mean().item())
    return xr.DataArray(errors, {"std": list(stds)}, ("std",), attrs=MSE)


@measured
def dead_units(network: RunSpec) -> float:
    """How many units of a code are 0 for every training image: ReLUs that never open."""
    codes = through(runs.model_of(runs.get(network)).encode, data.load(network.data).train.pixels)
    return float((codes == 0).all(0).sum())


@measured(cost=lambda network, images: 3e-3 * images)
def losses_by_noise(network: RunSpec, images: int) -> xr.DataArray:
    """Loss of the last weights of a run with noise drawn once, by the noise that they meet.

    Parameters
    ----------
    network : RunSpec
        With Gaussian noise drawn once.
    images : int
        The first so many training images, or the last so many of the 60,000 for validation.

    Returns
    -------
    DataArray, dimension `met`
        `training`: the images and the noise that the run trained on (on a GPU, another draw of
        that noise). `unclipped` and `clipped`: noise of the same s on validation images. In
        single precision, as training keeps its losses.

    Raises
    ------
    ValueError
        If the run does not draw Gaussian noise once.
    """
    run, model = runs.get(network), network.model.build()
    model.load_state_dict(run.weights)
    everything = data.load(network.data).train.pixels
    met = {"training": (training_input(network, everything)[:images], everything[:images])}
    met |= _validation_inputs(network, images)
    losses = [score(model, y, x) for y, x in met.values()]
    return xr.DataArray(np.array(losses, np.float32), {"met": list(met)}, "met", attrs=MSE)


@measured(cost=lambda network, images: 2e-3 * images * network.epochs)
def loss_curves_by_noise(network: RunSpec, images: int) -> xr.DataArray:
    """Loss on noisy validation images of the weights after each epoch.

    Parameters
    ----------
    network : RunSpec
        With Gaussian noise, and snapshots.
    images : int
        The last so many of the 60,000 images.

    Returns
    -------
    DataArray, dimensions `met` and `epoch`
        `unclipped` and `clipped`, in single precision.
    """
    run, model = runs.get(network), network.model.build()
    met = _validation_inputs(network, images)
    losses = np.zeros((len(met), network.epochs), np.float32)
    for epoch, weights in enumerate(_snapshots(run)):
        model.load_state_dict(weights)
        losses[:, epoch] = [score(model, y, x) for y, x in met.values()]
    epochs = np.arange(network.epochs) + 1
    return xr.DataArray(losses, {"met": list(met), "epoch": epochs}, ("met", "epoch"), attrs=MSE)


def _validation_inputs(network: RunSpec, images: int) -> dict[str, tuple[Tensor, Tensor]]:
    """Noisy and clean validation images, by whether the noisy ones are clipped."""
    std = _gaussian(network.corruption).std
    x = data.load(data.DataSpec(1, images)).validation.pixels
    return {
        kind: (noisy(x, std, clip, seed=VALIDATION_NOISE_SEED), x)
        for kind, clip in (("unclipped", False), ("clipped", True))
    }


def _gaussian(corruption: Corruption | None) -> GaussianNoise:
    if not isinstance(corruption, GaussianNoise):
        raise ValueError(f"only a run with Gaussian noise has its strength, and got {corruption}.")
    return corruption


def _snapshots(run: runs.Run[RunSpec]) -> Iterator[dict[str, Tensor]]:
    for epoch in range(1, run.spec.epochs + 1):
        yield {name: run.history[f"snapshot.{name}"][epoch] for name in run.weights}


def training_input(network: RunSpec, x: Tensor) -> Tensor:
    """The noisy images of a run that draws its noise once.

    Parameters
    ----------
    network : RunSpec
    x : Tensor, shape (n, 1, 28, 28)
        Its clean training images.

    Raises
    ------
    ValueError
        If the run draws no noise, or draws it anew for each batch.
    """
    if network.corruption is None or network.fresh_corruption:
        raise ValueError("only a run that draws its noise once has noisy images to go back to.")
    return drawn_once(network.corruption, x, NOISE_SEED + network.seed)


def repaired(network: RunSpec) -> xr.Dataset:
    """The first ten test images under the corruption of a run's validation, and repaired by it.

    Returns
    -------
    Dataset
        `corrupted` and `repaired`, dimensions `example`, `row` and `column`.
    """
    assert network.validation_corruption is not None
    model = runs.model_of(runs.get(network))
    clean = data.images_of(network.data, "test").pixels[:EXAMPLES]
    y = drawn_once(network.validation_corruption, clean, VALIDATION_NOISE_SEED)
    with torch.no_grad():
        found = {"corrupted": y, "repaired": model(y)}
    return xr.Dataset({name: (PIXELS, each[:, 0].numpy(), GREY) for name, each in found.items()})


@measured(cost=lambda network, train_images, images: 1e-3 * images)
def linear_probe(network: RunSpec | None, train_images: int, images: int) -> xr.DataArray:
    """How well a linear classifier tells garments apart from codes of clean images.

    Parameters
    ----------
    network : RunSpec or None
        The autoencoder that gives the codes; None for raw pixels.
    train_images, images : int
        The classifier learns from the first so many training images, and is scored on the first
        so many test images. It is ridge regression on standardised codes, penalty 1.

    Returns
    -------
    DataArray, without dimensions
        The accuracy, in single precision.
    """
    train, test = data.fashion_mnist("train"), data.fashion_mnist("test")
    model = runs.model_of(runs.get(network)) if network else None

    def codes(pixels: Tensor) -> Tensor:
        return (through(model.encode, pixels) if model else pixels).flatten(1).double()

    z = codes(train.pixels[:train_images])
    mean, scale = z.mean(0), z.std(0, correction=0) + 1e-6
    known = (z - mean) / scale
    asked = (codes(test.pixels[:images]) - mean) / scale
    strength = 1 / (len(z) * known.var(0, correction=0).mean().item())
    [accuracy] = linear_accuracies(
        (known, train.labels[:train_images]), (asked, test.labels[:images]), [strength]
    )
    return xr.DataArray(np.float32(accuracy), attrs={"long_name": "accuracy", "units": "1"})
