"""Training a network in mini-batches: what decides a run, and the one loop that does it."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

import torch
from torch import Tensor

from labcode import checks
from labcode.data import DataSpec, load
from labcode.models.autoencoder import Autoencoder
from labcode.training.cpu import one_thread

if TYPE_CHECKING:
    from labcode.data.corruption import Corruption

OptimiserName = Literal["Adam", "AdamW", "SGD"]
VALIDATION_NOISE_SEED = 20_000


class TrainingDiverged(RuntimeError):
    """The loss of a run is no longer a finite number."""


@dataclass(frozen=True)
class ModelSpec:
    """A class of models and the arguments to build one with; made by `model_spec`."""

    architecture: type[Autoencoder]
    arguments: tuple[tuple[str, Any], ...]

    def build(self) -> Autoencoder:
        """A new model, its weights drawn from torch's global random numbers."""
        return self.architecture(**dict(self.arguments))


def model_spec(architecture: type[Autoencoder], **arguments: Any) -> ModelSpec:
    """The spec of a model: `model_spec(DeepAutoencoder, code_size=8)`."""
    return ModelSpec(architecture, tuple(sorted(arguments.items())))


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

    def build(self, model: torch.nn.Module) -> torch.optim.Optimizer:
        """The optimiser of a model's parameters."""
        weights, rate, decay = model.parameters(), self.learning_rate, self.weight_decay
        if self.name == "SGD":
            return torch.optim.SGD(weights, lr=rate, weight_decay=decay, fused=True)
        adam = torch.optim.AdamW if self.name == "AdamW" else torch.optim.Adam
        return adam(weights, lr=rate, weight_decay=decay, eps=self.epsilon, fused=True)


@dataclass(frozen=True)
class Fit:
    """A trained network.

    Attributes
    ----------
    weights : dict of Tensor
        The model's `state_dict`, on the CPU.
    history : dict of Tensor
        `train_loss`, shape (epochs,): mean of the mini-batch losses of each epoch, taken while
        the weights moved, as Keras reports it. `validation_loss`, shape (epochs,): after each
        epoch, in evaluation mode; absent without validation images. `seconds`, shape (epochs,):
        spent in training, without validation. With snapshots, `snapshot.NAME` for each weight,
        shape (epochs + 1, ...), the start included.
    """

    weights: dict[str, Tensor]
    history: dict[str, Tensor]


@dataclass(frozen=True)
class RunSpec:
    """Everything that decides a network trained in mini-batches. Equal specs are one run.

    Attributes
    ----------
    model : ModelSpec
    data : DataSpec
    corruption : Corruption or None
        What the encoder sees instead of the clean image, in training.
    fresh_corruption : bool
        Whether noise is drawn anew for each batch (True), or once, before training (False).
    validation_corruption : Corruption or None
        The same for the validation images. It is drawn once and stays the same each epoch.
    optimiser : Optimiser
    epochs, batch_size, seed : int
        The seed decides the first weights, the order of the images and the noise.
    snapshots : bool
        Whether to keep the weights after each epoch.
    """

    model: ModelSpec
    epochs: int
    seed: int
    data: DataSpec = field(default_factory=DataSpec)
    corruption: Corruption | None = None
    fresh_corruption: bool = True
    validation_corruption: Corruption | None = None
    optimiser: Optimiser = field(default_factory=Optimiser)
    batch_size: int = 128
    snapshots: bool = False

    def __post_init__(self) -> None:
        checks.counts(epochs=self.epochs, batch_size=self.batch_size)

    @property
    def title(self) -> str:
        """A few words for a progress bar."""
        sizes = ", ".join(f"{name} {value}" for name, value in self.model.arguments)
        return f"{self.model.architecture.__name__} ({sizes}), seed {self.seed}"

    @property
    def cost(self) -> float:
        """Roughly how long the run takes, to start long runs first: image passes x weights."""
        weights = sum(weight.numel() for weight in self.model.build().parameters())
        return float(self.epochs * self.data.train * weights)

    def train(self, device: str = "auto") -> Fit:
        """Train the network that this spec describes."""
        split = load(self.data)
        with torch.random.fork_rng(), one_thread():
            torch.manual_seed(self.seed)
            return fit(
                self.model.build(),
                split.train.pixels,
                split.validation.pixels,
                epochs=self.epochs,
                batch_size=self.batch_size,
                optimiser=self.optimiser,
                corruption=self.corruption,
                fresh_corruption=self.fresh_corruption,
                validation_corruption=self.validation_corruption,
                snapshots=self.snapshots,
                device=device,
            )


def fit(
    model: Autoencoder,
    train: Tensor,
    validation: Tensor,
    *,
    epochs: int,
    batch_size: int = 128,
    optimiser: Optimiser = Optimiser(),
    corruption: Corruption | None = None,
    fresh_corruption: bool = True,
    validation_corruption: Corruption | None = None,
    snapshots: bool = False,
    device: str = "auto",
) -> Fit:
    """Train a model in place with mini-batches; random numbers come from torch's global seed.

    Parameters
    ----------
    model : Autoencoder
    train, validation : Tensor, shapes (n, *shape) and (m, *shape)
        Clean inputs, which are the targets too. m may be 0. Pixels of images are float32, 0 to 1.
    epochs, batch_size, optimiser, corruption, fresh_corruption, validation_corruption, snapshots
        As in `RunSpec`.
    device : str
        `auto` takes CUDA, else MPS, else the CPU; or any name that torch knows.

    Raises
    ------
    TypeError
        If the inputs are no tensors.
    ValueError
        If epochs or batch size are no whole numbers from 1 on, there are no training inputs, or
        the inputs have another shape, type or range than the model's.
    TrainingDiverged
        If an epoch's loss is not finite.
    """
    checks.counts(epochs=epochs, batch_size=batch_size)
    for inputs in (train, validation):
        model.check_targets(inputs)
    if len(train) == 0:
        raise ValueError("training needs at least one input, and there is none.")
    place = choose_device(device)
    model.to(place)
    train = train.to(place)
    validation = validation.to(place)
    validation_input = _validation_input(validation, validation_corruption)
    once = corruption(train) if corruption and not fresh_corruption else None
    steps = optimiser.build(model)

    losses, validation_losses, seconds = [], [], []
    kept = [_copy(model)] if snapshots else []
    for epoch in range(epochs):
        model.train()
        start = time.perf_counter()
        total = torch.zeros((), device=place)
        for batch in torch.randperm(len(train)).to(place).split(batch_size):
            target = train[batch]
            if once is not None:
                x = once[batch]
            elif corruption:
                x = corruption(target)
            else:
                x = target
            loss = model.loss(x, target)
            steps.zero_grad()
            loss.backward()
            steps.step()
            total += loss.detach() * len(batch)
        losses.append(_finite(total.item() / len(train), epoch))
        seconds.append(time.perf_counter() - start)
        if len(validation):
            validation_losses.append(_finite(score(model, validation_input, validation), epoch))
        if snapshots:
            kept.append(_copy(model))

    history = {"train_loss": torch.tensor(losses), "seconds": torch.tensor(seconds)}
    if validation_losses:
        history["validation_loss"] = torch.tensor(validation_losses)
    if snapshots:
        history |= {
            f"snapshot.{name}": torch.stack([weights[name] for weights in kept]) for name in kept[0]
        }
    return Fit(_copy(model), history)


@torch.no_grad()
def score(model: Autoencoder, x: Tensor, target: Tensor, batch_size: int = 1000) -> float:
    """The model's loss in evaluation mode, averaged over the images.

    Parameters
    ----------
    x, target : Tensor, shape (n, *shape)
        What the encoder sees, and what it should give back.

    Raises
    ------
    TypeError, ValueError
        As in `fit`.
    """
    checks.alike(x, target)
    model.check_targets(target)
    model.eval()
    total = torch.zeros((), device=x.device)
    for some, their_target in zip(x.split(batch_size), target.split(batch_size), strict=True):
        total += model.loss(some, their_target) * len(some)
    return total.item() / len(x)


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


def _validation_input(validation: Tensor, corruption: Corruption | None) -> Tensor:
    if corruption is None:
        return validation
    with torch.random.fork_rng():
        torch.manual_seed(VALIDATION_NOISE_SEED)
        return corruption(validation)


def _copy(model: torch.nn.Module) -> dict[str, Tensor]:
    return {name: weight.detach().cpu().clone() for name, weight in model.state_dict().items()}


def _finite(loss: float, epoch: int) -> float:
    if not math.isfinite(loss):
        raise TrainingDiverged(
            f"the loss is {loss} in epoch {epoch + 1}, so training stopped and nothing was kept. "
            "Lower the learning rate, or look for inputs that are not finite."
        )
    return loss
