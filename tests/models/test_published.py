"""Networks as published: sizes, starts and bounds, and what the change of units leaves alone."""

import pytest
import torch

from labcode.models.likelihoods import Bernoulli
from labcode.models.published import MoorAutoencoder, NorouziVAE
from labcode.training.variational import normalise_gradients


def matrices(model):
    return sum(weight.numel() for weight in model.parameters() if weight.ndim == 2)


def test_the_vae_starts_and_is_bounded_as_published():
    torch.manual_seed(0)
    model = NorouziVAE(code_size=40, hidden=300, likelihood=Bernoulli)
    first = model.encoder[1]
    assert first.weight.std().item() == pytest.approx((2 / 784) ** 0.5, rel=0.02)
    assert not first.bias.any()
    x = torch.bernoulli(torch.rand(50, 1, 28, 28))
    with torch.no_grad():
        model.encoder[-1].bias[40:] = torch.linspace(-20, 20, 40)
        log_variance = model.posterior(x).log_variance
    assert log_variance.min() == -6 and log_variance.max() == 2
    assert matrices(model) == pytest.approx(1.11e6, rel=5e-3)  # multiply-adds an image


def test_the_autoencoder_is_theirs_on_other_units():
    torch.manual_seed(0)
    model = MoorAutoencoder().eval()
    assert matrices(model) == pytest.approx(2.82e6, rel=5e-3)
    x = torch.rand(20, 1, 28, 28)
    theirs = 2 * x.flatten(1) - 1
    for layer in (*model.encoder[2:], *model.decoder[:-2]):
        theirs = layer(theirs)
    ours = model(x)
    torch.testing.assert_close(2 * ours.flatten(1) - 1, theirs)
    error = ((theirs - (2 * x.flatten(1) - 1)) ** 2).mean()
    torch.testing.assert_close(4 * model.loss(x, x), error)


def test_gradients_of_length_one_keep_their_direction():
    x = torch.bernoulli(torch.rand(30, 1, 28, 28))
    gradients = []
    for unit in (False, True):
        torch.manual_seed(0)
        model = NorouziVAE(code_size=3, hidden=8, likelihood=Bernoulli)
        if unit:
            normalise_gradients(model)
        torch.manual_seed(1)
        model.loss(x, x).backward()
        gradients.append([weight.grad for weight in model.parameters()])
    for plain, unit in zip(*gradients, strict=True):
        torch.testing.assert_close(unit, plain / plain.norm(), rtol=1e-4, atol=1e-6)
