"""Online training of an autoencoder with one hidden layer, and which components it has learned.

Each step sees new points, or images drawn anew, and the weights start small: so it can be seen when
a network finds each principal component. Source: Refinetti and Goldt (2022), section 2, with
reconstruction W2 g(W1 x + b1) + b2 and untied weights.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from math import sqrt
from typing import Literal, get_args

import numpy as np
import torch
from torch import Tensor

from labcode import checks, data
from labcode.training.cpu import one_thread
from labcode.training.loop import Fit

Activation = Literal["linear", "erf", "ReLU", "sign"]
Inputs = Literal["images", "Gaussian"]
Method = Literal["SGD", "Adam"]
BATCH_SIZE, PROBES = 100, 3000
START = 1e-3


def _sign(z: Tensor) -> Tensor:
    """The sign, with the slope of the error function."""
    smooth = torch.erf(z)
    return smooth + (torch.sign(z) - smooth).detach()


ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "linear": lambda z: z,
    "erf": lambda z: torch.erf(z / sqrt(2)),
    "ReLU": torch.relu,
    "sign": _sign,
}


@dataclass(frozen=True)
class OnlineRunSpec:
    """Everything that decides an autoencoder trained online, in coordinates along the components.

    The loss is half the squared error, summed over coordinates.

    Attributes
    ----------
    activation : str
        g: `linear`, `erf`, `ReLU`, or `sign`, whose gradient is that of the error function.
    inputs : str
        `images` are Fashion-MNIST's training images, centred; `Gaussian` has their covariance, or
        `spectrum`.
    steps, seed : int
    method : str
        `SGD`, or `Adam`, which scales each weight's steps by itself.
    learning_rate : float
    code_size : int
        k, hidden units.
    tied : bool
        Whether W2 is W1 transposed.
    spectrum : tuple of float, optional
        Variances of Gaussian inputs, the largest first.
    records : int
        At how many steps, evenly spaced, it is measured what has been learned.
    components : int
        Of how many components, the largest first.
    """

    activation: Activation
    inputs: Inputs
    steps: int
    seed: int = 0
    method: Method = "SGD"
    learning_rate: float = 4e-3
    code_size: int = 8
    tied: bool = False
    spectrum: tuple[float, ...] | None = None
    records: int = 300
    components: int = 8

    def __post_init__(self) -> None:
        checks.option("activation", self.activation, get_args(Activation))
        checks.option("inputs", self.inputs, get_args(Inputs))
        checks.option("method", self.method, get_args(Method))
        checks.counts(steps=self.steps, code_size=self.code_size, records=self.records)
        checks.counts(components=self.components)
        checks.seeds(seed=self.seed)
        checks.above_zero(learning_rate=self.learning_rate)
        checks.variances(self.spectrum)
        if self.spectrum is not None and self.inputs == "images":
            raise ValueError("images have their own spectrum: give none, or take Gaussian inputs.")

    @property
    def title(self) -> str:
        """A few words for a progress bar."""
        return f"{self.activation}, {self.inputs}, {self.method}, seed {self.seed}"

    @property
    def cost(self) -> float:
        """Roughly how long the run takes, in the unit of `RunSpec.cost`."""
        d = len(self.spectrum) if self.spectrum else 784
        return float(self.steps * BATCH_SIZE * d * (self.code_size + 8) * 2)

    def train(self, device: str = "auto") -> Fit:
        """Train on the CPU, whatever the device.

        Returns
        -------
        Fit
            `history` holds `step`, shape (r,); `share`, shape (r, components): 1 minus the error
            along each component over its variance, on 3,000 points; and `error`, shape (r,),
            their squared error over the total variance. `weights` holds `variance`, shape
            (components,), that of these points.
        """
        with one_thread():
            return self._train(torch.Generator().manual_seed(self.seed))

    def _train(self, draw: torch.Generator) -> Fit:
        points = _coordinates() if self.inputs == "images" else None
        deviations = self._deviations()
        d, k = len(deviations), self.code_size

        def batch(n: int) -> Tensor:
            if points is None:
                return torch.randn(n, d, generator=draw) * deviations
            return points[torch.randint(0, len(points), (n,), generator=draw)]

        w1 = (START * torch.randn(k, d, generator=draw)).requires_grad_()
        w2 = (START * torch.randn(d, k, generator=draw)).requires_grad_()
        b1, b2 = torch.zeros(k, requires_grad=True), torch.zeros(d, requires_grad=True)
        trained = [w1, b1, b2] if self.tied else [w1, w2, b1, b2]
        kind = torch.optim.SGD if self.method == "SGD" else torch.optim.Adam
        optimiser = kind(trained, lr=self.learning_rate)
        activation = ACTIVATIONS[self.activation]

        def left(x: Tensor) -> Tensor:
            decoder = w1 if self.tied else w2.T
            return activation(x @ w1.T + b1) @ decoder + b2 - x

        probes = batch(PROBES)
        variance = probes.square().mean(0)
        recorded = set(np.linspace(0, self.steps, self.records + 1).round().astype(int).tolist())
        history: dict[str, list[Tensor]] = {"step": [], "share": [], "error": []}
        for step in range(self.steps + 1):
            if step in recorded:
                with torch.no_grad():
                    error = left(probes).square().mean(0)
                history["step"].append(torch.tensor(step))
                history["share"].append((1 - error / variance)[: self.components])
                history["error"].append(error.sum() / variance.sum())
            loss = left(batch(BATCH_SIZE)).square().sum(1).mean() / 2
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        known = {"variance": variance[: self.components]}
        return Fit(known, {name: torch.stack(values) for name, values in history.items()})

    def _deviations(self) -> Tensor:
        if self.spectrum is not None:
            return torch.tensor(self.spectrum).sqrt()
        return _coordinates().square().mean(0).sqrt()


@cache
def _coordinates() -> Tensor:
    """Fashion-MNIST's training images, centred, along their components, the largest first."""
    pixels = data.fashion_mnist("train").pixels.flatten(1).double()
    centred = pixels - pixels.mean(0)
    axes = torch.linalg.eigh(centred.T @ centred / len(centred)).eigenvectors.flip(1)
    return (centred @ axes).float()
