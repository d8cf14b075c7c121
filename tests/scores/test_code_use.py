"""Units in use by counting, and the derivative against finite differences."""

import pytest
import torch

from labcode import data, runs
from labcode.data import DataSpec
from labcode.models.sparse import SparseAutoencoder
from labcode.scores import code_use as scores
from labcode.training.capped import CappedRunSpec
from labcode.training.networks import model_spec


def test_use_is_counted_and_the_derivative_is_that_of_differences(fashion_mnist, monkeypatch):
    monkeypatch.setattr(scores, "LOOKED_AT", 2)
    model = model_spec(SparseAutoencoder, code_size=4, active=2)
    spec = CappedRunSpec(model, 1, 0, DataSpec(50, 0), batch_size=10, updates=3)
    found = scores.code_use.function(spec)
    network = runs.model_of(runs.get(spec)).double()
    x = data.load(spec.data).test.pixels.double()
    with torch.no_grad():
        on = network.encode(x) > 0
        norms = []
        for image in x[:2]:
            steps = 1e-6 * torch.eye(784).double().view(784, 1, 28, 28)
            moved = (network(image + steps) - network(image - steps)) / 2e-6
            norms.append(moved.square().sum().item())
    assert found.active.item() == pytest.approx(on.double().mean().item(), abs=1e-4)
    assert found.active.item() <= 0.5
    assert found.silent.item() == (~on.any(0)).sum().item()
    assert found.derivative.item() == pytest.approx(sum(norms) / 2, rel=1e-3)
