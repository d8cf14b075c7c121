"""Made data whose moments are known."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from labcode import checks
from labcode.theory.mixtures import GaussianMixture


@dataclass(frozen=True, eq=False)
class GaussianSample:
    """Points whose sample moments are known exactly.

    Attributes
    ----------
    x : Tensor
        The points, shape (n, d), float64.
    mean : Tensor
        Their mean, shape (d,).
    eigenvalues : Tensor
        The eigenvalues of their covariance (dividing by n), shape (d,), largest first.
    components : Tensor
        U, its eigenvectors in columns, shape (d, d).
    """

    x: Tensor
    mean: Tensor
    eigenvalues: Tensor
    components: Tensor


def gaussian(
    spectrum: Sequence[float], n: int, seed: int, mean: Sequence[float] | None = None
) -> GaussianSample:
    """Gaussian points in a random orthonormal basis, with the SAMPLE moments that are asked for.

    A plain draw has only about the right covariance. Here the draw is centred and whitened
    first, so that the sample covariance is U diag(spectrum) U', to rounding error.

    Parameters
    ----------
    spectrum : sequence of float
        Eigenvalues l_1 >= ... >= l_d >= 0 of the sample covariance (dividing by n).
    n : int
        Number of points, above d.
    seed : int
        Decides the points and the basis.
    mean : sequence of float, optional
        The sample mean, d numbers; 0 if not given.

    Raises
    ------
    ValueError
        If the spectrum is negative or not in decreasing order, n is not above d, or the mean has
        not d numbers.
    """
    checks.counts(n=n)
    checks.seeds(seed=seed)
    checks.listed(spectrum=spectrum, mean=[] if mean is None else mean)
    eigenvalues = torch.as_tensor(spectrum, dtype=torch.float64)
    checks.numbers("eigenvalues", eigenvalues)
    d = len(eigenvalues)
    centre = torch.zeros(d) if mean is None else torch.as_tensor(mean, dtype=torch.float64)
    checks.numbers("means", centre)
    if (eigenvalues < 0).any() or (eigenvalues.diff() > 0).any():
        raise ValueError(f"spectrum {list(spectrum)}: give numbers >= 0, the largest first.")
    if n <= d:
        raise ValueError(f"n={n} points cannot have {d} free eigenvalues: ask for more than {d}.")
    if centre.shape != (d,):
        raise ValueError(f"mean of shape {tuple(centre.shape)}: the spectrum asks for ({d},).")
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.randn(n, d, dtype=torch.float64, generator=generator)
    white = n**0.5 * torch.linalg.qr(drawn - drawn.mean(0)).Q
    components = torch.linalg.qr(torch.randn(d, d, dtype=torch.float64, generator=generator)).Q
    x = centre.double() + white * eigenvalues.sqrt() @ components.T
    return GaussianSample(x, centre.double(), eigenvalues, components)


THREE_CLUSTERS = GaussianMixture(
    np.array([0.5, 0.3, 0.2]),
    np.array([[-1.5, -0.5], [1.5, -0.5], [0.0, 1.5]]),
    np.array(
        [
            [[0.30, 0.15], [0.15, 0.20]],
            [[0.10, -0.05], [-0.05, 0.25]],
            [[0.40, 0.00], [0.00, 0.05]],
        ]
    ),
)


def sample(mixture: GaussianMixture, n: int, seed: int) -> Tensor:
    """Draw n independent points of a mixture, shape (n, d), float64."""
    checks.counts(n=n)
    checks.seeds(seed=seed)
    generator = torch.Generator().manual_seed(seed)
    weights, means = torch.from_numpy(mixture.weights), torch.from_numpy(mixture.means)
    which = torch.multinomial(weights, n, replacement=True, generator=generator)
    factors = torch.linalg.cholesky(torch.from_numpy(mixture.covariances))
    noise = torch.randn(n, means.shape[1], 1, dtype=torch.float64, generator=generator)
    points: Tensor = means[which] + (factors[which] @ noise).squeeze(-1)
    return points


def arc(t: Tensor) -> Tensor:
    """Half an ellipse in the unit square, shape (n, 2), at places t from 0 to 1, shape (n,)."""
    angle = math.pi * t
    return torch.stack([0.5 + 0.35 * torch.cos(angle), 0.25 + 0.5 * torch.sin(angle)], 1)


def near_an_arc(n: int, noise: float, seed: int) -> Tensor:
    """Draw points about `arc`, shape (n, 2), float64, none outside the unit square.

    Parameters
    ----------
    n : int
    noise : float
        Standard deviation of each coordinate about the arc.
    seed : int
    """
    checks.counts(n=n)
    checks.at_least_zero(noise=noise)
    checks.seeds(seed=seed)
    generator = torch.Generator().manual_seed(seed)
    on_it = arc(torch.rand(n, dtype=torch.float64, generator=generator))
    about = noise * torch.randn(n, 2, dtype=torch.float64, generator=generator)
    return (on_it + about).clamp(0, 1)
