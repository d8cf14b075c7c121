"""What the pixels of Fashion-MNIST are: grey, black and white, all together and one by one."""

from typing import Literal

import numpy as np
import torch
import xarray as xr

from labcode import data
from labcode.runs.measured import measured

PIXELS = ("row", "column")


@measured
def pixel_statistics(part: Literal["train", "test"]) -> xr.Dataset:
    """The pixels of the 60,000 training images, or of the 10,000 test images.

    Returns
    -------
    Dataset
        `share` (grey) of all pixels that have each grey value, 0 to 255; their `grey_mean` and
        `grey_std`, in [0, 1]; and of each pixel over the images (row, column) `mean_image`,
        `std_image`, and `black_image`, the share of images in which it is exactly 0.
    """
    x = data.fashion_mnist(part).pixels[:, 0]
    counts = sum(
        np.bincount((255 * some).round().to(torch.uint8).numpy().ravel(), minlength=256)
        for some in x.split(5000)
    )
    share, grey = counts / x.numel(), np.arange(256)
    mean = share @ grey / 255
    by_row = [x[:, row].double() for row in range(x.shape[1])]
    about = {"units": "pixel units"}
    return xr.Dataset(
        {
            "share": ("grey", share, {"units": "1", "long_name": "share of all pixels"}),
            "grey_mean": ((), mean, about),
            "grey_std": ((), np.sqrt(share @ (grey / 255 - mean) ** 2), about),
            "mean_image": (PIXELS, np.stack([row.mean(0) for row in by_row]), about),
            "std_image": (PIXELS, np.stack([row.std(0, correction=0) for row in by_row]), about),
            "black_image": (
                PIXELS,
                (x == 0).sum(0).double().numpy() / len(x),
                {"units": "1", "long_name": "share of images"},
            ),
        },
        {"grey": grey},
    )
