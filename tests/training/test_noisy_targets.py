"""Teachers without clean images, against the truth that they never see."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from labcode.data import DataSpec
from labcode.models.autoencoder import Autoencoder
from labcode.models.denoiser import ConvDenoiser
from labcode.training.networks import model_spec
from labcode.training.noisy_targets import NoisyTargetSpec, divergence_per_pixel

STD = 0.3


class Affine(Autoencoder):
    """r(y) = W y + b: its divergence is the trace of W."""

    def __init__(self) -> None:
        super().__init__((1, 28, 28), 784)
        self.encoder = nn.Flatten()
        self.decoder = nn.Sequential(nn.Linear(784, 784), nn.Unflatten(1, (1, 28, 28)))


def spec(teacher: str, **changes) -> NoisyTargetSpec:
    return NoisyTargetSpec(
        model_spec(ConvDenoiser, channels=(4, 8), hidden=8),
        STD,
        teacher,
        **{"epochs": 1, "seed": 0, "data": DataSpec(200, 100)} | changes,
    )


def test_the_divergence_is_the_trace() -> None:
    torch.manual_seed(0)
    model = Affine().double()
    model._weightless = model._weightless.double()
    y = torch.rand(500, 1, 28, 28, dtype=torch.float64)
    with torch.no_grad():
        found = divergence_per_pixel(model, y, model(y)).item()
    weight = model.decoder[0].weight
    # Of 500 draws: 2 |sym W|^2 off the diagonal is the variance of one.
    symmetric = (weight + weight.T) / 2
    spread = (2 * (symmetric**2).sum() - 2 * (symmetric.diagonal() ** 2).sum()).item()
    tolerance = 4 * (spread / 500) ** 0.5 / 784
    assert found == pytest.approx((weight.trace() / 784).item(), abs=tolerance)


ABOVE = {"clean images": 0.0, "other noise": STD**2, "Stein's estimate": 0.0}


@pytest.mark.parametrize("teacher", ABOVE)
def test_each_teachers_error_is_the_true_one_but_for_a_constant(teacher, fashion_mnist) -> None:
    torch.manual_seed(0)
    model, one = ConvDenoiser(), spec(teacher)
    x = fashion_mnist.test.pixels[:1000]
    y, target = one._copies(x, 7)
    with torch.no_grad():
        true = functional.mse_loss(model(y), x).item()
        found = one.error(model, y, target).item()
    assert found - ABOVE[teacher] == pytest.approx(true, abs=0.003)


def test_no_teacher_but_one_sees_a_clean_image(fashion_mnist) -> None:
    x = fashion_mnist.test.pixels[:100]
    copies = {name: spec(name)._copies(x, 7) for name in ABOVE}
    assert torch.equal(copies["clean images"][1], x)
    y, other = copies["other noise"]
    assert not torch.equal(y, other)
    noise, other_noise = y - x, other - x
    assert abs((noise * other_noise).mean()) < 0.002
    assert all(torch.equal(found[0], y) for found in copies.values())
    assert torch.equal(copies["Stein's estimate"][1], y)


@pytest.mark.parametrize("teacher", ["other noise", "Stein's estimate"])
def test_it_learns_to_denoise(teacher, fashion_mnist) -> None:
    longer = spec(teacher, epochs=8, data=DataSpec(1000, 100), batch_size=16)
    fit = longer.train("cpu")
    model = longer.model.build()
    x = fashion_mnist.test.pixels[:500]
    y, _ = longer._copies(x, 9)
    with torch.no_grad():
        before = functional.mse_loss(model(y), x).item()
        model.load_state_dict(fit.weights)
        after = functional.mse_loss(model(y), x).item()
    assert after < 0.6 * STD**2 < before + STD**2
    assert fit.history["validation_loss"].argmin() >= 1


def test_an_unknown_teacher_is_refused() -> None:
    with pytest.raises(ValueError, match="teacher"):
        spec("nobody")
