"""Training on points made from a planted dictionary, whose atoms a code may find."""

from dataclasses import dataclass, field

import torch

from labcode import checks
from labcode.data.planted import PlantedSample, planted
from labcode.training.cpu import one_thread
from labcode.training.loop import Fit, Optimiser
from labcode.training.networks import ModelSpec, fit


@dataclass(frozen=True)
class PlantedData:
    """Points of `labcode.data.planted.planted`.

    Attributes
    ----------
    points : int
    seed : int
        Decides atoms, points and noise.
    d, atoms, active : int
    noise : float
    """

    points: int
    seed: int
    d: int = 64
    atoms: int = 128
    active: int = 4
    noise: float = 0.1

    def sample(self) -> PlantedSample:
        """The points, and the atoms that they are made of."""
        return planted(self.d, self.atoms, self.active, self.points, self.noise, self.seed)


@dataclass(frozen=True)
class PlantedSpec:
    """An autoencoder of points with a planted dictionary, trained in mini-batches of 128.

    Attributes
    ----------
    model : ModelSpec
        Of points of shape (d,), with an affine output.
    epochs : int
    seed : int
        Decides the first weights and the order of the points.
    planted : PlantedData
    optimiser : Optimiser
        With a cosine schedule.
    """

    model: ModelSpec
    epochs: int
    seed: int
    planted: PlantedData
    optimiser: Optimiser = field(default_factory=lambda: Optimiser(learning_rate=3e-3))

    def __post_init__(self) -> None:
        checks.counts(epochs=self.epochs)
        checks.seeds(seed=self.seed)

    @property
    def title(self) -> str:
        """A few words for a progress bar."""
        sizes = ", ".join(f"{name} {value}" for name, value in self.model.arguments)
        return f"{self.model.architecture.__name__} ({sizes}) of planted atoms, seed {self.seed}"

    @property
    def cost(self) -> float:
        """Roughly how long the run takes, in the unit of `RunSpec.cost`."""
        return float(self.epochs * self.planted.points * 60_000)

    def train(self, device: str = "auto") -> Fit:
        """Train on the CPU, where so small a network is fastest."""
        points = self.planted.sample().x.float()
        with torch.random.fork_rng(), one_thread():
            torch.manual_seed(self.seed)
            return fit(
                self.model.build(),
                points,
                points[:0],
                epochs=self.epochs,
                batch_size=128,
                seed=self.seed,
                optimiser=self.optimiser,
                schedule="cosine",
                device="cpu",
            )
