"""Denoisers that train no network: tuned on validation images, then scored on test images.

They take seconds each, so they are kept on disk like trained runs.
"""

from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
import torch
from skimage import filters, restoration
from torch import Tensor

from labcode import checks, data
from labcode.data.corruption import noisy
from labcode.scores.denoising import EXAMPLES, SSIM_IMAGES
from labcode.scores.metrics import mse, ssim
from labcode.theory import denoising as theory
from labcode.theory import pca
from labcode.theory.mixtures import GaussianMixture, mixture_of_classes
from labcode.training.cpu import one_thread
from labcode.training.loop import Fit
from labcode.training.networks import VALIDATION_NOISE_SEED

Method = Literal[
    "median",
    "total variation",
    "non-local means",
    "PCA projection",
    "Wiener, rank 64",
    "Wiener",
    "ten Gaussians",
]
SETTINGS: dict[str, tuple[tuple[float, ...], ...]] = {
    "median": ((1,), (3,), (5,)),
    "total variation": ((0.4,), (0.6,), (0.8,), (1.0,), (1.3,)),
    "non-local means": ((5, 0.35), (5, 0.65), (7, 0.35), (7, 0.65)),
    "PCA projection": ((12,), (24,), (36,), (56,), (80,), (110,), (200,), (300,)),
    "Wiener, rank 64": ((64,),),
    "Wiener": ((784,),),
    "ten Gaussians": ((10,),),
}


@dataclass(frozen=True)
class ClassicalSpec:
    """A denoiser without a network, at one strength of unclipped Gaussian noise.

    Attributes
    ----------
    method : str
        `median` and `total variation` (Chambolle, 2004) and `non-local means` (Buades, Coll and
        Morel, 2005) are scikit-image's and see one image at a time. The others have learned
        from training images: projection on k principal components, the best linear map of rank
        64 or of full rank, and the exact posterior mean under one Gaussian a class.
    std : float
        s, which each method is told.
    test : int
        Scored on the first so many test images.
    tuning : int
        The setting with the smallest error on so many noisy validation images is taken.
    data : DataSpec
    """

    method: Method
    std: float
    test: int
    tuning: int
    data: data.DataSpec

    def __post_init__(self) -> None:
        checks.option("method", self.method, tuple(SETTINGS))
        checks.counts(test=self.test, tuning=self.tuning)

    @property
    def title(self) -> str:
        """A few words for a progress bar."""
        return f"{self.method}, noise {self.std:g}"

    @property
    def cost(self) -> float:
        """Roughly how long it takes, in the unit of `RunSpec.cost`."""
        return 5e5 * (self.test + self.tuning * len(SETTINGS[self.method]))

    def train(self, device: str = "auto") -> Fit:
        """Tune and score on the CPU.

        Returns
        -------
        Fit
            `weights` holds `error`, shape (test,), of each image, `ssim` of the first 2,000,
            `setting`, and the first reconstructions as `examples`. Outputs are clipped to [0, 1].
        """
        split = data.load(self.data)
        tuning = split.validation.pixels[: self.tuning]
        tuning_input = noisy(tuning, self.std, seed=VALIDATION_NOISE_SEED)
        test = split.test.pixels[: self.test]
        with one_thread():
            settings = SETTINGS[self.method]
            errors = [
                mse(tuning, self.denoise(tuning_input, setting)).mean().item()
                for setting in settings
            ]
            best = settings[int(np.argmin(errors))]
            denoised = self.denoise(noisy(test, self.std), best)
        return Fit(
            {
                "error": mse(test, denoised),
                "ssim": ssim(test[:SSIM_IMAGES], denoised[:SSIM_IMAGES]),
                "setting": torch.tensor(best),
                "examples": denoised[:EXAMPLES].clone(),
            },
            {},
        )

    def denoise(self, y: Tensor, setting: tuple[float, ...]) -> Tensor:
        """Reconstructions of noisy images, clipped to [0, 1], same shape as `y`.

        Raises
        ------
        TypeError, ValueError
            If `y` is not of shape (n, 1, 28, 28) and float32.
        """
        checks.batch(y, (1, 28, 28), torch.float32, "this denoiser is for images")
        if self.method in ("median", "total variation", "non-local means"):
            each = [_one_image(self.method, image[0], self.std, setting) for image in y.numpy()]
            found = np.stack(each)
        else:
            found = self._learned(y.flatten(1).double().numpy(), int(setting[0]))
        return torch.from_numpy(found.clip(0, 1)).float().view_as(y)

    def _learned(self, y: np.ndarray, k: int) -> np.ndarray:
        if self.method == "ten Gaussians":
            return mixture(self.data).posterior_mean(y, self.std)
        fitted = principal_components(self.data)
        if self.method == "PCA projection":
            return fitted.reconstruct(y, k)
        gains = theory.gains(fitted.eigenvalues, self.std, k)
        return fitted.mean + (y - fitted.mean) @ (fitted.components * gains) @ fitted.components.T


def _one_image(method: str, y: np.ndarray, std: float, setting: tuple[float, ...]) -> np.ndarray:
    if method == "median":
        return np.asarray(filters.median(y, np.ones((int(setting[0]), int(setting[0])))))
    if method == "total variation":
        return np.asarray(restoration.denoise_tv_chambolle(y, weight=setting[0] * std))
    return np.asarray(
        restoration.denoise_nl_means(
            y, int(setting[0]), 9, h=setting[1] * std, sigma=std, fast_mode=True
        )
    )


@cache
def principal_components(spec: data.DataSpec) -> pca.PCA:
    """PCA of the training images."""
    return pca.fit(data.load(spec).train.pixels.flatten(1).double().numpy())


@cache
def mixture(spec: data.DataSpec) -> GaussianMixture:
    """One Gaussian for each class of the training images."""
    train = data.load(spec).train
    return mixture_of_classes(train.pixels.flatten(1).double().numpy(), train.labels.numpy())
