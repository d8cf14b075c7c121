"""Images to codes and back, alike for trained networks and for probabilistic PCA."""

import torch
from torch import Tensor

from labcode import data, runs
from labcode.models.autoencoder import Autoencoder
from labcode.models.variational import VariationalAutoencoder
from labcode.runs.measured import Measurement, result_of
from labcode.scores.reconstruction import through
from labcode.theory.ppca import ProbabilisticPCA
from labcode.training.networks import RunSpec
from labcode.training.variational import VariationalRunSpec

Model = RunSpec | VariationalRunSpec | Measurement
"""The spec of a trained network, or of a fitted probabilistic PCA."""


def data_of(model: Model) -> data.DataSpec:
    """The images that a model learned from."""
    if isinstance(model, Measurement):
        return next(value for _, value in model.arguments if isinstance(value, data.DataSpec))
    return model.data


def trained(network: RunSpec | VariationalRunSpec) -> Autoencoder:
    """The trained network of a spec, on the CPU, in evaluation mode."""
    run = runs.get(network)
    model: Autoencoder = runs.model_of(run)  # type: ignore[arg-type]
    return model


def linear_gaussian(model: Measurement) -> ProbabilisticPCA:
    """A fitted probabilistic PCA, from its `mean`, `weights` and `variance` on disk."""
    found = result_of(model)
    return ProbabilisticPCA(found["mean"].values, found["weights"].values, found["variance"].item())


def encode(model: Model, pixels: Tensor) -> Tensor:
    """Codes without noise, shape (n, k): a VAE's and probabilistic PCA's are posterior means.

    Parameters
    ----------
    model : RunSpec, VariationalRunSpec or Measurement
    pixels : Tensor, shape (n, 1, 28, 28)
    """
    if isinstance(model, Measurement):
        mean, _ = linear_gaussian(model).posterior(pixels.flatten(1).numpy())
        return torch.from_numpy(mean).float()
    return through(trained(model).encode, pixels)


def draw_codes(model: Model, pixels: Tensor) -> Tensor:
    """Codes as the model draws them, shape (n, k): from the posterior, where it has one.

    Parameters
    ----------
    model : RunSpec, VariationalRunSpec or Measurement
        A network's seed decides the noise; for probabilistic PCA, seed 0.
    pixels : Tensor, shape (n, 1, 28, 28)
    """
    if not isinstance(model, Measurement):
        network = trained(model)  # before the seed is set, because building it draws its weights
        with torch.random.fork_rng():
            torch.manual_seed(model.seed)
            return codes_of(network, pixels)
    mean, covariance = linear_gaussian(model).posterior(pixels.flatten(1).numpy())
    with torch.random.fork_rng():
        torch.manual_seed(0)
        noise = torch.randn(mean.shape, dtype=torch.float64)
    factor = torch.linalg.cholesky(torch.from_numpy(covariance))
    return (torch.from_numpy(mean) + noise @ factor.T).float()


def codes_of(network: Autoencoder, pixels: Tensor) -> Tensor:
    """Codes of images, shape (n, k): a VAE's are drawn from q(z | x), one for each image."""
    if isinstance(network, VariationalAutoencoder):
        vae = network
        return through(lambda some: vae.posterior(some).sample(), pixels)
    return through(network.encode, pixels)


def decode(model: Model, codes: Tensor) -> Tensor:
    """The mean image of each code, shape (n, 1, 28, 28); the linear model's is clipped to [0, 1].

    Parameters
    ----------
    model : RunSpec, VariationalRunSpec or Measurement
    codes : Tensor, shape (n, k)
    """
    if isinstance(model, Measurement):
        linear = linear_gaussian(model)
        images = codes.double().numpy() @ linear.weights.T + linear.mean
        return torch.from_numpy(images).float().clamp(0, 1).view(-1, 1, 28, 28)
    return through(trained(model).decode, codes)
