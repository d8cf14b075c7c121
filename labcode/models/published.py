"""Two networks as others published them, so that their numbers can be met."""

from itertools import pairwise

import torch
from torch import Tensor, nn

from labcode import checks
from labcode.models.autoencoder import Autoencoder, size
from labcode.models.variational import GatedVAE, Posterior

LEAST_LOG_VARIANCE, LARGEST_LOG_VARIANCE = -6.0, 2.0


class NorouziVAE(GatedVAE):
    """`GatedVAE` as Norouzi, Fleet and Norouzi (2020) start and bound it.

    Weights are drawn from N(0, 2 / inputs) and biases are 0; log-variances of codes are clipped
    to [-6, 2].

    Parameters
    ----------
    code_size, hidden, likelihood, variance, shape
        As in `GatedVAE`.

    Notes
    -----
    What differs from their code: a gate's two maps are one tensor here, and so are means and
    log-variances, and probabilities are kept 1e-6 from 0 and 1, not 1e-5.
    """

    def __init__(self, **arguments: object) -> None:
        super().__init__(**arguments)  # type: ignore[arg-type]
        for layer in self.modules():
            if isinstance(layer, nn.Linear):
                nn.init.kaiming_normal_(layer.weight)
                nn.init.zeros_(layer.bias)

    def posterior(self, x: Tensor) -> Posterior:
        """q(z | x) of each input."""
        found = super().posterior(x)
        clipped = found.log_variance.clamp(LEAST_LOG_VARIANCE, LARGEST_LOG_VARIANCE)
        return Posterior(found.mean, clipped)


class MoorAutoencoder(Autoencoder):
    """The plain autoencoder of Moor et al. (2020), `DeepAE` in their code, on pixels in [0, 1].

    784-1000-500-250-k and back, batch normalisation after each ReLU. Their pixels lie in [-1, 1]
    and their output ends in tanh; here both are moved to [0, 1], so that a mean squared error is a
    quarter of theirs.

    Parameters
    ----------
    code_size : int
        k; 2 in their tables.
    hidden : tuple of int
    shape : tuple of int
        Shape of one input.
    """

    def __init__(
        self,
        code_size: int = 2,
        hidden: tuple[int, ...] = (1000, 500, 250),
        shape: tuple[int, ...] = (1, 28, 28),
    ) -> None:
        super().__init__(shape, code_size)
        checks.sizes(hidden=hidden)
        checks.some_of("hidden layers", hidden)
        self.encoder = nn.Sequential(
            nn.Flatten(),
            _Affine(2.0, -1.0),
            *_normalised((size(shape), *hidden)),
            nn.Linear(hidden[-1], code_size),
        )
        self.decoder = nn.Sequential(
            *_normalised((code_size, *hidden[::-1])),
            nn.Linear(hidden[0], size(shape)),
            nn.Tanh(),
            _Affine(0.5, 0.5),
            nn.Unflatten(1, shape),
        )


class _Affine(nn.Module):
    """a x + b, fixed."""

    def __init__(self, a: float, b: float) -> None:
        super().__init__()
        self.a, self.b = a, b

    def forward(self, x: Tensor) -> Tensor:
        return torch.add(self.a * x, self.b)


def _normalised(widths: tuple[int, ...]) -> list[nn.Module]:
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(widths):
        layers += [nn.Linear(inputs, outputs), nn.ReLU(), nn.BatchNorm1d(outputs)]
    return layers
