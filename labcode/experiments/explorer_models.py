"""Chapter 5, the explorer: PCA, an autoencoder and a VAE with two numbers for a code."""

from dataclasses import dataclass
from functools import cache
from math import sqrt
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from labcode import data, runs
from labcode.baselines.pca import measurements, principal_components
from labcode.designs.profiles import Profile
from labcode.models import DeepAutoencoder
from labcode.models.variational import DenseVAE
from labcode.runs import Spec
from labcode.scores.metrics import mse
from labcode.training.networks import RunSpec, model_spec
from labcode.training.variational import VariationalRunSpec

CODE_SIZE = 2
HIDDEN = (64, 64)
SHOWN = 2000
CELLS = 20
PRIOR_RADIUS = sqrt(CODE_SIZE)


def specs(profile: Profile) -> list[Spec]:
    """The two networks that the explorer shows, and what PCA needs."""
    return [
        _autoencoder_spec(profile),
        _variational_spec(profile),
        *measurements(spec=_data(profile)),
    ]


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


@dataclass(frozen=True)
class Plane:
    """What the explorer shows of one model, as numbers; of one seed.

    Attributes
    ----------
    radius : float
        Root mean square distance of the test codes from the origin, in units of the code;
        `PRIOR_RADIUS` for draws from N(0, I).
    empty : float
        Share of the plane's 20 x 20 cells without a test code, 0 to 1.
    error : float
        Mean squared error per pixel of the test images, decoded from their codes and clipped
        to [0, 1].
    """

    radius: float
    empty: float
    error: float


@cache
def planes(profile: Profile) -> dict[str, Plane]:
    """Radius, empty cells and error of `PCA`, `AE` and `VAE`."""
    return {panel.name: _plane(panel) for panel in panels(profile)}


@cache
def panels(profile: Profile) -> tuple[Panel, ...]:
    """Decoder and test codes of each of the three models."""
    test = data.fashion_mnist("test").pixels[:SHOWN]
    shown: list[Any] = [_autoencoder_spec(profile), _variational_spec(profile)]
    trained = [runs.model_of(runs.get(spec)) for spec in shown]
    with torch.no_grad():
        networks = [
            Panel(name, model.decoder, model.encode(test))
            for name, model in zip(("AE", "VAE"), trained, strict=True)
        ]
    return (_pca_panel(profile, test), *networks)


@torch.no_grad()
def _plane(panel: Panel) -> Plane:
    left, right, bottom, top = panel.view
    counts, _ = np.histogramdd(
        panel.codes.numpy(), bins=CELLS, range=[(left, right), (bottom, top)]
    )
    test = data.fashion_mnist("test").pixels[: len(panel.codes)]
    decoded = panel.decoder(panel.codes).reshape(test.shape).clamp(0, 1)
    return Plane(
        radius=panel.codes.square().sum(1).mean().sqrt().item(),
        empty=float((counts == 0).mean()),
        error=mse(test, decoded).mean().item(),
    )


def _pca_panel(profile: Profile, test: Tensor) -> Panel:
    """The first two principal components as a linear layer."""
    fitted = principal_components(_data(profile))
    layer = nn.Linear(CODE_SIZE, len(fitted.mean))
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(fitted.components[:, :CODE_SIZE].copy()))
        layer.bias.copy_(torch.from_numpy(fitted.mean))
    codes = fitted.project(test.flatten(1).double().numpy(), CODE_SIZE)
    return Panel("PCA", nn.Sequential(layer), torch.from_numpy(codes).float())


def _autoencoder_spec(profile: Profile) -> RunSpec:
    model = model_spec(DeepAutoencoder, code_size=CODE_SIZE, hidden=HIDDEN)
    return RunSpec(model, profile.epochs, seed=0, data=_data(profile))


def _variational_spec(profile: Profile) -> VariationalRunSpec:
    model = model_spec(DenseVAE, code_size=CODE_SIZE, hidden=HIDDEN)
    return VariationalRunSpec(model, profile.epochs, seed=0, data=_data(profile))


def _data(profile: Profile) -> data.DataSpec:
    return data.DataSpec(train=profile.train, validation=0)
