"""Walks and flows in the plane against what Gaussians make of them in closed form."""

import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist

from labcode.models.denoiser import AnyNoiseDenoiser, PlaneDenoiser
from labcode.scores import plane

NOISE = 0.5


def test_energy_distance_is_its_definition() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(40, 2)), rng.normal(1.0, 2.0, size=(50, 2))
    expected = (
        2 * cdist(a, b).mean() - cdist(a, a).sum() / (40 * 39) - cdist(b, b).sum() / (50 * 49)
    )
    found = plane.energy_distance(torch.from_numpy(a), torch.from_numpy(b))
    assert found == pytest.approx(expected, rel=1e-6)


def test_the_flow_carries_a_gaussian_exactly() -> None:
    # With its network at zero, the denoiser is exact for N(0, I). The flow then multiplies y by
    # sqrt(1 + t^2) / sqrt(1 + s^2) from s to t, and pure noise of strength 5 ends near N(0, I).
    torch.manual_seed(0)
    sampler = AnyNoiseDenoiser()
    torch.nn.init.zeros_(sampler.decoder.weight)  # type: ignore[arg-type]
    with torch.no_grad():
        drawn = plane.descend(sampler, 20_000, steps=200)
    exact = sampler.high / (1 + sampler.high**2) ** 0.5
    assert drawn.std().item() == pytest.approx(exact, abs=0.03)


def test_walking_back_with_means_shrinks() -> None:
    # The best denoiser of N(0, 1) at s: gain g = 1 / (1 + s^2). A chain of means has variance
    # g^2 s^2 / (1 - g^2); with the posterior's variance g s^2 added at each step, exactly 1.
    s2 = NOISE**2
    gain = 1 / (1 + s2)

    class Exact(PlaneDenoiser):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return gain * x

    torch.manual_seed(0)
    for spread, variance in ((0.0, gain**2 * s2 / (1 - gain**2)), ((gain * s2) ** 0.5, 1.0)):
        points = plane.walk_back(Exact(), NOISE, 20_000, spread)
        assert points.var().item() == pytest.approx(variance, rel=0.03)
