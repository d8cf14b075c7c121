"""Convolutions for images of any size."""

import pytest
import torch

from labcode.models.conv import DeepConvAutoencoder
from labcode.models.padded import PaddedConvAutoencoder


@pytest.mark.parametrize(
    "shape", [(1, 27, 29), (1, 8, 8), (3, 32, 32), (1, 64, 64), (3, 5, 4), (1, 30, 31)]
)
def test_images_come_back_in_their_size(shape):
    model = PaddedConvAutoencoder(6, shape=shape)
    x = torch.rand(2, *shape)
    assert model.encode(x).shape == (2, 6)
    assert model(x).shape == x.shape
    loss = model.loss(x, x)
    loss.backward()
    assert all(weight.grad is not None for weight in model.parameters())


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 32, 32)])
def test_without_a_border_it_is_the_books_network(shape):
    models = []
    for kind in (PaddedConvAutoencoder, DeepConvAutoencoder):
        torch.manual_seed(0)
        models.append(kind(6, (16, 16), shape))
    x = torch.rand(2, *shape)
    assert torch.equal(models[0](x), models[1](x))


def test_the_border_is_of_zeros_about_the_image():
    model = PaddedConvAutoencoder(3, shape=(1, 5, 6))
    border, inner = model.encoder
    x = torch.rand(1, 1, 5, 6)
    seen = border(x)
    assert seen.shape == (1, 1, 8, 8)
    assert torch.equal(seen[:, :, 1:6, 1:7], x)
    assert seen.sum() == pytest.approx(x.sum().item())
    inner_decoder, cut = model.decoder
    whole = inner_decoder(inner(seen))
    assert torch.equal(cut(whole), whole[:, :, 1:6, 1:7])


def test_rows_have_no_convolution():
    with pytest.raises(ValueError, match=r"shape=\(40,\): an image has"):
        PaddedConvAutoencoder(3, shape=(40,))
