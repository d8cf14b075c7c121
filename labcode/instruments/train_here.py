"""Train it here: an autoencoder that learns in the reader's own browser, on the reader's click.

The network, its gradients and Adam are written again in `scripts`, since a page has no PyTorch;
tests in Chromium hold its gradients against PyTorch's, and where it ends against ten of labcode's
own runs. It trains in a worker, so the page answers all the while, and on one core.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import xarray as xr
from torch import Tensor

from labcode import checks, data
from labcode.baselines.pca import principal_components
from labcode.designs.profiles import Profile
from labcode.experiments.denoising import in_the_page
from labcode.figures.denoising import expected_training
from labcode.instruments.embedding import drawn, embedded, payload, picture
from labcode.instruments.joining import joined
from labcode.training.loop import Optimiser

LARGEST_CODE = 128
SHOWN = 5
HELP = (
    "Choose a network and press Train. The images are fetched when you do. It takes one core of "
    "your machine, and the page stays free for your hands."
)


@dataclass(frozen=True, eq=False)
class TrainHere:
    """An autoencoder, with or without noise, or a VAE, trained in the page.

    Show it as the value of a notebook's cell.

    Attributes
    ----------
    train, validation : Tensor, shape (n, 1, 28, 28)
        Pixels from 0 to 1 in steps of 1/255. At most 2,600 images together: a page fetches them.
    floor : sequence of float
        PCA's mean squared error per pixel on the validation images, with 0, 1, ... numbers. Its
        length says how large a code can be chosen.
    band : Dataset, dimension `epoch`
        `low` and `high`: where the validation error of `seeds` networks lets one expect another,
        each with the code size `code_size` and Adam's `rate`, which are attributes.

    Raises
    ------
    ValueError
        If there are more images, or too few to show, or the floor has fewer than two numbers.
    """

    train: Tensor
    validation: Tensor
    floor: Sequence[float]
    band: xr.Dataset

    MOST = 2600

    def __post_init__(self) -> None:
        checks.images(self.train)
        checks.images(self.validation)
        number = len(self.train) + len(self.validation)
        if number > self.MOST or len(self.validation) < SHOWN:
            raise ValueError(
                f"there are {number} images, {len(self.validation)} of them to validate: give at "
                f"most {self.MOST}, and at least {SHOWN} to validate."
            )
        if len(self.floor) < 2:
            raise ValueError("give PCA's error with no number, with one, and with more.")

    def payload(self) -> str:
        """The worker's script, PCA's errors and the band: packed for the page."""
        band = self.band
        header = {
            "worker": joined("trainer.js"),
            "images": len(self.train) + len(self.validation),
            "validation": len(self.validation),
            "shown": SHOWN,
            "help": HELP,
            "pca": "PCA with as many numbers",
            "floor": [float(f"{value:.6g}") for value in self.floor],
            "band": {
                "low": [float(f"{value:.6g}") for value in band.low.values],
                "high": [float(f"{value:.6g}") for value in band.high.values],
                "name": f"99 of 100 networks, as {band.attrs['seeds']} seeds in PyTorch tell",
                **{name: band.attrs[name] for name in ("code_size", "rate")},
            },
        }
        return payload(header, [])

    def images(self) -> str:
        """All images in 8 bits, packed for the page: training first."""
        pixels = [part.flatten().double().numpy() for part in (self.train, self.validation)]
        return payload({}, [np.rint(255 * np.concatenate(pixels)).astype("u1")])

    def still(self) -> bytes:
        """An SVG of the band, beside PCA."""
        code_size = self.band.attrs["code_size"]
        return drawn(expected_training(self.band, self.floor[code_size]))

    def _repr_html_(self) -> str:
        alternative = (
            "Validation error against epochs: a narrow band falls, steeply at first. A dashed line "
            "below it is PCA's error."
        )
        still = picture(self.still(), alternative, "svg+xml")
        return embedded("train-here", payload=self.payload(), still=still, later=self.images())


def errors_of_pca(spec: data.DataSpec) -> np.ndarray:
    """PCA's error per pixel on validation images, fitted on the training images of the same spec.

    Returns
    -------
    ndarray
        With 0, 1, ..., `LARGEST_CODE` numbers a code.
    """
    fitted = principal_components(spec)
    x = data.load(spec).validation.pixels.flatten(1).double().numpy()
    energy = (fitted.project(x, len(fitted.mean)) ** 2).mean(0)
    left = energy.sum() - np.concatenate([[0.0], np.cumsum(energy)])
    return left[: LARGEST_CODE + 1] / len(energy)


@cache
def train_here(profile: Profile) -> TrainHere:
    """The images and the band of `labcode.experiments.denoising.in_the_page`."""
    spec = in_the_page.images(profile)
    split = data.load(spec)
    losses = in_the_page.dense.table(profile).validation_loss
    about = {
        "seeds": losses.sizes["seed"],
        "code_size": in_the_page.CODE_SIZE,
        "rate": Optimiser().learning_rate,
    }
    band = in_the_page.expected(losses).assign_attrs(about)
    return TrainHere(
        split.train.pixels, split.validation.pixels, errors_of_pca(spec).tolist(), band
    )
