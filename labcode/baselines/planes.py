"""Models with two numbers for a code: where they put images, and what their plane decodes to."""

from dataclasses import dataclass

import numpy as np
import torch
import xarray as xr
from torch import Tensor, nn

from labcode import data
from labcode.baselines.pca import principal_components
from labcode.data import DataSpec
from labcode.runs.measured import measured
from labcode.scores.latent_models import trained
from labcode.scores.metrics import mse
from labcode.scores.reconstruction import through
from labcode.training.networks import RunSpec
from labcode.training.variational import VariationalRunSpec

CODE_SIZE = 2
CELLS = 20

Planar = RunSpec | VariationalRunSpec | DataSpec
"""The spec of a network with a code of two, or of the images that PCA is fitted to."""


@dataclass(frozen=True, eq=False)
class Panel:
    """One model: its name, its decoder and where it puts the images.

    Attributes
    ----------
    name : str
    decoder : nn.Sequential
        From codes, shape (n, 2), to images of 784 pixels. Of Linear, ReLU, Sigmoid, Tanh and
        Identity layers, with an Unflatten at its end or without.
    codes : Tensor, shape (n, 2)
    """

    name: str
    decoder: nn.Module
    codes: Tensor

    @property
    def view(self) -> tuple[float, float, float, float]:
        """The square of the plane that is shown: left, right, bottom, top.

        It holds the origin and 99.6 in 100 codes in each direction, and some room around them.
        """
        codes = self.codes.double()
        low = codes.quantile(0.002, dim=0).clamp(max=0)
        high = codes.quantile(0.998, dim=0).clamp(min=0)
        middle, half = (low + high) / 2, float((high - low).max()) * 0.56 or 1.0
        x, y = middle.tolist()
        return x - half, x + half, y - half, y + half


def panel(name: str, model: Planar, images: int) -> Panel:
    """Decoder of a model, and its codes of the first test images.

    Parameters
    ----------
    name : str
    model : RunSpec, VariationalRunSpec or DataSpec
        For a DataSpec, the first two principal components of its images, as a linear layer.
    images : int
    """
    test = data.fashion_mnist("test").pixels[:images]
    if not isinstance(model, DataSpec):
        network = trained(model)
        return Panel(name, network.decoder, through(network.encode, test))
    fitted = principal_components(model)
    layer = nn.Linear(CODE_SIZE, len(fitted.mean))
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(fitted.components[:, :CODE_SIZE].copy()))
        layer.bias.copy_(torch.from_numpy(fitted.mean))
    codes = fitted.project(test.flatten(1).double().numpy(), CODE_SIZE)
    return Panel(name, nn.Sequential(layer), torch.from_numpy(codes).float())


@measured
def plane_scores(model: Planar, images: int) -> xr.Dataset:
    """`scores_of` a model's panel with the codes of the first test images."""
    return scores_of(panel("", model, images))


@torch.no_grad()
def scores_of(shown: Panel) -> xr.Dataset:
    """What a plane shows, as numbers.

    Parameters
    ----------
    shown : Panel
        With the codes of the first test images.

    Returns
    -------
    Dataset
        `radius`, the root mean square distance of the codes from the origin; `empty`, the share
        of the plane's 20 x 20 cells without a code; `mse` of the images decoded from their codes
        and clipped to [0, 1].
    """
    left, right, bottom, top = shown.view
    counts, _ = np.histogramdd(
        shown.codes.numpy(), bins=CELLS, range=[(left, right), (bottom, top)]
    )
    test = data.fashion_mnist("test").pixels[: len(shown.codes)]
    decoded = shown.decoder(shown.codes).reshape(test.shape).clamp(0, 1)
    scores = {
        "radius": (shown.codes.square().sum(1).mean().sqrt().item(), "code units", "radius"),
        "empty": (float((counts == 0).mean()), "1", "share of empty cells"),
        "mse": (mse(test, decoded).mean().item(), "squared pixel units", "test MSE per pixel"),
    }
    return xr.Dataset(
        {
            name: ((), value, {"units": units, "long_name": long_name})
            for name, (value, units, long_name) in scores.items()
        }
    )
