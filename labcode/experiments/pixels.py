"""Chapter 1: what the images are, and what a score says of them. Nothing is trained here."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Literal

import numpy as np
import torch
from scipy import fft
from torch import Tensor

from labcode import data
from labcode.baselines.pca import measurements, principal_components
from labcode.designs.profiles import Profile
from labcode.runs import Spec
from labcode.runs.measurements import ArrayMeasurement, Arrays
from labcode.scores.metrics import mean_square, mse, psnr, ssim

CODE_SIZES = (0, 2, 8, 32, 64, 392)
AGGREGATION_CODE_SIZE = 32
DAMAGES = ("shifted", "noisy", "blurred", "faded", "cut off")
SHOWN = (0.1, 0.5, 0.9)
SHOWN_REBUILT = (*SHOWN, 1.0)
NOISE_SEED = 1
BATCH = 500


def specs(profile: Profile) -> list[Spec]:
    """No run, for this chapter trains nothing, but what takes seconds to measure."""
    return [
        _COPIES,
        *measurements(),
        *(
            ArrayMeasurement(f, (profile,))
            for f in (_nearest, _equal_errors, _reconstruction_scores)
        ),
    ]


# The images


@dataclass(frozen=True)
class Part:
    """One part of the data.

    Attributes
    ----------
    name : str
    images : int
    of_class : tuple of int
        How many images of each of the ten classes.
    """

    name: str
    images: int
    of_class: tuple[int, ...]


def parts(profile: Profile) -> list[Part]:
    """The training, validation and test images of this profile."""
    split = data.load(data.DataSpec(profile.train, profile.validation))
    named = {"training": split.train, "validation": split.validation, "test": split.test}
    return [
        Part(name, len(images), tuple(torch.bincount(images.labels, minlength=10).tolist()))
        for name, images in named.items()
    ]


@dataclass(frozen=True, eq=False)
class Portrait:
    """One class, by its mean and by its most and least ordinary training images.

    Attributes
    ----------
    name : str
    mean : ndarray, shape (28, 28)
    nearest, farthest : ndarray, shape (n, 28, 28)
        The images with the smallest and the largest distance to the mean, the extreme first.
    spread : float
        Mean squared error per pixel of the class's images around their mean.
    """

    name: str
    mean: np.ndarray
    nearest: np.ndarray
    farthest: np.ndarray
    spread: float


def portraits(count: int = 4) -> list[Portrait]:
    """The ten classes, each by `count` images near to its mean and `count` far from it."""
    train = data.fashion_mnist("train")
    found = []
    for label, name in enumerate(data.CLASS_NAMES):
        images = train.pixels[train.labels == label]
        mean = images.mean(0)
        distance = mse(images, mean.expand_as(images))
        order = distance.argsort()
        found.append(
            Portrait(
                name,
                mean[0].numpy(),
                images[order[:count], 0].numpy(),
                images[order.flip(0)[:count], 0].numpy(),
                float(distance.mean()),
            )
        )
    return found


@dataclass(frozen=True, eq=False)
class PixelStatistics:
    """The pixels of one part of Fashion-MNIST.

    Attributes
    ----------
    mean, std : float
        Over all pixels of all images, in [0, 1].
    counts : ndarray, shape (256,)
        How many pixels have each grey value, 0 to 255.
    mean_image, std_image : ndarray, shape (28, 28)
        Of each pixel over the images.
    black_image : ndarray, shape (28, 28)
        The share of images in which each pixel is exactly 0.
    """

    mean: float
    std: float
    counts: np.ndarray
    mean_image: np.ndarray
    std_image: np.ndarray
    black_image: np.ndarray

    @property
    def black(self) -> float:
        """The share of pixels that are exactly 0."""
        return float(self.counts[0] / self.counts.sum())

    @property
    def white(self) -> float:
        """The share of pixels that are exactly 1."""
        return float(self.counts[255] / self.counts.sum())

    @property
    def bright(self) -> float:
        """The share of pixels above 127 of 255."""
        return float(self.counts[128:].sum() / self.counts.sum())


def pixel_statistics(part: Literal["train", "test"]) -> PixelStatistics:
    """The pixels of the 60,000 training images, or of the 10,000 test images."""
    pixels = data.fashion_mnist(part).pixels
    counts = np.zeros(256, dtype=np.int64)
    for some in pixels.split(BATCH):
        counts += np.bincount(_grey(some).ravel(), minlength=256)
    values = np.arange(256) / 255
    mean = float(counts @ values / counts.sum())
    variance = float(counts @ (values - mean) ** 2 / counts.sum())
    mean_image, covariance = data.moments(pixels)
    return PixelStatistics(
        mean,
        variance**0.5,
        counts,
        mean_image.view(28, 28).numpy(),
        covariance.diagonal().sqrt().view(28, 28).numpy(),
        (pixels == 0).sum(0)[0].double().div(len(pixels)).numpy(),
    )


# Copies and near-copies


@dataclass(frozen=True)
class Copies:
    """How many images have an exact copy among the others.

    Attributes
    ----------
    within_train, within_test : int
        Images that an earlier one of the same part equals.
    across : int
        Test images that a training image equals.
    """

    within_train: int
    within_test: int
    across: int


def copies() -> Copies:
    """Search Fashion-MNIST for images that are equal in every pixel."""
    return Copies(*_COPIES.arrays()["counts"].tolist())


def _equal_images() -> Arrays:
    rows = {part: _as_bytes(data.fashion_mnist(part).pixels) for part in ("train", "test")}
    train, test = set(rows["train"]), set(rows["test"])
    counts = (len(rows["train"]) - len(train), len(rows["test"]) - len(test), len(train & test))
    return {"counts": np.array(counts)}


_COPIES = ArrayMeasurement(_equal_images)


@dataclass(frozen=True, eq=False)
class Neighbours:
    """The nearest training image of each test image.

    Attributes
    ----------
    test, train : Images
        Those that were compared.
    nearest : ndarray, shape (len(test),)
        Its place among the training images.
    mse : ndarray, shape (len(test),)
        Mean squared error per pixel between the two.
    """

    test: data.Images
    train: data.Images
    nearest: np.ndarray
    mse: np.ndarray

    @cached_property
    def same_class(self) -> np.ndarray:
        """Whether the two are of one class; a bool for each test image."""
        return np.asarray(self.train.labels[self.nearest] == self.test.labels)

    def closest(self, count: int) -> np.ndarray:
        """The test images with the nearest neighbours, the closest first."""
        return np.asarray(self.mse.argsort(kind="stable")[:count])


def neighbours(profile: Profile) -> Neighbours:
    """Compare every test image with every training image, in pixel space."""
    found = ArrayMeasurement(_nearest, (profile,)).arrays()
    return Neighbours(
        _images("test", profile), _images("train", profile), found["nearest"], found["mse"]
    )


def _nearest(profile: Profile) -> Arrays:
    test, train = _images("test", profile).pixels, _images("train", profile).pixels
    nearest = nearest_images(test, train)
    return {"nearest": nearest.numpy(), "mse": mse(test, train[nearest]).double().numpy()}


def nearest_images(queries: Tensor, images: Tensor) -> Tensor:
    """The place of the image at the smallest distance to each query.

    Parameters
    ----------
    queries, images : Tensor, shapes (m, ...) and (n, ...)

    Returns
    -------
    Tensor, shape (m,), int64

    Notes
    -----
    |q - x|^2 = |q|^2 - 2 q'x + |x|^2, and |q|^2 does not decide. So the search
    is one product of two matrices, in slices that fit into memory.
    """
    flat = images.flatten(1)
    squares = (flat**2).sum(1)
    return torch.cat(
        [
            torch.addmm(squares, some, flat.T, alpha=-2).argmin(1)
            for some in queries.flatten(1).split(BATCH)
        ]
    )


# What a score says


def shifted(x: Tensor, right: int = 0, down: int = 0) -> Tensor:
    """Images moved by whole pixels; what enters is black, what leaves is lost.

    Parameters
    ----------
    x : Tensor, shape (n, 1, height, width)
    right, down : int
        Negative to move left and up. At most the width and the height.
    """
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
    return x * (1 - strength).view(-1, 1, 1, 1)


def cut_off(x: Tensor, strength: Tensor) -> Tensor:
    """The lowest rows made black; a row that is hidden in part is darkened in that part.

    Parameters
    ----------
    x : Tensor, shape (n, 1, height, width)
    strength : Tensor, shape (n,)
        0 leaves an image as it is, 1 makes all of it black.
    """
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
    low, high = torch.zeros(len(x)), torch.full((len(x),), strongest)
    for _ in range(20):
        middle = (low + high) / 2
        too_much = mean_square(x - damage(x, middle)) > error
        low, high = torch.where(too_much, low, middle), torch.where(too_much, middle, high)
    return damage(x, high)


def equal_damages(x: Tensor, noise: Tensor) -> dict[str, Tensor]:
    """Five ways to damage each image, all with the error of a shift by one pixel to the right.

    Parameters
    ----------
    x, noise : Tensor, shape (n, 1, 28, 28)
        The noise is scaled, added and not clipped.

    Returns
    -------
    dict of Tensor, each of the shape of `x`
    """
    shift = shifted(x, right=1)
    error = mse(x, shift)
    waves = at_error(_waves_damped, _waves(x), error, strongest=28.0)
    return {
        "shifted": shift,
        "noisy": x + noise * (error / mean_square(noise)).sqrt().view(-1, 1, 1, 1),
        "blurred": _from_waves(waves),
        "faded": faded(x, (error / mean_square(x)).sqrt().clamp(max=1)),
        "cut off": at_error(cut_off, x, error, strongest=1.0),
    }


@dataclass(frozen=True, eq=False)
class Damage:
    """One way to damage images.

    Attributes
    ----------
    label : str
    pictures : ndarray, shape (g, 28, 28)
        The garments that the figure shows.
    picture_ssim : ndarray, shape (g,)
    mse, ssim : float
        Means over the images compared.
    """

    label: str
    pictures: np.ndarray
    picture_ssim: np.ndarray
    mse: float
    ssim: float


@dataclass(frozen=True, eq=False)
class EqualError:
    """Five damages with one mean squared error, image by image.

    Attributes
    ----------
    originals : ndarray, shape (g, 28, 28)
        The garments that the figure shows.
    original_mse : ndarray, shape (g,)
        The error of each garment's damages.
    damages : tuple of Damage
    compared, left_out : int
        Test images that every damage can bring to the error of the shift, and those that one of
        them cannot. The second are in none of the means.
    """

    originals: np.ndarray
    original_mse: np.ndarray
    damages: tuple[Damage, ...]
    compared: int
    left_out: int

    @property
    def psnr(self) -> float:
        """PSNR in decibels of the mean error, the same for all damages."""
        return float(psnr(self.damages[0].mse))


def equal_error(profile: Profile) -> EqualError:
    """Five damages of every test image; the garments shown are those at `SHOWN` of the error."""
    found = ArrayMeasurement(_equal_errors, (profile,)).arrays()
    return EqualError(
        found["originals"],
        found["original_mse"],
        tuple(
            Damage(
                label,
                found["pictures"][i],
                found["picture_ssim"][i],
                float(found["mse"][i]),
                float(found["ssim"][i]),
            )
            for i, label in enumerate(DAMAGES)
        ),
        int(found["compared"]),
        int(found["left_out"]),
    )


def _equal_errors(profile: Profile) -> Arrays:
    x = _images("test", profile).pixels
    noise = torch.randn(x.shape, generator=torch.Generator().manual_seed(NOISE_SEED))
    slices = zip(x.split(BATCH), noise.split(BATCH), strict=True)
    batches = [equal_damages(*some) for some in slices]
    images = [torch.cat([batch[label] for batch in batches]) for label in DAMAGES]
    error = mse(x, images[0])
    fair = torch.stack([mse(x, y) for y in images]).sub(error).abs().amax(0) < 1e-5
    order = torch.nonzero(fair).flatten()[error[fair].argsort()]
    shown = order[[round(q * (len(order) - 1)) for q in SHOWN]]
    similarities = [_ssim(x, y) for y in images]
    return {
        "originals": x[shown, 0].numpy(),
        "original_mse": error[shown].double().numpy(),
        "pictures": torch.stack([y[shown, 0] for y in images]).numpy(),
        "picture_ssim": torch.stack([similarity[shown] for similarity in similarities]).numpy(),
        "mse": torch.stack([mse(x, y)[fair].mean() for y in images]).numpy(),
        "ssim": torch.stack([similarity[fair].mean() for similarity in similarities]).numpy(),
        "compared": np.array(int(fair.sum())),
        "left_out": np.array(int((~fair).sum())),
    }


@dataclass(frozen=True)
class ShiftAndCover:
    """A shift by one pixel beside a cover over the lower half, on all test images.

    Attributes
    ----------
    shift, cover : float
        Mean squared error per pixel, averaged over the images.
    shift_is_worse : float
        The share of images for which the shift has the larger error.
    """

    shift: float
    cover: float
    shift_is_worse: float


def shift_and_cover() -> ShiftAndCover:
    """Which costs more: to move a garment by one pixel, or to hide its lower half?"""
    x = data.fashion_mnist("test").pixels
    shift = mse(x, shifted(x, right=1))
    cover = mse(x, cut_off(x, torch.full((len(x),), 0.5)))
    return ShiftAndCover(
        float(shift.mean()), float(cover.mean()), float((shift > cover).double().mean())
    )


# PCA


@dataclass(frozen=True, eq=False)
class Reconstructions:
    """PCA's reconstructions of the test images at growing code size.

    Attributes
    ----------
    code_sizes : tuple of int
    mse, psnr, ssim : ndarray, shape (len(code_sizes),)
        Over all test images, without clipping: mean squared error per pixel, its PSNR in
        decibels, and mean structural similarity.
    originals : ndarray, shape (g, 28, 28)
        The garments that the figure shows.
    pictures : ndarray, shape (g, len(code_sizes), 28, 28)
    picture_psnr : ndarray, shape (g, len(code_sizes))
    """

    code_sizes: tuple[int, ...]
    mse: np.ndarray
    psnr: np.ndarray
    ssim: np.ndarray
    originals: np.ndarray
    pictures: np.ndarray
    picture_psnr: np.ndarray


def reconstructions(profile: Profile) -> Reconstructions:
    """PCA fitted on the 60,000 training images, on all test images.

    The garments shown are those at `SHOWN_REBUILT` of the error at code size 32.
    """
    found = ArrayMeasurement(_reconstruction_scores, (profile,)).arrays()
    return Reconstructions(
        CODE_SIZES,
        found["mse"],
        _decibels(found["mse"]),
        found["ssim"],
        found["originals"],
        found["pictures"],
        _decibels(found["picture_mse"]),
    )


def _reconstruction_scores(profile: Profile) -> Arrays:
    x = _images("test", profile).pixels
    order = np.argsort(image_errors(AGGREGATION_CODE_SIZE)[: len(x)])
    shown = order[[round(q * (len(order) - 1)) for q in SHOWN_REBUILT]]
    fitted = principal_components()

    def at_every_k(some: Tensor) -> list[Tensor]:
        flat = _flat(some)
        return [
            torch.from_numpy(fitted.reconstruct(flat, k)).float().view_as(some) for k in CODE_SIZES
        ]

    errors, similarities = [], []
    for some in x.split(BATCH):
        outputs = at_every_k(some)
        errors.append(torch.stack([mse(some, y) for y in outputs], 1))
        similarities.append(torch.stack([ssim(some, y) for y in outputs], 1))
    error = torch.cat(errors).double().numpy()
    return {
        "mse": error.mean(0),
        "ssim": torch.cat(similarities).double().mean(0).numpy(),
        "originals": x[shown, 0].numpy(),
        "pictures": torch.cat(at_every_k(x[shown]), 1).numpy(),
        "picture_mse": error[shown],
    }


@cache
def image_errors(code_size: int) -> np.ndarray:
    """PCA's mean squared error on each of the 10,000 test images, shape (10000,)."""
    x = _flat(data.fashion_mnist("test").pixels)
    return np.asarray(((x - principal_components().reconstruct(x, code_size)) ** 2).mean(1))


@cache
def error_at_every_code_size() -> np.ndarray:
    """PCA's mean squared error per pixel on the test images at k = 0 to 784, shape (785,)."""
    fitted = principal_components()
    x = _flat(data.fashion_mnist("test").pixels)
    energy = (fitted.project(x, x.shape[1]) ** 2).mean(0)
    return np.append(np.cumsum(energy[::-1])[::-1], 0.0) / x.shape[1]


def code_size_below(error: float) -> int:
    """The smallest code size at which PCA's test error is below this one."""
    return int(np.argmax(error_at_every_code_size() < error))


@dataclass(frozen=True, eq=False)
class Aggregation:
    """Two ways to average one set of scores.

    Attributes
    ----------
    image_psnr : ndarray, shape (n,)
        PSNR of each image, in decibels.
    mean_psnr : float
        Their mean.
    psnr_of_mean : float
        The PSNR of the mean error of the same images.
    """

    image_psnr: np.ndarray
    mean_psnr: float
    psnr_of_mean: float


def aggregation(code_size: int = AGGREGATION_CODE_SIZE) -> Aggregation:
    """PSNR of PCA's reconstructions of the test images, averaged after and before the log."""
    errors = image_errors(code_size)
    each = _decibels(errors)
    return Aggregation(each, float(each.mean()), float(psnr(float(errors.mean()))))


def _images(part: Literal["train", "test"], profile: Profile) -> data.Images:
    """All images of a part, or in `smoke` the first few."""
    images = data.fashion_mnist(part)
    if profile.name != "smoke":
        return images
    count = profile.train if part == "train" else profile.validation
    return data.Images(images.pixels[:count], images.labels[:count])


def _flat(pixels: Tensor) -> np.ndarray:
    return pixels.flatten(1).double().numpy()


def _grey(pixels: Tensor) -> np.ndarray:
    return np.asarray((pixels.flatten(1) * 255).round().to(torch.uint8))


def _as_bytes(pixels: Tensor) -> list[bytes]:
    return [row.tobytes() for some in pixels.split(BATCH) for row in _grey(some)]


def _ssim(x: Tensor, y: Tensor) -> Tensor:
    """In slices, which is several times faster than all at once."""
    pairs = zip(x.split(BATCH), y.split(BATCH), strict=True)
    return torch.cat([ssim(some, theirs) for some, theirs in pairs])


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


def _decibels(errors: np.ndarray) -> np.ndarray:
    return np.asarray(psnr(torch.from_numpy(errors)))
