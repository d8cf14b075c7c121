"""What a network remembers: spectral radii against finite differences, iterates by hand."""

import numpy as np
import pytest
import torch
from scipy import linalg
from sklearn.decomposition import PCA
from torch import nn

from labcode import data, runs
from labcode.data import DataSpec
from labcode.models import DeepAutoencoder
from labcode.scores import memory
from labcode.training.capped import CappedRunSpec
from labcode.training.networks import model_spec


class Affine(nn.Module):
    """x -> A (x - c) + c on images of two by two pixels."""

    def __init__(self, a, centre):
        super().__init__()
        self.a, self.centre = a, centre

    def forward(self, x):
        return ((x.flatten(1) - self.centre) @ self.a.T + self.centre).view(x.shape)


def test_the_radius_of_a_linear_map_is_its_largest_eigenvalue_and_not_its_norm():
    a = torch.tensor([[0.0, -0.9, 0, 0], [0.9, 0, 0, 0], [0, 0, 0.5, 5.0], [0, 0, 0, 0.5]])
    found = memory.spectral_radius(Affine(a, torch.zeros(4)), torch.ones(1, 2, 2))
    assert found == pytest.approx(0.9, rel=1e-5)


def test_the_radius_of_a_network_is_that_of_finite_differences():
    torch.manual_seed(1)
    model = DeepAutoencoder(3, hidden=(8,), shape=(1, 3, 3)).double()
    x, step = torch.rand(1, 3, 3).double(), 1e-6
    columns = []
    for axis in torch.eye(9).double().view(9, 1, 1, 3, 3):
        with torch.no_grad():
            columns.append((model(x[None] + step * axis) - model(x[None] - step * axis)).flatten())
    jacobian = torch.stack(columns, 1).numpy() / (2 * step)
    expected = abs(linalg.eigvals(jacobian)).max()
    assert memory.spectral_radius(model, x) == pytest.approx(expected, rel=1e-6)


def test_iterates_of_a_contraction_go_to_its_centre():
    centre = torch.tensor([0.1, 0.2, 0.3, 0.4])
    start = torch.rand(5, 1, 2, 2)
    end = memory.iterate(Affine(0.5 * torch.eye(4), centre), start, 3)
    expected = centre + (start.flatten(1) - centre) / 8
    torch.testing.assert_close(end.flatten(1), expected)


def test_the_nearest_image_is_found_with_its_mse():
    images = torch.stack([torch.zeros(1, 2, 2), torch.ones(1, 2, 2)])
    nearest, distance = memory.nearest_images(torch.full((1, 1, 2, 2), 0.9), images)
    assert nearest.tolist() == [1] and distance.item() == pytest.approx(0.01)


def test_what_is_linear_gives_back_the_span(fashion_mnist):
    spec = DataSpec(7, 0)
    split = data.load(spec)
    train, test = (part.pixels.flatten(1).double().numpy() for part in (split.train, split.test))
    found = memory.linear_errors(spec)
    by_span = ((test - test @ linalg.pinv(train) @ train) ** 2).mean()
    assert float(found.sel(machine=memory.SPAN)) == pytest.approx(by_span, rel=1e-9)
    theirs = PCA(6, svd_solver="full").fit(train)
    by_pca = ((theirs.inverse_transform(theirs.transform(test)) - test) ** 2).mean()
    assert float(found.sel(machine=memory.BY_PCA)) == pytest.approx(by_pca, rel=1e-9)


def test_one_image_is_remembered(fashion_mnist):
    """A small network trained on one image leads everything to it."""
    spec = CappedRunSpec(
        model_spec(DeepAutoencoder, code_size=16, hidden=(16,)),
        4,
        0,
        DataSpec(1, 0),
        batch_size=1,
        updates=150,
        schedule="cosine",
    )
    found = memory.recall(spec, rounds=20)
    assert found.ends_at_image.sel(start=memory.NOISY).item() == 1
    assert found.attractors.item() == 1 and found.ends_at_own.item() == 1
    assert (found.radius < 1).all() and (found.distance < memory.RECALLED).all()
    assert np.isfinite(memory.noise_error(spec))
    shown = memory.paths(spec)
    model = runs.model_of(runs.get(spec))
    start = torch.tensor(shown.sel(step="0").values)[:, None]
    with torch.no_grad():
        np.testing.assert_allclose(shown.sel(step="1"), model(start)[:, 0], atol=1e-6)
    only = data.load(spec.data).train.pixels[0, 0]
    assert (shown.sel(step="nearest").values == only.numpy()).all()
    assert abs(shown.sel(step="100").values - only.numpy()).max() < 0.2
