"""A cap on the updates: as many steps from few images as from many, each image as often."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from labcode.data import DataSpec
from labcode.data.corruption import GaussianNoise
from labcode.models import ShallowAutoencoder
from labcode.runs.estimate import trial_of
from labcode.training import capped
from labcode.training.capped import CappedRunSpec
from labcode.training.networks import RunSpec, model_spec

SPEC = CappedRunSpec(
    model_spec(ShallowAutoencoder, code_size=2),
    epochs=3,
    seed=0,
    data=DataSpec(70, 30),
    batch_size=16,
    best=True,
    updates=5,
)


def images_seen(monkeypatch, spec):
    """The images in each step, by the number that each has in its first pixel."""
    seen, loss, load = [], ShallowAutoencoder.loss, capped.load

    def numbered(data):
        split = load(data)
        pixels = split.train.pixels.clone()
        pixels[:, 0, 0, 0] = torch.arange(len(pixels)) / len(pixels)
        return replace(split, train=replace(split.train, pixels=pixels))

    def watched(model, x, target):
        if model.training:
            seen.append((target[:, 0, 0, 0] * spec.data.train).round().long())
        return loss(model, x, target)

    monkeypatch.setattr(capped, "load", numbered)
    monkeypatch.setattr(ShallowAutoencoder, "loss", watched)
    spec.train("cpu")
    return seen


def test_each_image_is_seen_as_often_as_any_other_to_one(fashion_mnist, monkeypatch):
    steps = images_seen(monkeypatch, SPEC)
    assert [len(step) for step in steps] == [16] * 15
    times = np.bincount(torch.cat(steps), minlength=70)
    assert set(times) == {3, 4} and times.sum() == 240


def test_a_round_has_a_training_and_a_validation_loss(fashion_mnist):
    fit = SPEC.train("cpu")
    for name in ("train_loss", "validation_loss", "seconds"):
        assert fit.history[name].shape == (3,)
    again, other = SPEC.train("cpu"), replace(SPEC, seed=1).train("cpu")
    assert torch.equal(fit.history["train_loss"], again.history["train_loss"])
    assert not torch.equal(fit.history["train_loss"], other.history["train_loss"])


def test_one_pass_over_the_images_learns_as_much_as_an_ordinary_epoch(fashion_mnist):
    """Another order of the same images: the losses of one pass lie near each other."""
    images = DataSpec(1600, 200)
    ordinary = RunSpec(SPEC.model, 1, 0, images, batch_size=16).train("cpu").history
    same = replace(SPEC, epochs=1, updates=100, data=images).train("cpu").history
    assert same["train_loss"].item() == pytest.approx(ordinary["train_loss"].item(), rel=0.05)


@pytest.mark.parametrize(
    "change", [{"updates": 0}, {"corruption": GaussianNoise(0.3)}, {"snapshots": True}], ids=str
)
def test_what_is_not_built_is_refused(change):
    with pytest.raises(ValueError, match=r"updates"):
        replace(SPEC, **change)


def test_its_hours_count_steps_and_not_images(fashion_mnist):
    large = replace(SPEC, data=DataSpec(50_000, 10_000), epochs=40, updates=250, batch_size=128)
    trial, times = trial_of(large)
    assert trial.updates * times == 10_000
    few, same = trial_of(replace(large, data=DataSpec(300, 10_000)))
    assert few.updates * same == 10_000 and few.data.train == 300
