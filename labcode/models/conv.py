"""Convolutional autoencoders: the lab's, and a family with a chosen code size."""

from itertools import pairwise
from typing import Literal, get_args

import torch
from torch import nn

from labcode import checks
from labcode.models.autoencoder import Autoencoder, initialise
from labcode.models.layers import ConvTranspose2d, MultiplyThenShift

Down = Literal["stride", "max pooling", "average pooling"]
Up = Literal["transposed 3x3", "transposed 4x4", "nearest, then 3x3"]


class LabCNN(Autoencoder):
    """The lab's convolutional autoencoder: 3,217 parameters, and a code of 7 x 7 x 8 numbers.

    Parameters
    ----------
    shape : tuple of int
        Channels, height and width of one image; height and width are multiples of 4.

    Raises
    ------
    ValueError
        If the image cannot be halved twice.

    Notes
    -----
    The lab wrote it in Keras with "same" padding. At even sizes and stride 2, Keras pads on the
    right and below, and PyTorch's `padding=1` on the left and above: the same network, mirrored.
    """

    def __init__(self, shape: tuple[int, int, int] = (1, 28, 28)) -> None:
        height, width = _quarter(shape)
        super().__init__(shape, 8 * height * width)
        self.encoder = nn.Sequential(
            nn.Conv2d(shape[0], 16, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(16, 8, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Flatten(),
        )
        self.decoder = nn.Sequential(
            nn.Unflatten(1, (8, height, width)),
            ConvTranspose2d(8, 8, 3, stride=2, padding=1, output_padding=1),
            nn.ReLU(),
            ConvTranspose2d(8, 16, 3, stride=2, padding=1, output_padding=1),
            nn.ReLU(),
            MultiplyThenShift(16, shape[0], 3),
            nn.Sigmoid(),
        )
        initialise(self)
        # Faster in small batches on a CPU.
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]


class ConvAutoencoder(Autoencoder):
    """Convolutions around a linear code of any size.

    The encoder halves the image twice, then a linear layer makes the code. The decoder mirrors
    it and ends in a 3 x 3 convolution with a sigmoid.

    Parameters
    ----------
    code_size : int
        k, how many numbers a code holds.
    channels : tuple of two ints
        Feature maps at half and at a quarter of the image's side.
    down : str
        How the encoder halves: `stride` is a 3 x 3 convolution with stride 2; `max pooling` and
        `average pooling` follow a 3 x 3 convolution with stride 1.
    up : str
        How the decoder doubles: transposed convolution of stride 2 with a 3 x 3 or a 4 x 4
        kernel, or nearest-neighbour upsampling and a 3 x 3 convolution.
    shape : tuple of int
        Channels, height and width of one image; height and width are multiples of 4.

    Raises
    ------
    ValueError
        If the image cannot be halved twice, or an option is unknown.

    Notes
    -----
    Odena, Dumoulin and Olah (2016): with stride 2 a 3 x 3 kernel reaches some output pixels more
    often than others, which shows as a checkerboard; 4 x 4 reaches all alike.
    """

    def __init__(
        self,
        code_size: int,
        channels: tuple[int, int] = (16, 8),
        down: Down = "stride",
        up: Up = "transposed 3x3",
        shape: tuple[int, int, int] = (1, 28, 28),
    ) -> None:
        height, width = _quarter(shape)
        super().__init__(shape, code_size)
        checks.sizes(channels=channels)
        checks.option("down", down, get_args(Down))
        checks.option("up", up, get_args(Up))
        fine, coarse = channels
        flat = coarse * height * width
        self.encoder = nn.Sequential(
            *(layer for pair in pairwise((shape[0], *channels)) for layer in _halve(down, *pair)),
            nn.Flatten(),
            nn.Linear(flat, code_size),
        )
        self.decoder = nn.Sequential(
            nn.Linear(code_size, flat),
            nn.ReLU(),
            nn.Unflatten(1, (coarse, height, width)),
            *_double(up, coarse, coarse),
            *_double(up, coarse, fine),
            MultiplyThenShift(fine, shape[0], 3),
            nn.Sigmoid(),
        )
        initialise(self)
        # Faster in small batches on a CPU.
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]


class DeepConvAutoencoder(Autoencoder):
    """The convolutional counterpart of `DeepAutoencoder`, layer by layer.

    The encoder's hidden layers are 3 x 3 convolutions with ReLU: the first two halve the image,
    all others keep its size. A linear layer makes the code, without ReLU. The decoder mirrors each
    layer: as many with weights, of the same widths, and a sigmoid at the end.

    Parameters
    ----------
    code_size : int
        k, how many numbers a code holds.
    channels : tuple of int
        Feature maps of the encoder's hidden layers, from the image inwards.
    shape : tuple of int
        Channels, height and width of one image; height and width are multiples of 4, or of 2 if
        there is one hidden layer.

    Raises
    ------
    ValueError
        If there is no hidden layer, or the image cannot be halved.
    """

    def __init__(
        self,
        code_size: int,
        channels: tuple[int, ...] = (16, 16, 16),
        shape: tuple[int, int, int] = (1, 28, 28),
    ) -> None:
        super().__init__(shape, code_size)
        checks.sizes(channels=channels)
        if not channels:
            raise ValueError("channels=(): give the maps of at least one hidden layer.")
        halvings = min(2, len(channels))
        if len(shape) != 3 or shape[1] % 2**halvings or shape[2] % 2**halvings:
            raise ValueError(
                f"images of shape {shape} cannot be halved {halvings} times and come back at the "
                "same size. Pad or crop height and width to multiples of 4."
            )
        height, width = (side // 2**halvings for side in shape[1:])
        maps = (shape[0], *channels)
        strides = [2 if place < halvings else 1 for place in range(len(channels))]
        flat = channels[-1] * height * width
        encoder: list[nn.Module] = []
        decoder: list[nn.Module] = []
        for (outer, inner), stride in zip(pairwise(maps), strides, strict=True):
            encoder += [nn.Conv2d(outer, inner, 3, stride, padding=1), nn.ReLU()]
            back = ConvTranspose2d(inner, outer, 3, stride, padding=1, output_padding=stride - 1)
            decoder = [nn.ReLU(), back, *decoder]
        self.encoder = nn.Sequential(*encoder, nn.Flatten(), nn.Linear(flat, code_size))
        self.decoder = nn.Sequential(
            nn.Linear(code_size, flat),
            nn.Unflatten(1, (channels[-1], height, width)),
            *decoder,
            nn.Sigmoid(),
        )
        initialise(self)
        # Faster in small batches on a CPU.
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]


def _quarter(shape: tuple[int, ...]) -> tuple[int, int]:
    """Height and width of an image that was halved twice, if both are multiples of 4."""
    if len(shape) != 3 or shape[1] % 4 or shape[2] % 4:
        raise ValueError(
            f"images of shape {shape} cannot be halved twice and come back at the same size. "
            "A shape is (channels, height, width): pad or crop height and width to multiples of 4."
        )
    return shape[1] // 4, shape[2] // 4


def _halve(down: Down, inputs: int, outputs: int) -> list[nn.Module]:
    if down == "stride":
        return [nn.Conv2d(inputs, outputs, 3, stride=2, padding=1), nn.ReLU()]
    pool = nn.MaxPool2d(2) if down == "max pooling" else nn.AvgPool2d(2)
    return [nn.Conv2d(inputs, outputs, 3, padding=1), nn.ReLU(), pool]


def _double(up: Up, inputs: int, outputs: int) -> list[nn.Module]:
    if up == "transposed 3x3":
        return [ConvTranspose2d(inputs, outputs, 3, 2, 1, output_padding=1), nn.ReLU()]
    if up == "transposed 4x4":
        return [ConvTranspose2d(inputs, outputs, 4, 2, 1), nn.ReLU()]
    return [nn.Upsample(scale_factor=2), nn.Conv2d(inputs, outputs, 3, padding=1), nn.ReLU()]
