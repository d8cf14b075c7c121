"""Fréchet distance, precision and recall against SciPy, closed forms and cases known by hand."""

import numpy as np
import pytest
import torch
from scipy import linalg
from sklearn.neighbors import NearestNeighbors

from labcode.data import gaussian
from labcode.scores.generation import (
    frechet_distance,
    gaussian_frechet_distance,
    precision_and_recall,
)
from labcode.theory import ppca


def generator(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_frechet_distance_equals_scipys_matrix_square_root():
    one = gaussian([4.0, 2.0, 1.0, 0.5, 0.1], n=400, seed=0, mean=[1.0, 0.0, 2.0, 0.0, -1.0]).x
    other = gaussian([3.0, 2.5, 0.7, 0.2, 0.1], n=300, seed=1).x
    s1, s2 = (np.cov(x.numpy(), rowvar=False, bias=True) for x in (one, other))
    root = linalg.sqrtm(s1 @ s2).real
    shift = one.mean(0).numpy() - other.mean(0).numpy()
    expected = shift @ shift + np.trace(s1 + s2 - 2 * root)
    assert frechet_distance(one, other) == pytest.approx(expected, rel=1e-9)
    assert frechet_distance(other, one) == pytest.approx(expected, rel=1e-9)


def test_frechet_distance_of_gaussians_that_share_their_axes():
    """|m1 - m2|^2 + sum (sqrt(a_i) - sqrt(b_i))^2."""
    first, second = [16.0, 4.0, 1.0], [4.0, 1.0, 0.25]
    one = gaussian(first, n=50, seed=2)
    scale = (torch.tensor(second) / torch.tensor(first)).double().sqrt()
    moved = one.x @ one.components * scale @ one.components.T + torch.tensor([0.0, 3.0, 4.0])
    expected = 25 + (4 + 1 + 0.25)
    assert frechet_distance(one.x, moved) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(("k", "expected"), [(2, 30.092), (32, 4.906)])
def test_frechet_distance_of_pixels_from_probabilistic_pca(fashion_mnist_pca, k, expected):
    """The sum of (sqrt(l_i) - sqrt(v))^2 over i > k, v the mean of those l_i: a closed form."""
    fitted = fashion_mnist_pca
    mean, covariance = torch.from_numpy(fitted.mean), torch.from_numpy(fitted.covariance)
    model = ppca.maximum_likelihood(fitted, k)
    discarded = np.sqrt(fitted.eigenvalues[k:])
    closed_form = ((discarded - np.sqrt(model.variance)) ** 2).sum()
    modelled = model.weights @ model.weights.T + model.variance * np.eye(784)
    distance = gaussian_frechet_distance(mean, covariance, mean, torch.from_numpy(modelled))
    assert distance == pytest.approx(closed_form, rel=1e-6)
    assert distance == pytest.approx(expected, abs=1e-3)


def test_frechet_distance_of_equal_sets_is_zero_even_if_features_never_vary():
    x = torch.rand(40, 6, generator=generator(0))
    x[:, 3:] = 0
    assert frechet_distance(x, x) == pytest.approx(0, abs=1e-9)


def test_equal_sets_have_precision_and_recall_one():
    x = torch.randn(50, 4, generator=generator(0))
    scores = precision_and_recall(x, x)
    assert (scores.precision, scores.recall) == (1, 1)


def test_far_sets_have_precision_and_recall_zero():
    x = torch.randn(50, 4, generator=generator(0))
    scores = precision_and_recall(x, x + 100)
    assert (scores.precision, scores.recall) == (0, 0)


def test_one_of_two_clusters_is_precise_and_recalls_half():
    """Real: two far clusters of one size. Generated: points of the first alone."""
    cluster = torch.randn(60, 3, generator=generator(0))
    real = torch.cat([cluster, cluster + 1000])
    scores = precision_and_recall(real, cluster)
    assert (scores.precision, scores.recall) == (1, 0.5)
    reverse = precision_and_recall(cluster, real)
    assert (reverse.precision, reverse.recall) == (0.5, 1)


def test_precision_and_recall_by_scikit_learns_neighbours():
    real = torch.randn(80, 3, generator=generator(1)).double()
    generated = 1.4 * torch.randn(70, 3, generator=generator(2)).double() + 0.5

    def inside(points, support):
        nearest = NearestNeighbors().fit(support)
        radius = nearest.kneighbors(support, 6)[0][:, 5]
        distance, centre = nearest.kneighbors(points, len(support))
        return (distance <= radius[centre]).any(1).mean()

    scores = precision_and_recall(real, generated, neighbours=5)
    assert scores.precision == pytest.approx(inside(generated, real))
    assert scores.recall == pytest.approx(inside(real, generated))
    assert 0.1 < scores.precision < 0.95


def test_a_set_without_enough_neighbours_is_refused():
    with pytest.raises(ValueError, match="more than 3"):
        precision_and_recall(torch.zeros(3, 2), torch.zeros(10, 2))
