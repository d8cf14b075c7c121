"""Training a denoiser without clean images, beside the same network trained with them."""

from dataclasses import dataclass, field
from typing import Literal, get_args

import torch
from torch import Tensor
from torch.nn import functional

from labcode import checks
from labcode.data import DataSpec, load
from labcode.data.corruption import GaussianNoise
from labcode.models.autoencoder import Autoencoder
from labcode.training.cpu import one_thread
from labcode.training.loop import NOISE_SEED, Fit, Optimiser, Schedule, choose_device, descend
from labcode.training.networks import VALIDATION_NOISE_SEED, ModelSpec, drawn_once

Teacher = Literal["clean images", "other noise", "Stein's estimate"]
STEP = 1e-2
OTHER_COPY = 500_000


@dataclass(frozen=True)
class NoisyTargetSpec:
    """A denoiser that learns from one noisy copy of each image, drawn once, and from a teacher.

    Attributes
    ----------
    model : ModelSpec
    std : float
        s of the unclipped noise, above 0.
    teacher : str
        What takes the place of the truth. `clean images`; `other noise`: a second noisy copy,
        drawn once too (Lehtinen et al., 2018); or `Stein's estimate` of the error, which needs
        nothing but the noisy copy and s (Stein, 1981).
    epochs, seed, batch_size : int
    data : DataSpec
    optimiser : Optimiser
    schedule : str
        As in `RunSpec`. The weights are those of the lowest loss on validation images, by the same
        teacher: whoever has no clean images has none to validate on either.
    """

    model: ModelSpec
    std: float
    teacher: Teacher
    epochs: int
    seed: int
    data: DataSpec = field(default_factory=DataSpec)
    optimiser: Optimiser = field(default_factory=Optimiser)
    schedule: Schedule = "cosine"
    batch_size: int = 128
    best: bool = True

    def __post_init__(self) -> None:
        checks.option("teacher", self.teacher, get_args(Teacher))
        checks.each_above_zero("std", [self.std])
        checks.seeds(seed=self.seed)
        checks.plain_counts(epochs=self.epochs, batch_size=self.batch_size)

    @property
    def title(self) -> str:
        """A few words for a progress bar."""
        return f"{self.model.architecture.__name__} by {self.teacher}, seed {self.seed}"

    @property
    def cost(self) -> float:
        """Roughly how long the run takes, in the unit of `RunSpec.cost`."""
        weights = sum(weight.numel() for weight in self.model.build().parameters())
        return float(self.epochs * self.data.train * weights)

    def train(self, device: str = "auto") -> Fit:
        """Train the network that this spec describes."""
        split, where = load(self.data), choose_device(device)
        with torch.random.fork_rng(), one_thread():
            torch.manual_seed(self.seed)
            model = self.model.build().to(where)
            y, target = self._copies(split.train.pixels.to(where), NOISE_SEED + self.seed)
            asked = self._copies(split.validation.pixels.to(where), VALIDATION_NOISE_SEED)

            def loss(batch: Tensor, epoch: int) -> tuple[Tensor, dict[str, Tensor]]:
                value = self.error(model, y[batch], target[batch])
                return value, {"loss": value}

            @torch.no_grad()
            def validate() -> dict[str, float]:
                model.eval()
                parts = zip(asked[0].split(1000), asked[1].split(1000), strict=True)
                total = sum(self.error(model, *part).item() * len(part[0]) for part in parts)
                return {"loss": total / len(asked[0])}

            return descend(
                model,
                len(y),
                loss,
                epochs=self.epochs,
                batch_size=self.batch_size,
                seed=self.seed,
                optimiser=self.optimiser,
                schedule=self.schedule,
                validate=validate if len(asked[0]) else None,
                best="loss" if self.best else None,
            )

    def error(self, model: Autoencoder, y: Tensor, target: Tensor) -> Tensor:
        """The teacher's mean error per pixel; for Stein's estimate, the target is y itself."""
        restored = model(y)
        error = functional.mse_loss(restored, target)
        if self.teacher != "Stein's estimate":
            return error
        return error - self.std**2 + 2 * self.std**2 * divergence_per_pixel(model, y, restored)

    def _copies(self, clean: Tensor, seed: int) -> tuple[Tensor, Tensor]:
        noise = GaussianNoise(self.std)
        y = drawn_once(noise, clean, seed)
        if self.teacher == "clean images":
            return y, clean
        other = self.teacher == "other noise"
        return y, drawn_once(noise, clean, OTHER_COPY + seed) if other else y


def divergence_per_pixel(model: Autoencoder, y: Tensor, restored: Tensor) -> Tensor:
    """A draw whose mean is the mean over images of div r(y) / d.

    b' (r(y + e b) - r(y)) / e with entries of b of -1 or 1, at random.

    Parameters
    ----------
    model : Autoencoder
    y, restored : Tensor, shape (n, ...)
        Noisy inputs, and the model's r(y).

    Notes
    -----
    Ramani, Blu and Unser (2008), equation 14, where b is Gaussian; signs have the smaller variance.
    """
    probe = torch.randint_like(y, 2) * 2 - 1
    return (probe * (model(y + STEP * probe) - restored)).mean() / STEP
