"""Ways to damage an image, and to damage it just so much that a score cannot tell."""

import math
from collections.abc import Callable

import torch
import xarray as xr
from scipy import fft
from torch import Tensor

from labcode import checks, data
from labcode.runs.measured import measured
from labcode.scores.comparison import image_scores
from labcode.scores.metrics import mean_square, mse

NOISE_SEED = 1
BATCH = 500


def shifted(x: Tensor, right: int = 0, down: int = 0) -> Tensor:
    """Images moved by whole pixels; what enters is black, what leaves is lost.

    Parameters
    ----------
    x : Tensor, shape (n, 1, height, width)
    right, down : int
        Negative to move left and up. At most the width and the height.
    """
    checks.images(x)
    checks.move(x, right=right, down=down)
    height, width = x.shape[2:]
    padding = (max(right, 0), max(-right, 0), max(down, 0), max(-down, 0))
    padded = torch.nn.functional.pad(x, padding)
    top, left = max(-down, 0), max(-right, 0)
    return padded[:, :, top : top + height, left : left + width]


def faded(x: Tensor, strength: Tensor) -> Tensor:
    """Every pixel times 1 - strength.

    Parameters
    ----------
    x : Tensor, shape (n, 1, height, width)
    strength : Tensor, shape (n,)
        0 leaves an image as it is, 1 makes it black.
    """
    checks.images(x)
    checks.of_each(x, strength=strength)
    return x * (1 - strength).view(-1, 1, 1, 1)


def cut_off(x: Tensor, strength: Tensor) -> Tensor:
    """The lowest rows made black; a row that is hidden in part is darkened in that part.

    Parameters
    ----------
    x : Tensor, shape (n, 1, height, width)
    strength : Tensor, shape (n,)
        0 leaves an image as it is, 1 makes all of it black.
    """
    checks.images(x)
    checks.of_each(x, strength=strength)
    height = x.shape[2]
    rows = torch.arange(height, dtype=x.dtype)
    hidden = (rows - (height - 1) + height * strength.view(-1, 1)).clamp(0, 1)
    return x * (1 - hidden).view(-1, 1, height, 1)


def blurred(x: Tensor, std: Tensor) -> Tensor:
    """Gaussian blur, the image continued beyond its border by its mirror image.

    Parameters
    ----------
    x : Tensor, shape (n, 1, m, m)
    std : Tensor, shape (n,)
        In pixels. As it grows, every pixel becomes the image's mean grey.
    """
    checks.images(x)
    checks.of_each(x, std=std)
    checks.square(x)
    return _from_waves(_waves_damped(_waves(x), std))


def at_error(
    damage: Callable[[Tensor, Tensor], Tensor], x: Tensor, error: Tensor, strongest: float
) -> Tensor:
    """Damage each image just so much that its mean squared error is the one asked for.

    Parameters
    ----------
    damage : callable
        Takes images and one strength an image; the error grows with the strength.
    x : Tensor, shape (n, 1, height, width)
    error : Tensor, shape (n,)
        An image that even the strongest damage leaves with less gets the strongest.
    strongest : float
        The largest strength to try.

    Returns
    -------
    Tensor
        The damaged images, same shape as `x`. The strength is found by bisection.
    """
    checks.images(x)
    checks.of_each(x, error=error)
    checks.above_zero(strongest=strongest)
    low, high = torch.zeros(len(x)), torch.full((len(x),), strongest)
    for _ in range(20):
        middle = (low + high) / 2
        too_much = mean_square(x - damage(x, middle)) > error
        low, high = torch.where(too_much, low, middle), torch.where(too_much, middle, high)
    return damage(x, high)


AT_ERROR: dict[str, Callable[[Tensor, Tensor, Tensor], Tensor]] = {
    "shifted": lambda x, noise, error: shifted(x, right=1),
    "noisy": lambda x, noise, error: (
        x + noise * (error / mean_square(noise)).sqrt().view(-1, 1, 1, 1)
    ),
    "blurred": lambda x, noise, error: _from_waves(
        at_error(_waves_damped, _waves(x), error, strongest=28.0)
    ),
    "faded": lambda x, noise, error: faded(x, (error / mean_square(x)).sqrt().clamp(max=1)),
    "cut off": lambda x, noise, error: at_error(cut_off, x, error, strongest=1.0),
}
DAMAGES = tuple(AT_ERROR)


def equally_damaged(x: Tensor, noise: Tensor, damage: str) -> Tensor:
    """Damage each image so that its error is that of a shift by one pixel to the right.

    Parameters
    ----------
    x, noise : Tensor, shape (n, 1, 28, 28)
        The noise is scaled, added and not clipped; all damages but `noisy` leave it alone.
    damage : str
        `shifted`, `noisy`, `blurred`, `faded` or `cut off`.

    Returns
    -------
    Tensor
        Same shape as `x`.
    """
    checks.option("damage", damage, DAMAGES)
    checks.images(x)
    checks.alike(x, noise)
    checks.images(noise)
    checks.square(x)
    checks.not_black("images", x)
    checks.not_black("draws of noise", noise)
    return AT_ERROR[damage](x, noise, mse(x, shifted(x, right=1)))


def noise_for(x: Tensor) -> Tensor:
    """Gaussian noise of the shape of some images, the same whoever asks."""
    return torch.randn(x.shape, generator=torch.Generator().manual_seed(NOISE_SEED))


@measured
def damage_scores(damage: str, images: int) -> xr.Dataset:
    """The first test images, `equally_damaged`: their `image_scores`."""
    checks.option("damage", damage, DAMAGES)
    checks.counts(images=images)
    x = data.fashion_mnist("test").pixels[:images]
    slices = zip(x.split(BATCH), noise_for(x).split(BATCH), strict=True)
    return image_scores(x, torch.cat([equally_damaged(*some, damage) for some in slices]))


def _waves(x: Tensor) -> Tensor:
    """Orthonormal cosine transform: squared errors are the same before and after."""
    return torch.from_numpy(fft.dctn(x.numpy(), axes=(2, 3), norm="ortho"))


def _from_waves(waves: Tensor) -> Tensor:
    return torch.from_numpy(fft.idctn(waves.numpy(), axes=(2, 3), norm="ortho"))


def _waves_damped(waves: Tensor, std: Tensor) -> Tensor:
    """Gaussian blur of transformed images: frequency w shrinks by exp(-(w std)^2 / 2)."""
    frequency = math.pi * torch.arange(waves.shape[-1], dtype=waves.dtype) / waves.shape[-1]
    squares = frequency[:, None] ** 2 + frequency**2
    return waves * torch.exp(-0.5 * std.view(-1, 1, 1, 1) ** 2 * squares)
