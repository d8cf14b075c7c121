"""Have the test images been seen before? Exact copies, and the nearest training images."""

import numpy as np
import xarray as xr

from labcode import data
from labcode.designs.design import design
from labcode.designs.profiles import Profile
from labcode.experiments.data_and_scores.sizes import searched_images
from labcode.runs.measured import Measurement
from labcode.scores.copies import exact_copies, nearest_training_images


@design()
def exact(profile: Profile) -> Measurement:
    """Images that are equal in every pixel, among all in every profile."""
    return exact_copies.spec()


@design()
def nearest(profile: Profile) -> Measurement:
    """The nearest training image of each test image."""
    return nearest_training_images.spec(profile.test, searched_images(profile))


def closest_pairs(profile: Profile, count: int = 7) -> xr.Dataset:
    """The test images with the nearest neighbours, the closest first.

    Returns
    -------
    Dataset
        `pixels` (part, pair, row, column) of the `test` image and of the `training` image that is
        nearest to it, `distance` (pair), the root mean square between them in grey levels of 255,
        and `garment` (pair), the class of the test image.
    """
    found = nearest.table(profile)
    asked = np.argsort(found.mse.values, kind="stable")[:count]
    test, train = data.fashion_mnist("test"), data.fashion_mnist("train")
    pixels = [test.pixels[asked, 0], train.pixels[found.nearest.values[asked], 0]]
    garments = [data.CLASS_NAMES[label] for label in test.labels[asked]]
    distance = 255 * found.mse.values[asked] ** 0.5
    return xr.Dataset(
        {
            "pixels": (("part", "pair", "row", "column"), np.stack(pixels)),
            "distance": ("pair", distance, {"units": "grey levels"}),
        },
        {"part": ["test", "training"], "garment": ("pair", garments)},
    )
