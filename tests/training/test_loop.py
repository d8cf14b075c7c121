"""The one loop: what decides the order of the images, the noise and the weights."""

import pytest
import torch
from torch import nn

from labcode.data import DataSpec
from labcode.data.corruption import GaussianNoise
from labcode.models import DeepAutoencoder, LinearAutoencoder, NestedDropoutAutoencoder
from labcode.training.loop import Optimiser, descend
from labcode.training.networks import RunSpec, fit, model_spec

PIXELS = torch.rand(40, 1, 28, 28, generator=torch.Generator().manual_seed(0))


class Watched(GaussianNoise):
    """Noise that keeps what it made."""

    seen: list[torch.Tensor]

    def __call__(self, x):
        y = super().__call__(x)
        self.seen.append(y)
        return y


def noisy_images(model: nn.Module, seed: int) -> torch.Tensor:
    noise = Watched(0.3)
    object.__setattr__(noise, "seen", [])
    fit(
        model,
        PIXELS,
        PIXELS[:0],
        epochs=2,
        batch_size=16,
        seed=seed,
        corruption=noise,
        device="cpu",
    )
    return torch.cat(noise.seen)


@pytest.mark.parametrize("other", [DeepAutoencoder, NestedDropoutAutoencoder])
def test_two_networks_with_one_seed_see_the_same_images_in_order_with_the_same_noise(other):
    """Also where one of them draws numbers of its own in each step, as nested dropout does."""
    torch.manual_seed(1)
    one = noisy_images(LinearAutoencoder(code_size=3), seed=7)
    torch.manual_seed(2)
    assert torch.equal(one, noisy_images(other(code_size=3), seed=7))
    assert not torch.equal(one, noisy_images(other(code_size=3), seed=8))


def test_noise_is_new_in_each_step():
    seen = noisy_images(LinearAutoencoder(code_size=3), seed=0)
    clean = fit_order(seed=0)
    noise = seen - PIXELS[clean]
    assert noise[:16].sub(noise[16:32]).abs().max() > 0.1  # two batches
    assert noise[:40].std().item() == pytest.approx(0.3, rel=0.02)


def fit_order(seed: int) -> torch.Tensor:
    """The places of the images, as the loss gets them."""
    model = nn.ParameterList([torch.zeros(1)])
    batches = []

    def loss(batch, epoch):
        batches.append(batch)
        return model[0].sum(), {}

    descend(model, 40, loss, epochs=2, batch_size=16, seed=seed, optimiser=Optimiser())
    return torch.cat(batches)


def test_each_epoch_visits_all_images_in_a_new_order():
    first, second = fit_order(seed=3).split(40)
    for order in (first, second):
        assert torch.equal(order.sort().values, torch.arange(40))
    assert not torch.equal(first, second)


def test_training_leaves_the_callers_random_numbers_alone():
    model, state = LinearAutoencoder(code_size=3), torch.random.get_rng_state()
    fit(model, PIXELS, PIXELS[:0], epochs=1, corruption=GaussianNoise(0.3), device="cpu")
    assert torch.equal(torch.random.get_rng_state(), state)


def test_the_seed_of_a_run_decides_all_three():
    def trained(seed):
        spec = RunSpec(
            model_spec(LinearAutoencoder, code_size=2),
            epochs=1,
            seed=seed,
            data=DataSpec(train=100, validation=0),
            corruption=GaussianNoise(0.3),
        )
        return spec.train("cpu").weights["encoder.1.weight"]

    assert torch.equal(trained(0), trained(0))
    assert not torch.equal(trained(0), trained(1))
