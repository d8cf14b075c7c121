"""The layers give torch's numbers and gradients, for any sizes."""

import pytest
import torch
from torch import nn
from torch.autograd import gradcheck

from labcode.models.layers import ConvTranspose2d, MultiplyThenShift


@pytest.mark.parametrize("inputs, outputs, side", [(16, 1, 3), (3, 2, 5), (4, 4, 1)])
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_multiplying_then_shifting_is_torchs_convolution(inputs, outputs, side, layout):
    torch.manual_seed(0)
    theirs = nn.Conv2d(inputs, outputs, side, padding=side // 2).double()
    ours = MultiplyThenShift(inputs, outputs, side).double()
    ours.load_state_dict(theirs.state_dict())
    same(ours, theirs, torch.randn(2, inputs, 6, 9).double().to(memory_format=layout))


@pytest.mark.parametrize("side, output_padding", [(3, 1), (4, 0)])
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_a_bias_added_in_rows_is_torchs(side, output_padding, layout):
    torch.manual_seed(0)
    theirs = nn.ConvTranspose2d(3, 5, side, 2, 1, output_padding).double()
    ours = ConvTranspose2d(3, 5, side, 2, 1, output_padding).double()
    ours.load_state_dict(theirs.state_dict())
    same(ours, theirs, torch.randn(2, 3, 4, 7).double().to(memory_format=layout))


def test_gradients_agree_with_finite_differences():
    torch.manual_seed(0)
    for layer in (MultiplyThenShift(2, 1, 3), ConvTranspose2d(2, 3, 3, 2, 1, 1)):
        assert gradcheck(layer.double(), torch.randn(1, 2, 3, 4).double().requires_grad_())


def test_an_even_kernel_is_refused():
    with pytest.raises(ValueError, match="must be odd, and is 4"):
        MultiplyThenShift(2, 1, 4)


def same(ours, theirs, x):
    results = []
    for layer in (ours, theirs):
        image = x.clone().requires_grad_()
        y = layer(image)
        gradient = torch.linspace(-1, 1, y.numel(), dtype=y.dtype).view(y.shape)
        results.append([y, *torch.autograd.grad(y, [image, *layer.parameters()], gradient)])
    for our, their in zip(*results, strict=True):
        torch.testing.assert_close(our, their, atol=1e-12, rtol=1e-10)
