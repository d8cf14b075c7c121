"""A linear VAE is a Gaussian; and what binarised images cost without a network."""

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from labcode import data
from labcode.baselines.binarised_pixels import binarised_pixels
from labcode.baselines.probabilistic_pca import as_gaussian, likelihood_on_test_images
from labcode.models.variational import LinearVAE


def test_a_linear_vae_is_read_as_the_gaussian_that_it_is():
    torch.manual_seed(0)
    model = LinearVAE(3, variance=0.2)
    read = as_gaussian(model)
    x = torch.rand(4, 1, 28, 28)
    covariance = read.weights @ read.weights.T + read.variance * np.eye(784)
    expected = torch.distributions.MultivariateNormal(
        torch.from_numpy(read.mean), torch.from_numpy(covariance)
    ).log_prob(x.flatten(1).double())
    np.testing.assert_allclose(read.log_likelihood(x.flatten(1)), expected.numpy(), rtol=1e-8)
    z = torch.randn(4, 3)
    decoded = model.decode(z).flatten(1).detach().double().numpy()
    np.testing.assert_allclose(decoded, z.numpy() @ read.weights.T + read.mean, atol=1e-5)


def test_the_likelihood_of_test_images_is_scikit_learns(fashion_mnist):
    """Its PCA has Minka's covariance, which divides by n - 1."""
    n = 2000
    table = likelihood_on_test_images(data.DataSpec(n, 0), 5)
    theirs = PCA(5, svd_solver="full").fit(fashion_mnist.train.pixels[:n].flatten(1).double())
    expected = theirs.score(fashion_mnist.test.pixels.flatten(1).double())
    assert table.log_likelihood.item() == pytest.approx(expected, rel=2e-3)
    assert table.variance.item() == pytest.approx(theirs.noise_variance_ * (n - 1) / n, rel=1e-4)


def test_references_of_binarised_images(fashion_mnist):
    references = binarised_pixels()
    assert references.sel(reference="floor").item() == pytest.approx(189.858, abs=2e-3)
    assert references.sel(reference="mean image").item() == pytest.approx(385.018, abs=2e-3)
