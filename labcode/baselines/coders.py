"""Whatever makes a code of an image and an image of a code: a network, PCA, or nothing at all."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
import xarray as xr
from torch import Tensor

from labcode import data, runs
from labcode.baselines.pca import ALL_TRAINING_IMAGES, principal_components
from labcode.runs.measured import measured
from labcode.scores.metrics import binary_accuracy, mse, ssim
from labcode.scores.probes import (
    chosen_on_validation,
    linear_accuracies,
    neighbour_accuracies,
    whitened,
)
from labcode.scores.reconstruction import through
from labcode.training.networks import RunSpec

STRENGTHS = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)
NEIGHBOURS = (1, 3, 5, 10, 20)


@dataclass(frozen=True)
class Projection:
    """PCA as a coder.

    Attributes
    ----------
    images : DataSpec
        Whose training images it is fitted on.
    code_size : int
        0 to 784.
    clip : bool
        Whether reconstructions are clipped to [0, 1].
    """

    images: data.DataSpec
    code_size: int
    clip: bool = False


Coder = RunSpec | Projection | None
"""The spec of a network, PCA, or None: the pixels themselves."""


def data_of(coder: Coder) -> data.DataSpec:
    """The images that a coder learned from; Fashion-MNIST's if it did not learn."""
    if coder is None:
        return ALL_TRAINING_IMAGES
    return coder.data if isinstance(coder, RunSpec) else coder.images


def encode(coder: Coder, x: Tensor) -> Tensor:
    """Codes, shape (n, code_size), of images, shape (n, 1, 28, 28)."""
    if coder is None:
        return x.flatten(1)
    if isinstance(coder, RunSpec):
        return through(runs.model_of(runs.get(coder)).encode, x)
    fitted = principal_components(coder.images)
    return torch.from_numpy(fitted.project(x.flatten(1).double().numpy(), coder.code_size)).float()


def reconstruct(coder: Coder, x: Tensor) -> Tensor:
    """Images encoded and decoded, shape (n, 1, 28, 28)."""
    if coder is None:
        return x
    if isinstance(coder, RunSpec):
        return through(runs.model_of(runs.get(coder)), x)
    fitted = principal_components(coder.images)
    flat = x.flatten(1).double().numpy()
    restored = fitted.reconstruct(flat, coder.code_size, clip=coder.clip)
    return torch.from_numpy(restored).float().view_as(x)


def side_by_side(x: Tensor, coders: Mapping[str, Coder]) -> xr.Dataset:
    """Images, shape (n, 1, 28, 28), beside what each coder makes of them.

    Returns
    -------
    Dataset
        `original` (image, row, column), `restored` (coder, image, row, column) and `mse` (coder,
        image), per pixel.
    """
    restored = [reconstruct(coder, x) for coder in coders.values()]
    pixels = ("image", "row", "column")
    return xr.Dataset(
        {
            "original": (pixels, x[:, 0]),
            "restored": (("coder", *pixels), torch.stack(restored)[:, :, 0]),
            "mse": (("coder", "image"), torch.stack([mse(x, each) for each in restored])),
        },
        {"coder": list(coders)},
    )


@measured
def pictures(coder: Coder, images: int) -> xr.Dataset:
    """Six test images as a coder gives them back: best, typical and worst ones for PCA.

    Parameters
    ----------
    coder : RunSpec, Projection or None
    images : int
        The first so many test images, of which clipped PCA with 64 components chooses: the two
        with the lowest error, the two in the middle, the two with the highest. So no network has a
        say.

    Returns
    -------
    Dataset, dimensions `image`, `row` and `column`
        `restored`, in 255ths of the pixel range; `mse` (image), per pixel; and `place` (image),
        where each stands among the test images.
    """
    x = data.images_of(data_of(coder), "test").pixels[:images]
    by_pca = mse(x, reconstruct(Projection(ALL_TRAINING_IMAGES, 64, clip=True), x))
    order, half = by_pca.argsort(stable=True), images // 2
    places = torch.cat([order[:2], order[half : half + 2], order[-2:]])
    restored = reconstruct(coder, x[places])
    return xr.Dataset(
        {
            "restored": (
                ("image", "row", "column"),
                (255 * restored[:, 0].clamp(0, 1)).round().to(torch.uint8).numpy(),
            ),
            "mse": ("image", mse(x[places], restored).numpy()),
            "place": ("image", places.numpy()),
        }
    )


def move_right(x: Tensor, by: int) -> Tensor:
    """Images moved by some pixels, background coming in."""
    return torch.nn.functional.pad(x, (by, 0))[..., : x.shape[-1]]


@measured
def shift_errors(coder: Coder, shifts: tuple[int, ...], images: int) -> xr.Dataset:
    """`mse` per pixel (moved) on the first test images, moved to the right by so many pixels."""
    x = data.images_of(data_of(coder), "test").pixels[:images]
    moved = [move_right(x, by) for by in shifts]
    errors = [mse(each, reconstruct(coder, each)).mean().item() for each in moved]
    about = {"units": "squared pixel units", "long_name": "test MSE per pixel"}
    return xr.Dataset({"mse": ("moved", errors, about)}, {"moved": list(shifts)})


@measured
def reconstruction_scores(coder: Coder, images: int, compared: int) -> xr.Dataset:
    """How near reconstructions of test images come to them.

    Parameters
    ----------
    coder : RunSpec, Projection or None
    images, compared : int
        The first so many, for the MSE; and the first so many of them for the rest.

    Returns
    -------
    Dataset
        `mse` per pixel, `ssim`, and `binary_accuracy`, which Keras calls accuracy.
    """
    x = data.images_of(data_of(coder), "test").pixels[:images]
    restored = reconstruct(coder, x)
    some, their = x[:compared], restored[:compared]
    scores = {
        "mse": (mse(x, restored).mean().item(), "squared pixel units"),
        "ssim": (ssim(some, their).mean().item(), "1"),
        "binary_accuracy": (binary_accuracy(some, their), "1"),
    }
    return xr.Dataset({name: ((), score, {"units": u}) for name, (score, u) in scores.items()})


@measured
def code_accuracies(coder: Coder, labelled: int, asked: int, whiten: bool = False) -> xr.Dataset:
    """Test accuracy, 0 to 1, of two classifiers on codes.

    Parameters
    ----------
    coder : RunSpec, Projection or None
    labelled : int
        Training images that the classifiers know, the first ones; a fifth as many, the last ones,
        choose the ridge strength and the number of neighbours.
    asked : int
        Test images, the first ones.
    whiten : bool
        Whether codes are whitened on the known ones first: then neither their scale nor their basis
        matters, which the autoencoder's loss leaves free.

    Returns
    -------
    Dataset
        `linear` and `neighbours`.
    """
    train, test = (data.images_of(data_of(coder), part) for part in ("train", "test"))
    known, validation = slice(labelled), slice(-labelled // 5, None)
    parts = [
        (encode(coder, images.pixels[some]), images.labels[some])
        for images, some in ((train, known), (train, validation), (test, slice(asked)))
    ]
    if whiten:
        codes = whitened(*(codes for codes, _ in parts))
        parts = [(white, labels) for white, (_, labels) in zip(codes, parts, strict=True)]
    linear = chosen_on_validation(linear_accuracies, STRENGTHS, *parts)
    neighbours = chosen_on_validation(neighbour_accuracies, NEIGHBOURS, *parts)
    return xr.Dataset(
        {
            "linear": ((), linear, {"units": "1", "long_name": "linear probe"}),
            "neighbours": ((), neighbours, {"units": "1", "long_name": "nearest neighbours"}),
        }
    )
