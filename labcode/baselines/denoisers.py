"""Denoisers that train no network: tuned on validation images, then scored on test images.

Each method is a function of the noisy images, its setting, the strength s of the noise, which it
is told, and the data that it may learn from.
"""

from collections.abc import Callable
from functools import cache

import numpy as np
import torch
import xarray as xr
from skimage import filters, restoration
from sklearn import mixture as mixtures
from torch import Tensor

from labcode import checks, data
from labcode.baselines.pca import principal_components
from labcode.data.corruption import noisy
from labcode.runs.measured import measured
from labcode.scores.denoising import comparison
from labcode.scores.metrics import mse
from labcode.theory import denoising as theory
from labcode.theory.mixtures import GaussianMixture, mixture_of_classes
from labcode.training.networks import VALIDATION_NOISE_SEED

Setting = tuple[float, ...]
Method = Callable[[Tensor, Setting, float, data.DataSpec], np.ndarray]


def median(y: Tensor, setting: Setting, std: float, spec: data.DataSpec) -> np.ndarray:
    """Median of the square neighbourhood of each pixel, `setting[0]` pixels wide."""
    window = np.ones((int(setting[0]), int(setting[0])))
    return np.stack([filters.median(image[0], window) for image in y.numpy()])


def total_variation(y: Tensor, setting: Setting, std: float, spec: data.DataSpec) -> np.ndarray:
    """Scikit-image's total variation with weight `setting[0]` s (Chambolle, 2004)."""
    weight = setting[0] * std
    return np.stack(
        [restoration.denoise_tv_chambolle(image[0], weight=weight) for image in y.numpy()]
    )


def non_local_means(y: Tensor, setting: Setting, std: float, spec: data.DataSpec) -> np.ndarray:
    """Scikit-image's, with patches `setting[0]` wide and cut-off `setting[1]` s.

    Source: Buades, Coll and Morel (2005).
    """
    patch, cut_off = int(setting[0]), setting[1] * std
    return np.stack(
        [
            restoration.denoise_nl_means(image[0], patch, 9, h=cut_off, sigma=std, fast_mode=True)
            for image in y.numpy()
        ]
    )


def pca_projection(y: Tensor, setting: Setting, std: float, spec: data.DataSpec) -> np.ndarray:
    """Projection on the first `setting[0]` principal components of the training images."""
    return principal_components(spec).reconstruct(_flat(y), int(setting[0]))


def wiener(y: Tensor, setting: Setting, std: float, spec: data.DataSpec) -> np.ndarray:
    """The best linear map of rank `setting[0]`, for the training images."""
    fitted, flat = principal_components(spec), _flat(y)
    gains = theory.gains(fitted.eigenvalues, std, int(setting[0]))
    return fitted.mean + (flat - fitted.mean) @ (fitted.components * gains) @ fitted.components.T


def ten_gaussians(y: Tensor, setting: Setting, std: float, spec: data.DataSpec) -> np.ndarray:
    """The exact posterior mean under one Gaussian a class of the training images."""
    return mixture(spec).posterior_mean(_flat(y), std)


def wavelets(y: Tensor, setting: Setting, std: float, spec: data.DataSpec) -> np.ndarray:
    """Scikit-image's soft threshold of wavelets, with Daubechies `setting[0]` and `setting[1]` s.

    The threshold is that of Chang, Yu and Vetterli (2000). Averaged over four shifts of the image,
    since a wavelet's grid shows in what it restores (Coifman and Donoho, 1995).
    """
    shifts = [(0, 0), (0, 1), (1, 0), (1, 1)]
    restored = np.zeros(y[:, 0].shape)
    for down, right in shifts:
        moved = np.roll(y[:, 0].numpy(), (down, right), (1, 2))
        found = restoration.denoise_wavelet(
            np.moveaxis(moved, 0, -1),
            sigma=setting[1] * std,
            wavelet=f"db{int(setting[0])}",
            rescale_sigma=True,
            channel_axis=-1,
        )
        restored += np.roll(np.moveaxis(found, -1, 0), (-down, -right), (1, 2)) / len(shifts)
    return restored


def gaussians_by_em(y: Tensor, setting: Setting, std: float, spec: data.DataSpec) -> np.ndarray:
    """The exact posterior mean under one Gaussian for each of `setting[0]` clusters."""
    return mixture_of_clusters(spec, int(setting[0])).posterior_mean(_flat(y), std)


CLASSICAL: dict[str, tuple[Method, tuple[Setting, ...]]] = {
    "median": (median, ((1,), (3,), (5,))),
    "total variation": (total_variation, ((0.4,), (0.6,), (0.8,), (1.0,), (1.3,))),
    "non-local means": (non_local_means, ((5, 0.35), (5, 0.65), (7, 0.35), (7, 0.65))),
    "PCA projection": (
        pca_projection,
        ((12,), (24,), (36,), (56,), (80,), (110,), (200,), (300,)),
    ),
    "Wiener, rank 64": (wiener, ((64,),)),
    "Wiener": (wiener, ((784,),)),
    "ten Gaussians": (ten_gaussians, ((10,),)),
}
OPPONENTS: dict[str, tuple[Method, tuple[Setting, ...]]] = CLASSICAL | {
    "wavelets": (wavelets, ((1, 1.0), (1, 1.5), (2, 1.0), (2, 1.5))),
    "Gaussians by EM": (gaussians_by_em, ((10,), (30,))),
}


def denoised(
    method: Method, y: Tensor, setting: Setting, std: float, spec: data.DataSpec
) -> Tensor:
    """Reconstructions of noisy images, clipped to [0, 1], same shape as `y`.

    Raises
    ------
    TypeError, ValueError
        If `y` is not of shape (n, 1, 28, 28) and float32.
    """
    checks.batch(y, (1, 28, 28), torch.float32, "this denoiser is for images")
    return torch.from_numpy(method(y, setting, std, spec).clip(0, 1)).float().view_as(y)


@measured(
    cost=lambda method, settings, std, images, tuning, spec: 5e5 * (images + tuning * len(settings))
)
def tuned(
    method: Method,
    settings: tuple[Setting, ...],
    std: float,
    images: int,
    tuning: int,
    spec: data.DataSpec,
) -> xr.Dataset:
    """A method with its best setting, on noisy test images that are the same for every method.

    Parameters
    ----------
    method : function
        One of this module.
    settings : tuple of tuples
        The one with the smallest error on noisy validation images is taken.
    std : float
        s of the unclipped Gaussian noise.
    images, tuning : int
        Scored on the first so many test images, tuned on the first so many for validation.
    spec : DataSpec

    Returns
    -------
    Dataset
        As `labcode.scores.denoising.comparison` gives it, and `setting`, dimension `parameter`.
    """
    checks.counts(images=images, tuning=tuning)
    split = data.load(spec)
    validation, test = split.validation.pixels[:tuning], split.test.pixels[:images]
    y = noisy(validation, std, seed=VALIDATION_NOISE_SEED)
    errors = [
        mse(validation, denoised(method, y, setting, std, spec)).mean().item()
        for setting in settings
    ]
    best = settings[int(np.argmin(errors))]
    found = comparison(test, denoised(method, noisy(test, std), best, std, spec))
    return found.assign(setting=("parameter", np.array(best, dtype=float)))


@cache
def mixture(spec: data.DataSpec) -> GaussianMixture:
    """One Gaussian for each class of the training images."""
    train = data.load(spec).train
    return mixture_of_classes(_flat(train.pixels), train.labels.numpy())


@cache
def mixture_of_clusters(spec: data.DataSpec, count: int) -> GaussianMixture:
    """One Gaussian for each cluster of the training images."""
    train = data.load(spec).train
    return mixture_of_classes(_flat(train.pixels), clusters(spec, count).values)


@measured(cost=lambda spec, count, components: 1e2 * spec.train * count * components)
def clusters(spec: data.DataSpec, count: int, components: int = 50) -> xr.DataArray:
    """Clusters of the training images, found without their labels.

    Parameters
    ----------
    spec : DataSpec
    count : int
        How many Gaussians scikit-learn's EM fits.
    components : int
        To so many principal components of the images.

    Returns
    -------
    DataArray, dimension `image`
        The most probable Gaussian of each image.
    """
    x = _flat(data.load(spec).train.pixels)
    codes = principal_components(spec).project(x, min(components, len(x) - 1))
    fitted = mixtures.GaussianMixture(count, reg_covar=1e-4, tol=1e-2, random_state=0)
    return xr.DataArray(fitted.fit_predict(codes), dims="image")


def _flat(pixels: Tensor) -> np.ndarray:
    return pixels.flatten(1).double().numpy()
