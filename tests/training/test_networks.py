"""The training loop: repeatable, able to learn, and loud when it goes wrong."""

import pytest
import torch

from labcode.data.corruption import GaussianNoise
from labcode.models import LinearAutoencoder, ShallowAutoencoder
from labcode.training.loop import Optimiser, TrainingDiverged, choose_device
from labcode.training.networks import fit, model_spec, score

SHAPE = (1, 6, 6)


@pytest.fixture
def images() -> torch.Tensor:
    """Images of rank 3, so that a small network can learn them."""
    generator = torch.Generator().manual_seed(0)
    patterns = torch.rand(3, 36, generator=generator)
    shares = torch.rand(96, 3, generator=generator)
    return (shares @ patterns / 3).view(96, *SHAPE)


def train(images: torch.Tensor, seed: int = 0, **options):
    torch.manual_seed(seed)
    model = ShallowAutoencoder(code_size=8, shape=SHAPE)
    settings = {"epochs": 3, "batch_size": 16, "device": "cpu"} | options
    return model, fit(model, images[:64], images[64:], **settings)


def test_same_seed_same_numbers(images):
    _, first = train(images)
    _, second = train(images)
    _, other = train(images, seed=1)
    assert all(torch.equal(first.weights[name], second.weights[name]) for name in first.weights)
    assert torch.equal(first.history["validation_loss"], second.history["validation_loss"])
    assert not torch.equal(first.history["train_loss"], other.history["train_loss"])


def test_loss_falls_and_history_has_a_value_an_epoch(images):
    _, result = train(images, epochs=5)
    for name in ("train_loss", "validation_loss", "seconds"):
        assert result.history[name].shape == (5,)
    assert result.history["train_loss"][-1] < result.history["train_loss"][0]


def test_overfits_32_images(images):
    torch.manual_seed(0)
    model = LinearAutoencoder(code_size=3, shape=SHAPE)
    few = images[:32]
    fit(
        model,
        few,
        few[:0],
        epochs=600,
        batch_size=32,
        optimiser=Optimiser(learning_rate=1e-2),
    )
    assert score(model, few, few) < 1e-3 * few.var().item()


def test_recorded_validation_loss_is_the_score_of_the_final_weights(images):
    model, result = train(images)
    expected = ((model(images[64:]) - images[64:]) ** 2).mean().item()
    assert result.history["validation_loss"][-1].item() == pytest.approx(expected, rel=1e-6)


def test_snapshots_run_from_the_first_weights_to_the_last(images):
    _, result = train(images, snapshots=True)
    torch.manual_seed(0)
    start = ShallowAutoencoder(code_size=8, shape=SHAPE).state_dict()
    kept = result.history["snapshot.encoder.1.weight"]
    assert torch.equal(kept[0], start["encoder.1.weight"])
    assert torch.equal(kept[-1], result.weights["encoder.1.weight"])
    assert len(kept) == 4


def test_validation_noise_is_the_same_each_epoch(images):
    """With a learning rate of zero nothing but the noise could change the validation loss."""
    _, result = train(
        images,
        optimiser=Optimiser("SGD", learning_rate=0.0),
        corruption=GaussianNoise(0.3),
        validation_corruption=GaussianNoise(0.3),
    )
    validation, training = (
        result.history["validation_loss"],
        result.history["train_loss"],
    )
    assert validation.unique().numel() == 1
    assert training.unique().numel() > 1


def test_noise_drawn_once_stays_the_same(images):
    frozen = Optimiser("SGD", learning_rate=0.0)
    noise = GaussianNoise(0.3)
    _, result = train(images, optimiser=frozen, corruption=noise, fresh_corruption=False)
    assert result.history["train_loss"].std() < 1e-7


def test_a_loss_that_is_not_finite_stops_training(images):
    with pytest.raises(TrainingDiverged, match="epoch 1.*Lower the learning rate"):
        model = LinearAutoencoder(code_size=3, shape=SHAPE)
        steep = Optimiser("SGD", learning_rate=1e30)
        fit(model, images, images[:0], epochs=1, batch_size=16, optimiser=steep)


@pytest.mark.parametrize("wrong", [{"epochs": 0}, {"batch_size": 0}])
def test_impossible_sizes_are_refused(images, wrong):
    with pytest.raises(ValueError, match=f"{next(iter(wrong))}=0: give whole numbers, at least 1"):
        train(images, **wrong)


def test_an_unknown_device_is_refused():
    with pytest.raises(ValueError, match="'abacus' cannot be used here"):
        choose_device("abacus")


def test_weight_decay_is_torchs_own(images):
    """One full-batch SGD step: W - rate (gradient + decay W), by hand."""
    torch.manual_seed(3)
    model = LinearAutoencoder(code_size=2, shape=SHAPE)
    before = model.decoder_weight.detach().clone()
    model.loss(images, images).backward()
    gradient = model.decoder_weight.grad.clone()
    model.zero_grad()
    optimiser = Optimiser("SGD", learning_rate=0.1, weight_decay=0.5)
    fit(
        model,
        images,
        images[:0],
        epochs=1,
        batch_size=96,
        optimiser=optimiser,
        device="cpu",
    )
    assert torch.allclose(model.decoder_weight, before - 0.1 * (gradient + 0.5 * before), atol=1e-6)


def test_model_specs_with_the_same_arguments_are_equal():
    one = model_spec(ShallowAutoencoder, code_size=4, sigmoid_output=False)
    other = model_spec(ShallowAutoencoder, sigmoid_output=False, code_size=4)
    assert one == other
    assert isinstance(one.build(), ShallowAutoencoder)
