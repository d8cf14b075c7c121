"""Score matching against sampling, against torch, and against itself by another way."""

import numpy as np
import pytest
import torch
from torch.distributions import MultivariateNormal, kl_divergence

from labcode import data
from labcode.theory import denoising, score_matching
from labcode.theory import pca as theory_pca

S = np.array([[2.0, 0.6, 0.0], [0.6, 1.0, -0.2], [0.0, -0.2, 0.3]])
T = np.diag([1.0, 1.5, 0.2])
STD = 0.7


def sampled(seed: int = 0, n: int = 400_000):
    rng = np.random.default_rng(seed)
    x = rng.multivariate_normal(np.zeros(3), S, n)
    noise = rng.normal(size=x.shape)
    return x, noise, x + STD * noise


@pytest.mark.parametrize("seed", [1, 2])
def test_objectives_agree_with_sampling(seed):
    a = np.random.default_rng(seed).normal(size=(3, 3))
    _, noise, y = sampled()
    field = -y @ a.T
    score = -y @ np.linalg.inv(S + STD**2 * np.eye(3))
    on_noise = ((field + noise / STD) ** 2).sum(1).mean()
    on_score = ((field - score) ** 2).sum(1).mean()
    assert score_matching.denoising_objective(a, S, STD) == pytest.approx(on_noise, rel=0.01)
    assert score_matching.explicit_objective(a, S, STD) == pytest.approx(on_score, rel=0.01)


def test_the_objectives_differ_by_what_no_field_changes():
    for seed in range(5):
        a = np.random.default_rng(seed).normal(size=(3, 3))
        difference = score_matching.denoising_objective(
            a, S, STD
        ) - score_matching.explicit_objective(a, S, STD)
        assert difference == pytest.approx(score_matching.unlearnable(S, STD), abs=1e-12)


def test_what_is_unlearnable_is_the_best_denoisers_error():
    least = denoising.wiener_error(np.linalg.eigvalsh(S)[::-1], STD)
    assert score_matching.unlearnable(S, STD) == pytest.approx(least / STD**4)


def test_vincents_theorem_holds_for_a_mixture_and_any_field():
    """Neither Gaussian nor linear: both objectives of two fields, on one sample."""
    mixture, rng = data.THREE_CLUSTERS, np.random.default_rng(0)
    x = data.sample(mixture, 200_000, seed=3).numpy()
    noise = rng.normal(size=x.shape)
    y = x + STD * noise
    score = mixture.score(y, STD)
    fields = (np.sin(y), np.stack([y[:, 1] ** 2 / 4, -y[:, 0]], 1))
    differences = [
        ((field + noise / STD) ** 2).sum(1) - ((field - score) ** 2).sum(1) for field in fields
    ]
    gap = differences[0] - differences[1]
    assert abs(gap.mean()) < 4 * gap.std() / len(gap) ** 0.5
    assert differences[0].mean() == pytest.approx(differences[1].mean(), rel=0.02)


def test_divergence_agrees_with_torch():
    p, q = (
        MultivariateNormal(torch.zeros(3, dtype=torch.float64), torch.from_numpy(one))
        for one in (S, T)
    )
    assert score_matching.divergence(S, T) == pytest.approx(kl_divergence(p, q).item())


@pytest.mark.parametrize(("data_", "model"), [(S, T), (T, S), (S, S)])
def test_the_likelihood_is_denoising_at_every_strength(data_, model):
    expected = score_matching.divergence(data_, model)
    found = score_matching.divergence_by_denoising(data_, model)
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-9)


def test_the_score_distance_is_excess_denoising_error_over_s4():
    x, _, y = sampled()
    rest, wrong = (c @ np.linalg.inv(c + STD**2 * np.eye(3)) for c in (S, T))
    excess = ((x - y @ wrong.T) ** 2).sum(1).mean() - ((x - y @ rest.T) ** 2).sum(1).mean()
    distance = score_matching.score_distance(S, T, STD)
    assert STD**4 * distance == pytest.approx(excess, rel=0.02)


def test_the_best_linear_field_on_garments_is_the_wiener_filters(fashion_mnist):
    fitted = theory_pca.fit(fashion_mnist.train.pixels[:2000].flatten(1).double().numpy())
    inverse = np.linalg.inv(fitted.covariance + 0.3**2 * np.eye(784))
    assert score_matching.explicit_objective(inverse, fitted.covariance, 0.3) < 1e-12
    loss = 0.3**4 * score_matching.denoising_objective(inverse, fitted.covariance, 0.3)
    assert loss == pytest.approx(denoising.wiener_error(fitted.eigenvalues, 0.3), rel=1e-9)
