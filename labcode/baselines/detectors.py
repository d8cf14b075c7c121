"""Detectors: how unlike the training images is an image? The higher the score, the less like.

A detector takes images, shape (n, 1, 28, 28), and its settings, and returns scores, shape (n,).
"""

from collections.abc import Callable
from typing import Any

import torch
import xarray as xr
from sklearn.metrics import roc_auc_score
from torch import Tensor

from labcode import checks, data
from labcode.baselines.linear_mixtures import fitted
from labcode.baselines.pca import principal_components
from labcode.data.outside import KINDS, outside_images
from labcode.runs.measured import Measurement, measured
from labcode.scores.latent_models import linear_gaussian, trained
from labcode.scores.metrics import mse
from labcode.scores.reconstruction import through
from labcode.scores.variational import trained_vae
from labcode.training.mixtures import MixtureRunSpec
from labcode.training.networks import RunSpec
from labcode.training.variational import VariationalRunSpec


@measured
def detection_area(
    detector: Callable[..., Tensor], settings: tuple[Any, ...], kind: str, images: int
) -> xr.DataArray:
    """Area under the ROC curve of a detector, images from outside against test images.

    Parameters
    ----------
    detector : function
        Of this module.
    settings : tuple
        What the detector needs after the images: specs and numbers.
    kind : str
        Of the images from outside, as in `labcode.data.outside`.
    images : int
        Of each.

    Returns
    -------
    DataArray
        1 if every outside image scores higher than every test image, 0.5 by chance.
    """
    checks.option("kind", kind, KINDS)
    checks.counts(images=images)
    usual = detector(data.fashion_mnist("test").pixels[:images], *settings)
    scores = torch.cat([usual, detector(outside_images(kind, images), *settings)])
    is_outside = torch.arange(len(scores)) >= len(usual)
    area = float(roc_auc_score(is_outside, scores))
    return xr.DataArray(area, attrs={"units": "1", "long_name": "area under the ROC curve"})


def minus_elbo(images: Tensor, network: VariationalRunSpec) -> Tensor:
    """Minus the ELBO of a VAE with one sample, in nats; the network's seed decides the noise."""
    vae = trained_vae(network)
    with torch.no_grad(), torch.random.fork_rng():
        torch.manual_seed(network.seed)
        posterior = vae.posterior(images)
        return posterior.rate().sum(1) - vae.log_likelihood(images, posterior.sample())


def network_error(images: Tensor, network: RunSpec | VariationalRunSpec) -> Tensor:
    """MSE per pixel of a trained network's reconstruction."""
    return mse(images, through(trained(network), images))


def pca_error(images: Tensor, fitted_to: data.DataSpec, code_size: int) -> Tensor:
    """MSE per pixel of PCA's reconstruction, clipped to [0, 1].

    With a code size of 0 it is the distance from the mean image: a detector that knows nothing
    but that image.
    """
    checks.batch(images, (1, 28, 28), torch.float32, "this detector is for images")
    checks.pixels(images)
    flat = images.flatten(1).double().numpy()
    restored = principal_components(fitted_to).reconstruct(flat, code_size, clip=True)
    return torch.from_numpy(((flat - restored) ** 2).mean(1))


def minus_mixture_log_likelihood(images: Tensor, mixture: Measurement | MixtureRunSpec) -> Tensor:
    """Minus the log-likelihood of a mixture of probabilistic PCA, in nats."""
    checks.batch(images, (1, 28, 28), torch.float32, "this detector is for images")
    checks.pixels(images)
    return -torch.from_numpy(fitted(mixture).log_likelihood(images.flatten(1).numpy()))


def minus_log_likelihood(images: Tensor, model: Measurement) -> Tensor:
    """Minus the log-likelihood of probabilistic PCA, in nats."""
    checks.batch(images, (1, 28, 28), torch.float32, "this detector is for images")
    checks.pixels(images)
    log_likelihood = linear_gaussian(model).log_likelihood(images.flatten(1).numpy())
    return -torch.from_numpy(log_likelihood)
