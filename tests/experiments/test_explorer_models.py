"""The explorer's three planes: PCA as a layer, and everything small enough for a page."""

import base64

import numpy as np
import pytest
import torch
from torch import nn

from labcode import runs
from labcode.baselines.planes import Panel, scores_of
from labcode.designs.profiles import PROFILES
from labcode.experiments.latent_space import planes
from labcode.instruments import latent_explorer
from labcode.theory import pca

SMOKE = PROFILES["smoke"]


@pytest.fixture(scope="module")
def panels(_own_cache):
    return {panel.name: panel for panel in planes.panels(SMOKE)}


def test_the_three_models_in_their_order(panels):
    assert list(panels) == ["PCA", "AE", "VAE"]


@torch.no_grad()
def test_the_linear_layer_is_pca(panels, fashion_mnist):
    fitted = pca.fit(fashion_mnist.train.pixels[: SMOKE.train].flatten(1).double().numpy())
    test = fashion_mnist.test.pixels[: planes.SHOWN].flatten(1).double().numpy()
    panel = panels["PCA"]
    np.testing.assert_allclose(
        panel.decoder(panel.codes).numpy(), fitted.reconstruct(test, 2), atol=1e-4
    )


@torch.no_grad()
@pytest.mark.parametrize("name", ["AE", "VAE"])
def test_codes_and_decoder_belong_to_the_trained_network(panels, fashion_mnist, name):
    spec = planes.network_spec(SMOKE, name)
    model = runs.model_of(runs.get(spec))
    test = fashion_mnist.test.pixels[: planes.SHOWN]
    decoded = panels[name].decoder(panels[name].codes)
    torch.testing.assert_close(decoded, model(test))


@torch.no_grad()
def test_encoders_give_the_codes_that_the_panels_show(panels, fashion_mnist):
    test = fashion_mnist.test.pixels[: planes.SHOWN].flatten(1)
    for encoder, panel in zip(latent_explorer.encoders(SMOKE), panels.values(), strict=True):
        torch.testing.assert_close(encoder(test)[:, :2], panel.codes, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("part", ["payload", "encoding"])
def test_the_page_carries_at_most_400_kilobytes_and_as_many_to_encode(part):
    packed = getattr(latent_explorer.explorer(SMOKE), part)()
    assert len(packed) <= 400_000
    assert len(base64.b64decode(packed)) <= 300_000


def test_planes_measure_pca_as_its_theory_does(fashion_mnist):
    fitted = pca.fit(fashion_mnist.train.pixels[: SMOKE.train].flatten(1).double().numpy())
    test = fashion_mnist.test.pixels[: planes.SHOWN].flatten(1).double().numpy()
    plane = planes.planes.table(SMOKE).sel(model="PCA")
    clipped = fitted.reconstruct(test, 2, clip=True)
    assert plane.mse.item() == pytest.approx(((clipped - test) ** 2).mean(), rel=1e-4)
    radius = np.sqrt((fitted.project(test, 2) ** 2).sum(1).mean())
    assert plane.radius.item() == pytest.approx(radius, rel=1e-4)


def test_empty_cells_are_counted():
    corners = torch.tensor([[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0], [0.01, 0.01]])
    decoder = nn.Sequential(nn.Linear(2, 784)).requires_grad_(False)
    plane = scores_of(Panel("any", decoder, corners))
    assert plane.empty.item() == pytest.approx(395 / 400)


def test_draws_from_the_prior_have_its_radius():
    draws = torch.randn(20_000, 2, generator=torch.Generator().manual_seed(0))
    assert draws.square().sum(1).mean().sqrt().item() == pytest.approx(
        planes.PRIOR_RADIUS, rel=0.02
    )
