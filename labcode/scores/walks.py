"""Decoded walks between the codes of pairs of test images."""

from collections.abc import Callable

import numpy as np
import torch
import xarray as xr
from torch import Tensor

from labcode import checks, data
from labcode.runs.measured import measured
from labcode.scores.features import trained_classifier
from labcode.scores.latent import detour, nearest_distance, unevenness
from labcode.scores.latent_models import Model, decode, encode
from labcode.training.classifier import ClassifierRunSpec

EXAMPLES = 2


@measured
def walk_scores(
    model: Model,
    path: Callable[[Tensor, Tensor, int], Tensor],
    classifier: ClassifierRunSpec,
    pairs: int,
    real: int,
    steps: int,
) -> xr.Dataset:
    """How long, how even and how near to real images the walks are, means over the pairs.

    Parameters
    ----------
    model : RunSpec, VariationalRunSpec or Measurement
    path : function
        From two batches of codes and a number of steps to the codes on the way, such as
        `labcode.scores.latent.linear_path`.
    classifier : ClassifierRunSpec
        Whose features tell how far real images are.
    pairs : int
        Of test images of different classes, the same for every model.
    real : int
        Training images among which the nearest one is sought.
    steps : int
        Of a walk; a multiple of 4.

    Returns
    -------
    Dataset
        `detour` and `unevenness` in pixel space; the distance to the nearest real image of the
        `middle` in features, of `middle_pixels` in pixel space, and `distance` in features at
        every other place of the walk; `examples`, the images of two walks.
    """
    scorer = trained_classifier(classifier)
    garments = data.fashion_mnist("train").pixels[:real]
    start, end = (encode(model, images) for images in pairs_of_images(pairs))
    codes = path(start, end, steps)
    images = decode(model, codes.flatten(0, 1)).unflatten(0, codes.shape[:2])
    seen = images[:, ::2]
    distances = nearest_distance(
        scorer.features(seen.flatten(0, 1)), scorer.features(garments)
    ).view(seen.shape[:2])
    in_pixels = nearest_distance(images[:, steps // 2].flatten(1), garments.flatten(1))
    scores = {
        "detour": (detour(images), "1", "detour"),
        "unevenness": (unevenness(images), "1", "unevenness"),
        "middle": (distances[:, steps // 4], "feature units", "middle to nearest real image"),
        "middle_pixels": (in_pixels, "pixel units", "middle to nearest real image"),
    }
    return xr.Dataset(
        {
            name: ((), values.mean().item(), {"units": units, "long_name": long_name})
            for name, (values, units, long_name) in scores.items()
        }
        | {
            "distance": (
                "place",
                distances.mean(0).numpy(),
                {"units": "feature units", "long_name": "distance to nearest real image"},
            ),
            "examples": (
                ("walk", "step", "row", "column"),
                images[:EXAMPLES].squeeze(2).numpy(),
                {"units": "pixel units", "long_name": "images on the way"},
            ),
        },
        coords={"place": np.linspace(0, 1, steps // 2 + 1)},
    )


def pairs_of_images(n: int) -> Tensor:
    """n pairs of test images of different classes, always the same, shape (2, n, 1, 28, 28)."""
    test = data.fashion_mnist("test")
    checks.at_most(len(test) // 3, n=(n,))
    generator = torch.Generator().manual_seed(0)
    one, other = torch.randperm(len(test), generator=generator).view(2, -1)
    differ = (test.labels[one] != test.labels[other]).nonzero().flatten()[:n]
    return test.pixels[torch.stack([one[differ], other[differ]])]
