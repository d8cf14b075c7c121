"""Training on points near a curve in the plane, where a code of one number can be drawn."""

from dataclasses import dataclass

import torch

from labcode import checks, data
from labcode.training.cpu import one_thread
from labcode.training.loop import Fit, Optimiser
from labcode.training.networks import ModelSpec, fit

BATCH_SIZE = 100


@dataclass(frozen=True)
class CurveSpec:
    """An autoencoder of points of `labcode.data.near_an_arc`, trained in mini-batches.

    Attributes
    ----------
    model : ModelSpec
        Of points of shape (2,).
    epochs : int
    seed : int
        Decides the points and the first weights.
    points : int
    noise : float
        Standard deviation of each coordinate about the arc.
    """

    model: ModelSpec
    epochs: int
    seed: int
    points: int = 2000
    noise: float = 0.03

    def __post_init__(self) -> None:
        checks.counts(epochs=self.epochs, points=self.points)
        checks.at_least_zero(noise=self.noise)
        checks.seeds(seed=self.seed)

    @property
    def title(self) -> str:
        """A few words for a progress bar."""
        return f"{self.model.architecture.__name__} near an arc, seed {self.seed}"

    @property
    def cost(self) -> float:
        """Roughly how long the run takes, in the unit of `RunSpec.cost`."""
        return float(self.epochs * self.points * 5000)

    def train(self, device: str = "auto") -> Fit:
        """Train on the CPU, where so small a network is fastest.

        Returns
        -------
        Fit
            With `train_loss`, the mean squared error per coordinate.
        """
        points = data.near_an_arc(self.points, self.noise, self.seed).float()
        with torch.random.fork_rng(), one_thread():
            torch.manual_seed(self.seed)
            return fit(
                self.model.build(),
                points,
                points[:0],
                epochs=self.epochs,
                batch_size=BATCH_SIZE,
                seed=self.seed,
                optimiser=Optimiser(learning_rate=1e-2),
                schedule="cosine",
                device="cpu",
            )
