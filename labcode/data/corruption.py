"""What is done to an image before a denoising autoencoder sees it."""

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from labcode import checks

TEST_NOISE_SEED = 30_000


class Corruption(Protocol):
    """A frozen dataclass that turns clean inputs into corrupted ones of the same shape.

    Its random numbers are torch's global ones, so that `torch.manual_seed` decides them.
    """

    def __call__(self, x: Tensor) -> Tensor: ...


@dataclass(frozen=True)
class GaussianNoise:
    """y = x + s n with n ~ N(0, I), clipped to [0, 1] or not.

    Attributes
    ----------
    std : float
        s, the noise's standard deviation, in units of the pixel range. Not negative.
    clip : bool
        Whether y is then clipped to [0, 1], which shifts the mean of dark and bright pixels.
    """

    std: float
    clip: bool = False

    def __post_init__(self) -> None:
        checks.at_least_zero(std=self.std)

    def __call__(self, x: Tensor) -> Tensor:
        """Corrupted copy of `x`, same shape."""
        _check(x)
        y = x + self.std * torch.randn_like(x)
        return y.clamp(0.0, 1.0) if self.clip else y


@dataclass(frozen=True)
class GaussianNoiseRange:
    """Gaussian noise whose strength is drawn anew for each image, uniformly from a range.

    A network trained on it has to denoise without being told s: a blind denoiser.

    Attributes
    ----------
    low, high : float
        The range of s, in units of the pixel range; 0 <= low <= high. Never clipped.
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        checks.at_least_zero(low=self.low, high=self.high)
        if self.low > self.high:
            raise ValueError(f"noise between {self.low} and {self.high}: give 0 <= low <= high.")

    def __call__(self, x: Tensor) -> Tensor:
        """Corrupted copy of `x`, same shape, with one strength for each x[i]."""
        _check(x)
        share = torch.rand(len(x), *[1] * (x.ndim - 1), dtype=x.dtype, device=x.device)
        return x + (self.low + (self.high - self.low) * share) * torch.randn_like(x)


@dataclass(frozen=True)
class Masking:
    """Each pixel is set to 0 with the same probability, independently.

    Source: Vincent, Larochelle, Bengio and Manzagol (2008), section 2.3, who mask a fixed
    number of pixels in each image.

    Attributes
    ----------
    share : float
        The probability p of losing a pixel, 0 to 1.
    """

    share: float

    def __post_init__(self) -> None:
        _check_share(self.share)

    def __call__(self, x: Tensor) -> Tensor:
        """Corrupted copy of `x`, same shape."""
        _check(x)
        return x * (torch.rand_like(x) >= self.share)


@dataclass(frozen=True)
class SaltAndPepper:
    """Each pixel is replaced, with the same probability, by 0 or by 1, both equally likely.

    Attributes
    ----------
    share : float
        The probability p of losing a pixel, 0 to 1.
    """

    share: float

    def __post_init__(self) -> None:
        _check_share(self.share)

    def __call__(self, x: Tensor) -> Tensor:
        """Corrupted copy of `x`, same shape."""
        _check(x)
        draw = torch.rand_like(x)
        y = torch.where(draw < self.share, torch.ones_like(x), x)
        return torch.where(draw < self.share / 2, torch.zeros_like(x), y)


def noisy(images: Tensor, std: float, clip: bool = False, seed: int = TEST_NOISE_SEED) -> Tensor:
    """The images with noise that is the same whoever asks.

    Parameters
    ----------
    images : Tensor, shape (n, 1, 28, 28)
    std, clip
        As in `GaussianNoise`.
    seed : int
        Decides the noise.
    """
    checks.seeds(seed=seed)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return GaussianNoise(std, clip)(images)


def _check(x: Tensor) -> None:
    """Strengths are in units of the pixel range: images have pixels from 0 to 1."""
    checks.points(x)
    if isinstance(x, Tensor) and x.ndim != 4 and x.is_floating_point():
        return  # points of made data may be anywhere
    checks.pixels(x)


def _check_share(share: float) -> None:
    checks.of_kind_number(share=share)
    if not 0 <= share <= 1:
        raise ValueError(f"a share of {share} of the pixels: it must lie between 0 and 1.")
