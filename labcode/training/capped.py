"""Training with a cap on the updates: few images and many get the same number of steps."""

from dataclasses import dataclass

import torch

from labcode import checks
from labcode.data import load
from labcode.training.cpu import one_thread
from labcode.training.loop import Fit, choose_device, descend
from labcode.training.networks import RunSpec, score


@dataclass(frozen=True)
class CappedRunSpec(RunSpec):
    """An autoencoder that takes so many steps, however few images there are.

    It trains in rounds of `updates` steps each; `epochs` counts the rounds. The images come in a
    random order and are repeated as often as a round needs, each as often as any other over the
    run, to one. After each round the validation loss is taken, so that few images are not
    validated after every third step.

    Attributes
    ----------
    updates : int
        Steps in a round.

    Raises
    ------
    ValueError
        Of `updates` below 1, or if a corruption or snapshots are asked for, which are not built.
    """

    updates: int = 250

    def __post_init__(self) -> None:
        super().__post_init__()
        checks.plain_counts(updates=self.updates)
        if self.corruption or self.validation_corruption or self.snapshots:
            raise ValueError(
                "a run with a cap on its updates has clean images and keeps no snapshots. "
                "Use RunSpec for noise or snapshots."
            )

    @property
    def cost(self) -> float:
        """Roughly how long the run takes: images that pass, times weights."""
        weights = sum(weight.numel() for weight in self.model.build().parameters())
        return float(self.epochs * self.updates * self.batch_size * weights)

    def train(self, device: str = "auto") -> Fit:
        """Train the network that this spec describes."""
        split, target = load(self.data), choose_device(device)
        train, validation = (part.pixels.to(target) for part in (split.train, split.validation))
        images, visits = len(train), self.updates * self.batch_size
        with torch.random.fork_rng(), one_thread():
            torch.manual_seed(self.seed)
            model = self.model.build().to(target)

            def loss(
                places: torch.Tensor, round_: int
            ) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
                some = train[(places + round_ * visits) % images]
                value = model.loss(some, some)
                return value, {"loss": value}

            def validate() -> dict[str, float]:
                return {"loss": score(model, validation, validation)}

            return descend(
                model,
                visits,
                loss,
                epochs=self.epochs,
                batch_size=self.batch_size,
                seed=self.seed,
                optimiser=self.optimiser,
                schedule=self.schedule,
                validate=validate if len(validation) else None,
                best="loss" if self.best else None,
            )
