"""The best linear denoisers, solved on whole data sets, and trained ones beside them."""

import numpy as np
import xarray as xr

from labcode import data, runs
from labcode.baselines.linear_autoencoders import product
from labcode.baselines.pca import principal_components
from labcode.data.corruption import Masking, SaltAndPepper
from labcode.runs.measured import measured
from labcode.scores.denoising import MSE
from labcode.theory import denoising as theory
from labcode.training.covariance import CovarianceRunSpec

MOMENTS = {Masking: theory.masking_moments, SaltAndPepper: theory.salt_and_pepper_moments}
SOME_IMAGES = 5000
SHARE = {"units": "1"}


@measured(cost=lambda std, spec: 2e4 * spec.train)
def linear_clipping(std: float, spec: data.DataSpec) -> xr.DataArray:
    """The best linear denoisers for unclipped and for clipped noise, each on both kinds.

    Parameters
    ----------
    std : float
        s.
    spec : DataSpec

    Returns
    -------
    DataArray, dimensions `made` and `met`, each `unclipped` and `clipped`
        MSE per pixel on all test images, exact over the noise.
    """
    split = data.load(spec)
    x, test = (part.pixels.flatten(1).double().numpy() for part in (split.train, split.test))
    met = [theory.pixelwise(test, std, clip) for clip in (False, True)]
    made = [theory.best_linear(x, theory.pixelwise(x, std, clip)) for clip in (False, True)]
    errors = [[denoiser.expected_error(test, kind) for kind in met] for denoiser in made]
    kinds = ["unclipped", "clipped"]
    return xr.DataArray(errors, {"made": kinds, "met": kinds}, ("made", "met"), attrs=MSE)


@measured(cost=lambda std, images, seed: 2e5 * sum(images))
def linear_of_few_images(std: float, images: tuple[int, ...], seed: int) -> xr.DataArray:
    """Full-rank linear denoisers of n images: noise drawn once, and noise redrawn for ever.

    Parameters
    ----------
    std : float
        s.
    images : tuple of int
        The numbers n of training images, drawn at random.
    seed : int
        Decides the images and the noise.

    Returns
    -------
    DataArray, dimensions `images`, `noise` (`once`, `redrawn`) and `part` (`train`, `test`)
        MSE per pixel; exact over the noise, but for `once` in training.
    """
    everything = data.fashion_mnist("train").pixels.flatten(1)
    test = data.fashion_mnist("test").pixels.flatten(1).double().numpy()
    on_test = theory.gaussian_moments(test, std)
    rng = np.random.default_rng(seed)
    errors = []
    for n in images:
        x = everything[rng.permutation(len(everything))[:n]].double().numpy()
        y = x + std * rng.normal(size=x.shape)
        once = theory.least_squares(x, y)
        on_train = theory.gaussian_moments(x, std)
        ridge = theory.best_linear(x, on_train)
        errors.append(
            [
                [np.mean((once(y) - x) ** 2), once.expected_error(test, on_test)],
                [ridge.expected_error(x, on_train), ridge.expected_error(test, on_test)],
            ]
        )
    levels = {"images": list(images), "noise": ["once", "redrawn"], "part": ["train", "test"]}
    return xr.DataArray(errors, levels, tuple(levels), attrs=MSE)


@measured
def linear_repair(corruption: Masking | SaltAndPepper, spec: data.DataSpec) -> float:
    """Validation MSE per pixel of the best linear map for a corruption, of 5,000 images."""
    split, moments = data.load(spec), MOMENTS[type(corruption)]
    x = split.train.pixels[:SOME_IMAGES].flatten(1).double().numpy()
    validation = split.validation.pixels.flatten(1).double().numpy()
    linear = theory.best_linear(x, moments(x, corruption.share))
    return linear.expected_error(validation, moments(validation, corruption.share))


@measured
def linear_gains(network: CovarianceRunSpec) -> xr.Dataset:
    """A trained linear denoising autoencoder beside its closed form.

    Returns
    -------
    Dataset
        `learned`, u_i' W2 W1 u_i, and `predicted`, dimension `component`; `excess`, the training
        loss above the closed form, as a share of it.
    """
    fitted, k = principal_components(), network.code_size
    u = fitted.components[:, :k]
    best = theory.wiener_error(fitted.eigenvalues, network.noise, k) / len(fitted.mean)
    learned = np.einsum("dm,de,em->m", u, product(network), u)
    predicted = theory.gains(fitted.eigenvalues, network.noise)[:k]
    excess = runs.history_of(network)["loss"][-1].item() / best - 1
    return xr.Dataset(
        {
            "learned": ("component", learned, {"long_name": "gain"} | SHARE),
            "predicted": ("component", predicted, {"long_name": "gain"} | SHARE),
            "excess": ((), excess, {"long_name": "loss above the closed form"} | SHARE),
        },
        {"component": np.arange(k) + 1},
    )


@measured
def bishop_identity(network: CovarianceRunSpec) -> xr.Dataset:
    """E|x - W(x + s n)|^2 / d of a trained network, on 5,000 images, in two ways.

    Returns
    -------
    Dataset
        `sampled`, with noise drawn, and `penalised`, |x - W x|^2 plus s^2 |W|^2 (Bishop, 1995).
    """
    fitted, w = principal_components(), product(network)
    pixels = data.fashion_mnist("train").pixels[:SOME_IMAGES]
    x = pixels.flatten(1).double().numpy() - fitted.mean
    noise = np.random.default_rng(0).normal(size=x.shape)
    sampled = float(np.mean((x - (x + network.noise * noise) @ w.T) ** 2))
    penalised = theory.tikhonov_loss(w, x.T @ x / len(x), network.noise) / len(fitted.mean)
    return xr.Dataset({"sampled": ((), sampled, MSE), "penalised": ((), penalised, MSE)})
