"""Mixtures of probabilistic PCA of the images: by the labels, or by EM without them."""

from typing import Any

import torch
import xarray as xr

from labcode import data, runs
from labcode.data import DataSpec
from labcode.runs.measured import Measurement, measured, result_of
from labcode.theory import ppca_mixtures
from labcode.theory.ppca_mixtures import PPCAMixture
from labcode.training.mixtures import LEAST_VARIANCE, MixtureRunSpec, as_tensors, from_tensors

DIMENSIONS = {
    "weights": ("component",),
    "means": ("component", "pixel"),
    "directions": ("component", "pixel", "unit"),
    "variances": ("component",),
}


@measured
def mixture_of_labels(images: DataSpec, code_size: int, one_variance: bool = False) -> xr.Dataset:
    """One probabilistic PCA a class of the training images, in closed form.

    Parameters
    ----------
    images : DataSpec
    code_size : int
        k of each.
    one_variance : bool
        Whether all share one v.

    Returns
    -------
    Dataset
        `weights`, `means`, `directions` and `variances`, which `fitted` reads.
    """
    train = data.load(images).train
    pixels, labels = train.pixels.flatten(1).numpy(), train.labels.numpy()
    found = ppca_mixtures.of_classes(
        pixels, labels, code_size, LEAST_VARIANCE, one_variance=one_variance
    )
    arrays = as_tensors(found)
    return xr.Dataset({name: (DIMENSIONS[name], array.numpy()) for name, array in arrays.items()})


def fitted(mixture: Measurement | MixtureRunSpec) -> PPCAMixture:
    """The mixture of a call of `mixture_of_labels`, or of a run of EM."""
    if isinstance(mixture, MixtureRunSpec):
        return from_tensors(runs.get(mixture).weights)
    table = result_of(mixture)
    return from_tensors({name: torch.from_numpy(table[name].values) for name in DIMENSIONS})


@measured
def mixture_likelihood(mixture: Measurement | MixtureRunSpec) -> xr.Dataset:
    """How probable images are under a mixture, exactly.

    Parameters
    ----------
    mixture : Measurement or MixtureRunSpec

    Returns
    -------
    Dataset
        `log_likelihood` of test images and `validation_log_likelihood`, of the last 10,000
        training images, in nats an image; `mean_variance`, of v over components by weight; and
        `parts`, how many components.
    """
    model = fitted(mixture)
    test = data.fashion_mnist("test").pixels
    validation = data.fashion_mnist("train").pixels[50_000:]
    on_test, on_validation = (
        model.log_likelihood(some.flatten(1).numpy()).mean() for some in (test, validation)
    )
    v = sum(w * part.variance for w, part in zip(model.weights, model.parts, strict=True))
    return xr.Dataset(
        {
            "log_likelihood": ((), on_test, _nats("log-likelihood")),
            "validation_log_likelihood": ((), on_validation, _nats("log-likelihood, validation")),
            "mean_variance": (
                (),
                v,
                {"units": "squared pixel units", "long_name": "mean variance"},
            ),
            "parts": ((), len(model.parts), {"units": "1", "long_name": "components"}),
        }
    )


def _nats(long_name: str) -> dict[str, Any]:
    return {"units": "nats", "long_name": long_name}
