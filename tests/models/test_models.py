"""Shapes, parameter counts and structure of the dense models."""

import pytest
import torch

from labcode.models import (
    DeepAutoencoder,
    LinearAutoencoder,
    NestedDropoutAutoencoder,
    ReluCodeAutoencoder,
    ShallowAutoencoder,
)


@pytest.mark.parametrize(
    "model",
    [
        LinearAutoencoder(5),
        NestedDropoutAutoencoder(5),
        ShallowAutoencoder(5),
        ShallowAutoencoder(5, sigmoid_output=False),
        DeepAutoencoder(5),
        DeepAutoencoder(5, hidden=()),
        ReluCodeAutoencoder(5),
    ],
)
def test_codes_and_reconstructions_have_their_shapes(model):
    x = torch.rand(3, 1, 28, 28)
    assert model.encode(x).shape == (3, 5)
    assert model(x).shape == x.shape
    assert model.loss(x, x).ndim == 0


def test_the_labs_dense_autoencoder_has_101200_parameters():
    assert sum(weight.numel() for weight in ShallowAutoencoder(64).parameters()) == 101_200


@pytest.mark.parametrize("hidden", [(), (32, 16)])
def test_a_relu_code_differs_from_its_twin_in_the_codes_relu_alone(hidden):
    x = torch.rand(6, 1, 28, 28)
    torch.manual_seed(0)
    linear = DeepAutoencoder(4, hidden=hidden)
    torch.manual_seed(0)
    bent = ReluCodeAutoencoder(4, hidden=hidden)
    assert torch.equal(bent.encode(x), linear.encode(x).relu())
    assert torch.equal(bent.decode(x[:, 0, 0, :4]), linear.decode(x[:, 0, 0, :4]))


def test_without_hidden_layers_a_relu_code_is_the_labs_network():
    x = torch.rand(6, 1, 28, 28)
    torch.manual_seed(0)
    bent = ReluCodeAutoencoder(4, hidden=())
    torch.manual_seed(0)
    assert torch.equal(bent(x), ShallowAutoencoder(4)(x))


def test_a_linear_autoencoder_is_an_affine_map_of_its_weights():
    torch.manual_seed(0)
    model = LinearAutoencoder(3, shape=(7,)).double()
    x = torch.randn(4, 7, dtype=torch.float64)
    b1, b2 = model.encoder[1].bias, model.decoder[0].bias
    torch.nn.init.normal_(b1)
    torch.nn.init.normal_(b2)
    expected = (x @ model.encoder_weight.T + b1) @ model.decoder_weight.T + b2
    assert torch.allclose(model(x), expected)


def test_nested_dropouts_expected_loss():
    """The mean over many draws equals the average over the k ways to cut the code."""
    torch.manual_seed(0)
    model = NestedDropoutAutoencoder(3, shape=(6,)).double()
    x = torch.randn(2000, 6, dtype=torch.float64)
    z = model.encode(x)
    cut = [((model.decode(z * (torch.arange(3) < b)) - x) ** 2).mean().item() for b in (1, 2, 3)]
    drawn = torch.stack([model.train().loss(x, x) for _ in range(200)])
    spread = drawn.std().item() / 200**0.5
    assert drawn.mean().item() == pytest.approx(sum(cut) / 3, abs=4 * spread)
    whole = model.eval().loss(x, x).item()
    assert whole == pytest.approx(cut[-1])


def test_first_weights_are_glorot_uniform():
    """Glorot and Bengio (2010), equation 16: bound sqrt(6 / (in + out)), variance bound^2 / 3."""
    torch.manual_seed(0)
    weight = ShallowAutoencoder(64).encoder[1].weight
    bound = (6 / (784 + 64)) ** 0.5
    assert weight.abs().max().item() <= bound
    assert weight.var().item() == pytest.approx(bound**2 / 3, rel=0.02)
