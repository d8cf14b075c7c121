"""What a model is made of, read from the model itself: parameters, multiply-adds, layers."""

from copy import deepcopy
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from labcode import checks
from labcode.models.autoencoder import Autoencoder


@dataclass(frozen=True)
class Layer:
    """One tensor on the way through an autoencoder, and the layer that makes it.

    Attributes
    ----------
    name : str
        Kind of layer, with its activation: `conv 3x3, stride 2, ReLU`.
    shape : tuple of int
        Of what comes out, for one image.
    parameters : int
        Weights and biases of the layer.
    part : str
        `input`, `encoder`, `code` or `decoder`.
    """

    name: str
    shape: tuple[int, ...]
    parameters: int
    part: str


def parameters(model: nn.Module) -> int:
    """How many numbers training may change."""
    checks.instances(nn.Module, model=model)
    return sum(weight.numel() for weight in model.parameters() if weight.requires_grad)


def multiply_adds(model: nn.Module, shape: tuple[int, ...] = (1, 28, 28)) -> int:
    """Multiplications with an addition that one image costs, forward, without biases.

    Parameters
    ----------
    model : Module
    shape : tuple of int
        Shape of one input.

    Notes
    -----
    torch counts two floating-point operations for each multiply-add.
    """
    checks.sizes(shape=shape)
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        model(torch.zeros(1, *shape))
    return counter.get_total_flops() // 2


def receptive_field(model: Autoencoder, shape: tuple[int, int, int] = (1, 28, 28)) -> int:
    """Side in pixels of the largest square that a number of the code can see.

    Parameters
    ----------
    model : Autoencoder
        Its encoder has no normalisation. In a copy its weights become positive numbers, so that
        every ReLU lets its input through and no two paths cancel.
    shape : tuple of int
        Channels, height and width of one image.
    """
    checks.instances(Autoencoder, model=model)
    checks.sizes(shape=shape)
    model = deepcopy(model)
    for weight in model.parameters():
        weight.data = weight.data.abs() + 0.1
    jacobian = torch.autograd.functional.jacobian(model.encode, torch.ones(1, *shape))
    seen = (jacobian[0, :, 0, 0] != 0).any(1)
    return int(seen.sum(1).max())


@torch.no_grad()
def layers(model: Autoencoder, shape: tuple[int, ...] = (1, 28, 28)) -> list[Layer]:
    """The tensors between an image and its reconstruction, in order.

    Activations and pooling belong to the layer that they follow. The code has its own entry; if
    it is only an encoder layer's output, flattened, that layer keeps its entry too.

    Parameters
    ----------
    model : Autoencoder
        Its encoder and decoder are sequences of layers.
    shape : tuple of int
        Shape of one input.

    Raises
    ------
    TypeError
        If encoder or decoder is not a `torch.nn.Sequential`.
    """
    checks.instances(Autoencoder, model=model)
    checks.sizes(shape=shape)
    encoder, x = _follow(model.encoder, torch.zeros(1, *shape), "encoder")
    decoder, _ = _follow(model.decoder, x, "decoder")
    code_shape = tuple(x.shape[1:])
    if encoder[-1].shape == code_shape:
        encoder[-1] = replace(encoder[-1], part="code")
    else:
        encoder.append(Layer("flattened", code_shape, 0, "code"))
    return [Layer("image", shape, 0, "input"), *encoder, *decoder]


def _follow(modules: nn.Module, x: Tensor, part: str) -> tuple[list[Layer], Tensor]:
    if not isinstance(modules, nn.Sequential):
        raise TypeError(
            f"layers can be listed of a torch.nn.Sequential, and the {part} is a "
            f"{type(modules).__name__}."
        )
    found: list[Layer] = []
    leading = ""
    for module in modules:
        x = module(x)
        if isinstance(module, nn.Flatten | nn.Unflatten):
            continue
        if isinstance(module, nn.Upsample):
            leading = "upsample, "
        elif parameters(module):
            name = leading + _name(module)
            found.append(Layer(name, tuple(x.shape[1:]), parameters(module), part))
            leading = ""
        else:
            name = f"{found[-1].name}, {_name(module)}"
            found[-1] = replace(found[-1], name=name, shape=tuple(x.shape[1:]))
    if tuple(x.shape[1:]) != found[-1].shape and part == "decoder":
        found[-1] = replace(found[-1], shape=tuple(x.shape[1:]))
    return found, x


def _name(module: nn.Module) -> str:
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
        kind = "conv" if isinstance(module, nn.Conv2d) else "transposed conv"
        stride = f", stride {module.stride[0]}" if module.stride[0] > 1 else ""
        return f"{kind} {module.kernel_size[0]}x{module.kernel_size[1]}{stride}"
    names: dict[type[nn.Module], str] = {
        nn.Linear: "dense",
        nn.ReLU: "ReLU",
        nn.Sigmoid: "sigmoid",
        nn.MaxPool2d: "max pooling",
        nn.AvgPool2d: "average pooling",
    }
    return names.get(type(module), type(module).__name__)
