"""The facts behind the verdicts of Chapter 4, in small."""

from functools import cache

import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist

from labcode import data, runs
from labcode.data.corruption import GaussianNoise, noisy
from labcode.designs.profiles import Profile
from labcode.experiments import denoising as experiment
from labcode.models.conv import LabCNN
from labcode.models.denoiser import AnyNoiseDenoiser, PlaneDenoiser
from labcode.scores.metrics import mse
from labcode.training.cpu import one_thread
from labcode.training.loop import Fit, Optimiser
from labcode.training.networks import fit, score

SMALL = data.DataSpec(2500, 500)


@cache
def _lab(std: float, clip: bool) -> tuple[LabCNN, Fit]:
    split = data.load(SMALL)
    with torch.random.fork_rng(), one_thread():
        torch.manual_seed(0)
        network = LabCNN()
        trained = fit(
            network,
            split.train.pixels,
            split.validation.pixels,
            epochs=6,
            batch_size=32,
            optimiser=Optimiser(learning_rate=4e-3),
            corruption=GaussianNoise(std, clip) if std else None,
            fresh_corruption=False,
            device="cpu",
        )
    return network, trained


def _gap(std: float, made: bool, met: bool) -> float:
    network, _ = _lab(std, made)
    split = data.load(SMALL)
    losses = [
        score(network, noisy(part.pixels, std, clip), part.pixels)
        for part, clip in ((split.train, made), (split.validation, met))
    ]
    return losses[1] / losses[0] - 1


def test_the_gap_is_the_clip() -> None:
    assert _gap(0.6, made=False, met=True) > 0.3
    assert abs(_gap(0.6, made=False, met=False)) < 0.05
    assert _gap(0.6, made=True, met=False) > 0.3


def test_the_denoiser_wins_on_noise_and_not_on_clean() -> None:
    test = data.fashion_mnist("test").pixels[:1000]
    plain, denoising = _lab(0.0, False)[0].eval(), _lab(0.6, False)[0].eval()
    with torch.no_grad():
        y = noisy(test, 0.6)
        assert mse(test, denoising(y)).mean() < 0.7 * mse(test, plain(y)).mean()
        assert mse(test, plain(test)).mean() < mse(test, denoising(y)).mean()


def test_energy_distance_is_its_definition() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(40, 2)), rng.normal(1.0, 2.0, size=(50, 2))
    expected = (
        2 * cdist(a, b).mean() - cdist(a, a).sum() / (40 * 39) - cdist(b, b).sum() / (50 * 49)
    )
    found = experiment.energy_distance(torch.from_numpy(a), torch.from_numpy(b))
    assert found == pytest.approx(expected, rel=1e-6)


def test_the_flow_carries_a_gaussian_exactly() -> None:
    # With its network at zero, the denoiser is exact for N(0, I). The flow then multiplies y by
    # sqrt(1 + t^2) / sqrt(1 + s^2) from s to t, and pure noise of strength 5 ends near N(0, I).
    torch.manual_seed(0)
    sampler = AnyNoiseDenoiser()
    torch.nn.init.zeros_(sampler.decoder.weight)  # type: ignore[arg-type]
    with torch.no_grad():
        drawn = experiment.descend(sampler, 20_000, steps=200)
    exact = sampler.high / (1 + sampler.high**2) ** 0.5
    assert drawn.std().item() == pytest.approx(exact, abs=0.03)


def test_walking_back_with_means_shrinks() -> None:
    # The best denoiser of N(0, 1) at s: gain g = 1 / (1 + s^2). A chain of means has variance
    # g^2 s^2 / (1 - g^2); with the posterior's variance g s^2 added at each step, exactly 1.
    s2 = experiment.PLANE_NOISE**2
    gain = 1 / (1 + s2)

    class Exact(PlaneDenoiser):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return gain * x

    torch.manual_seed(0)
    for spread, variance in ((0.0, gain**2 * s2 / (1 - gain**2)), ((gain * s2) ** 0.5, 1.0)):
        points = experiment.walk_back(Exact(), 20_000, spread)
        assert points.var().item() == pytest.approx(variance, rel=0.03)


def test_the_gap_on_clean_images_is_that_of_the_final_weights(empty_cache) -> None:  # type: ignore[no-untyped-def]
    profile = Profile("smoke", seeds=(0, 1), epochs=1, train=200, validation=100, steps=5)
    expected = []
    for run in runs.get_all(experiment._plain_specs(profile)):
        split = data.load(run.spec.data)
        network = runs.model_of(run)
        with torch.no_grad():
            train, validation = (
                ((network(part.pixels) - part.pixels) ** 2).mean().item()
                for part in (split.train, split.validation)
            )
        expected.append(validation / train - 1)
    assert experiment.clean_losses(profile).gap.mean == pytest.approx(np.mean(expected), abs=1e-5)
