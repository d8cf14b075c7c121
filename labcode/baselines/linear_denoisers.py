"""The best linear denoisers, solved on whole data sets."""

from dataclasses import dataclass

import numpy as np
import torch

from labcode import data
from labcode.theory import denoising as theory
from labcode.training.cpu import one_thread
from labcode.training.loop import Fit


@dataclass(frozen=True)
class LinearClippingSpec:
    """The best linear denoisers for unclipped and for clipped noise, each on both kinds.

    Attributes
    ----------
    std : float
        s.
    data : DataSpec
    """

    std: float
    data: data.DataSpec

    @property
    def title(self) -> str:
        """A few words for a progress bar."""
        return f"linear denoisers, clipped or not, noise {self.std:g}"

    @property
    def cost(self) -> float:
        """Roughly how long it takes, in the unit of `RunSpec.cost`."""
        return 2e4 * self.data.train

    def train(self, device: str = "auto") -> Fit:
        """Solve; `weights` holds `error`, shape (2, 2): made for and met on unclipped, clipped.

        The errors are MSEs per pixel on all test images, exact over the noise.
        """
        split = data.load(self.data)
        x, test = (part.pixels.flatten(1).double().numpy() for part in (split.train, split.test))
        with one_thread():
            met = [theory.pixelwise(test, self.std, clip) for clip in (False, True)]
            made = [
                theory.best_linear(x, theory.pixelwise(x, self.std, clip)) for clip in (False, True)
            ]
        errors = [[denoiser.expected_error(test, kind) for kind in met] for denoiser in made]
        return Fit({"error": torch.tensor(errors, dtype=torch.float64)}, {})


@dataclass(frozen=True)
class DrawnOnceSpec:
    """Full-rank linear denoisers of n images: noise drawn once, and noise redrawn for ever.

    Attributes
    ----------
    std : float
        s.
    images : tuple of int
        The numbers n of training images, drawn at random.
    seed : int
        Decides the images and the noise.
    """

    std: float
    images: tuple[int, ...]
    seed: int

    @property
    def title(self) -> str:
        """A few words for a progress bar."""
        return f"linear denoisers of few images, seed {self.seed}"

    @property
    def cost(self) -> float:
        """Roughly how long it takes, in the unit of `RunSpec.cost`."""
        return 2e5 * sum(self.images)

    def train(self, device: str = "auto") -> Fit:
        """Solve; `weights` holds `once` and `redrawn`, shape (len(images), 2): train, test MSE."""
        everything = data.fashion_mnist("train").pixels.flatten(1)
        test = data.fashion_mnist("test").pixels.flatten(1).double().numpy()
        on_test = theory.gaussian_moments(test, self.std)
        rng = np.random.default_rng(self.seed)
        once, redrawn = [], []
        with one_thread():
            for n in self.images:
                x = everything[rng.permutation(len(everything))[:n]].double().numpy()
                y = x + self.std * rng.normal(size=x.shape)
                fixed = theory.least_squares(x, y)
                once.append([np.mean((fixed(y) - x) ** 2), fixed.expected_error(test, on_test)])
                on_train = theory.gaussian_moments(x, self.std)
                ridge = theory.best_linear(x, on_train)
                redrawn.append(
                    [
                        ridge.expected_error(some, kind)
                        for some, kind in ((x, on_train), (test, on_test))
                    ]
                )
        return Fit({"once": torch.tensor(once), "redrawn": torch.tensor(redrawn)}, {})
