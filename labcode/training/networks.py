"""Training an autoencoder in mini-batches: what decides a run, and its loss."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, get_args

import torch
from torch import Tensor

from labcode import checks
from labcode.data import DataSpec, load
from labcode.models.autoencoder import Autoencoder
from labcode.training.cpu import one_thread
from labcode.training.loop import NOISE_SEED, Fit, Optimiser, Schedule, choose_device, descend

if TYPE_CHECKING:
    from labcode.data.corruption import Corruption

DEFAULT_OPTIMISER = Optimiser()
VALIDATION_NOISE_SEED = 20_000


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
    checks.arguments(architecture, arguments)
    return ModelSpec(architecture, tuple(sorted(arguments.items())))


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
        The seed decides the first weights, the order of the images and the noise, each from
        random numbers of its own: another network with this seed sees the same images in the same
        order with the same noise.
    schedule : str
        `constant` learning rate, or `cosine`: down to 0 over the run.
    best : bool
        Whether the weights are those of the epoch with the lowest validation loss, or of the last.
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
    schedule: Schedule = "constant"
    best: bool = False
    batch_size: int = 128
    snapshots: bool = False

    def __post_init__(self) -> None:
        checks.option("schedule", self.schedule, get_args(Schedule))
        checks.instances(ModelSpec, model=self.model)
        checks.instances(DataSpec, data=self.data)
        checks.instances(Optimiser, optimiser=self.optimiser)
        checks.callables(
            corruption=self.corruption, validation_corruption=self.validation_corruption
        )
        checks.truths(
            fresh_corruption=self.fresh_corruption, best=self.best, snapshots=self.snapshots
        )
        checks.seeds(seed=self.seed)
        checks.plain_counts(epochs=self.epochs, batch_size=self.batch_size)

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
                seed=self.seed,
                optimiser=self.optimiser,
                schedule=self.schedule,
                best=self.best,
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
    seed: int = 0,
    optimiser: Optimiser = DEFAULT_OPTIMISER,
    schedule: Schedule = "constant",
    best: bool = False,
    corruption: Corruption | None = None,
    fresh_corruption: bool = True,
    validation_corruption: Corruption | None = None,
    snapshots: bool = False,
    device: str = "auto",
) -> Fit:
    """Train a model in place with mini-batches.

    Parameters
    ----------
    model : Autoencoder
    train, validation : Tensor, shapes (n, *shape) and (m, *shape)
        Clean inputs, which are the targets too. m may be 0. Pixels of images are float32, 0 to 1.
    epochs, batch_size, optimiser, schedule, best, corruption, fresh_corruption : as in `RunSpec`
    validation_corruption, snapshots : as in `RunSpec`
    seed : int
        Of the order of the images and of the noise; the weights are the model's own.
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
    checks.instances(Autoencoder, model=model)
    checks.instances(Optimiser, optimiser=optimiser)
    checks.option("schedule", schedule, get_args(Schedule))
    checks.callables(corruption=corruption, validation_corruption=validation_corruption)
    checks.truths(fresh_corruption=fresh_corruption, best=best, snapshots=snapshots)
    checks.seeds(seed=seed)
    checks.device_computes(device)
    checks.plain_counts(epochs=epochs, batch_size=batch_size)
    for inputs in (train, validation):
        model.check_targets(inputs)
    if best and not len(validation):
        raise ValueError("the best epoch is that of validation inputs, and there are none.")
    if len(train) == 0:
        raise ValueError("training needs at least one input, and there is none.")
    target_device = choose_device(device)
    model.to(target_device)
    train, validation = train.to(target_device), validation.to(target_device)
    validation_input = (
        drawn_once(validation_corruption, validation, VALIDATION_NOISE_SEED)
        if validation_corruption
        else validation
    )
    once = (
        drawn_once(corruption, train, NOISE_SEED + seed)
        if corruption and not fresh_corruption
        else None
    )

    def loss(batch: Tensor, epoch: int) -> tuple[Tensor, dict[str, Tensor]]:
        target = train[batch]
        if once is not None:
            value = model.loss(once[batch], target)
        else:
            value = model.loss(corruption(target) if corruption else target, target)
        return value, {"loss": value}

    def validate() -> dict[str, float]:
        return {"loss": score(model, validation_input, validation)}

    return descend(
        model,
        len(train),
        loss,
        epochs=epochs,
        batch_size=batch_size,
        seed=seed,
        optimiser=optimiser,
        schedule=schedule,
        validate=validate if len(validation) else None,
        best="loss" if best else None,
        snapshots=snapshots,
    )


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
    checks.plain_counts(batch_size=batch_size)
    checks.alike(x, target)
    model.check_targets(target)
    checks.items(x)
    model.eval()
    total = torch.zeros((), device=x.device)
    for some, their_target in zip(x.split(batch_size), target.split(batch_size), strict=True):
        total += model.loss(some, their_target) * len(some)
    return total.item() / len(x)


def drawn_once(corruption: Corruption, clean: Tensor, seed: int) -> Tensor:
    """Inputs under a corruption whose random numbers a seed decides, and nothing else.

    Parameters
    ----------
    corruption : Corruption
    clean : Tensor, shape (n, *shape)
    seed : int
    """
    checks.seeds(seed=seed)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return corruption(clean)
