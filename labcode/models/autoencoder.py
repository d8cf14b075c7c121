"""What every autoencoder of the book has in common: encode, decode, and a loss."""

from math import prod

import torch
from torch import Tensor, nn
from torch.nn import functional

from labcode import checks


class Autoencoder(nn.Module):
    """An encoder from inputs to codes and a decoder back.

    A concrete model sets `encoder` and `decoder` in its constructor.

    Parameters
    ----------
    shape : tuple of int
        Of one input: (1, 28, 28) for images, (d,) for made data. Inputs have shape (n, *shape).
    code_size : int
        k. Codes have shape (n, k).

    Raises
    ------
    ValueError
        If a size is no whole number from 1 on.
    """

    encoder: nn.Module
    decoder: nn.Module
    _weightless: Tensor

    def __init__(self, shape: tuple[int, ...], code_size: int) -> None:
        super().__init__()
        checks.sizes(shape=shape)
        checks.counts(code_size=code_size)
        checks.plain(shape=shape)
        self.shape = shape
        self.code_size = code_size
        # Goes wherever the weights go; asking it for their type is faster than asking them.
        self.register_buffer("_weightless", torch.empty(0), persistent=False)

    def checked(self, x: Tensor) -> Tensor:
        """The inputs themselves, if they are such as this network was built for.

        Noise may take the pixels of images outside [0, 1], and a denoiser has to see them.

        Raises
        ------
        TypeError
            If they are no tensor.
        ValueError
            If they have another shape or type, or are images that noise alone does not explain.
        """
        kind = "images" if len(self.shape) == 3 else "inputs"
        checks.batch(
            x,
            self.shape,
            self._weightless.dtype,
            f"this model was built for {kind}",
            f"Reshape the {kind}, or build it with their shape.",
        )
        if kind == "images":
            checks.noisy_pixels(x)
        return x

    def checked_codes(self, z: Tensor) -> Tensor:
        """The codes themselves, if they have this network's code size and its weights' type.

        Raises
        ------
        TypeError, ValueError
            As in `checked`.
        """
        checks.batch(z, (self.code_size,), self._weightless.dtype, "this model decodes codes")
        return z

    def check_targets(self, target: Tensor) -> None:
        """Refuse what this network cannot be trained to give back.

        Pixels of images lie in [0, 1], and so do all numbers that a sigmoid puts out.

        Parameters
        ----------
        target : Tensor, shape (n, *shape)

        Raises
        ------
        TypeError
            If they are no tensor.
        ValueError
            If they have another shape, type or range.
        """
        self.checked(target)
        bounded = any(isinstance(layer, nn.Sigmoid) for layer in self.modules())
        if bounded or len(self.shape) == 3:
            checks.pixels(target)
        else:
            checks.finite(target, "the inputs")

    def encode(self, x: Tensor) -> Tensor:
        """Codes z of the inputs, shape (n, code_size)."""
        return self.encoder(self.checked(x))

    def decode(self, z: Tensor) -> Tensor:
        """Reconstructions from codes, shape (n, *shape)."""
        return self.decoder(self.checked_codes(z))

    def forward(self, x: Tensor) -> Tensor:
        """Reconstructions of the inputs, same shape as `x`."""
        return self.decode(self.encode(x))

    def loss(self, x: Tensor, target: Tensor) -> Tensor:
        """What training makes small: the mean squared error per pixel.

        Parameters
        ----------
        x : Tensor, shape (n, *shape)
            What the encoder sees (a corrupted image, in denoising).
        target : Tensor, shape (n, *shape)
            What the decoder should give back.
        """
        checks.alike(x, target)
        return functional.mse_loss(self(x), target)


def initialise(model: nn.Module) -> None:
    """Draw weights from the Glorot uniform distribution and set biases to zero.

    Source: Glorot and Bengio (2010), equation 16. It is the lab's (Keras's) default.
    PyTorch's own default draws smaller weights, and random biases.
    """
    for module in model.modules():
        if isinstance(module, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
            nn.init.xavier_uniform_(module.weight)
            if module.bias is not None:
                nn.init.zeros_(module.bias)


def size(shape: tuple[int, ...]) -> int:
    """How many numbers an input of this shape holds."""
    return prod(shape)
