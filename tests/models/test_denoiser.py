"""The book's own denoisers."""

import pytest
import torch

from labcode.models.denoiser import AnyNoiseDenoiser, ConvDenoiser, PlaneDenoiser


def test_code_and_back_is_the_whole_network() -> None:
    torch.manual_seed(0)
    network, x = ConvDenoiser(), torch.rand(3, 1, 28, 28)
    z = network.encode(x)
    assert z.shape == (3, 16 * 14 * 14 + 32 * 7 * 7)
    assert torch.allclose(network.decode(z), network(x), atol=1e-6)
    assert network(x).shape == x.shape


def test_the_coarse_scale_sees_the_whole_garment() -> None:
    torch.manual_seed(0)
    network, x = ConvDenoiser(), torch.rand(1, 1, 28, 28, requires_grad=True)
    network(x)[0, 0, 0, 0].backward()
    assert x.grad is not None
    assert (x.grad != 0).float().mean() > 0.9


def test_the_plane_denoiser_adds_a_step() -> None:
    network, y = PlaneDenoiser(8), torch.randn(5, 2)
    torch.nn.init.zeros_(network.decoder.weight)  # type: ignore[arg-type]
    assert torch.equal(network(y), y)


def test_a_denoiser_told_no_noise_leaves_points_alone() -> None:
    torch.manual_seed(0)
    network, y = AnyNoiseDenoiser(), torch.randn(5, 2)
    restored = network.denoise(y, torch.full((5, 1), 1e-4))
    torch.testing.assert_close(restored, y, atol=1e-3, rtol=0)


def test_its_loss_is_about_one_for_unit_data_and_no_network() -> None:
    # With the network at zero, r = y / (1 + s^2) is the best denoiser of N(0, I), and the
    # weighted error is exactly 1 at each s.
    torch.manual_seed(0)
    network, x = AnyNoiseDenoiser(), torch.randn(200_000, 2)
    torch.nn.init.zeros_(network.decoder.weight)  # type: ignore[arg-type]
    assert network.loss(x, x).item() == pytest.approx(1.0, abs=0.01)
