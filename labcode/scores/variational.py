"""Scores of trained variational autoencoders, on test images."""

import math
from typing import Any

import torch
import xarray as xr
from torch import Tensor

from labcode import data
from labcode.models.likelihoods import ContinuousBernoulli, Gaussian, continuous_bernoulli_mean
from labcode.models.variational import VariationalAutoencoder
from labcode.runs.measured import measured
from labcode.scores.evidence import importance_bounds
from labcode.scores.latent_models import trained
from labcode.scores.metrics import mse
from labcode.scores.reconstruction import through
from labcode.training.variational import VariationalRunSpec, rate_and_distortion

OBSERVATION_SEED = 40_000
TEST_SEED = 50_000
ACTIVE_VARIANCE = 0.01
PICTURE = ("example", "row", "column")


def trained_vae(network: VariationalRunSpec) -> VariationalAutoencoder:
    """The trained network of a spec, on the CPU, in evaluation mode."""
    model = trained(network)
    assert isinstance(model, VariationalAutoencoder)
    return model


@measured
def learned_variance(network: VariationalRunSpec) -> float:
    """v of a trained network's Gaussian likelihood, in squared pixel units."""
    return variance_of(trained_vae(network))


def variance_of(model: VariationalAutoencoder) -> float:
    """v of a Gaussian likelihood, learned or fixed, in squared pixel units."""
    assert isinstance(model.likelihood, Gaussian)
    return model.likelihood.variance.item()


@torch.no_grad()
def active_units(model: VariationalAutoencoder, x: Tensor) -> int:
    """Units whose posterior mean varies over the images: Var_x E[z | x] > 0.01.

    Source: Burda, Grosse and Salakhutdinov (2016), section 5.2.

    Parameters
    ----------
    model : VariationalAutoencoder
    x : Tensor, shape (n, *shape)
    """
    codes = torch.cat([model.encode(some) for some in x.split(2000)])
    return int((codes.var(0) > ACTIVE_VARIANCE).sum())


def _decoder_cost(network: VariationalRunSpec, samples: tuple[int, ...], images: int) -> float:
    weights = sum(weight.numel() for weight in network.model.build().decoder.parameters())
    return samples[-1] * images * weights / 3


@measured(cost=_decoder_cost)
def evidence(network: VariationalRunSpec, samples: tuple[int, ...], images: int) -> xr.Dataset:
    """Importance-weighted bounds of some test images under a trained VAE.

    Parameters
    ----------
    network : VariationalRunSpec
    samples : tuple of int
        Increasing numbers K of samples.
    images : int
        How many of the 10,000 test images, chosen at random, the same for every network. If the
        likelihood binarises, it does so once, the same way for every network.

    Returns
    -------
    Dataset
        `bound`, dimensions `samples` and `image`, in nats; `elbo`, with one sample and the
        divergence in closed form; and `place`, that of the image in the test set.
    """
    model = trained_vae(network)
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(OBSERVATION_SEED)
        test = data.images_of(network.data, "test").pixels
        which = torch.randperm(len(test))[:images]
        x = model.likelihood.observe(test)[which]
        posterior = model.posterior(x)
        elbo = model.log_likelihood(x, posterior.sample()) - posterior.rate().sum(1)
        bounds = importance_bounds(model, x, samples)
    return xr.Dataset(
        {
            "bound": (("samples", "image"), bounds.numpy(), _nats("importance-weighted bound")),
            "elbo": ("image", elbo.numpy(), _nats("ELBO")),
            "place": ("image", which.numpy(), {"units": "1", "long_name": "test image"}),
        },
        {"samples": list(samples)},
    )


@measured
def elbo_on_test_images(network: VariationalRunSpec) -> xr.Dataset:
    """Rate and distortion on the test images, with the same draws for every network.

    Returns
    -------
    Dataset
        `rate`, `distortion` and `elbo`, minus their sum, in nats an image.
    """
    rate, distortion = _rate_and_distortion(network, trained_vae(network))
    return xr.Dataset(
        {
            "rate": ((), rate, _nats("rate")),
            "distortion": ((), distortion, _nats("distortion")),
            "elbo": ((), -rate - distortion, _nats("ELBO")),
        }
    )


@measured
def rate_and_error(network: VariationalRunSpec, shown: int) -> xr.Dataset:
    """The exchange of nats for squared error by a VAE with a Gaussian likelihood.

    Parameters
    ----------
    network : VariationalRunSpec
    shown : int
        Test images to reconstruct, the first ones.

    Returns
    -------
    Dataset
        `level`, beta v; `rate`, in nats an image; `squared_error`, with sampled codes, summed over
        pixels; `active`, the units in use; and `reconstruction`, from the posterior's mean,
        dimensions `example`, `row` and `column`.
    """
    model, test = trained_vae(network), data.images_of(network.data, "test").pixels
    rate, nats = _rate_and_distortion(network, model)
    v = variance_of(model)
    error = 2 * v * (nats - test[0].numel() / 2 * math.log(2 * math.pi * v))
    square = {"units": "squared pixel units"}
    return xr.Dataset(
        {
            "level": ((), network.beta * v, square | {"long_name": "beta v"}),
            "rate": ((), rate, _nats("rate")),
            "squared_error": ((), error, square | {"long_name": "squared error an image"}),
            "active": ((), active_units(model, test), {"units": "1", "long_name": "units in use"}),
            "reconstruction": (
                PICTURE,
                through(model, test[:shown])[:, 0].numpy(),
                {"units": "1", "long_name": "grey level"},
            ),
        }
    )


@measured
def decoded_errors(network: VariationalRunSpec) -> xr.Dataset:
    """MSE per pixel of test images decoded from the posterior's mean.

    Returns
    -------
    Dataset
        `mse` of the mean image that the decoder stands for, and `naive_mse` if its output is taken
        for that image. They differ for the continuous Bernoulli alone.
    """
    model, test = trained_vae(network), data.images_of(network.data, "test").pixels
    output = through(model, test)
    continuous = isinstance(model.likelihood, ContinuousBernoulli)
    meant = continuous_bernoulli_mean(output) if continuous else output
    about = {"units": "squared pixel units", "long_name": "MSE per pixel"}
    return xr.Dataset(
        {
            name: ((), mse(test, image).mean().item(), about)
            for name, image in (("mse", meant), ("naive_mse", output))
        }
    )


def _rate_and_distortion(
    network: VariationalRunSpec, model: VariationalAutoencoder
) -> tuple[float, float]:
    test = data.images_of(network.data, "test").pixels
    with torch.random.fork_rng():
        torch.manual_seed(TEST_SEED)
        return rate_and_distortion(model, model.likelihood.observe(test))


def _nats(long_name: str) -> dict[str, Any]:
    return {"units": "nats", "long_name": long_name}
