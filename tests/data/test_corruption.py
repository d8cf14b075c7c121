"""Corruptions against their closed-form statistics."""

import pytest
import torch

from labcode.data.corruption import (
    Corruption,
    GaussianNoise,
    GaussianNoiseRange,
    Masking,
    SaltAndPepper,
)
from labcode.models.linear import LinearAutoencoder
from labcode.theory import denoising as theory
from labcode.training.loop import Optimiser
from labcode.training.networks import fit

KINDS: list[Corruption] = [
    GaussianNoise(0.3),
    GaussianNoise(0.3, clip=True),
    GaussianNoiseRange(0.1, 0.5),
    Masking(0.4),
    SaltAndPepper(0.4),
]


@pytest.mark.parametrize("grey", [0.0, 0.35, 1.0])
@pytest.mark.parametrize(
    ("corruption", "moments"),
    [
        (GaussianNoise(0.3), lambda x: theory.gaussian_moments(x, 0.3)),
        (GaussianNoise(0.6, clip=True), lambda x: theory.gaussian_moments(x, 0.6, clip=True)),
        (Masking(0.4), lambda x: theory.masking_moments(x, 0.4)),
        (SaltAndPepper(0.4), lambda x: theory.salt_and_pepper_moments(x, 0.4)),
    ],
)
def test_mean_and_variance_agree_with_the_closed_form(corruption, moments, grey) -> None:  # type: ignore[no-untyped-def]
    torch.manual_seed(0)
    y = corruption(torch.full((1000, 1, 28, 28), grey)).double()
    expected = moments(grey)
    assert y.mean().item() == pytest.approx(float(expected.mean), abs=3e-3)
    assert y.var().item() == pytest.approx(float(expected.variance), abs=3e-3)


def test_a_range_gives_each_image_its_own_strength() -> None:
    torch.manual_seed(0)
    noise = GaussianNoiseRange(0.1, 0.5)(torch.zeros(4000, 1, 28, 28))
    strengths = noise.flatten(1).std(1)
    assert strengths.min() > 0.08
    assert strengths.max() < 0.55
    assert strengths.mean().item() == pytest.approx(0.3, abs=0.01)
    assert strengths.std().item() == pytest.approx(0.4 / 12**0.5, abs=0.01)  # uniform


def test_salt_is_as_likely_as_pepper() -> None:
    torch.manual_seed(0)
    y = SaltAndPepper(0.4)(torch.full((1000, 1, 28, 28), 0.5))
    for value in (0.0, 1.0):
        assert (y == value).float().mean().item() == pytest.approx(0.2, abs=2e-3)


@pytest.mark.parametrize("corruption", KINDS)
def test_the_seed_decides_and_the_input_stays(corruption: Corruption) -> None:
    x = torch.rand(5, 1, 28, 28)
    before = x.clone()
    draws = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        draws.append(corruption(x))
    assert torch.equal(x, before)
    assert draws[0].shape == x.shape
    assert draws[0].dtype == x.dtype
    assert torch.equal(draws[0], draws[1])
    assert not torch.equal(draws[0], draws[2])


@pytest.mark.parametrize("corruption", KINDS)
def test_points_are_corrupted_as_images_are(corruption: Corruption) -> None:
    assert corruption(torch.rand(7, 2)).shape == (7, 2)


@pytest.mark.parametrize("corruption", KINDS)
def test_validation_noise_is_the_same_in_each_epoch(corruption: Corruption) -> None:
    torch.manual_seed(0)
    trained = fit(
        LinearAutoencoder(3),
        torch.rand(20, 1, 28, 28),
        torch.rand(10, 1, 28, 28),
        epochs=4,
        optimiser=Optimiser("SGD", learning_rate=0.0),  # the weights stand still
        corruption=corruption,
        validation_corruption=corruption,
    )
    assert len(set(trained.history["validation_loss"].tolist())) == 1
    assert len(set(trained.history["train_loss"].tolist())) == 4


def test_noise_drawn_once_stays() -> None:
    torch.manual_seed(0)
    trained = fit(
        LinearAutoencoder(3),
        torch.rand(20, 1, 28, 28),
        torch.empty(0, 1, 28, 28),
        epochs=3,
        batch_size=20,
        optimiser=Optimiser("SGD", learning_rate=0.0),
        corruption=GaussianNoise(0.5),
        fresh_corruption=False,
    )
    losses = trained.history["train_loss"]
    assert (losses - losses[0]).abs().max() < 1e-6


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: GaussianNoise(-0.1), "0 or more"),
        (lambda: GaussianNoiseRange(0.5, 0.1), "low <= high"),
        (lambda: Masking(1.5), "between 0 and 1"),
        (lambda: SaltAndPepper(-0.1), "between 0 and 1"),
    ],
)
def test_impossible_corruptions_are_refused(make, message) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=message):
        make()
