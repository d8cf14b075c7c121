"""Has an image been seen before? Equal images, and the nearest one in pixel space."""

import torch
import xarray as xr
from torch import Tensor

from labcode import checks, data
from labcode.runs.measured import measured
from labcode.scores.metrics import mse

BATCH = 500


@measured
def exact_copies() -> xr.Dataset:
    """How many images of Fashion-MNIST are equal to another one in every pixel.

    Returns
    -------
    Dataset
        `train` and `test`, the images that an earlier one of the same part equals; `across`, the
        test images that a training image equals, equal ones counted once.
    """
    train, test = (_as_bytes(data.fashion_mnist(part).pixels) for part in ("train", "test"))
    seen, asked = set(train), set(test)
    counts = {
        "train": len(train) - len(seen),
        "test": len(test) - len(asked),
        "across": len(seen & asked),
    }
    return xr.Dataset({part: ((), count, {"units": "images"}) for part, count in counts.items()})


@measured
def nearest_training_images(asked: int, searched: int) -> xr.Dataset:
    """The nearest training image of each of the first test images, in pixel space.

    Parameters
    ----------
    asked, searched : int
        Test images and training images, the first ones.

    Returns
    -------
    Dataset
        By `image`: `nearest`, its place among the training images; `mse` per pixel between the
        two; and `same_class`, whether they are of one class. And how many were `searched`.
    """
    checks.counts(asked=asked, searched=searched)
    test, train = data.fashion_mnist("test"), data.fashion_mnist("train")
    x = test.pixels[:asked]
    nearest = nearest_images(x, train.pixels[:searched])
    error = mse(x, train.pixels[nearest]).double()
    same = train.labels[nearest] == test.labels[:asked]
    about = {"units": "squared pixel units", "long_name": "MSE to the nearest training image"}
    return xr.Dataset(
        {
            "nearest": ("image", nearest.numpy()),
            "mse": ("image", error.numpy(), about),
            "same_class": ("image", same.numpy()),
            "searched": ((), searched, {"units": "images"}),
        }
    )


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
    checks.same_size("images", queries, images)
    flat = images.flatten(1)
    squares = (flat**2).sum(1)
    return torch.cat(
        [
            torch.addmm(squares, some, flat.T, alpha=-2).argmin(1)
            for some in queries.flatten(1).split(BATCH)
        ]
    )


def _as_bytes(pixels: Tensor) -> list[bytes]:
    return [image.tobytes() for image in (255 * pixels).round().to(torch.uint8).numpy()]
