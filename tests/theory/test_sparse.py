"""Thresholds against scikit-learn's lasso and against all choices of units."""

from itertools import combinations

import numpy as np
import pytest
from scipy import linalg
from sklearn.decomposition import sparse_encode

from labcode.theory import sparse

RNG = np.random.default_rng(2)
ATOMS = linalg.orth(RNG.normal(size=(7, 4)))
X = RNG.normal(size=(5, 7))


def test_the_lasso_of_orthonormal_atoms_is_scikit_learns():
    """Theirs halves the square and not the penalty."""
    theirs = sparse_encode(X, ATOMS.T, algorithm="lasso_cd", alpha=0.3, max_iter=10_000)
    np.testing.assert_allclose(sparse.soft_threshold(X @ ATOMS, 0.6), theirs, atol=1e-4)
    assert (theirs == 0).any()


@pytest.mark.parametrize("active", [1, 2, 4])
def test_the_largest_are_the_best_of_all_choices(active):
    z = sparse.largest(X @ ATOMS, active)
    assert ((z != 0).sum(1) == active).all()
    for x, code in zip(X, z, strict=True):
        tried = [
            ((x - ATOMS[:, some] @ linalg.lstsq(ATOMS[:, some], x)[0]) ** 2).sum()
            for some in map(list, combinations(range(4), active))
        ]
        assert ((x - ATOMS @ code) ** 2).sum() == pytest.approx(min(tried))
