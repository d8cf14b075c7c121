"""Linear denoisers, the plane, classical denoisers and scores, against something independent."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from skimage import metrics as skimage_metrics
from skimage.restoration import denoise_tv_chambolle

from labcode import data, runs
from labcode.baselines.denoisers import CLASSICAL, mixture, tuned
from labcode.baselines.linear_denoisers import linear_clipping, linear_of_few_images
from labcode.data.corruption import GaussianNoise, noisy
from labcode.models.denoiser import AnyNoiseDenoiser, PlaneDenoiser
from labcode.models.linear import LinearAutoencoder
from labcode.scores.denoising import (
    linear_probe,
    loss_curves_by_noise,
    losses_by_noise,
    restoration,
    training_input,
)
from labcode.theory import denoising as theory
from labcode.training.denoising import PlaneSpec
from labcode.training.loop import Optimiser
from labcode.training.networks import RunSpec, model_spec

SMALL = data.DataSpec(1500, 200)
STD = 0.3


def _flat(pixels: torch.Tensor) -> np.ndarray:
    return pixels.flatten(1).double().numpy()


def test_a_denoiser_in_the_plane_learns_the_score() -> None:
    exact = data.THREE_CLUSTERS
    x = data.sample(exact, 5000, seed=9).numpy()
    y = x + 0.5 * np.random.default_rng(0).normal(size=x.shape)
    target = 0.25 * exact.score(y, 0.5)
    errors = []
    for epochs in (1, 4):
        spec = PlaneSpec(
            model_spec(PlaneDenoiser, hidden=48), GaussianNoise(0.5), epochs, 0, 50_000
        )
        network = PlaneDenoiser(48)
        network.load_state_dict(spec.train().weights)
        step = network(torch.from_numpy(y).float()).detach().numpy() - y
        errors.append(np.linalg.norm(step - target) / np.linalg.norm(target))
    assert errors[1] < errors[0]
    assert errors[1] < 0.25  # a fiftieth of the book's training


def test_a_denoiser_told_the_noise_learns_each_strength() -> None:
    exact = data.THREE_CLUSTERS
    spec = PlaneSpec(model_spec(AnyNoiseDenoiser), None, 5, 0, 40_000)
    network = AnyNoiseDenoiser()
    network.load_state_dict(spec.train().weights)
    x = data.sample(exact, 3000, seed=9).numpy()
    for std in (0.3, 1.0, 3.0):
        y = x + std * np.random.default_rng(0).normal(size=x.shape)
        with torch.no_grad():
            restored = network.denoise(torch.from_numpy(y).float(), torch.full((len(y), 1), std))
        best = exact.posterior_mean(y, std)
        excess = np.mean((restored.numpy() - best) ** 2) / np.mean((best - x) ** 2)
        assert excess < 0.1


def test_noise_is_the_same_for_every_method() -> None:
    x = torch.rand(20, 1, 28, 28)
    assert torch.equal(noisy(x, STD), noisy(x, STD))
    assert not torch.equal(noisy(x, STD), noisy(x, STD, seed=1))
    assert torch.equal(noisy(x, STD).clamp(0, 1), noisy(x, STD, clip=True))


@pytest.mark.parametrize("method", ["total variation", "Wiener", "ten Gaussians"])
def test_classical_denoisers_do_what_they_say(method: str) -> None:
    found = tuned.function(*CLASSICAL[method], STD, images=30, tuning=20, spec=SMALL)
    x = data.load(SMALL).test.pixels[:30]
    y = noisy(x, STD)
    if method == "total variation":
        weight = found.setting.item() * STD
        expected = np.stack(
            [denoise_tv_chambolle(image[0], weight=weight) for image in y.numpy()]
        ).reshape(30, 784)
    elif method == "Wiener":
        train = _flat(data.load(SMALL).train.pixels)
        best = theory.best_linear(train, theory.gaussian_moments(train, STD))
        expected = best(_flat(y))
    else:
        expected = mixture(SMALL).posterior_mean(_flat(y), STD)
    clipped = expected.clip(0, 1)
    error = ((clipped - _flat(x)) ** 2).mean(1)
    np.testing.assert_allclose(found.image_mse, error, rtol=1e-3)
    image, restored = x[0, 0].numpy(), clipped[0].reshape(28, 28).astype(np.float32)
    similarity = skimage_metrics.structural_similarity(
        image,
        restored,
        data_range=1.0,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
    )
    assert found.ssim[0].item() == pytest.approx(similarity, abs=5e-3)


def test_settings_are_chosen_on_validation_images() -> None:
    weak, strong = (
        tuned.function(*CLASSICAL["PCA projection"], std, images=5, tuning=50, spec=SMALL)
        for std in (0.1, 0.8)
    )
    assert weak.setting.item() > strong.setting.item()


def test_scores_are_the_networks_errors(empty_cache) -> None:  # type: ignore[no-untyped-def]
    run = RunSpec(model_spec(LinearAutoencoder, code_size=4), 1, 0, data.DataSpec(200, 0))
    scored = restoration(run, STD, 40)
    network = runs.model_of(runs.get(run))
    x = data.fashion_mnist("test").pixels[:40]
    with torch.no_grad():
        errors = ((network(noisy(x, STD)) - x) ** 2).flatten(1).mean(1)
    np.testing.assert_allclose(scored.image_mse, errors, rtol=1e-5)
    assert scored.mse.item() == pytest.approx(errors.mean().item(), rel=1e-5)
    assert restoration(run, 0.0, 40).mse < scored.mse


def test_epochs_are_scored_on_the_very_noise_they_trained_on(empty_cache) -> None:  # type: ignore[no-untyped-def]
    still = RunSpec(
        model_spec(LinearAutoencoder, code_size=4),
        2,
        0,
        data.DataSpec(64, 0),
        corruption=GaussianNoise(STD, clip=True),
        fresh_corruption=False,
        optimiser=Optimiser("SGD", learning_rate=0.0),
        batch_size=64,
        snapshots=True,
    )
    trained = runs.get(still, "cpu").history["train_loss"].numpy()
    losses = losses_by_noise(still, 64)
    np.testing.assert_allclose(losses.sel(met="training"), trained[-1], atol=1e-6, rtol=0)
    assert np.abs(losses.sel(met=["unclipped", "clipped"]) - trained[-1]).min() > 1e-3

    curves = loss_curves_by_noise(still, 64)
    assert curves.sizes == {"met": 2, "epoch": 2}
    np.testing.assert_allclose(curves.isel(epoch=-1), losses.sel(met=curves.met), rtol=1e-6)
    with pytest.raises(ValueError, match="draws its noise once"):
        training_input(replace(still, fresh_corruption=True), torch.rand(2, 1, 28, 28))


def test_a_probe_of_pixels_learns_the_classes() -> None:
    accuracy = linear_probe.function(None, 2000, 1000).item()
    assert 0.7 < accuracy < 0.9


def test_kept_closed_forms_are_those_of_theory() -> None:
    error = linear_clipping.function(STD, SMALL).values
    train, test = (_flat(part.pixels) for part in (data.load(SMALL).train, data.load(SMALL).test))
    best = theory.best_linear(train, theory.gaussian_moments(train, STD))
    clipped = theory.pixelwise(test, STD, clip=True)
    assert error[0, 1] == pytest.approx(best.expected_error(test, clipped), rel=1e-6)
    assert error[0, 0] < error[0, 1]
    assert error[1, 1] < error[1, 0]

    few = linear_of_few_images.function(STD, (300, 784), seed=0)
    assert few.sel(images=300, noise="once", part="train") < 1e-12
    test = few.sel(images=784, part="test")
    assert test.sel(noise="once") > 10 * test.sel(noise="redrawn")
