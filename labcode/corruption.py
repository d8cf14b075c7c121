"""What is done to an image before a denoising autoencoder sees it."""

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor


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
        if self.std < 0:
            raise ValueError(f"noise of standard deviation {self.std}: it must be 0 or more.")

    def __call__(self, x: Tensor) -> Tensor:
        """Corrupted copy of `x`, same shape."""
        y = x + self.std * torch.randn_like(x)
        return y.clamp(0.0, 1.0) if self.clip else y
