"""The importance-weighted bound, where the log-likelihood is known exactly."""

import math

import numpy as np
import pytest
import torch

from labcode.models.variational import DenseVAE, LinearVAE
from labcode.scores.evidence import importance_bounds
from labcode.theory import ppca


def _linear(inflation: float) -> tuple[LinearVAE, ppca.ProbabilisticPCA, torch.Tensor]:
    """A linear VAE with the exact posterior, but for its covariance, which is inflated."""
    torch.manual_seed(0)
    variance, k, d = 0.3, 5, 12
    w = torch.linalg.qr(torch.randn(d, k, dtype=torch.float64)).Q * torch.linspace(0.5, 3, k)
    model = LinearVAE(k, variance=variance, shape=(d,)).double()
    inner = w.T @ w + variance * torch.eye(k, dtype=torch.float64)
    model.decoder[0].weight.data = w
    model.encoder[1].weight.data = torch.linalg.solve(inner, w.T)
    model.tenth_of_log.data = (inflation * variance / inner.diagonal()).log() / 10
    x = torch.randn(60, k, dtype=torch.float64) @ w.T + variance**0.5 * torch.randn(60, d)
    return model, ppca.ProbabilisticPCA(np.zeros(d), w.numpy(), variance), x


def test_with_the_exact_posterior_every_bound_is_exact():
    model, exact, x = _linear(1.0)
    expected = torch.from_numpy(exact.log_likelihood(x.numpy()))
    for bound in importance_bounds(model, x, (1, 3, 10)):
        torch.testing.assert_close(bound, expected, atol=1e-5, rtol=0)


def test_bounds_rise_to_the_log_likelihood():
    inflation = 1.5
    model, exact, x = _linear(inflation)
    counts = (1, 5, 50, 1000)
    repeats = torch.stack([importance_bounds(model, x, counts, seed) for seed in range(8)])
    gap = torch.from_numpy(exact.log_likelihood(x.numpy())) - repeats
    mean, error = gap.mean((0, 2)), gap.mean(2).std(0) / math.sqrt(8)
    # The gap at one sample is the divergence of an inflated Gaussian from the true posterior.
    predicted = 5 * (inflation - 1 - math.log(inflation)) / 2
    assert abs(mean[0] - predicted) < 4 * error[0]
    assert mean[0] > mean[1] > mean[2] > mean[3] - 4 * error[3]
    assert abs(mean[-1]) < 0.01


def test_chunks_do_not_change_what_is_estimated(monkeypatch):
    model, exact, x = _linear(1.2)
    whole = importance_bounds(model, x, (1000,))
    monkeypatch.setattr("labcode.scores.evidence.NUMBERS_AT_ONCE", 7000)
    pieces = importance_bounds(model, x, (1000,))
    torch.testing.assert_close(whole, pieces, atol=0.05, rtol=0)
    expected = torch.from_numpy(exact.log_likelihood(x.numpy()))
    torch.testing.assert_close(pieces[0], expected, atol=0.05, rtol=0)


def test_the_seed_decides_and_the_global_random_numbers_stay():
    model = DenseVAE(2, hidden=(8,))
    x = torch.rand(6, 1, 28, 28)
    torch.manual_seed(3)
    first = importance_bounds(model, x, (1, 4), seed=0)
    drawn = torch.rand(1)
    torch.manual_seed(3)
    assert torch.equal(drawn, torch.rand(1))
    assert torch.equal(first, importance_bounds(model, x, (1, 4), seed=0))
    assert not torch.equal(first, importance_bounds(model, x, (1, 4), seed=1))


@pytest.mark.parametrize("samples", [(), (0, 5), (5, 1), (2, 2)])
def test_numbers_of_samples_increase(samples):
    with pytest.raises(ValueError, match="increasing"):
        importance_bounds(DenseVAE(2, hidden=(8,)), torch.rand(2, 1, 28, 28), samples)
