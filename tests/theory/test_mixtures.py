"""Gaussian mixtures against quadrature, autograd and reference values."""

import numpy as np
import pytest
import torch
from scipy import integrate, stats
from torch.distributions import Categorical, MixtureSameFamily, MultivariateNormal

from labcode import data
from labcode.theory.mixtures import GaussianMixture, mixture_of_classes

STD = 0.3


def test_posterior_mean_and_score_agree_with_bayes_by_quadrature() -> None:
    one = GaussianMixture(
        np.array([0.3, 0.7]), np.array([[-1.0], [1.5]]), np.array([[[0.2]], [[0.5]]])
    )

    def prior(x: float) -> float:
        return 0.3 * stats.norm.pdf(x, -1, 0.2**0.5) + 0.7 * stats.norm.pdf(x, 1.5, 0.5**0.5)

    for y in (-2.0, 0.1, 1.0):
        top, bottom = (
            integrate.quad(lambda x, p=p, y=y: x**p * prior(x) * stats.norm.pdf(y, x, 0.5), -6, 7)[
                0
            ]
            for p in (1, 0)
        )
        point = np.array([[y]])
        assert one.posterior_mean(point, 0.5)[0, 0] == pytest.approx(top / bottom, abs=1e-8)
        by_score = point + 0.5**2 * one.score(point, 0.5)
        assert by_score[0, 0] == pytest.approx(top / bottom, abs=1e-8)
        assert one.log_density(point, 0.5)[0] == pytest.approx(np.log(bottom), abs=1e-8)


def test_score_and_density_agree_with_torch() -> None:
    mixture = data.THREE_CLUSTERS
    y = (1.5 * data.sample(mixture, 50, seed=1)).requires_grad_()
    torch_mixture = MixtureSameFamily(
        Categorical(torch.from_numpy(mixture.weights)),
        MultivariateNormal(
            torch.from_numpy(mixture.means),
            torch.from_numpy(mixture.covariances + STD**2 * np.eye(2)),
        ),
    )
    log_density = torch_mixture.log_prob(y)
    log_density.sum().backward()
    points = y.detach().numpy()
    np.testing.assert_allclose(mixture.log_density(points, STD), log_density.detach(), atol=1e-10)
    np.testing.assert_allclose(mixture.score(points, STD), y.grad, atol=1e-10)


def test_minimum_error_is_the_divergence() -> None:
    # Second-order Tweedie: Cov[x|y] = s^2 J_r(y), so MMSE = s^2 E div r; the trace by differences.
    mixture = data.THREE_CLUSTERS
    x = data.sample(mixture, 20_000, seed=2).numpy()
    y = x + STD * np.random.default_rng(7).normal(size=x.shape)
    step = 1e-4
    divergence = sum(
        np.mean(
            mixture.posterior_mean(y + step * axis, STD)[:, j]
            - mixture.posterior_mean(y - step * axis, STD)[:, j]
        )
        / (2 * step)
        for j, axis in enumerate(np.eye(2))
    )
    error = ((mixture.posterior_mean(y, STD) - x) ** 2).sum(1).mean()
    assert error == pytest.approx(STD**2 * divergence, rel=0.02)


def test_weights_are_checked() -> None:
    with pytest.raises(ValueError, match="sum to 1"):
        GaussianMixture(np.array([0.5, 0.6]), np.zeros((2, 1)), np.ones((2, 1, 1)))


def test_ten_gaussians_on_fashion_mnist(fashion_mnist) -> None:  # type: ignore[no-untyped-def]
    train, test = (
        images.pixels.flatten(1).double().numpy()
        for images in (fashion_mnist.train, fashion_mnist.test)
    )
    mixture = mixture_of_classes(train, fashion_mnist.train.labels)
    x = test[:2000]
    noise = np.random.default_rng(0).normal(size=x.shape)
    for std, expected in ((0.3, 0.009569), (0.5, 0.014106)):
        error = np.mean((mixture.posterior_mean(x + std * noise, std) - x) ** 2)
        assert error == pytest.approx(expected, rel=0.02)
