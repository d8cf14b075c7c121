"""The one loop: what decides the order of the images, the noise and the weights."""

import pytest
import torch
from torch import nn

from labcode.data import DataSpec
from labcode.data.corruption import GaussianNoise
from labcode.models import DeepAutoencoder, LinearAutoencoder, NestedDropoutAutoencoder
from labcode.training import loop
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


def long_run(**changes) -> RunSpec:
    return RunSpec(
        model_spec(DeepAutoencoder, code_size=2, hidden=(8,)),
        **{"epochs": 4, "seed": 1, "data": DataSpec(train=120, validation=40)}
        | {"optimiser": Optimiser(learning_rate=1e-2), "schedule": "cosine"}
        | {"corruption": GaussianNoise(0.3), "snapshots": True}
        | changes,
    )


class Stopped(Exception):
    pass


@pytest.mark.parametrize("best", [False, True])
@pytest.mark.parametrize("optimiser", ["Adam", "SGD"])
def test_a_run_that_was_stopped_ends_as_if_it_had_not_been(tmp_path, monkeypatch, best, optimiser):
    spec = long_run(best=best, optimiser=Optimiser(optimiser, learning_rate=1e-2))
    whole = spec.train("cpu")
    file, saved = tmp_path / "run.safetensors", 0
    monkeypatch.setattr(loop, "PAUSE", 0.0)
    save = loop._Checkpoint.save

    def stop_after_two(self, *state):
        nonlocal saved
        save(self, *state)
        saved += 1
        if saved == 2:
            raise Stopped

    monkeypatch.setattr(loop._Checkpoint, "save", stop_after_two)
    with pytest.raises(Stopped), loop.checkpoints(file):
        spec.train("cpu")
    assert [kept.name for kept in tmp_path.iterdir()] == ["run.1.checkpoint"]
    epochs = []
    monkeypatch.setattr(loop._Checkpoint, "save", lambda self, epoch, *state: epochs.append(epoch))
    with loop.checkpoints(file):
        resumed = spec.train("cpu")
    assert epochs == [3, 4]
    assert not list(tmp_path.iterdir())
    for name, weight in whole.weights.items():
        assert torch.equal(weight, resumed.weights[name])
    for name, numbers in whole.history.items():
        assert name == "seconds" or torch.equal(numbers, resumed.history[name])


def test_a_damaged_checkpoint_is_no_harm(tmp_path):
    whole = long_run().train("cpu")
    (tmp_path / "run.1.checkpoint").write_bytes(b"not ours")
    with loop.checkpoints(tmp_path / "run.safetensors"):
        again = long_run().train("cpu")
    assert all(torch.equal(weight, again.weights[name]) for name, weight in whole.weights.items())


def test_the_best_weights_are_those_after_the_epoch_with_the_lowest_validation_loss():
    """A rate so high that validation gets worse again."""
    steep = {"optimiser": Optimiser(learning_rate=0.3), "schedule": "constant", "epochs": 8}
    few = {"data": DataSpec(train=20, validation=40), "batch_size": 4, "corruption": None}
    run = long_run(best=True, **steep, **few).train("cpu")
    at = int(run.history["validation_loss"].argmin())
    assert at < 7
    for name, weight in run.weights.items():
        assert torch.equal(weight, run.history[f"snapshot.{name}"][at + 1])
    last = long_run(**steep, **few).train("cpu")
    assert torch.equal(last.history["validation_loss"], run.history["validation_loss"])
    assert not torch.equal(last.weights["encoder.1.weight"], run.weights["encoder.1.weight"])


def test_the_best_epoch_needs_validation_images():
    with pytest.raises(ValueError, match="there are none"):
        long_run(best=True, data=DataSpec(train=100, validation=0)).train("cpu")
