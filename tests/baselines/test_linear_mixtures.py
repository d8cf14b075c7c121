"""Mixtures of probabilistic PCA of images: what they know, and what is drawn from them."""

import numpy as np
import pytest
import torch
from scipy import stats

from labcode.baselines.detectors import minus_mixture_log_likelihood
from labcode.baselines.linear_mixtures import fitted, mixture_likelihood, mixture_of_labels
from labcode.baselines.sampled_images import linear_sample_scores
from labcode.data import DataSpec, load
from labcode.theory import pca, ppca
from labcode.training.classifier import ClassifierRunSpec
from labcode.training.mixtures import MixtureRunSpec

DATA = DataSpec(1500, 300)
LABELS, EM = mixture_of_labels.spec(DATA, 3), MixtureRunSpec(6, 3, 4, 0, DATA)


def test_of_labels_it_has_the_likelihood_of_ten_gaussians(fashion_mnist):
    train = load(DATA).train
    x, test = (images.pixels.flatten(1).double().numpy() for images in (train, fashion_mnist.test))
    densities = []
    for label in range(10):
        of_class = x[train.labels == label]
        best = ppca.maximum_likelihood(pca.fit(of_class), 3)
        covariance = best.weights @ best.weights.T + best.variance * np.eye(784)
        gaussian = stats.multivariate_normal(best.mean, covariance)
        densities.append(gaussian.logpdf(test[:200]) + np.log(len(of_class) / len(x)))
    expected = np.logaddexp.reduce(densities)
    images = fashion_mnist.test.pixels[:200]
    scores = minus_mixture_log_likelihood(images, LABELS)
    np.testing.assert_allclose(-scores.numpy(), expected, rtol=1e-6)
    assert fitted(LABELS).log_likelihood(test[:200]) == pytest.approx(expected, rel=1e-6)


def test_a_likelihood_is_the_mean_over_test_images(fashion_mnist):
    for mixture, components in ((LABELS, 10), (EM, 6)):
        found = mixture_likelihood(mixture)
        x = fashion_mnist.test.pixels.flatten(1).numpy()
        expected = fitted(mixture).log_likelihood(x).mean()
        assert found.log_likelihood.item() == pytest.approx(expected)
        assert found.parts == components
    one = fitted(mixture_of_labels.spec(DATA, 3, one_variance=True))
    assert len({part.variance for part in one.parts}) == 1


def test_drawn_images_are_scored_as_a_networks_are():
    classifier = ClassifierRunSpec(1, 0, DATA)
    found = linear_sample_scores(EM, classifier, 400, 300, 0)
    again, other = (
        linear_sample_scores.spec(EM, classifier, 400, 300, seed).train() for seed in (0, 1)
    )
    assert found.frechet > 0 and found.examples.shape == (10, 28, 28)
    assert found.examples.min() >= 0 and found.examples.max() <= 1
    assert torch.equal(again.weights["examples"], torch.from_numpy(found.examples.values))
    assert not torch.equal(other.weights["examples"], again.weights["examples"])
