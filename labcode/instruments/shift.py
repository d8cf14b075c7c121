"""Shift, shuffle, draw: what PCA, dense and convolutional networks make of an image you moved.

All three have codes of 64 numbers. None was trained on images that moved. Where pixels are
shuffled, the convolutional network is one that was trained on shuffled pixels. PCA and the dense
network need no other: with their wires exchanged in the same way they give the same errors.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from torch import Tensor, nn

from labcode import checks, data
from labcode.baselines.pca import principal_components
from labcode.designs.profiles import Profile
from labcode.experiments.dense_versus_cnn import coders, factorial, in_the_page
from labcode.figures.dense_versus_cnn.space import moved as moved_away
from labcode.instruments.embedding import drawn, embedded, payload, picture
from labcode.instruments.packing import packed
from labcode.models import Autoencoder
from labcode.scores.damage import shifted
from labcode.theory import pca

PCA, DENSE, CNN = "PCA", "dense", "convolutional"
SHAPE = (1, 28, 28)
MOVED = 4


@dataclass(frozen=True, eq=False)
class Shift:
    """Three ways to rebuild an image that the reader moves, shuffles or draws.

    Show it as the value of a notebook's cell.

    Attributes
    ----------
    networks : mapping of Autoencoder
        By the names in `labcode.experiments.dense_versus_cnn.in_the_page.NETWORKS`.
    fitted : PCA
        Of images with 784 pixels.
    order : Tensor, shape (784,), int64
        Of the shuffled pixels: the pixel that stands at each place.
    images : Tensor, shape (n, 1, 28, 28)
        What the reader can choose from, pixels from 0 to 1.
    names : sequence of str, n of them

    Raises
    ------
    ValueError
        If a network is missing, PCA is of other images, or images, names and order do not fit.
    """

    networks: Mapping[str, Autoencoder]
    fitted: pca.PCA
    order: Tensor
    images: Tensor
    names: Sequence[str]

    def __post_init__(self) -> None:
        checks.images(self.images)
        if set(self.networks) != set(in_the_page.NETWORKS):
            raise ValueError(
                f"the networks are {', '.join(self.networks)}; give those named "
                f"{', '.join(in_the_page.NETWORKS)}."
            )
        if tuple(self.images.shape[1:]) != SHAPE or len(self.fitted.mean) != 784:
            raise ValueError("the page draws images of 28 x 28 pixels: give 784 numbers each.")
        if len(self.names) != len(self.images):
            raise ValueError(
                f"there are {len(self.names)} names for {len(self.images)} images: give each one."
            )
        if not torch.equal(self.order.sort().values, torch.arange(784)):
            raise ValueError("the order must name each of the 784 pixels once.")

    def payload(self) -> str:
        """Images and the order of the shuffled pixels: packed for the page."""
        header = {"names": list(self.names)}
        pixels = np.rint(255 * self.images.double().numpy()).astype("u1")
        return payload(header, [pixels, self.order.numpy().astype("<u2")])

    def machines(self) -> str:
        """PCA and the networks: packed for the page, which fetches them when they are used."""
        about, parts = [], []
        for name, layers in self._layers().items():
            network = packed(layers, SHAPE)
            about.append({"name": name, "layers": network.layers})
            parts += network.parts
        return payload({"networks": about}, parts)

    @torch.no_grad()
    def errors(self, moved: int) -> dict[str, float]:
        """Mean squared error per pixel of each way on the images, moved to the right.

        Parameters
        ----------
        moved : int
            By how many pixels, 0 to 27.
        """
        x = shifted(self.images, moved)
        return {
            name: float((self.rebuild(name, x) - x).square().mean()) for name in (PCA, DENSE, CNN)
        }

    @torch.no_grad()
    def rebuild(self, name: str, x: Tensor) -> Tensor:
        """What one of the ways makes of images, shape (n, 1, 28, 28), clipped to [0, 1]."""
        restored = nn.Sequential(*self._layers()[name])(x)
        return restored.view(x.shape).clamp(0, 1)

    def still(self) -> bytes:
        """An SVG of the errors on all images, against how far they moved."""
        return drawn(moved_away(self._errors()))

    def _errors(self) -> dict[str, list[float]]:
        by_move = [self.errors(by) for by in range(MOVED + 1)]
        return {name: [errors[name] for errors in by_move] for name in by_move[0]}

    def _layers(self) -> dict[str, list[nn.Module]]:
        u, mean = (torch.from_numpy(each.copy()).float() for each in (self._axes, self.fitted.mean))
        encoder, decoder = nn.Linear(784, len(u)), nn.Linear(len(u), 784)
        with torch.no_grad():
            encoder.weight.copy_(u)
            encoder.bias.copy_(-u @ mean)
            decoder.weight.copy_(u.T)
            decoder.bias.copy_(mean)
        return {
            PCA: [nn.Flatten(), encoder, decoder],
            **{
                name: [*network.encoder, *network.decoder]  # type: ignore[misc]
                for name, network in self.networks.items()
            },
        }

    @property
    def _axes(self) -> np.ndarray:
        return self.fitted.components[:, : in_the_page.CODE_SIZE].T

    def _repr_html_(self) -> str:
        told = ", ".join(f"{name} {e[0]:.4f} and {e[-1]:.4f}" for name, e in self._errors().items())
        alternative = (
            f"Error against shift, as PCA, a dense and a convolutional network rebuild "
            f"{len(self.images)} images. In place and moved by {MOVED} pixels: {told}."
        )
        still = picture(self.still(), alternative, "svg+xml")
        return embedded("shift", payload=self.payload(), still=still, later=self.machines())


@cache
def shift(profile: Profile) -> Shift:
    """The networks of the chapter, PCA of their training images, a test image of each class."""
    test = data.fashion_mnist("test")
    first = [int((test.labels == k).nonzero()[0]) for k in range(len(data.CLASS_NAMES))]
    return Shift(
        in_the_page.networks(profile),
        principal_components(coders.images(profile)),
        data.pixel_permutation(factorial.SHUFFLE_SEED),
        test.pixels[first],
        data.CLASS_NAMES,
    )
