"""Shallow autoencoders whose code is kept from the identity by something else than its size.

All have one hidden layer, the code, of ReLU units: tied weights, a penalty on the code, a fixed
number of active units, or a penalty on the encoder's derivative.
"""

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from labcode import checks
from labcode.models.autoencoder import Autoencoder, initialise, size


class TiedAutoencoder(Autoencoder):
    """x -> z = ReLU(W x + b) -> output(W' z + c): the decoder has the encoder's weights.

    Parameters
    ----------
    code_size : int
        k, the units of the code.
    sigmoid_output : bool
        Whether a sigmoid bounds the output to (0, 1).
    shape : tuple of int
        Shape of one input; d is their product.

    Notes
    -----
    `weight` is W, shape (k, d). With linear units the optimum has orthonormal rows, and ties cost
    nothing (Baldi and Hornik, 1989); with a ReLU neither holds.
    """

    def __init__(
        self,
        code_size: int,
        sigmoid_output: bool = True,
        shape: tuple[int, ...] = (1, 28, 28),
    ) -> None:
        super().__init__(shape, code_size)
        d = size(shape)
        self.encoder = nn.Sequential(nn.Flatten(), nn.Linear(d, code_size), nn.ReLU())
        self.decoder = nn.Sequential(
            nn.Sigmoid() if sigmoid_output else nn.Identity(), nn.Unflatten(1, shape)
        )
        self.bias = nn.Parameter(torch.zeros(d))
        initialise(self)

    @property
    def weight(self) -> Tensor:
        """W, shape (k, d)."""
        return cast(nn.Linear, self.encoder[1]).weight  # type: ignore[index]

    def decode(self, z: Tensor) -> Tensor:
        """Reconstructions from codes, shape (n, *shape)."""
        return self.decoder(self.checked_codes(z) @ self.weight + self.bias)


class ContractiveAutoencoder(TiedAutoencoder):
    """Tied, and penalised for an encoder that moves with its input.

    Training makes the squared error per pixel plus `penalty` / d times the mean squared Frobenius
    norm of dz/dx small. For ReLU units that is the sum of |w_j|^2 over the units that are on.
    Source: Rifai, Vincent, Muller, Glorot and Bengio (2011), there with sigmoid units.

    Parameters
    ----------
    penalty : float
        At least 0.
    code_size, sigmoid_output, shape : as in `TiedAutoencoder`
    """

    def __init__(
        self,
        code_size: int,
        penalty: float,
        sigmoid_output: bool = True,
        shape: tuple[int, ...] = (1, 28, 28),
    ) -> None:
        super().__init__(code_size, sigmoid_output, shape)
        checks.at_least_zero(penalty=penalty)
        self.penalty = penalty

    def contraction(self, z: Tensor) -> Tensor:
        """Squared Frobenius norm of dz/dx where the code is z, shape (n,).

        Parameters
        ----------
        z : Tensor, shape (n, k)
        """
        return (z > 0).to(z.dtype) @ self.weight.square().sum(1)

    def loss(self, x: Tensor, target: Tensor) -> Tensor:
        """Mean squared error per pixel, and in training the penalty."""
        checks.alike(x, target)
        z = self.encode(x)
        error = functional.mse_loss(self.decode(z), target)
        if not self.training:
            return error
        return error + self.penalty * self.contraction(z).mean() / target[0].numel()


class SparseAutoencoder(Autoencoder):
    """x -> z = ReLU(W x + b) -> output(D z + c), D's columns of length one, few units on.

    Training makes the squared error per pixel plus `penalty` / d times the mean of |z|_1 small.
    Without unit columns the penalty would cost nothing: shrink the code, stretch the columns.

    Parameters
    ----------
    code_size : int
        k, the units of the code; it may be above d.
    penalty : float
        At least 0.
    active : int, optional
        Only so many units of a code, the largest, are kept (top-k; Makhzani and Frey, 2014). All
        of them if not given.
    sigmoid_output : bool
    shape : tuple of int
        Shape of one input; d is their product.

    Notes
    -----
    `atoms` are D's columns as rows, shape (k, d), each of length one.
    """

    def __init__(
        self,
        code_size: int,
        penalty: float = 0.0,
        active: int | None = None,
        sigmoid_output: bool = True,
        shape: tuple[int, ...] = (1, 28, 28),
    ) -> None:
        super().__init__(shape, code_size)
        checks.at_least_zero(penalty=penalty)
        if active is not None:
            checks.counts(active=active)
            if active > code_size:
                raise ValueError(f"active={active} units are more than the code's {code_size}.")
        self.penalty, self.active = penalty, active
        d = size(shape)
        self.encoder = nn.Sequential(nn.Flatten(), nn.Linear(d, code_size), nn.ReLU())
        self.decoder = nn.Sequential(
            nn.Linear(code_size, d), nn.Sigmoid() if sigmoid_output else nn.Identity(),
            nn.Unflatten(1, shape),
        )  # fmt: skip
        initialise(self)

    @property
    def atoms(self) -> Tensor:
        """D's columns, shape (k, d), each of length one."""
        columns = cast(nn.Linear, self.decoder[0]).weight.T  # type: ignore[index]
        return functional.normalize(columns, dim=1)

    def encode(self, x: Tensor) -> Tensor:
        """Codes of the inputs, shape (n, code_size): none below 0, at most `active` above."""
        z = super().encode(x)
        if self.active is None or self.active == self.code_size:
            return z
        least = z.topk(self.active, dim=1).values[:, -1:]
        return z * (z >= least)

    def decode(self, z: Tensor) -> Tensor:
        """Reconstructions from codes, shape (n, *shape)."""
        bias = cast(nn.Linear, self.decoder[0]).bias  # type: ignore[index]
        output = self.checked_codes(z) @ self.atoms + bias
        rest = cast(nn.Sequential, self.decoder)[1:]
        restored: Tensor = rest(output)
        return restored

    def loss(self, x: Tensor, target: Tensor) -> Tensor:
        """Mean squared error per pixel, and in training the penalty."""
        checks.alike(x, target)
        z = self.encode(x)
        error = functional.mse_loss(self.decode(z), target)
        if not self.training:
            return error
        return error + self.penalty * z.sum(1).mean() / target[0].numel()
