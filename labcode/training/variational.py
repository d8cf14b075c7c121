"""Training a variational autoencoder in mini-batches: beta, warm-up, free bits, binarisation."""

from dataclasses import dataclass, field
from typing import get_args

import torch
from torch import Tensor, nn

from labcode import checks
from labcode.data import DataSpec, load
from labcode.models.variational import VariationalAutoencoder
from labcode.training.cpu import one_thread
from labcode.training.loop import Fit, Optimiser, Schedule, choose_device, descend
from labcode.training.networks import ModelSpec

VALIDATION_SEED = 30_000
SHORTEST = 1e-7


@dataclass(frozen=True)
class VariationalRunSpec:
    """Everything that decides a trained variational autoencoder. Equal specs are one run.

    Attributes
    ----------
    model : ModelSpec
        Of a `VariationalAutoencoder`; its arguments say the likelihood.
    epochs, seed : int
    data : DataSpec
        If the likelihood binarises, it does so anew for each batch, and once for validation.
    beta : float
        Weight of the rate in the loss; 1 is the ELBO (Higgins et al., 2017).
    warm_up : int
        Over the first so many epochs the weight of the rate grows from 0 to beta, linearly.
    free_bits : float
        A unit's rate, averaged over the batch, costs nothing below this many nats
        (Kingma et al., 2016).
    optimiser : Optimiser
    schedule : str
        `constant` learning rate, or `cosine`: down to 0 over the run.
    best : bool
        Whether the weights are those of the epoch with the lowest loss on validation images, the
        rate counted beta times, or of the last.
    batch_size : int
    unit_gradients : bool
        Whether the gradient of each tensor of weights is divided by its length before the
        optimiser sees it (`AdamNormGrad` in the code of Tomczak and Welling, 2018).

    Raises
    ------
    ValueError
        If the schedule is unknown, or a number is below the smallest that it can be.
    """

    model: ModelSpec
    epochs: int
    seed: int
    data: DataSpec = field(default_factory=DataSpec)
    beta: float = 1.0
    warm_up: int = 0
    free_bits: float = 0.0
    optimiser: Optimiser = field(default_factory=Optimiser)
    schedule: Schedule = "cosine"
    best: bool = False
    batch_size: int = 128
    unit_gradients: bool = False

    def __post_init__(self) -> None:
        checks.option("schedule", self.schedule, get_args(Schedule))
        checks.counts(epochs=self.epochs, batch_size=self.batch_size)
        checks.seeds(seed=self.seed)
        checks.at_least_zero(beta=self.beta, warm_up=self.warm_up, free_bits=self.free_bits)
        checks.truths(best=self.best, unit_gradients=self.unit_gradients)
        if self.best and not self.data.validation:
            raise ValueError("the best epoch is that of validation images, and there are none.")

    @property
    def title(self) -> str:
        """A few words for a progress bar."""
        sizes = dict(self.model.arguments).get("code_size", "")
        return f"{self.model.architecture.__name__} (k {sizes}, beta {self.beta:g}), {self.seed}"

    @property
    def cost(self) -> float:
        """Roughly how long the run takes, in the unit of `RunSpec.cost`."""
        weights = sum(weight.numel() for weight in self.model.build().parameters())
        return float(self.epochs * self.data.train * weights)

    def train(self, device: str = "auto") -> Fit:
        """Train the network that this spec describes.

        Returns
        -------
        Fit
            `history` holds, for each epoch, shape (epochs,): `train_rate` and
            `train_distortion`, in nats an image, means over mini-batches while the weights moved;
            `seconds`; and, with validation images, `validation_rate`, `validation_distortion`
            and `validation_loss`. The ELBO is minus the sum of rate and distortion; in the loss
            the rate counts beta times.

        Raises
        ------
        TrainingDiverged
            If an epoch's loss is not finite.
        """
        split = load(self.data)
        with torch.random.fork_rng(), one_thread():
            torch.manual_seed(self.seed)
            model = self.model.build()
            if not isinstance(model, VariationalAutoencoder):
                raise TypeError(f"{type(model).__name__} is no VariationalAutoencoder.")
            if self.unit_gradients:
                normalise_gradients(model)
            return self._fit(model, split.train.pixels, split.validation.pixels, device)

    def _fit(
        self, model: VariationalAutoencoder, train: Tensor, validation: Tensor, device: str
    ) -> Fit:
        chosen = choose_device(device)
        model.to(chosen)
        train = train.to(chosen)
        if len(validation):
            with torch.random.fork_rng():
                torch.manual_seed(VALIDATION_SEED)
                validation = model.likelihood.observe(validation).to(chosen)

        def loss(batch: Tensor, epoch: int) -> tuple[Tensor, dict[str, Tensor]]:
            x = model.likelihood.observe(train[batch])
            posterior = model.posterior(x)
            distortion = -model.log_likelihood(x, posterior.sample()).mean()
            rates = posterior.rate().mean(0)
            value = distortion + self._weight(epoch) * rates.clamp(min=self.free_bits).sum()
            return value, {"rate": rates.sum(), "distortion": distortion}

        def validate() -> dict[str, float]:
            with torch.random.fork_rng():  # each epoch draws the same codes
                torch.manual_seed(VALIDATION_SEED)
                rate, distortion = rate_and_distortion(model, validation)
            loss = self.beta * rate + distortion
            return {"rate": rate, "distortion": distortion, "loss": loss}

        return descend(
            model,
            len(train),
            loss,
            epochs=self.epochs,
            batch_size=self.batch_size,
            seed=self.seed,
            optimiser=self.optimiser,
            schedule=self.schedule,
            validate=validate if len(validation) else None,
            best="loss" if self.best else None,
        )

    def _weight(self, epoch: int) -> float:
        return self.beta * min(1.0, (epoch + 1) / self.warm_up) if self.warm_up else self.beta


def normalise_gradients(model: nn.Module) -> None:
    """From now on, give each tensor of a model's weights a gradient of length 1."""
    for weight in model.parameters():
        if weight.requires_grad:
            weight.register_hook(lambda gradient: gradient / (gradient.norm() + SHORTEST))


@torch.no_grad()
def rate_and_distortion(
    model: VariationalAutoencoder, x: Tensor, batch_size: int = 1000
) -> tuple[float, float]:
    """Mean rate and distortion in nats an image, with one sample of z for each.

    Parameters
    ----------
    x : Tensor, shape (n, *shape)
        What `likelihood.observe` returned. Random numbers come from torch's global seed.
    """
    checks.counts(batch_size=batch_size)
    model.eval()
    sums = torch.zeros(2, device=x.device)
    for some in x.split(batch_size):
        posterior = model.posterior(some)
        likelihood = model.log_likelihood(some, posterior.sample())
        sums += torch.stack([posterior.rate().sum(), -likelihood.sum()])
    rate, distortion = (sums / len(x)).tolist()
    return rate, distortion
