"""Images, splits, made data and corruptions."""

from labcode.data.images import (
    CLASS_NAMES,
    TRAINING_IMAGES,
    DataSpec,
    Images,
    Split,
    fashion_mnist,
    load,
    moments,
    pixel_permutation,
)
from labcode.data.made import THREE_CLUSTERS, GaussianSample, gaussian, sample

__all__ = [
    "CLASS_NAMES",
    "THREE_CLUSTERS",
    "TRAINING_IMAGES",
    "DataSpec",
    "GaussianSample",
    "Images",
    "Split",
    "fashion_mnist",
    "gaussian",
    "load",
    "moments",
    "pixel_permutation",
    "sample",
]
