"""Planted points are sums of as many atoms as were asked for."""

import numpy as np
import pytest
from scipy.optimize import nnls

from labcode.data.planted import planted


def test_points_are_sums_of_four_atoms_with_their_noise():
    sample = planted(16, 32, 4, 200, 0.0, seed=5)
    assert sample.x.shape == (200, 16)
    np.testing.assert_allclose(sample.atoms.norm(dim=1), 1)
    noisy = planted(16, 32, 4, 200, 0.3, seed=5)
    scatter = (noisy.x - sample.x).square().sum(1).mean().sqrt().item()
    assert scatter == pytest.approx(0.3, rel=0.1)


def test_atoms_that_span_say_which_were_taken():
    """With fewer atoms than dimensions the coefficients can be solved for."""
    sample = planted(16, 10, 3, 50, 0.0, seed=1)
    for x in sample.x.numpy():
        z, rest = nnls(sample.atoms.numpy().T, x)
        on = z > 1e-9
        assert on.sum() == 3 and rest < 1e-9 and (z[on] > 0.49).all() and (z[on] < 1.51).all()


def test_coherence_is_the_largest_cosine():
    sample = planted(8, 12, 2, 10, 0.1, seed=3)
    cosines = abs(sample.atoms.numpy() @ sample.atoms.numpy().T)
    assert sample.coherence == pytest.approx(np.sort(cosines, axis=1)[:, -2].max())
    with pytest.raises(ValueError, match="active=13"):
        planted(8, 12, 13, 10, 0.1, seed=3)
