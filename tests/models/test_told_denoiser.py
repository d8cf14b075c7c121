"""A denoiser of images that is told the noise: its ends, its scale and its loss."""

import pytest
import torch

from labcode.models.told_denoiser import ToldDenoiser


def silent() -> ToldDenoiser:
    network = ToldDenoiser((4, 8), 16)
    torch.nn.init.zeros_(network.pixels.weight)
    return network


def test_it_leaves_clean_images_alone_and_forgets_drowned_ones() -> None:
    torch.manual_seed(0)
    network, x = ToldDenoiser((4, 8), 16), torch.rand(3, 1, 28, 28)
    torch.testing.assert_close(network.denoise(x, 1e-4), x, atol=1e-3, rtol=0)
    torch.testing.assert_close(
        silent().denoise(40 * x, 4000.0), torch.full_like(x, 0.286), atol=1e-3, rtol=0
    )


def test_its_loss_is_one_for_independent_pixels_and_no_network() -> None:
    # With the network silent it is the best denoiser of independent Gaussian pixels of this mean
    # and spread, and the weighted error is 1 at each s; pixels lie in [0, 1] with these moments.
    torch.manual_seed(0)
    share = 0.353**2 / 0.286 + 0.286
    x = share * (torch.rand(2000, 1, 28, 28) < 0.286 / share).float()
    assert silent().loss(x, x).item() == pytest.approx(1.0, abs=0.01)


def test_the_strength_reaches_every_feature() -> None:
    torch.manual_seed(0)
    network, x = ToldDenoiser((4, 8), 16), torch.rand(1, 1, 28, 28)
    features = [network._features(x, torch.tensor([[log]])) for log in (-2.0, 2.0)]
    assert (features[0] - features[1]).abs().mean() > 0.01
    network.denoise(x, torch.tensor([[0.5]])).sum().backward()
    assert all((weight.grad != 0).any() for weight in network.parameters())


def test_each_image_has_its_own_strength() -> None:
    torch.manual_seed(0)
    network, x = ToldDenoiser((4, 8), 16), torch.rand(2, 1, 28, 28)
    together = network.denoise(x, torch.tensor([[0.1], [2.0]]))
    for place, std in enumerate((0.1, 2.0)):
        alone = network.denoise(x[place : place + 1], std)
        torch.testing.assert_close(together[place : place + 1], alone, atol=1e-5, rtol=1e-4)


def test_strengths_have_an_order() -> None:
    with pytest.raises(ValueError, match="0 < low <= high"):
        ToldDenoiser(low=2.0, high=1.0)
