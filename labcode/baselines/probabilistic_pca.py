"""Probabilistic PCA of the images, in closed form, and linear VAEs beside it."""

from typing import Any

import numpy as np
import torch
import xarray as xr

from labcode import data, runs
from labcode.baselines.pca import image_moments, principal_components
from labcode.data import DataSpec
from labcode.models.variational import VariationalAutoencoder
from labcode.runs.measured import measured
from labcode.scores.metrics import principal_angles
from labcode.scores.variational import active_units, evidence, trained_vae, variance_of
from labcode.theory import ppca
from labcode.training.variational import VariationalRunSpec


@measured
def probabilistic_pca(images: DataSpec, code_size: int) -> xr.Dataset:
    """The most likely probabilistic PCA of the training images.

    Parameters
    ----------
    images : DataSpec
    code_size : int
        k, from 1 to 783.

    Returns
    -------
    Dataset
        `mean`, shape (784,), `weights`, shape (784, k), and `variance`, as in
        `labcode.theory.ppca.ProbabilisticPCA`. `labcode.scores.latent_models` encodes and
        decodes with it.
    """
    found = ppca.maximum_likelihood(principal_components(images), code_size)
    return xr.Dataset(
        {
            "mean": ("pixel", found.mean, {"units": "pixel units", "long_name": "mean image"}),
            "weights": (
                ("pixel", "unit"),
                found.weights,
                {"units": "pixel units", "long_name": "image of each unit"},
            ),
            "variance": (
                (),
                found.variance,
                {"units": "squared pixel units", "long_name": "variance of the noise"},
            ),
        }
    )


@measured
def likelihood_on_test_images(images: DataSpec, code_size: int) -> xr.Dataset:
    """The most likely probabilistic PCA of the training images, on the test images.

    Parameters
    ----------
    images : DataSpec
    code_size : int
        k, from 1 to 783.

    Returns
    -------
    Dataset
        `log_likelihood`, exact, in nats an image; and, on the training images, `rate` and
        `variance`.
    """
    fitted = principal_components(images)
    best = ppca.maximum_likelihood(fitted, code_size)
    test = data.images_of(images, "test").pixels.flatten(1).numpy()
    rate, _ = ppca.rate_and_distortion(fitted.eigenvalues, code_size, best.variance)
    return xr.Dataset(
        {
            "log_likelihood": ((), best.log_likelihood(test).mean(), _nats("log-likelihood")),
            "rate": ((), rate, _nats("rate")),
            "variance": ((), best.variance, _squared("variance")),
        }
    )


def rate_and_error_at(images: DataSpec, code_size: int, level: xr.DataArray) -> xr.Dataset:
    """What the best linear VAE exchanges at each level, in closed form, on its training images.

    Parameters
    ----------
    images : DataSpec
    code_size : int
    level : DataArray, one dimension
        beta v.

    Returns
    -------
    Dataset, with the dimension of `level`
        `rate`, `squared_error` and `active`, as `labcode.scores.variational.rate_and_error`.
    """
    eigenvalues = principal_components(images).eigenvalues
    exchanged = [ppca.rate_and_distortion(eigenvalues, code_size, each) for each in level.values]
    rate, error = np.transpose(exchanged)
    active = [ppca.active_units(eigenvalues, code_size, each) for each in level.values]
    return xr.Dataset(
        {
            "rate": (level.dims, rate, _nats("rate")),
            "squared_error": (level.dims, error, _squared("squared error an image")),
            "active": (level.dims, active, {"units": "1", "long_name": "units in use"}),
        },
        level.coords,
    )


def as_gaussian(model: VariationalAutoencoder) -> ppca.ProbabilisticPCA:
    """The Gaussian that a `LinearVAE` is."""
    linear = model.decoder[0]  # type: ignore[index]
    mean, weights = (each.detach().double().numpy() for each in (linear.bias, linear.weight))
    return ppca.ProbabilisticPCA(mean, weights, variance_of(model))


def linear_fit(network: VariationalRunSpec) -> xr.Dataset:
    """A trained linear VAE beside the closed form, on its training images.

    Returns
    -------
    Dataset
        `log_likelihood` of the trained weights, exact, and the largest possible, `best`; `elbo`,
        over the last epoch; nats an image. `variance` and `best_variance`; and `angle`, the
        largest principal angle between W and the first k components.
    """
    history, k = runs.get(network).history, dict(network.model.arguments)["code_size"]
    rate, distortion = (history[f"train_{name}"][-1].item() for name in ("rate", "distortion"))
    fitted = principal_components(network.data)
    learned = as_gaussian(trained_vae(network))
    best = ppca.maximum_likelihood(fitted, k)
    moments = image_moments(network.data)
    likelihood = learned.expected_log_likelihood(
        moments["mean"].values, moments["covariance"].values
    )
    largest = ppca.mean_log_likelihood(fitted.eigenvalues, k)
    angle = principal_angles(learned.weights, best.weights)[0]
    return xr.Dataset(
        {
            "log_likelihood": ((), likelihood, _nats("log-likelihood")),
            "best": ((), largest, _nats("largest log-likelihood")),
            "elbo": ((), -rate - distortion, _nats("ELBO")),
            "variance": ((), learned.variance, _squared("variance")),
            "best_variance": ((), best.variance, _squared("variance, closed form")),
            "angle": ((), angle, {"units": "rad", "long_name": "largest angle to the components"}),
        }
    )


@measured
def collapse(network: VariationalRunSpec) -> xr.Dataset:
    """Which units of a linear VAE with a fixed variance carry information about training images.

    Returns
    -------
    Dataset
        `rate` of each `unit`, the largest first, and `predicted`, ln(l_i / v) / 2; `active`, the
        units in use, and `predicted_active`, the eigenvalues above v; `gap`, the ratio of the last
        eigenvalue above v to the first below it; and `angle`, the largest between the directions
        in use and as many components.
    """
    k = dict(network.model.arguments)["code_size"]
    model, x = trained_vae(network), data.load(network.data).train.pixels
    fitted, learned = principal_components(network.data), as_gaussian(model)
    spectrum, v = fitted.eigenvalues, learned.variance
    kept = ppca.active_units(spectrum, k, v)
    with torch.no_grad():
        rates = model.posterior(x).rate().mean(0).sort(descending=True).values
    used = np.linalg.svd(learned.weights)[0][:, :kept]
    angle = principal_angles(used, fitted.components[:, :kept])[0]
    count = {"units": "1", "long_name": "units in use"}
    return xr.Dataset(
        {
            "rate": ("unit", rates.numpy(), _nats("rate")),
            "predicted": ("unit", ppca.unit_rates(spectrum, k, v), _nats("rate, predicted")),
            "active": ((), active_units(model, x), count),
            "predicted_active": ((), kept, count),
            "gap": ((), spectrum[kept - 1] / spectrum[kept], {"units": "1", "long_name": "gap"}),
            "angle": ((), angle, {"units": "rad", "long_name": "largest angle to the components"}),
        },
        {"unit": np.arange(k) + 1},
    )


def exact_log_likelihood(
    network: VariationalRunSpec, samples: tuple[int, ...], images: int
) -> xr.DataArray:
    """log p(x) under a linear VAE of the images that `evidence` bounds, dimension `image`.

    Parameters
    ----------
    network, samples, images
        As in `labcode.scores.variational.evidence`.
    """
    place = evidence(network, samples, images)["place"].values
    x = data.images_of(network.data, "test").pixels[place].flatten(1).numpy()
    exact = as_gaussian(trained_vae(network)).log_likelihood(x)
    return xr.DataArray(exact, dims="image", attrs=_nats("log-likelihood"))


def _nats(long_name: str) -> dict[str, Any]:
    return {"units": "nats", "long_name": long_name}


def _squared(long_name: str) -> dict[str, Any]:
    return {"units": "squared pixel units", "long_name": long_name}
