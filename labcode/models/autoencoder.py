"""What every autoencoder of the book has in common: encode, decode, and a loss."""

from math import prod

from torch import Tensor, nn
from torch.nn import functional


class Autoencoder(nn.Module):
    """An encoder from inputs to codes and a decoder back.

    A concrete model sets `encoder` and `decoder` in its constructor. Inputs have shape
    (n, *shape), where `shape` is (1, 28, 28) for images and (d,) for made data; codes have
    shape (n, code_size).
    """

    encoder: nn.Module
    decoder: nn.Module

    def encode(self, x: Tensor) -> Tensor:
        """Codes z of the inputs, shape (n, code_size)."""
        return self.encoder(x)

    def decode(self, z: Tensor) -> Tensor:
        """Reconstructions from codes, shape (n, *shape)."""
        return self.decoder(z)

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
