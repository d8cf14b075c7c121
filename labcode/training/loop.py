"""The one loop: every network of the book that is trained in mini-batches goes through it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor, nn

from labcode import checks

ORDER_SEED = 40_000
NOISE_SEED = 50_000

OptimiserName = Literal["Adam", "AdamW", "SGD"]
Schedule = Literal["constant", "cosine"]


class TrainingDiverged(RuntimeError):
    """The loss of a run is no longer a finite number."""


@dataclass(frozen=True)
class Optimiser:
    """One of torch.optim's optimisers.

    Attributes
    ----------
    name : str
        `Adam`, `AdamW` or `SGD`.
    learning_rate : float
        Step size; 1e-3 is Adam's default and the lab's.
    weight_decay : float
        As torch.optim defines it: it adds `weight_decay * W` to the gradient (`Adam`, `SGD`),
        or shrinks W by `learning_rate * weight_decay` a step (`AdamW`).
    epsilon : float
        Adam's stabiliser; Keras, and so the lab, has 1e-7, torch 1e-8.

    Raises
    ------
    ValueError
        If the name is none of these, or a number is negative or not finite.
    """

    name: OptimiserName = "Adam"
    learning_rate: float = 1e-3
    weight_decay: float = 0.0
    epsilon: float = 1e-7

    def __post_init__(self) -> None:
        checks.option("optimiser", self.name, get_args(OptimiserName))
        checks.at_least_zero(
            learning_rate=self.learning_rate, weight_decay=self.weight_decay, epsilon=self.epsilon
        )

    def build(self, model: nn.Module) -> torch.optim.Optimizer:
        """The optimiser of a model's parameters."""
        weights, rate, decay = model.parameters(), self.learning_rate, self.weight_decay
        if self.name == "SGD":
            return torch.optim.SGD(weights, lr=rate, weight_decay=decay, fused=True)
        adam = torch.optim.AdamW if self.name == "AdamW" else torch.optim.Adam
        return adam(weights, lr=rate, weight_decay=decay, eps=self.epsilon, fused=True)


@dataclass(frozen=True)
class Fit:
    """A trained network, or whatever else a spec gives.

    Attributes
    ----------
    weights : dict of Tensor
        The model's `state_dict`, on the CPU.
    history : dict of Tensor
        `train_NAME`, shape (epochs,): mean over the mini-batches of an epoch of each number that
        the loss gives, taken while the weights moved, as Keras reports it. `validation_NAME`,
        shape (epochs,): after each epoch. `seconds`, shape (epochs,): spent in training, without
        validation. With snapshots, `snapshot.NAME` for each weight, shape (epochs + 1, ...), the
        start included.
    """

    weights: dict[str, Tensor]
    history: dict[str, Tensor]


def descend(
    model: nn.Module,
    images: int,
    loss: Callable[[Tensor, int], tuple[Tensor, Mapping[str, Tensor]]],
    *,
    epochs: int,
    batch_size: int,
    seed: int,
    optimiser: Optimiser,
    schedule: Schedule = "constant",
    validate: Callable[[], Mapping[str, float]] | None = None,
    snapshots: bool = False,
) -> Fit:
    """Train a model in place with mini-batches.

    The order of the images and the noise have streams of random numbers of their own. So two
    models with one seed see the same images in the same order, and what the loss draws first in a
    step, such as the noise on its images, is the same for both.

    Parameters
    ----------
    model : nn.Module
        On the device that trains.
    images : int
        How many there are. Each epoch visits all, in a new order.
    loss : callable
        From a mini-batch, the places of its images, shape (b,), and the epoch, from 0 on: what
        descends, and numbers to keep by name, each a mean over the mini-batch. Its random numbers
        are torch's global ones, which are seeded anew before each step.
    epochs, batch_size : int
    seed : int
        Of the order and the noise. The first weights are the model's own.
    optimiser : Optimiser
    schedule : str
        `constant` learning rate, or `cosine`: down to 0 over the run.
    validate : callable, optional
        Numbers to keep after each epoch, by name.
    snapshots : bool
        Whether to keep the weights after each epoch, and before the first.

    Raises
    ------
    TrainingDiverged
        If a number to keep is not finite.
    """
    device = next(model.parameters()).device
    steps = optimiser.build(model)
    rate = torch.optim.lr_scheduler.LambdaLR(
        steps, share_of_rate(schedule, epochs * math.ceil(images / batch_size))
    )
    history: dict[str, list[float]] = {}
    kept = [weights_of(model)] if snapshots else []
    order = torch.Generator().manual_seed(ORDER_SEED + seed)
    noise = torch.Generator().manual_seed(NOISE_SEED + seed)
    with torch.random.fork_rng():
        for epoch in range(epochs):
            model.train()
            start = time.perf_counter()
            totals: dict[str, Tensor] = {}
            for batch in torch.randperm(images, generator=order).to(device).split(batch_size):
                torch.manual_seed(int(torch.randint(2**62, (), generator=noise)))
                value, numbers = loss(batch, epoch)
                steps.zero_grad()
                value.backward()
                steps.step()
                rate.step()
                for name, mean in numbers.items():
                    so_far = totals.get(name, torch.zeros((), device=device))
                    totals[name] = so_far + mean.detach() * len(batch)
            means = {f"train_{name}": total.item() / images for name, total in totals.items()}
            seconds = time.perf_counter() - start
            after = validate() if validate else {}
            scores = {f"validation_{name}": number for name, number in after.items()}
            for name, number in (means | scores | {"seconds": seconds}).items():
                history.setdefault(name, []).append(_finite(name, number, epoch))
            if snapshots:
                kept.append(weights_of(model))
    tensors = {name: torch.tensor(numbers) for name, numbers in history.items()}
    for name in kept[0] if kept else ():
        tensors[f"snapshot.{name}"] = torch.stack([weights[name] for weights in kept])
    return Fit(weights_of(model), tensors)


def share_of_rate(schedule: Schedule, steps: int) -> Callable[[int], float]:
    """The learning rate after so many steps, as a share of the first: a function of the step."""
    if schedule == "constant":
        return lambda step: 1.0
    return lambda step: 0.5 * (1 + math.cos(math.pi * min(step / steps, 1.0)))


def weights_of(model: nn.Module) -> dict[str, Tensor]:
    """A copy of a model's weights, on the CPU."""
    return {name: weight.detach().cpu().clone() for name, weight in model.state_dict().items()}


def choose_device(name: str = "auto") -> torch.device:
    """The device of that name; `auto` is CUDA where there is one, else MPS, else the CPU.

    Raises
    ------
    ValueError
        If torch knows no such device, or it is not on this machine.
    """
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        if torch.backends.mps.is_available():
            return torch.device("mps")
        return torch.device("cpu")
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as problem:
        raise ValueError(
            f"device {name!r} cannot be used here. Choose 'auto', 'cpu', 'cuda' or 'mps'. "
            f"torch says: {str(problem).splitlines()[0]}"
        ) from problem
    return device


def _finite(name: str, number: float, epoch: int) -> float:
    if not math.isfinite(number):
        raise TrainingDiverged(
            f"the {name.replace('_', ' ')} is {number} in epoch {epoch + 1}, so training stopped "
            "and nothing was kept. Lower the learning rate, or look for inputs that are not finite."
        )
    return number
