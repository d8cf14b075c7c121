"""Images drawn without codes: by a denoiser that is told the noise, and from Gaussians of pixels.

And images of which a part is missing, repaired by both.
"""

import numpy as np
import torch
import xarray as xr
from torch import Tensor

from labcode import checks, data, runs
from labcode.baselines.denoisers import mixture
from labcode.baselines.pca import principal_components
from labcode.baselines.sampled_images import FIRST_SEED, scored
from labcode.data.corruption import noisy
from labcode.runs.measured import measured
from labcode.scores.copies import nearest_images
from labcode.scores.denoising import EXAMPLES, GREY, MSE, PIXELS
from labcode.scores.metrics import mse
from labcode.scores.reconstruction import through
from labcode.theory import sampling
from labcode.training.classifier import ClassifierRunSpec
from labcode.training.networks import RunSpec

STEPS = 40
ROUNDS = 100
STRONGEST = 1.0
SHARES = (0.01, 0.1, 0.5, 0.9)
MISSING = ("lower half", "three of four pixels")


@measured(cost=lambda network, samples, **_: 2e6 * samples)
def flow_scores(
    network: RunSpec, classifier: ClassifierRunSpec, samples: int, support: int, seed: int
) -> xr.Dataset:
    """Images that a denoiser draws from noise, against as many test images.

    Parameters
    ----------
    network : RunSpec
        Of a `ToldDenoiser`.
    classifier : ClassifierRunSpec
        In whose features the images are compared.
    samples, support, seed : int
        As in `labcode.baselines.sampled_images.sample_scores`.

    Returns
    -------
    Dataset
        As `drawn_scores` gives it.
    """
    return drawn_scores(drawn_by_flow(network, samples, seed), classifier, support)


@torch.no_grad()
def drawn_by_flow(network: RunSpec, samples: int, seed: int) -> Tensor:
    """Images from noise around the mean training image, by the probability flow; clipped.

    Returns
    -------
    Tensor, shape (samples, 1, 28, 28)
    """
    model = runs.model_of(runs.get(network))
    levels = sampling.noise_levels(model.high, model.low, STEPS)
    generator = torch.Generator().manual_seed(FIRST_SEED + seed)
    mean = data.load(network.data).train.pixels.mean(0)
    y = mean + model.high * torch.randn(samples, 1, 28, 28, generator=generator)
    parts = [sampling.flow(model.denoise, some, levels) for some in y.split(1000)]
    return torch.cat(parts).clamp(0, 1)


@measured(cost=lambda samples, **_: 2e5 * samples)
def gaussian_scores(
    spec: data.DataSpec,
    by_class: bool,
    classifier: ClassifierRunSpec,
    samples: int,
    support: int,
    seed: int,
) -> xr.Dataset:
    """Images drawn from Gaussians of the pixels, clipped, against as many test images.

    Parameters
    ----------
    spec : DataSpec
        Whose training images they are fitted to.
    by_class : bool
        Ten Gaussians, one a class, or a single one; each with a full covariance.
    classifier, samples, support, seed
        As in `flow_scores`.
    """
    rng = np.random.default_rng(FIRST_SEED + seed)
    fitted = principal_components(spec)
    if by_class:
        found = mixture(spec)
        weights, means, covariances = found.weights, found.means, found.covariances
    else:
        weights, means = np.ones(1), fitted.mean[None]
        covariances = fitted.covariance[None]
    counts = rng.multinomial(samples, weights)
    drawn = [
        gaussian_points(mean, covariance, int(count), rng)
        for mean, covariance, count in zip(means, covariances, counts, strict=True)
    ]
    pixels = torch.from_numpy(rng.permutation(np.concatenate(drawn)).clip(0, 1)).float()
    return drawn_scores(pixels.view(-1, 1, 28, 28), classifier, support)


def gaussian_points(
    mean: np.ndarray, covariance: np.ndarray, n: int, rng: np.random.Generator
) -> np.ndarray:
    """Points of a Gaussian whose covariance may lack full rank, shape (n, d)."""
    eigenvalues, components = np.linalg.eigh(covariance)
    scaled = components * np.sqrt(eigenvalues.clip(0))
    return mean + rng.normal(size=(n, len(mean))) @ scaled.T


def drawn_scores(images: Tensor, classifier: ClassifierRunSpec, support: int) -> xr.Dataset:
    """Images against as many test images, and against the training images.

    Returns
    -------
    Dataset
        `frechet`, `precision`, `recall`, `examples`; and `nearest`, dimension `share`: quantiles
        of the MSE between an image and its nearest training image, over the first `support`.
    """
    checks.counts(support=support)
    train = data.fashion_mnist("train").pixels
    some = images[:support]
    nearest = mse(some, train[nearest_images(some, train)]).double().numpy()
    about = {"units": MSE["units"], "long_name": "MSE to the nearest training image"}
    return scored(images, classifier, len(images), support).assign(
        nearest=xr.DataArray(np.quantile(nearest, SHARES), {"share": list(SHARES)}, attrs=about)
    )


def seen_pixels(missing: str, seed: int = 0) -> np.ndarray:
    """Which pixels are given, the same in all images: bool, shape (784,).

    Raises
    ------
    ValueError
        If `missing` is none of `MISSING`.
    """
    checks.option("missing", missing, MISSING)
    if missing == "lower half":
        return np.arange(784) < 392
    return np.random.default_rng(seed).permutation(784) < 196


@measured(cost=lambda network, images, **_: 2e6 * images)
def repaired_by_denoiser(network: RunSpec, missing: str, std: float, images: int) -> xr.Dataset:
    """Test images of which a part is missing, repaired by plug and play.

    Parameters
    ----------
    network : RunSpec
        Of a `ToldDenoiser`, which never saw an image with a part missing.
    missing : str
        One of `MISSING`.
    std : float
        s of the noise on the pixels that are given.
    images : int
        The first so many test images.

    Returns
    -------
    Dataset
        As `_repair` gives it.
    """
    model = runs.model_of(runs.get(network))
    x, y, seen = _given(missing, std, images)
    mask = torch.from_numpy(seen).float().view(1, 28, 28)
    start = data.load(network.data).train.pixels.mean(0).expand_as(y)
    levels = np.geomspace(STRONGEST, std, ROUNDS)

    def repair(pair: Tensor) -> Tensor:
        given, first = pair[:, :1], pair[:, 1:]
        return sampling.plug_and_play(model.denoise, given, mask, first, levels)

    return _repair(x, through(repair, torch.cat([y, start], 1)), seen)


@measured
def repaired_by_wiener(spec: data.DataSpec, missing: str, std: float, images: int) -> xr.Dataset:
    """The same by the best linear repair, in closed form.

    Parameters
    ----------
    spec : DataSpec
        Whose training images give mean and covariance.
    missing, std, images
        As in `repaired_by_denoiser`.
    """
    fitted = principal_components(spec)
    x, y, seen = _given(missing, std, images)
    flat = y.flatten(1).double().numpy()
    found = sampling.missing_by_wiener(flat, seen, fitted.mean, fitted.covariance, std)
    return _repair(x, torch.from_numpy(found).float().view_as(x), seen)


def _given(missing: str, std: float, images: int) -> tuple[Tensor, Tensor, np.ndarray]:
    x = data.fashion_mnist("test").pixels[:images]
    return x, noisy(x, std), seen_pixels(missing)


def _repair(x: Tensor, restored: Tensor, seen: np.ndarray) -> xr.Dataset:
    """`mse` of the missing pixels, clipped, and the first ten images."""
    clipped = restored.clamp(0, 1)
    error = (clipped - x).flatten(1)[:, torch.from_numpy(~seen)].pow(2).mean().item()
    return xr.Dataset(
        {"mse": ((), error, MSE), "restored": (PIXELS, clipped[:EXAMPLES, 0].numpy(), GREY)}
    )
