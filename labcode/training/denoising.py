"""Trainings of Chapter 4 that are not mini-batches of images: linear denoisers, and the plane."""

from dataclasses import dataclass
from functools import cache

import torch

from labcode import data
from labcode.data.corruption import Corruption
from labcode.models.autoencoder import initialise
from labcode.models.linear import LinearAutoencoder
from labcode.training.cpu import one_thread
from labcode.training.loop import Fit, Optimiser
from labcode.training.networks import ModelSpec, fit


@dataclass(frozen=True)
class LinearDenoisingSpec:
    """A linear denoising autoencoder trained on its exact loss.

    On centred images with covariance S, and unclipped noise redrawn for ever, the loss is
    (tr[(I - A) S (I - A)'] + s^2 |A|^2) / d with A = W2 W1 (Bishop, 1995). L-BFGS makes it small,
    in double precision.

    Attributes
    ----------
    code_size : int
        k.
    std : float
        s.
    steps : int
        Largest number of steps of L-BFGS.
    seed : int
        Decides the first weights.
    data : DataSpec
        Its training images give S.
    """

    code_size: int
    std: float
    steps: int
    seed: int
    data: data.DataSpec

    @property
    def title(self) -> str:
        """A few words for a progress bar."""
        return f"linear denoiser, k = {self.code_size}, noise {self.std:g}, seed {self.seed}"

    @property
    def cost(self) -> float:
        """Roughly how long the run takes, in the unit of `RunSpec.cost`."""
        return float(self.steps * 784 * 784 * self.code_size) / 3

    def train(self, device: str = "auto") -> Fit:
        """Train on the CPU; `weights` holds W1 (k, d), W2 (d, k), `history` the `loss`."""
        s = _covariance(self.data)
        losses: list[float] = []
        with torch.random.fork_rng(), one_thread():
            torch.manual_seed(self.seed)
            network = LinearAutoencoder(self.code_size)
            initialise(network)
            w1 = network.encoder_weight.detach().double().requires_grad_()
            w2 = network.decoder_weight.detach().double().requires_grad_()
            optimiser = torch.optim.LBFGS(
                [w1, w2],
                max_iter=self.steps,
                max_eval=2 * self.steps,
                tolerance_grad=1e-12,
                tolerance_change=1e-14,
                history_size=20,
                line_search_fn="strong_wolfe",
            )

            def closure() -> torch.Tensor:
                optimiser.zero_grad()
                inner = w2.T @ w2  # all products are with k x k or d x k matrices, but S W1'
                seen = s @ w1.T
                loss = (
                    s.trace()
                    - 2 * (w2 * seen).sum()
                    + (inner * (w1 @ seen)).sum()
                    + self.std**2 * (inner * (w1 @ w1.T)).sum()
                ) / len(s)
                loss.backward()
                losses.append(loss.item())
                return loss

            optimiser.step(closure)
        return Fit({"W1": w1.detach(), "W2": w2.detach()}, {"loss": torch.tensor(losses)})


@cache
def _covariance(spec: data.DataSpec) -> torch.Tensor:
    return data.moments(data.load(spec).train.pixels)[1]


@dataclass(frozen=True)
class PlaneSpec:
    """A denoiser of points of `labcode.data.THREE_CLUSTERS`, trained in mini-batches.

    Adam takes long steps on small batches first, then shorter steps on larger ones, which average
    away the noise of the first.

    Attributes
    ----------
    model : ModelSpec
    corruption : Corruption or None
        Drawn anew for each batch. None for a model that draws its own noise.
    epochs, seed : int
        Passes over the points, in each of the three phases.
    points : int
        How many are drawn, by the seed.
    """

    model: ModelSpec
    corruption: Corruption | None
    epochs: int
    seed: int
    points: int = 500_000

    @property
    def title(self) -> str:
        """A few words for a progress bar."""
        return f"{self.model.architecture.__name__} in the plane, seed {self.seed}"

    @property
    def cost(self) -> float:
        """Roughly how long the run takes, in the unit of `RunSpec.cost`."""
        return float(self.epochs * self.points * 5000)

    def train(self, device: str = "auto") -> Fit:
        """Train on the CPU, where so small a network is fastest."""
        points = data.sample(data.THREE_CLUSTERS, self.points, self.seed).float()
        with torch.random.fork_rng(), one_thread():
            torch.manual_seed(self.seed)
            model = self.model.build()
            phases = ((500, 1e-2), (2000, 1e-3), (10_000, 3e-4))
            for phase, (batch_size, learning_rate) in enumerate(phases):
                trained = fit(
                    model,
                    points,
                    points[:0],
                    epochs=self.epochs,
                    batch_size=batch_size,
                    seed=len(phases) * self.seed + phase,
                    optimiser=Optimiser(learning_rate=learning_rate),
                    corruption=self.corruption,
                    device="cpu",
                )
        return trained
