"""Scores of codes: against the best that can be, and unmoved by changes of basis and scale."""

import math

import numpy as np
import pytest
import torch
from scipy import integrate, stats

from labcode.data import DataSpec
from labcode.models.variational import DenseVAE
from labcode.scores.gauge_free import informative, organisation, told_from_normal
from labcode.scores.probes import neighbour_accuracies
from labcode.training.networks import model_spec
from labcode.training.variational import VariationalRunSpec


def normal(n: int, k: int, seed: int) -> torch.Tensor:
    return torch.randn(n, k, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def stretched(codes: torch.Tensor) -> torch.Tensor:
    """Another basis and scale: a random invertible map, some directions a hundred times longer."""
    k = codes.shape[1]
    scale = torch.logspace(-1, 1, k, dtype=torch.float64)
    return codes.double() @ (normal(k, k, 9) * scale) + 3


def test_shifted_codes_are_told_as_well_as_the_best_rule_does():
    """A shift by t: accuracy Phi(t / 2), and the Jensen-Shannon divergence by quadrature."""
    shift = 1.5
    codes = normal(9000, 2, 0)
    codes[:, 0] += shift
    accuracy, divergence = told_from_normal(codes[:5000], codes[5000:])
    assert accuracy == pytest.approx(stats.norm.cdf(shift / 2), abs=0.015)
    p, q = stats.norm(0).pdf, stats.norm(shift).pdf
    exact, _ = integrate.quad(
        lambda z: sum(a(z) * np.log(2 * a(z) / (p(z) + q(z))) / 2 for a in (p, q)), -8, 10
    )
    assert divergence == pytest.approx(exact, abs=0.015)


def test_draws_of_the_prior_are_not_told():
    codes = normal(7000, 4, 1)
    accuracy, divergence = told_from_normal(codes[:4000], codes[4000:])
    assert accuracy == pytest.approx(0.5, abs=3 * 0.5 / math.sqrt(6000))
    assert divergence < 0.005


def test_neighbours_do_not_move_with_basis_and_scale():
    generator = np.random.default_rng(0)
    labels = torch.from_numpy(generator.integers(0, 3, 1200))
    means = normal(1200, 4, 2) + 2 * torch.nn.functional.one_hot(labels, 4)
    draws = means + 0.3 * normal(1200, 4, 3)

    def accuracy(draws: torch.Tensor, means: torch.Tensor, white: bool) -> float:
        codes = informative(draws, means)[0] if white else means
        halves = [(codes[part], labels[part]) for part in (slice(800), slice(800, None))]
        return neighbour_accuracies(halves[0], halves[1], [10])[0]

    moved = stretched(draws), stretched(means)
    assert accuracy(*moved, white=True) == accuracy(draws, means, white=True)
    assert accuracy(*moved, white=False) != accuracy(draws, means, white=False)


def test_directions_that_are_noise_alone_are_left_out():
    means = torch.cat([normal(3000, 2, 4), 1e-3 * normal(3000, 2, 5)], 1)
    draws = means + torch.tensor([0.1, 0.5, 1.0, 1.0]) * normal(3000, 4, 6)
    for some, theirs in ((draws, means), (stretched(draws), stretched(means))):
        white, other = informative(some, theirs, theirs[:10])
        assert white.shape == (3000, 2) and torch.equal(other, white[:10])
        covariance = torch.cov(white.T, correction=0)
        torch.testing.assert_close(covariance, torch.eye(2, dtype=torch.float64))
    assert informative(means, means)[0].shape == (3000, 4)


def test_codes_of_a_network_are_scored(empty_cache):
    data = DataSpec(600, 100)
    spec = VariationalRunSpec(model_spec(DenseVAE, code_size=3, hidden=(32,)), 4, 0, data)
    found = organisation(spec, known=600, told=600, asked=300, neighbours=10)
    assert 0.4 < found.told_whitened < found.told <= 1
    assert 0.2 < found.neighbours_whitened < 0.9
    assert found.directions == 3
    assert found.jensen_shannon < math.log(2) and found.jensen_shannon_whitened < math.log(2)
