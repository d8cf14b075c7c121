"""The sampler gives back the moments of a Gaussian, and of a mixture with its exact score."""

import numpy as np
import pytest
import torch
from scipy.integrate import solve_ivp
from scipy.stats import multivariate_normal

from labcode import data
from labcode.scores.plane import energy_distance
from labcode.theory import sampling
from labcode.theory.denoising import gains

EIGENVALUES = np.array([4.0, 1.0, 0.09])
RNG = np.random.default_rng(0)


def wiener(y, std):
    return y * gains(EIGENVALUES, std)


def test_levels_fall_to_nothing():
    levels = sampling.noise_levels(80, 0.02, 30)
    assert (levels[0], levels[-2], levels[-1]) == pytest.approx((80, 0.02, 0))
    assert (np.diff(levels) < 0).all() and np.diff(levels)[0] < 100 * np.diff(levels)[-2]


def test_the_flow_gives_a_gaussian_its_moments():
    levels = sampling.noise_levels(40, 0.005, 60)
    y = levels[0] * RNG.normal(size=(100_000, 3))
    x = sampling.flow(wiener, y, levels)
    np.testing.assert_allclose(x.mean(0), 0, atol=0.03)
    np.testing.assert_allclose(np.cov(x.T), np.diag(EIGENVALUES), atol=0.06)
    exact = sampling.flow_gains(EIGENVALUES, levels)
    np.testing.assert_allclose(x / y, np.tile(exact, (len(y), 1)), rtol=0.01)


def test_the_exact_gains_solve_the_flow():
    found = solve_ivp(
        lambda s, y: s * y / (EIGENVALUES + s**2), (5.0, 1e-9), np.ones(3), rtol=1e-9, atol=1e-12
    )
    np.testing.assert_allclose(found.y[:, -1], sampling.flow_gains(EIGENVALUES, [5.0]), rtol=1e-6)


def test_the_error_falls_with_the_square_of_the_steps():
    def error(steps: int) -> float:
        levels = sampling.noise_levels(10, 0.01, steps)
        exact = sampling.flow_gains(EIGENVALUES, levels)
        return float(np.abs(sampling.flow(wiener, np.ones(3), levels) - exact).max())

    assert 3 < error(40) / error(80) < 5


def test_the_flow_samples_a_mixture_by_its_exact_score():
    mixture = data.THREE_CLUSTERS
    levels = sampling.noise_levels(30, 0.01, 40)
    y = levels[0] * RNG.normal(size=(4000, 2))
    x = sampling.flow(mixture.posterior_mean, y, levels)
    mean = mixture.weights @ mixture.means
    spread = mixture.covariances + np.einsum("mi,mj->mij", mixture.means, mixture.means)
    second = np.tensordot(mixture.weights, spread, 1) - np.outer(mean, mean)
    np.testing.assert_allclose(x.mean(0), mean, atol=4 * np.sqrt(np.diag(second) / len(x)).max())
    np.testing.assert_allclose(np.cov(x.T), second, atol=0.12)
    nearest = np.argmax(
        [
            w * multivariate_normal(m, c).pdf(x)
            for w, m, c in zip(mixture.weights, mixture.means, mixture.covariances, strict=True)
        ],
        0,
    )
    np.testing.assert_allclose(np.bincount(nearest) / len(x), mixture.weights, atol=0.04)
    truth = data.sample(mixture, 4000, seed=5)
    again = data.sample(mixture, 4000, seed=6)
    chance = energy_distance(again, truth)
    assert energy_distance(torch.from_numpy(x), truth) < chance + 0.005


# A part of an image

S = np.array([[2.0, 0.9, 0.5], [0.9, 1.0, 0.2], [0.5, 0.2, 0.4]])
MEAN = np.array([1.0, -1.0, 0.5])
SEEN = np.array([True, False, True])
STD = 0.5


def gaussian(y, std):
    return MEAN + (y - MEAN) @ np.linalg.solve(S + std**2 * np.eye(3), S)


def given(n: int) -> tuple[np.ndarray, np.ndarray]:
    x = RNG.multivariate_normal(MEAN, S, n)
    return x, x + STD * RNG.normal(size=x.shape)


def test_the_repair_is_the_regression_on_what_is_seen():
    x, y = given(200_000)
    design = np.column_stack([np.ones(len(y)), y[:, SEEN]])
    fitted = design @ np.linalg.lstsq(design, x, rcond=None)[0]
    found = sampling.missing_by_wiener(y, SEEN, MEAN, S, STD)
    np.testing.assert_allclose(found, fitted, atol=0.03)
    assert ((found - x) ** 2).mean() == pytest.approx(((fitted - x) ** 2).mean(), rel=1e-3)


def test_with_all_pixels_seen_it_is_the_wiener_filter():
    _, y = given(10)
    found = sampling.missing_by_wiener(y, np.ones(3, bool), MEAN, S, STD)
    np.testing.assert_allclose(found, gaussian(y, STD), atol=1e-12)


def test_plug_and_play_ends_at_the_wiener_solution():
    _, y = given(10)
    y[:, ~SEEN] = 7.0
    wiener_solution = sampling.missing_by_wiener(y, SEEN, MEAN, S, STD)
    start, mask = np.zeros_like(y), SEEN.astype(float)
    found = sampling.plug_and_play(gaussian, y, mask, start, [STD] * 400)
    np.testing.assert_allclose(found, wiener_solution, atol=1e-8)


def test_the_samplers_take_tensors_too():
    levels = sampling.noise_levels(10, 0.01, 10)
    y = RNG.normal(size=(5, 3))

    def torch_wiener(y, std):
        return y * torch.from_numpy(gains(EIGENVALUES, std))

    found = sampling.flow(torch_wiener, torch.from_numpy(y), levels)
    np.testing.assert_allclose(found, sampling.flow(wiener, y, levels))
