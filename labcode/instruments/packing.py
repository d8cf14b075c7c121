"""Networks as a few bytes: weights rounded to fixed point, one scale a row, then compressed.

A weight becomes a whole number of 16 bits times its row's scale. The low bytes and the
high bytes are stored apart, since the high ones, mostly near zero, compress well. Of two numbers
of 16 bits, this is closer than a half-precision float where a row's weights are alike in size.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor, nn

from labcode import checks

LARGEST = 2**15 - 1
ACTIVATIONS: dict[type[nn.Module], str] = {
    nn.ReLU: "relu",
    nn.SiLU: "silu",
    nn.Sigmoid: "sigmoid",
    nn.Tanh: "tanh",
    nn.Identity: "identity",
}


class UnsupportedLayer(TypeError):
    """A network has a layer that no instrument can take into a page."""


@dataclass(frozen=True)
class PackedNetwork:
    """A dense network as the page receives it.

    Attributes
    ----------
    layers : list of dict
        In their order. `{"kind": "linear", "inputs": ..., "outputs": ...}`, or an activation with
        its `kind` alone.
    parts : list of bytes
        For each linear layer: scales and biases, float32, one of each an output; then the low and
        the high bytes of the weights, int16, row by row.
    """

    layers: list[dict[str, Any]]
    parts: list[bytes]


def pack(network: nn.Module, inputs: int = 2, outputs: int = 784) -> PackedNetwork:
    """Pack a dense network: a decoder of a plane of codes, or one from `inputs` to `outputs`.

    Parameters
    ----------
    network : nn.Sequential
        Of Linear, ReLU, SiLU, Sigmoid, Tanh and Identity; a Flatten at its start and an Unflatten
        at its end are left out, since the page draws 784 numbers as 28 rows.
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
    layers: list[dict[str, Any]] = []
    parts: list[bytes] = []
    last = len(network) - 1
    for place, layer in enumerate(network):
        if isinstance(layer, nn.Linear):
            layers.append(
                {"kind": "linear", "inputs": layer.in_features, "outputs": layer.out_features}
            )
            parts += _linear(layer)
        elif type(layer) in ACTIVATIONS:
            layers.append({"kind": ACTIVATIONS[type(layer)]})
        elif not (
            (isinstance(layer, nn.Flatten) and place == 0)
            or (isinstance(layer, nn.Unflatten) and place == last)
        ):
            raise UnsupportedLayer(
                f"layer {place} of the network is a {type(layer).__name__}. A page carries Linear, "
                "ReLU, SiLU, Sigmoid, Tanh and Identity, and an Unflatten at the end."
            )
    linear = [layer for layer in layers if layer["kind"] == "linear"]
    sizes = (linear[0]["inputs"], linear[-1]["outputs"]) if linear else (None, None)
    if sizes != (inputs, outputs):
        raise ValueError(
            f"the network goes from {sizes[0]} numbers to {sizes[1]}; the page needs one from "
            f"{inputs} to {outputs}."
        )
    return PackedNetwork(layers, parts)


def fixed_point(weight: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Whole numbers and scales whose product is the weight, to half a scale.

    Returns
    -------
    ndarray, shape (outputs, inputs), int16
    ndarray, shape (outputs,), float32
    """
    checks.dimensions("weights", weight, ("outputs", "inputs"))
    exact = weight.detach().cpu().double().numpy()
    if np.abs(exact).max() > np.finfo(np.float32).max:
        raise ValueError("the network has a weight that is too large for float32.")
    scale = (np.abs(exact).max(axis=1) / LARGEST).astype(np.float32)
    scale[scale == 0] = 1
    return np.rint(exact / scale[:, None]).astype("<i2"), scale


def _linear(layer: nn.Linear) -> list[bytes]:
    whole, scale = fixed_point(layer.weight)
    if layer.bias is not None:
        checks.numbers("biases", layer.bias.detach().float())
    bias = np.zeros(layer.out_features) if layer.bias is None else layer.bias.detach().cpu().numpy()
    planes = whole.ravel().view(np.uint8).reshape(-1, 2)
    return [
        scale.astype("<f4").tobytes(),
        bias.astype("<f4").tobytes(),
        planes[:, 0].tobytes(),
        planes[:, 1].tobytes(),
    ]
