"""Test images with random black and white pixels: how probable are they without a network?"""

import torch
import xarray as xr

from labcode import data


def binarised_pixels() -> xr.DataArray:
    """Negative log-likelihoods of binarised test images, in nats an image, dimension `reference`.

    Returns
    -------
    DataArray
        `floor`, the entropy of the binarisation: no model can be lower. `mean image`: every pixel
        independent, with its mean in the training images.
    """
    p = data.fashion_mnist("test").pixels.flatten(1).double()
    entropy = -(torch.xlogy(p, p) + torch.xlogy(1 - p, 1 - p))
    mean = data.fashion_mnist("train").pixels.flatten(1).mean(0, dtype=torch.float64)
    cross = -(p.mean(0) * mean.log() + (1 - p.mean(0)) * (1 - mean).log())
    levels = {"floor": entropy.sum(1).mean().item(), "mean image": cross.sum().item()}
    about = {"units": "nats", "long_name": "negative log-likelihood"}
    return xr.DataArray([*levels.values()], {"reference": [*levels]}, "reference", attrs=about)
