"""Ten classes of garments: ordinary and odd members, and how the images are split."""

import torch
import xarray as xr
from torch import Tensor

from labcode import data
from labcode.designs.profiles import Profile
from labcode.scores.metrics import mse

PARTS = ("training", "validation", "test")
EXAMPLES = ("example", "row", "column")


def portraits(count: int = 4) -> xr.Dataset:
    """The ten classes, each by `count` training images near to its mean and `count` far from it.

    Returns
    -------
    Dataset
        By `garment`: the `mean` image (row, column); the `nearest` and the `farthest` images
        (example, row, column), the extreme first; and `spread`, the MSE per pixel of the class's
        images around their mean.
    """
    train = data.fashion_mnist("train")
    classes = [_portrait(train.pixels[train.labels == label], count) for label in range(10)]
    return xr.concat(classes, "garment").assign_coords(garment=list(data.CLASS_NAMES))


def _portrait(images: Tensor, count: int) -> xr.Dataset:
    mean = images.mean(0)
    distance = mse(images, mean.expand_as(images))
    order = distance.argsort()
    return xr.Dataset(
        {
            "mean": (("row", "column"), mean[0].numpy()),
            "nearest": (EXAMPLES, images[order[:count], 0].numpy()),
            "farthest": (EXAMPLES, images[order.flip(0)[:count], 0].numpy()),
            "spread": ((), distance.mean().item(), {"units": "squared pixel units"}),
        }
    )


def parts(profile: Profile) -> xr.DataArray:
    """How many images of each class the parts have: dimensions `garment` and `part`."""
    split = data.load(data.DataSpec(profile.train, profile.validation))
    images = (split.train, split.validation, split.test)
    counts = torch.stack([torch.bincount(part.labels, minlength=10) for part in images], 1)
    levels = {"garment": list(data.CLASS_NAMES), "part": list(PARTS)}
    return xr.DataArray(counts.numpy(), levels, tuple(levels), attrs={"units": "images"})
