"""Images, splits, made data and corruptions."""

from labcode.data.images import (
    CLASS_NAMES,
    TRAINING_IMAGES,
    DataSpec,
    Images,
    Split,
    fashion_mnist,
    images_of,
    load,
    moments,
    pixel_permutation,
)
from labcode.data.made import (
    THREE_CLUSTERS,
    GaussianSample,
    arc,
    gaussian,
    near_an_arc,
    sample,
)

__all__ = [
    "CLASS_NAMES",
    "THREE_CLUSTERS",
    "TRAINING_IMAGES",
    "DataSpec",
    "GaussianSample",
    "Images",
    "Split",
    "arc",
    "fashion_mnist",
    "gaussian",
    "images_of",
    "load",
    "moments",
    "near_an_arc",
    "pixel_permutation",
    "sample",
]
