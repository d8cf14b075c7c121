"""Training denoisers of points in the plane."""

from dataclasses import dataclass

import torch

from labcode import data
from labcode.data.corruption import Corruption
from labcode.training.cpu import one_thread
from labcode.training.loop import Fit, Optimiser
from labcode.training.networks import ModelSpec, fit


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
