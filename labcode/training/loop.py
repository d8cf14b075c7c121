"""The one loop: every network of the book that is trained in mini-batches goes through it."""

from __future__ import annotations

import contextlib
import json
import math
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
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
    best: str | None = None,
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
    best : str, optional
        The name of one of these: the model ends with the weights of the epoch after which it was
        lowest. Without it, with those of the last epoch.
    snapshots : bool
        Whether to keep the weights after each epoch, and before the first.

    Raises
    ------
    TrainingDiverged
        If a number to keep is not finite.

    Notes
    -----
    Within `checkpoints`, a run that was stopped goes on after its last checkpoint, and ends as if
    it had not been stopped. Within `first_epochs`, it ends early.
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
    lowest = weights_of(model) if best else {}
    checkpoint = _Checkpoint.next(model, steps, rate, order, noise)
    first = checkpoint.restore(history, kept, lowest)
    with torch.random.fork_rng():
        for epoch in range(first, min(epochs, _STOP.get())):
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
            if best and after[best] == min(history[f"validation_{best}"]):
                lowest = weights_of(model)
            if snapshots:
                kept.append(weights_of(model))
            checkpoint.save(epoch + 1, history, kept, lowest)
    if best:
        model.load_state_dict(lowest)
    tensors = {name: torch.tensor(numbers) for name, numbers in history.items()}
    for name in kept[0] if kept else ():
        tensors[f"snapshot.{name}"] = torch.stack([weights[name] for weights in kept])
    return Fit(weights_of(model), tensors)


def share_of_rate(schedule: Schedule, steps: int) -> Callable[[int], float]:
    """The learning rate after so many steps, as a share of the first: a function of the step."""
    checks.option("schedule", schedule, get_args(Schedule))
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
    checks.device_computes(name)
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


# ---- ending early, to compare the first epochs of a long run

_STOP: ContextVar[int] = ContextVar("stop", default=sys.maxsize)


@contextlib.contextmanager
def first_epochs(count: int) -> Iterator[None]:
    """Inside, training ends after so many epochs, each as in the whole run: for comparison only."""
    stop = _STOP.set(count)
    try:
        yield
    finally:
        _STOP.reset(stop)


# ---- going on after a stop

_FOLDER: ContextVar[Path | None] = ContextVar("folder", default=None)
_CALLS: ContextVar[list[int]] = ContextVar("calls")
PAUSE = 300.0


@contextlib.contextmanager
def checkpoints(file: Path) -> Iterator[None]:
    """Inside, training saves where it is every five minutes, and goes on from there.

    Parameters
    ----------
    file : Path
        Of the run that is trained; checkpoints stand beside it and go when all is done.
    """
    folder, calls = _FOLDER.set(file), _CALLS.set([0])
    try:
        yield
        for done in file.parent.glob(f"{file.stem}.*.checkpoint"):
            done.unlink(missing_ok=True)
    finally:
        _FOLDER.reset(folder)
        _CALLS.reset(calls)


@dataclass
class _Checkpoint:
    """Where one call of `descend` is kept: numbers and text, so that reading runs no code."""

    file: Path | None
    model: nn.Module
    steps: torch.optim.Optimizer
    rate: torch.optim.lr_scheduler.LambdaLR
    generators: tuple[torch.Generator, torch.Generator]
    saved: float

    @classmethod
    def next(
        cls,
        model: nn.Module,
        steps: torch.optim.Optimizer,
        rate: torch.optim.lr_scheduler.LambdaLR,
        *generators: torch.Generator,
    ) -> _Checkpoint:
        """Of the next training within this run."""
        file = _FOLDER.get()
        if file is not None:
            _CALLS.get()[0] += 1
            file = file.with_name(f"{file.stem}.{_CALLS.get()[0]}.checkpoint")
        order, noise = generators
        return cls(file, model, steps, rate, (order, noise), time.monotonic())

    def save(
        self,
        epoch: int,
        history: dict[str, list[float]],
        kept: list[dict[str, Tensor]],
        lowest: dict[str, Tensor],
    ) -> None:
        """Keep all that decides how training goes on, if five minutes have passed."""
        if self.file is None or time.monotonic() - self.saved < PAUSE:
            return
        groups = {"weights": weights_of(self.model), "lowest": lowest}
        groups |= {f"kept{number}": weights for number, weights in enumerate(kept)}
        groups |= {
            f"steps{number}": state for number, state in self.steps.state_dict()["state"].items()
        }
        groups["generators"] = {
            str(number): one.get_state() for number, one in enumerate(self.generators)
        }
        tensors = {
            f"{group}/{name}": value.detach().cpu().contiguous()
            for group, values in groups.items()
            for name, value in values.items()
        }
        about = {"epoch": epoch, "history": history, "steps": self.rate.last_epoch}
        partial = self.file.with_suffix(f".{os.getpid()}.partial")
        save_file(tensors, partial, metadata={"about": json.dumps(about)})
        partial.replace(self.file)
        self.saved = time.monotonic()

    def restore(
        self,
        history: dict[str, list[float]],
        kept: list[dict[str, Tensor]],
        lowest: dict[str, Tensor],
    ) -> int:
        """Put training back where it was, and say how many epochs are done."""
        if self.file is None or not self.file.exists():
            return 0
        try:
            with safe_open(self.file, framework="pt") as opened:
                about = json.loads(opened.metadata()["about"])
                groups: dict[str, dict[str, Any]] = {}
                for path in opened.keys():  # noqa: SIM118
                    group, _, name = path.partition("/")
                    groups.setdefault(group, {})[name] = opened.get_tensor(path)
            self.model.load_state_dict(groups["weights"])
            numbers = {g[5:]: state for g, state in groups.items() if g.startswith("steps")}
            self.steps.load_state_dict(
                self.steps.state_dict() | {"state": {int(n): state for n, state in numbers.items()}}
            )
        except (SafetensorError, OSError, ValueError, KeyError, TypeError, RuntimeError):
            self.file.unlink(missing_ok=True)  # of other code, or damaged: training starts anew
            return 0
        self.rate.last_epoch = about["steps"]
        for group, first, share in zip(
            self.steps.param_groups, self.rate.base_lrs, self.rate.lr_lambdas, strict=True
        ):
            group["lr"] = first * share(about["steps"])
        for number, generator in enumerate(self.generators):
            generator.set_state(groups["generators"][str(number)])
        history.update(about["history"])
        lowest.update(groups.get("lowest", {}))
        kept[:] = [groups[f"kept{number}"] for number in range(sum("kept" in g for g in groups))]
        return int(about["epoch"])
