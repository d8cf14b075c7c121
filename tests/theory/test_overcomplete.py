"""The limit of gradient descent on an overcomplete linear autoencoder, against descent itself."""

import numpy as np
import pytest
import torch
from scipy import linalg

from labcode.theory import overcomplete


def descended(x: np.ndarray, start: np.ndarray) -> np.ndarray:
    """A after many steps of torch's own gradient."""
    points = torch.from_numpy(x)
    a = torch.from_numpy(start.copy()).requires_grad_()
    optimiser = torch.optim.SGD([a], lr=0.45 / float(np.linalg.norm(x, 2)) ** 2)
    for _ in range(3000):
        optimiser.zero_grad()
        ((points - points @ a.T) ** 2).sum().backward()
        optimiser.step()
    return a.detach().numpy()


@pytest.mark.parametrize("n", [1, 3])
def test_descent_ends_where_it_is_said_to(n):
    rng = np.random.default_rng(n)
    x, start = rng.normal(size=(n, 6)), rng.normal(size=(6, 6))
    for first in (np.zeros((6, 6)), start):
        np.testing.assert_allclose(
            overcomplete.limit_of_descent(x, first), descended(x, first), atol=1e-8
        )
    np.testing.assert_allclose(
        overcomplete.limit_of_descent(x), overcomplete.limit_of_descent(x, 0 * start)
    )


def test_two_small_factors_descend_to_the_projection_too():
    """Of what starts small and has two layers, only nearly: as near as its start is small."""
    rng = np.random.default_rng(4)
    x = torch.from_numpy(linalg.orth(rng.normal(size=(6, 2))).T)
    w1 = torch.from_numpy(1e-4 * rng.normal(size=(8, 6))).requires_grad_()
    w2 = torch.from_numpy(1e-4 * rng.normal(size=(6, 8))).requires_grad_()
    optimiser = torch.optim.SGD([w1, w2], lr=0.1)
    for _ in range(2000):
        optimiser.zero_grad()
        ((x - x @ w1.T @ w2.T) ** 2).sum().backward()
        optimiser.step()
    found = (w2 @ w1).detach().numpy()
    np.testing.assert_allclose(found, overcomplete.limit_of_descent(x.numpy()), atol=1e-3)


def test_the_span_has_the_rank_of_the_points():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(4, 2)) @ rng.normal(size=(2, 7))
    basis = overcomplete.span(x)
    assert basis.shape == (7, 2)
    np.testing.assert_allclose(basis @ basis.T, linalg.pinv(x) @ x, atol=1e-10)
    assert overcomplete.span(np.zeros((1, 5))).shape == (5, 0)
