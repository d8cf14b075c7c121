"""Distances of codes from N(0, I) and paths between codes, against closed forms."""

import math

import pytest
import torch
from scipy.spatial import geometric_slerp
from torch.distributions import MultivariateNormal, kl_divergence

from labcode.data import gaussian, moments
from labcode.scores import latent as latent_scores


def normal(n: int, k: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(n, k, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_moment_divergence_is_torchs_kl_of_the_moments():
    codes = gaussian([3.0, 1.0, 0.2], n=100, seed=0, mean=[1.0, -2.0, 0.5]).x
    mean, covariance = moments(codes)
    standard = MultivariateNormal(torch.zeros(3).double(), torch.eye(3).double())
    expected = kl_divergence(MultivariateNormal(mean, covariance), standard)
    assert latent_scores.moment_divergence(codes) == pytest.approx(expected.item(), rel=1e-9)


def test_moment_divergence_of_white_codes_is_zero():
    assert latent_scores.moment_divergence(gaussian([1.0] * 5, n=50, seed=1).x) == pytest.approx(
        0, abs=1e-12
    )


def test_discrepancy_of_two_codes_by_hand():
    """k = 1, codes a and b: kernel exp(-(a - b)^2 / 2), and Gaussian integrals."""
    a, b = 0.3, -1.1
    expected = (
        math.exp(-((a - b) ** 2) / 2)
        - 2 * math.sqrt(1 / 2) * (math.exp(-(a**2) / 4) + math.exp(-(b**2) / 4)) / 2
        + math.sqrt(1 / 3)
    )
    codes = torch.tensor([[a], [b]])
    assert latent_scores.discrepancy_from_normal(codes) == pytest.approx(expected, rel=1e-6)


def test_discrepancy_agrees_with_a_second_sample_in_place_of_the_integrals():
    codes, other = 1.5 * normal(2000, 4, 1) + 0.5, normal(4000, 4, 2)

    def kernel(one, two):
        return torch.exp(-torch.cdist(one, two).square() / 8)

    within = [(kernel(z, z).sum() - len(z)) / (len(z) * (len(z) - 1)) for z in (codes, other)]
    expected = sum(within) - 2 * kernel(codes, other).mean()
    measured = latent_scores.discrepancy_from_normal(codes)
    assert measured == pytest.approx(expected.item(), abs=0.01)
    assert measured > 0.05


def test_discrepancy_is_unbiased_at_zero():
    values = [latent_scores.discrepancy_from_normal(normal(50, 3, seed)) for seed in range(400)]
    spread = torch.tensor(values).std().item() / 20
    assert abs(sum(values) / 400) < 4 * spread
    assert min(values) < 0


def test_discrepancy_sees_what_mean_and_covariance_cannot():
    """Codes at the corners of a square have the moments of N(0, I) and are not normal."""
    corners = torch.tensor([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]]).repeat(500, 1)
    expected = ((1 + math.exp(-1)) / 2) ** 2 - 4 / 3 * math.exp(-1 / 3) + 1 / 2
    measured = latent_scores.discrepancy_from_normal(corners)
    assert latent_scores.moment_divergence(corners) == pytest.approx(0, abs=1e-9)
    assert measured == pytest.approx(expected, abs=1e-3)
    assert expected > 0.01


def test_whitened_codes_have_mean_zero_and_covariance_one():
    codes = gaussian([5.0, 1.0, 0.01], n=100, seed=0, mean=[1.0, 2.0, 3.0]).x
    mean, covariance = moments(latent_scores.whiten(codes, like=codes))
    torch.testing.assert_close(mean, torch.zeros(3).double(), atol=1e-9, rtol=0)
    torch.testing.assert_close(covariance, torch.eye(3).double(), atol=1e-9, rtol=0)


def test_codes_without_variance_cannot_be_whitened():
    with pytest.raises(ValueError, match="no variance"):
        latent_scores.whiten(torch.zeros(5, 2), like=torch.zeros(5, 2))


def test_linear_paths_are_straight_and_even():
    path = latent_scores.linear_path(normal(6, 4, 0), normal(6, 4, 1), steps=7)
    assert path.shape == (6, 8, 4)
    torch.testing.assert_close(path[:, 0], normal(6, 4, 0))
    torch.testing.assert_close(path[:, -1], normal(6, 4, 1))
    one = torch.ones(6).double()
    torch.testing.assert_close(latent_scores.detour(path), one)
    torch.testing.assert_close(latent_scores.unevenness(path), one)


def test_spherical_paths_are_scipys_on_the_unit_sphere():
    start, end = (torch.nn.functional.normalize(normal(5, 3, seed), dim=1) for seed in (0, 1))
    paths = latent_scores.spherical_path(start, end, steps=10)
    t = torch.linspace(0, 1, 11).double().numpy()
    for one, other, path in zip(start, end, paths, strict=True):
        expected = torch.from_numpy(geometric_slerp(one.numpy(), other.numpy(), t))
        torch.testing.assert_close(path, expected)


def test_spherical_paths_between_equal_codes_stay_there():
    start = normal(3, 4)
    path = latent_scores.spherical_path(start, start.clone(), steps=4)
    torch.testing.assert_close(path, start[:, None].expand(3, 5, 4))


def test_a_quarter_circle_is_a_detour_of_pi_over_two_root_two():
    path = latent_scores.spherical_path(torch.eye(2)[:1], torch.eye(2)[1:], steps=1000)
    expected = torch.tensor([math.pi / 2 / math.sqrt(2)])
    torch.testing.assert_close(latent_scores.detour(path), expected, atol=1e-5, rtol=0)


def test_one_jump_is_as_uneven_as_the_number_of_steps():
    path = torch.zeros(1, 11, 2)
    path[:, 6:] = 3.0
    assert latent_scores.unevenness(path).item() == pytest.approx(10)


def test_nearest_distance_by_hand():
    real = torch.tensor([[0.0, 0.0], [10.0, 0.0]])
    points = torch.tensor([[3.0, 4.0], [10.0, 1.0]])
    assert latent_scores.nearest_distance(points, real).tolist() == pytest.approx([5, 1])
