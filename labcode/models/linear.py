"""The linear autoencoder, and its variant that orders its units by nested dropout."""

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from labcode import checks
from labcode.models.autoencoder import Autoencoder, initialise, size


class LinearAutoencoder(Autoencoder):
    """x -> z = W1 x + b1 -> W2 z + b2, with nothing in between.

    Parameters
    ----------
    code_size : int
        k, how many numbers a code holds.
    shape : tuple of int
        Shape of one input; d is their product.

    Notes
    -----
    `encoder_weight` is W1, shape (k, d), and `decoder_weight` is W2, shape (d, k).
    Baldi and Hornik (1989) describe its loss: no local minimum but the global ones.
    """

    def __init__(self, code_size: int, shape: tuple[int, ...] = (1, 28, 28)) -> None:
        super().__init__(shape, code_size)
        self.encoder = nn.Sequential(nn.Flatten(), nn.Linear(size(shape), code_size))
        self.decoder = nn.Sequential(nn.Linear(code_size, size(shape)), nn.Unflatten(1, shape))
        initialise(self)

    @property
    def encoder_weight(self) -> Tensor:
        """W1, shape (k, d)."""
        return cast(nn.Linear, self.encoder[1]).weight  # type: ignore[index]

    @property
    def decoder_weight(self) -> Tensor:
        """W2, shape (d, k)."""
        return cast(nn.Linear, self.decoder[0]).weight  # type: ignore[index]


class NestedDropoutAutoencoder(LinearAutoencoder):
    """A linear autoencoder trained so that unit 1 matters most, then unit 2, and so on.

    In training, each image keeps only the first b units of its code; the others are zero.
    b is uniform on 1..k. Source: Rippel, Gelbart and Adams (2014), who draw b from a
    geometric distribution; any distribution that gives every b a chance has the same minimum.
    """

    def loss(self, x: Tensor, target: Tensor) -> Tensor:
        """Mean squared error per pixel, with the code cut after b units in training."""
        checks.alike(x, target)
        z = self.encode(x)
        if self.training:
            kept = torch.randint(1, z.shape[1] + 1, (len(z), 1), device=z.device)
            z = z * (torch.arange(z.shape[1], device=z.device) < kept)
        return functional.mse_loss(self.decode(z), target)
