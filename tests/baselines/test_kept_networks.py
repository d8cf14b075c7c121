"""Kept networks give what the trained ones give, to 16 bits."""

import pytest
import torch

from labcode.baselines.kept_networks import kept, weights
from labcode.data import DataSpec
from labcode.models import DeepAutoencoder
from labcode.models.conv import DeepConvAutoencoder
from labcode.scores.latent_models import trained
from labcode.training.networks import RunSpec, model_spec


@pytest.mark.parametrize("architecture", [DeepAutoencoder, DeepConvAutoencoder])
def test_a_kept_network_is_the_trained_one(architecture):
    run = RunSpec(model_spec(architecture, code_size=6), 1, 0, DataSpec(200, 50))
    x = torch.rand(20, 1, 28, 28)
    rounded, exact = kept(run), trained(run)
    with torch.no_grad():
        found, expected = rounded(x), exact(x)
    assert (found - expected).abs().max() < 1e-3
    assert not torch.equal(found, expected)  # they are rounded
    assert not rounded.training


def test_what_is_kept_takes_half_the_room():
    run = RunSpec(model_spec(DeepAutoencoder, code_size=6), 1, 0, DataSpec(200, 50))
    network = trained(run)
    exact = sum(each.numel() * 4 for each in network.parameters())
    assert weights(run).nbytes < 0.52 * exact
