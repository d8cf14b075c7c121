"""Reconstruction errors are mean squares over pixels and images."""

import numpy as np
import pytest

from labcode import data, runs
from labcode.data import DataSpec
from labcode.models import LinearAutoencoder, ShallowAutoencoder
from labcode.scores.reconstruction import (
    clipped_error,
    codes,
    reconstruction_error,
    reconstructions,
)
from labcode.training.networks import RunSpec, model_spec


@pytest.mark.parametrize("part", ["train", "test"])
def test_reconstruction_errors_are_mean_squares(part, fashion_mnist):
    network = RunSpec(model_spec(ShallowAutoencoder, code_size=2), 1, 0, DataSpec(200, 50))
    images = getattr(data.load(network.data), part).pixels[:150]
    restored = runs.model_of(runs.get(network))(images).detach().numpy()
    expected = np.mean((restored - images.numpy()) ** 2)
    assert reconstruction_error(network, part, 150) == pytest.approx(expected, rel=1e-5)


def test_what_is_clipped_kept_and_encoded_is_the_networks_own(fashion_mnist):
    """An affine output leaves [0, 1]; each score against NumPy on the weights themselves."""
    network = RunSpec(model_spec(LinearAutoencoder, code_size=3), 1, 0, DataSpec(200, 50))
    weights = {name: w.numpy() for name, w in runs.get(network).weights.items()}
    x = fashion_mnist.test.pixels.flatten(1).numpy()
    z = x @ weights["encoder.1.weight"].T + weights["encoder.1.bias"]
    restored = z @ weights["decoder.0.weight"].T + weights["decoder.0.bias"]
    clipped = np.mean((restored.clip(0, 1) - x) ** 2)
    assert clipped_error(network) == pytest.approx(clipped, rel=1e-5)
    assert clipped < 0.999 * reconstruction_error(network)
    np.testing.assert_allclose(codes(network, 5), z[:5], atol=1e-5)
    pictures = reconstructions(network, 4)
    assert pictures.dims == ("image", "row", "column")
    np.testing.assert_allclose(pictures, restored[:4].reshape(4, 28, 28), atol=1e-5)
