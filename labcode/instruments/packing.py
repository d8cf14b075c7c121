"""Networks as a few bytes: weights rounded to fixed point, one scale a row, then compressed.

The low bytes and the high bytes of the weights are stored apart, since the high ones, mostly near
zero, compress well.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from labcode import checks
from labcode.models.fixed_point import fixed_point

ACTIVATIONS: dict[type[nn.Module], str] = {
    nn.ReLU: "relu",
    nn.SiLU: "silu",
    nn.Sigmoid: "sigmoid",
    nn.Tanh: "tanh",
    nn.Identity: "identity",
}
WEIGHTED = (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)
CARRIED = "Linear, Conv2d, ConvTranspose2d, ReLU, SiLU, Sigmoid, Tanh and Identity"


class UnsupportedLayer(TypeError):
    """A network has a layer that no instrument can take into a page."""


@dataclass(frozen=True)
class PackedNetwork:
    """A network as the page receives it.

    Attributes
    ----------
    layers : list of dict
        In their order. `{"kind": "linear", "inputs": ..., "outputs": ...}`; `"convolution"` or
        `"transposed"` with `inputs`, `outputs` and `size` (channels, height and width of what goes
        in and comes out), `side` of the kernel, `stride` and `padding`; or an activation with its
        `kind` alone.
    parts : list of bytes
        For each layer with weights: scales, float32, one a row; biases, float32, one an output;
        then the low and the high bytes of the weights, int16, row by row. The rows are the
        weight's first dimension: outputs, or the inputs of a transposed convolution.
    """

    layers: list[dict[str, Any]]
    parts: list[bytes]


def pack(network: nn.Module, inputs: int = 2, outputs: int = 784) -> PackedNetwork:
    """Pack a dense network: a decoder of a plane of codes, or one from `inputs` to `outputs`.

    Parameters
    ----------
    network : nn.Sequential
        As for `packed`.
    inputs, outputs : int
        How many numbers the page gives it, and takes.

    Raises
    ------
    UnsupportedLayer
        If it is no nn.Sequential, or has another layer.
    ValueError
        If its sizes are not those.
    """
    if not isinstance(network, nn.Sequential):
        raise UnsupportedLayer(
            f"a network must be an nn.Sequential, not a {type(network).__name__}. "
            "Give the explorer `model.decoder`."
        )
    linear = [layer for layer in network if isinstance(layer, nn.Linear)]
    sizes = (linear[0].in_features, linear[-1].out_features) if linear else (None, None)
    if sizes != (inputs, outputs):
        raise ValueError(
            f"the network goes from {sizes[0]} numbers to {sizes[1]}; the page needs one from "
            f"{inputs} to {outputs}."
        )
    return packed(network, (inputs,))


def packed(network: Sequence[nn.Module] | nn.Sequential, shape: tuple[int, ...]) -> PackedNetwork:
    """Pack layers for inputs of one shape.

    Parameters
    ----------
    network : nn.Sequential, or a sequence of layers
        Of Linear, Conv2d and ConvTranspose2d with a square kernel, ReLU, SiLU, Sigmoid, Tanh and
        Identity. Flatten and Unflatten are left out: a page has all numbers in one row.
    shape : tuple of int
        Of one input, without the batch.

    Raises
    ------
    UnsupportedLayer
        If there is another layer.
    ValueError
        If a layer does not take what the one before it gives, or a weight or a bias is not finite.
    """
    layers: list[dict[str, Any]] = []
    parts: list[bytes] = []
    size = shape
    for place, layer in enumerate(network):
        if isinstance(layer, nn.Unflatten):
            size = tuple(layer.unflattened_size)
        elif isinstance(layer, WEIGHTED):
            about, size = _about(layer, place, size)
            layers.append(about)
            parts += _weights(layer)
        elif type(layer) in ACTIVATIONS:
            layers.append({"kind": ACTIVATIONS[type(layer)]})
        elif not isinstance(layer, nn.Flatten):
            raise UnsupportedLayer(
                f"layer {place} of the network is a {type(layer).__name__}. An instrument carries "
                f"{CARRIED}, and Flatten and Unflatten, which change no number."
            )
    return PackedNetwork(layers, parts)


def _about(
    layer: nn.Linear | nn.Conv2d | nn.ConvTranspose2d, place: int, size: tuple[int, ...]
) -> tuple[dict[str, Any], tuple[int, ...]]:
    """What the page needs to know of a layer, and the size of what it gives."""
    if isinstance(layer, nn.Linear):
        _fits(place, layer.in_features, math.prod(size))
        about = {"kind": "linear", "inputs": layer.in_features, "outputs": layer.out_features}
        return about, (layer.out_features,)
    if (
        isinstance(layer.padding, str)
        or any(len(set(pair)) > 1 for pair in (layer.kernel_size, layer.stride, layer.padding))
        or (layer.groups, layer.dilation) != (1, (1, 1))
    ):
        raise UnsupportedLayer(
            f"layer {place} of the network is a convolution with groups, dilation, padding by name "
            "or a kernel that is not square, which no instrument carries."
        )
    side, stride, padding = layer.kernel_size[0], layer.stride[0], layer.padding[0]
    _fits(place, (layer.in_channels, 3), (size[0], len(size)))
    if isinstance(layer, nn.ConvTranspose2d):
        more = layer.output_padding[0]
        after = [(length - 1) * stride - 2 * padding + side + more for length in size[1:]]
    else:
        after = [(length + 2 * padding - side) // stride + 1 for length in size[1:]]
    outputs = (layer.out_channels, *after)
    about = {
        "kind": "transposed" if isinstance(layer, nn.ConvTranspose2d) else "convolution",
        "inputs": list(size),
        "outputs": list(outputs),
        "side": side,
        "stride": stride,
        "padding": padding,
    }
    return about, outputs


def _fits(place: int, takes: object, gets: object) -> None:
    if takes != gets:
        raise ValueError(f"layer {place} of the network takes {takes} and gets {gets}.")


def _weights(layer: nn.Linear | nn.Conv2d | nn.ConvTranspose2d) -> list[bytes]:
    whole, scale = fixed_point(layer.weight.flatten(1))
    outputs = layer.out_features if isinstance(layer, nn.Linear) else layer.out_channels
    bias = torch.zeros(outputs) if layer.bias is None else layer.bias
    checks.numbers("biases", bias.detach().float())
    planes = whole.ravel().view(np.uint8).reshape(-1, 2)
    return [
        scale.astype("<f4").tobytes(),
        bias.detach().cpu().numpy().astype("<f4").tobytes(),
        planes[:, 0].tobytes(),
        planes[:, 1].tobytes(),
    ]
