"""Dense (fully connected) autoencoders, shallow and deep."""

from itertools import pairwise

from torch import nn

from labcode import checks
from labcode.models.autoencoder import Autoencoder, initialise, size


class ShallowAutoencoder(Autoencoder):
    """One hidden layer, the code: x -> ReLU(W1 x + b1) -> output(W2 z + b2).

    With 64 units and a sigmoid output it is the lab's dense autoencoder (101,200 parameters).

    Parameters
    ----------
    code_size : int
        k, the units of the hidden layer.
    sigmoid_output : bool
        Whether a sigmoid bounds the output to (0, 1). Without it the output is affine in the
        code, and PCA with k components is a lower bound on the training error
        (Bourlard and Kamp, 1988).
    shape : tuple of int
        Shape of one input.
    """

    def __init__(
        self,
        code_size: int,
        sigmoid_output: bool = True,
        shape: tuple[int, ...] = (1, 28, 28),
    ) -> None:
        super().__init__(shape, code_size)
        self.encoder = nn.Sequential(nn.Flatten(), nn.Linear(size(shape), code_size), nn.ReLU())
        output = nn.Sigmoid() if sigmoid_output else nn.Identity()
        self.decoder = nn.Sequential(
            nn.Linear(code_size, size(shape)), output, nn.Unflatten(1, shape)
        )
        initialise(self)


class DeepAutoencoder(Autoencoder):
    """Several hidden layers on either side of a linear code, and a sigmoid output.

    Parameters
    ----------
    code_size : int
        k, how many numbers a code holds.
    hidden : tuple of int
        Units of the encoder's hidden layers, from the input inwards; the decoder mirrors them.
    shape : tuple of int
        Shape of one input.

    Notes
    -----
    The code has no ReLU: a unit of the code that falls silent would lower k unseen.
    The design follows Hinton and Salakhutdinov (2006), with ReLU for their logistic units.
    """

    def __init__(
        self,
        code_size: int,
        hidden: tuple[int, ...] = (256, 64),
        shape: tuple[int, ...] = (1, 28, 28),
    ) -> None:
        super().__init__(shape, code_size)
        checks.sizes(hidden=hidden)
        widths = (size(shape), *hidden, code_size)
        self.encoder = nn.Sequential(nn.Flatten(), *_layers(widths))
        self.decoder = nn.Sequential(*_layers(widths[::-1]), nn.Sigmoid(), nn.Unflatten(1, shape))
        initialise(self)


class ReluCodeAutoencoder(DeepAutoencoder):
    """The same with a ReLU on the code, so that only the code's activation differs.

    Both draw the same first weights from the same random numbers. Without hidden layers this is
    `ShallowAutoencoder`, and `DeepAutoencoder` is its twin with a linear code.
    """

    def __init__(
        self,
        code_size: int,
        hidden: tuple[int, ...] = (256, 64),
        shape: tuple[int, ...] = (1, 28, 28),
    ) -> None:
        super().__init__(code_size, hidden, shape)
        self.encoder = nn.Sequential(self.encoder, nn.ReLU())


def _layers(widths: tuple[int, ...]) -> list[nn.Module]:
    """Linear layers between the widths, with a ReLU between each two of them."""
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(widths):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    return layers[:-1]
