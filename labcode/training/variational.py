"""Training a variational autoencoder in mini-batches: beta, warm-up, free bits, binarisation."""

import math
import time
from dataclasses import dataclass, field
from typing import Literal, get_args

import torch
from torch import Tensor

from labcode import checks
from labcode.data import DataSpec, load
from labcode.models.variational import VariationalAutoencoder
from labcode.training.cpu import one_thread
from labcode.training.networks import Fit, ModelSpec, Optimiser, TrainingDiverged, choose_device

Schedule = Literal["constant", "cosine"]
VALIDATION_SEED = 30_000


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
    batch_size : int

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
    batch_size: int = 128

    def __post_init__(self) -> None:
        checks.option("schedule", self.schedule, get_args(Schedule))
        checks.counts(epochs=self.epochs, batch_size=self.batch_size)
        checks.at_least_zero(beta=self.beta, warm_up=self.warm_up, free_bits=self.free_bits)

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
            `seconds`; and, with validation images, `validation_rate` and
            `validation_distortion`. The ELBO is minus their sum.

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
            return self._fit(model, split.train.pixels, split.validation.pixels, device)

    def _fit(
        self, model: VariationalAutoencoder, train: Tensor, validation: Tensor, device: str
    ) -> Fit:
        place = choose_device(device)
        model.to(place)
        train = train.to(place)
        if len(validation):
            with torch.random.fork_rng():
                torch.manual_seed(VALIDATION_SEED)
                validation = model.likelihood.observe(validation).to(place)
        optimiser = self.optimiser.build(model)
        steps = self.epochs * math.ceil(len(train) / self.batch_size)
        schedule = torch.optim.lr_scheduler.LambdaLR(
            optimiser, lambda step: self._share(step, steps)
        )

        history: dict[str, list[float]] = {}
        for epoch in range(self.epochs):
            model.train()
            start = time.perf_counter()
            sums = torch.zeros(2, device=place)
            weight = self._weight(epoch)
            for batch in torch.randperm(len(train)).to(place).split(self.batch_size):
                x = model.likelihood.observe(train[batch])
                posterior = model.posterior(x)
                distortion = -model.log_likelihood(x, posterior.sample()).mean()
                rates = posterior.rate().mean(0)
                loss = distortion + weight * rates.clamp(min=self.free_bits).sum()
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
                schedule.step()
                sums += torch.stack([rates.sum(), distortion]).detach() * len(batch)
            train_rate, train_distortion = (sums / len(train)).tolist()
            seconds = time.perf_counter() - start
            numbers = {"train_rate": train_rate, "train_distortion": train_distortion}
            if not math.isfinite(train_rate + train_distortion):
                raise TrainingDiverged(
                    f"the loss is not finite in epoch {epoch + 1}, so training stopped and "
                    "nothing was kept. Lower the learning rate."
                )
            if len(validation):
                scores = rate_and_distortion(model, validation)
                numbers |= {
                    "validation_rate": scores[0],
                    "validation_distortion": scores[1],
                }
            for name, number in (numbers | {"seconds": seconds}).items():
                history.setdefault(name, []).append(number)
        weights = {name: w.detach().cpu().clone() for name, w in model.state_dict().items()}
        return Fit(weights, {name: torch.tensor(values) for name, values in history.items()})

    def _weight(self, epoch: int) -> float:
        return self.beta * min(1.0, (epoch + 1) / self.warm_up) if self.warm_up else self.beta

    def _share(self, step: int, steps: int) -> float:
        if self.schedule == "constant":
            return 1.0
        return 0.5 * (1 + math.cos(math.pi * min(step / steps, 1.0)))


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
    model.eval()
    sums = torch.zeros(2, device=x.device)
    for some in x.split(batch_size):
        posterior = model.posterior(some)
        likelihood = model.log_likelihood(some, posterior.sample())
        sums += torch.stack([posterior.rate().sum(), -likelihood.sum()])
    rate, distortion = (sums / len(x)).tolist()
    return rate, distortion
