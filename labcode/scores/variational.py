"""Scores of trained variational autoencoders that take a while, kept on disk like runs."""

from dataclasses import dataclass

import torch

from labcode import data, runs
from labcode.models.variational import VariationalAutoencoder
from labcode.runs import Run
from labcode.scores.evidence import importance_bounds
from labcode.training.cpu import one_thread
from labcode.training.loop import Fit, choose_device
from labcode.training.variational import VariationalRunSpec

OBSERVATION_SEED = 40_000


def vae_of(run: Run[VariationalRunSpec]) -> VariationalAutoencoder:
    """The trained network of a run, on the CPU, in evaluation mode."""
    model = run.spec.model.build()
    assert isinstance(model, VariationalAutoencoder)
    model.load_state_dict(run.weights)
    return model.eval()


@dataclass(frozen=True)
class EvidenceSpec:
    """Importance-weighted bounds of some test images under a trained VAE.

    Attributes
    ----------
    run : VariationalRunSpec
    samples : tuple of int
        Increasing numbers K of samples.
    images : int
        How many of the 10,000 test images, chosen at random, the same for every run. If the
        likelihood binarises, it does so once, the same way for every run.
    """

    run: VariationalRunSpec
    samples: tuple[int, ...]
    images: int

    @property
    def title(self) -> str:
        """A few words for a progress bar."""
        return f"bound with {self.samples[-1]} samples, {self.run.title}"

    @property
    def cost(self) -> float:
        """Roughly how long it takes after the run, in the unit of `RunSpec.cost`."""
        weights = sum(weight.numel() for weight in self.run.model.build().decoder.parameters())
        return float(self.samples[-1] * self.images * weights) / 3

    def train(self, device: str = "auto") -> Fit:
        """Score them.

        Returns
        -------
        Fit
            `history` holds `bounds`, shape (len(samples), images), in nats; `elbo`, shape
            (images,), with one sample and the divergence in closed form; and `which`, the
            places of the images in the test set.
        """
        model = vae_of(runs.get(self.run, device))
        place = choose_device(device)
        with torch.random.fork_rng(), one_thread(), torch.no_grad():
            torch.manual_seed(OBSERVATION_SEED)
            test = data.fashion_mnist("test").pixels
            which = torch.randperm(len(test))[: self.images]
            observed = model.likelihood.observe(test)
            x = observed[which].to(place)
            model.to(place)
            posterior = model.posterior(x)
            elbo = model.log_likelihood(x, posterior.sample()) - posterior.rate().sum(1)
            bounds = importance_bounds(model, x, self.samples)
        return Fit({}, {"bounds": bounds.cpu(), "elbo": elbo.cpu(), "which": which})
