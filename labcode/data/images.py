"""Images of a data set as tensors, split for training."""

from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor

from labcode import checks
from labcode.data import sets
from labcode.data.sets import FASHION_MNIST, Part

CLASS_NAMES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
TRAINING_IMAGES = sets.named(FASHION_MNIST).training


@dataclass(frozen=True, eq=False)
class Images:
    """Images and their classes.

    Attributes
    ----------
    pixels : Tensor
        Shape (n, channels, height, width), float32, from 0 (background) to 1; of Fashion-MNIST
        (n, 1, 28, 28).
    labels : Tensor
        Shape (n,), int64, from 0 on; of Fashion-MNIST the place in `CLASS_NAMES`.
    """

    pixels: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.pixels)


@dataclass(frozen=True)
class DataSpec:
    """Which training images of a data set a model sees, and in which pixel order.

    Attributes
    ----------
    train : int
        The first so many images are for training.
    validation : int
        The last so many are for validation; it may be 0.
    permutation_seed : int, optional
        Shuffles the pixels of every image, the same way in all three parts. Without it the
        pixels stay where they are.
    dataset : str
        A name that `labcode.data.sets` knows.

    Raises
    ------
    ValueError
        If `train` is below 1, `validation` or the seed below 0, one of them not whole, the two
        share images, or there is no such data set.
    """

    train: int = 50_000
    validation: int = 10_000
    permutation_seed: int | None = None
    dataset: str = FASHION_MNIST

    def __post_init__(self) -> None:
        checks.counts(train=self.train)
        checks.whole(validation=self.validation)
        if self.permutation_seed is not None:
            checks.whole(permutation_seed=self.permutation_seed)
        there_are = sets.named(self.dataset).training
        if self.train + self.validation > there_are:
            raise ValueError(
                f"train={self.train} and validation={self.validation} overlap: together they may "
                f"have at most the {there_are} training images of {self.dataset}."
            )


@dataclass(frozen=True, eq=False)
class Split:
    """Training, validation and test images; no image is in two of them."""

    train: Images
    validation: Images
    test: Images


@cache
def _whole(dataset: str, part: Part) -> Images:
    pixels, labels = (torch.from_numpy(content) for content in sets.named(dataset).read(part))
    grey = pixels.to(torch.float32)
    return Images(grey.div_(255) if pixels.dtype == torch.uint8 else grey, labels.to(torch.int64))


def fashion_mnist(part: Part) -> Images:
    """Fashion-MNIST (Xiao, Rasul and Vollgraf, 2017), read once and kept in memory.

    Parameters
    ----------
    part : str
        `train`, 60,000 images, or `test`, 10,000 images.

    Raises
    ------
    labcode.data.files.DataUnavailable
        If the files are not on this machine and cannot be fetched.
    """
    return _whole(FASHION_MNIST, part)


def images_of(spec: DataSpec, part: Part) -> Images:
    """All images of the data set that a spec takes some of, with pixels in place.

    Parameters
    ----------
    spec : DataSpec
    part : str
        `train` or `test`.

    Raises
    ------
    labcode.data.files.DataUnavailable
        If the files are not on this machine and cannot be fetched.
    """
    return _whole(spec.dataset, part)


def load(spec: DataSpec) -> Split:
    """The three parts of a data set that a spec asks for.

    Validation images come from the training images, so that a choice between models never looks
    at the test images. Without a permutation the tensors are views of the data in memory: do not
    write in them.
    """
    everything, test = images_of(spec, "train"), images_of(spec, "test")
    first_of_validation = len(everything) - spec.validation
    train = Images(everything.pixels[: spec.train], everything.labels[: spec.train])
    validation = Images(
        everything.pixels[first_of_validation:], everything.labels[first_of_validation:]
    )
    if spec.permutation_seed is None:
        return Split(train, validation, test)
    order = pixel_permutation(spec.permutation_seed, train.pixels[0].numel())
    return Split(*(_permuted(images, order) for images in (train, validation, test)))


def pixel_permutation(seed: int, pixels: int = 784) -> Tensor:
    """The order in which a `DataSpec` with this seed takes an image's pixels, shape (pixels,)."""
    checks.seeds(seed=seed)
    checks.counts(pixels=pixels)
    return torch.randperm(pixels, generator=torch.Generator().manual_seed(seed))


def _permuted(images: Images, order: Tensor) -> Images:
    pixels = images.pixels.flatten(1)[:, order].view_as(images.pixels)
    return Images(pixels, images.labels)


def moments(x: Tensor) -> tuple[Tensor, Tensor]:
    """Sample mean and covariance in double precision, dividing by n.

    Parameters
    ----------
    x : Tensor
        n points of any shape, (n, ...), flattened to d numbers each.

    Returns
    -------
    mean : Tensor
        Shape (d,), float64.
    covariance : Tensor
        Shape (d, d), float64.
    """
    checks.numbers("points", x)
    checks.items(x)
    checks.covariance_fits(x)
    flat = x.flatten(1)
    mean = flat.mean(0, dtype=torch.float64)
    covariance = torch.zeros(len(mean), len(mean), dtype=torch.float64)
    for batch in torch.split(flat, 10_000):
        centred = batch.double() - mean
        covariance.addmm_(centred.T, centred)
    return mean, covariance / len(flat)
