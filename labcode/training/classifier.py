"""Training the classifier whose features score generated images."""

import time
from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.nn import functional

from labcode import checks
from labcode.data import DataSpec, Images, load
from labcode.models.classifier import GarmentClassifier
from labcode.training.cpu import one_thread
from labcode.training.networks import Fit, Optimiser, choose_device


@dataclass(frozen=True)
class ClassifierRunSpec:
    """Everything that decides a trained classifier. Equal specs are one run.

    Attributes
    ----------
    epochs, seed : int
    data : DataSpec
    feature_size : int
        As in `GarmentClassifier`.
    optimiser : Optimiser
    batch_size : int
    """

    epochs: int
    seed: int
    data: DataSpec = field(default_factory=DataSpec)
    feature_size: int = 64
    optimiser: Optimiser = field(default_factory=Optimiser)
    batch_size: int = 128

    def __post_init__(self) -> None:
        checks.counts(epochs=self.epochs, batch_size=self.batch_size)

    @property
    def title(self) -> str:
        """A few words for a progress bar."""
        return f"classifier ({self.feature_size} features), seed {self.seed}"

    @property
    def cost(self) -> float:
        """Roughly how long the run takes, in the unit of `RunSpec.cost`."""
        return float(self.epochs * self.data.train * 500_000)

    def train(self, device: str = "auto") -> Fit:
        """Train by cross-entropy.

        Returns
        -------
        Fit
            `history` holds `train_loss`, in nats, and `seconds`, shape (epochs,); with
            validation images `validation_accuracy` after each epoch, 0 to 1.
        """
        split = load(self.data)
        place = choose_device(device)
        with torch.random.fork_rng(), one_thread():
            torch.manual_seed(self.seed)
            model = GarmentClassifier(self.feature_size).to(place)
            return self._fit(model, split.train, split.validation, place)

    def _fit(
        self, model: GarmentClassifier, train: Images, validation: Images, place: torch.device
    ) -> Fit:
        pixels, labels = train.pixels.to(place), train.labels.to(place)
        optimiser = self.optimiser.build(model)
        history: dict[str, list[float]] = {"train_loss": [], "seconds": []}
        for _ in range(self.epochs):
            start = time.perf_counter()
            total = torch.zeros((), device=place)
            for batch in torch.randperm(len(train)).to(place).split(self.batch_size):
                loss = functional.cross_entropy(model(pixels[batch]), labels[batch])
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
                total += loss.detach() * len(batch)
            history["train_loss"].append(total.item() / len(train))
            history["seconds"].append(time.perf_counter() - start)
            if len(validation):
                right = accuracy(model, validation.pixels.to(place), validation.labels.to(place))
                history.setdefault("validation_accuracy", []).append(right)
        weights = {name: w.detach().cpu().clone() for name, w in model.state_dict().items()}
        return Fit(weights, {name: torch.tensor(values) for name, values in history.items()})


@torch.no_grad()
def accuracy(model: GarmentClassifier, x: Tensor, labels: Tensor) -> float:
    """Share of images whose largest score is that of their own class, 0 to 1.

    Parameters
    ----------
    x : Tensor, shape (n, 1, 28, 28)
    labels : Tensor, shape (n,)
    """
    right = [
        (model(some).argmax(1) == theirs).sum().item()
        for some, theirs in zip(x.split(1000), labels.split(1000), strict=True)
    ]
    return sum(right) / len(x)
