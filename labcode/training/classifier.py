"""Training the classifier whose features score generated images."""

from dataclasses import dataclass, field
from typing import get_args

import torch
from torch import Tensor
from torch.nn import functional

from labcode import checks
from labcode.data import DataSpec, load
from labcode.models.classifier import GarmentClassifier
from labcode.training.cpu import one_thread
from labcode.training.loop import Fit, Optimiser, Schedule, choose_device, descend


@dataclass(frozen=True)
class ClassifierRunSpec:
    """Everything that decides a trained classifier. Equal specs are one run.

    Attributes
    ----------
    epochs, seed : int
    data : DataSpec
    feature_size, channels, dropout
        As in `GarmentClassifier`.
    optimiser : Optimiser
    schedule : str
        `constant` learning rate, or `cosine`: down to 0 over the run.
    batch_size : int
    """

    epochs: int
    seed: int
    data: DataSpec = field(default_factory=DataSpec)
    feature_size: int = 64
    channels: tuple[int, int] = (16, 32)
    dropout: float = 0.0
    optimiser: Optimiser = field(default_factory=Optimiser)
    schedule: Schedule = "constant"
    batch_size: int = 128

    def __post_init__(self) -> None:
        checks.counts(epochs=self.epochs, batch_size=self.batch_size)
        checks.option("schedule", self.schedule, get_args(Schedule))

    @property
    def title(self) -> str:
        """A few words for a progress bar."""
        return f"classifier ({self.feature_size} features), seed {self.seed}"

    @property
    def cost(self) -> float:
        """Roughly how long the run takes, in the unit of `RunSpec.cost`."""
        return float(self.epochs * self.data.train * 500_000)

    def build(self) -> GarmentClassifier:
        """A new classifier, its weights drawn from torch's global random numbers."""
        return GarmentClassifier(self.feature_size, self.channels, self.dropout)

    def train(self, device: str = "auto") -> Fit:
        """Train by cross-entropy.

        Returns
        -------
        Fit
            `history` holds `train_loss`, in nats, and `seconds`, shape (epochs,); with
            validation images `validation_accuracy` after each epoch, 0 to 1.
        """
        split = load(self.data)
        chosen = choose_device(device)
        pixels, labels = split.train.pixels.to(chosen), split.train.labels.to(chosen)
        validation = split.validation

        def loss(batch: Tensor, epoch: int) -> tuple[Tensor, dict[str, Tensor]]:
            value = functional.cross_entropy(model(pixels[batch]), labels[batch])
            return value, {"loss": value}

        def validate() -> dict[str, float]:
            held_out = validation.pixels.to(chosen), validation.labels.to(chosen)
            return {"accuracy": accuracy(model, *held_out)}

        with torch.random.fork_rng(), one_thread():
            torch.manual_seed(self.seed)
            model = self.build().to(chosen)
            return descend(
                model,
                len(pixels),
                loss,
                epochs=self.epochs,
                batch_size=self.batch_size,
                seed=self.seed,
                optimiser=self.optimiser,
                schedule=self.schedule,
                validate=validate if len(validation) else None,
            )


@torch.no_grad()
def accuracy(model: GarmentClassifier, x: Tensor, labels: Tensor) -> float:
    """Share of images whose largest score is that of their own class, 0 to 1.

    Parameters
    ----------
    x : Tensor, shape (n, 1, 28, 28)
    labels : Tensor, shape (n,)
    """
    model.eval()
    right = [
        (model(some).argmax(1) == theirs).sum().item()
        for some, theirs in zip(x.split(1000), labels.split(1000), strict=True)
    ]
    return sum(right) / len(x)
