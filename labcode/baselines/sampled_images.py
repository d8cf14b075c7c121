"""Images drawn from a model, scored against test images in a classifier's features."""

import numpy as np
import torch
import xarray as xr
from torch import Tensor

from labcode import data
from labcode.baselines.code_density import sample_mixture
from labcode.baselines.linear_mixtures import fitted
from labcode.runs.measured import Measurement, measured, result_of
from labcode.scores.features import trained_classifier
from labcode.scores.generation import frechet_distance, precision_and_recall
from labcode.scores.latent_models import Model, decode
from labcode.training.classifier import ClassifierRunSpec
from labcode.training.mixtures import MixtureRunSpec

EXAMPLES = 10
FIRST_SEED = 1000


@measured
def sample_scores(
    model: Model,
    code_size: int,
    density: Measurement | None,
    classifier: ClassifierRunSpec,
    samples: int,
    support: int,
    seed: int,
) -> xr.Dataset:
    """Images decoded from drawn codes, without pixel noise, against as many test images.

    Parameters
    ----------
    model : RunSpec, VariationalRunSpec or Measurement
        Whose decoder.
    code_size : int
    density : Measurement, optional
        Of codes: a call of `code_mixture` or `code_gaussian` in `labcode.baselines.code_density`.
        N(0, I) if not given.
    classifier : ClassifierRunSpec
        In whose features the images are compared.
    samples, support : int
        Images in the Fréchet distance, and in precision and recall.
    seed : int
        Of the draw.

    Returns
    -------
    Dataset
        `frechet`, `precision`, `recall`, and `examples`, the first ten images.
    """
    generator = torch.Generator().manual_seed(FIRST_SEED + seed)
    if density is None:
        codes = torch.randn(samples, code_size, generator=generator)
    else:
        codes = sample_mixture(result_of(density), samples, generator)
    return scored(decode(model, codes), classifier, samples, support)


@measured
def linear_sample_scores(
    mixture: Measurement | MixtureRunSpec,
    classifier: ClassifierRunSpec,
    samples: int,
    support: int,
    seed: int,
) -> xr.Dataset:
    """The same of a mixture of probabilistic PCA: means of drawn codes, clipped to [0, 1].

    Parameters
    ----------
    mixture : Measurement or MixtureRunSpec
        As `labcode.baselines.linear_mixtures.fitted` takes it.
    classifier, samples, support, seed
        As in `sample_scores`.
    """
    drawn = fitted(mixture).decoded_samples(samples, np.random.default_rng(FIRST_SEED + seed))
    images = torch.from_numpy(drawn).float().clamp(0, 1).view(-1, 1, 28, 28)
    return scored(images, classifier, samples, support)


@measured
def held_out_scores(
    classifier: ClassifierRunSpec, samples: int, support: int, seed: int
) -> xr.Dataset:
    """The same of real images that no network was trained on, drawn without replacement.

    Parameters
    ----------
    classifier, samples, support, seed
        As in `sample_scores`.
    """
    held_out = data.fashion_mnist("train").pixels[50_000:]
    generator = torch.Generator().manual_seed(FIRST_SEED + seed)
    drawn = held_out[torch.randperm(len(held_out), generator=generator)[:samples]]
    return scored(drawn, classifier, samples, support)


def scored(images: Tensor, classifier: ClassifierRunSpec, samples: int, support: int) -> xr.Dataset:
    """Images against as many test images, as `sample_scores` describes."""
    scorer = trained_classifier(classifier)
    real = scorer.features(data.images_of(classifier.data, "test").pixels[:samples])
    made = scorer.features(images)
    cover = precision_and_recall(real[:support], made[:support])
    scores = {
        "frechet": (frechet_distance(real, made), "squared feature units", "Fréchet distance"),
        "precision": (cover.precision, "1", "precision"),
        "recall": (cover.recall, "1", "recall"),
    }
    return xr.Dataset(
        {
            name: ((), value, {"units": units, "long_name": long_name})
            for name, (value, units, long_name) in scores.items()
        }
        | {
            "examples": (
                ("example", "row", "column"),
                images[:EXAMPLES, 0].numpy(),
                {"units": "pixel units", "long_name": "the first images, not chosen"},
            )
        }
    )
