"""Reconstruction errors are mean squares over pixels and images."""

import numpy as np
import pytest

from labcode import data, runs
from labcode.data import DataSpec
from labcode.models import ShallowAutoencoder
from labcode.scores.reconstruction import reconstruction_error
from labcode.training.networks import RunSpec, model_spec


@pytest.mark.parametrize("part", ["train", "test"])
def test_reconstruction_errors_are_mean_squares(part, fashion_mnist):
    network = RunSpec(model_spec(ShallowAutoencoder, code_size=2), 1, 0, DataSpec(200, 50))
    images = getattr(data.load(network.data), part).pixels[:150]
    restored = runs.model_of(runs.get(network))(images).detach().numpy()
    expected = np.mean((restored - images.numpy()) ** 2)
    assert reconstruction_error(network, part, 150) == pytest.approx(expected, rel=1e-5)
