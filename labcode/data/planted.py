"""Points made from a dictionary that is known: sparse sums of unit atoms."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from labcode import checks

LEAST, MOST = 0.5, 1.5


@dataclass(frozen=True, eq=False)
class PlantedSample:
    """Points and the atoms that they are sums of.

    Attributes
    ----------
    x : Tensor
        The points, shape (n, d), float64.
    atoms : Tensor
        Shape (m, d), each of length one.
    """

    x: Tensor
    atoms: Tensor

    @property
    def coherence(self) -> float:
        """The largest |cosine| between two atoms, 0 to 1."""
        cosines = (self.atoms @ self.atoms.T).abs()
        return cosines.fill_diagonal_(0).max().item()


def planted(d: int, atoms: int, active: int, points: int, noise: float, seed: int) -> PlantedSample:
    """Points that are each a sum of few atoms, with coefficients from 0.5 to 1.5, and noise.

    Parameters
    ----------
    d : int
        Coordinates of a point.
    atoms : int
        m, drawn uniformly on the unit sphere.
    active : int
        Different atoms in each point, at most m.
    points : int
    noise : float
        Standard deviation of a point's Gaussian noise, whole (over its d coordinates).
    seed : int
        Decides atoms, points and noise.

    Raises
    ------
    ValueError
        If a size is no whole number from 1 on, `noise` is negative, or `active` is above `atoms`.
    """
    checks.counts(d=d, atoms=atoms, active=active, points=points)
    checks.at_least_zero(noise=noise)
    checks.seeds(seed=seed)
    if active > atoms:
        raise ValueError(f"active={active}: there are only {atoms} atoms.")
    generator = torch.Generator().manual_seed(seed)
    double = torch.float64
    dictionary = torch.randn(atoms, d, generator=generator, dtype=double)
    dictionary /= dictionary.norm(dim=1, keepdim=True)
    chosen = (
        torch.rand(points, atoms, generator=generator, dtype=double).topk(active, dim=1).indices
    )
    share = torch.rand(points, active, generator=generator, dtype=double)
    codes = torch.zeros(points, atoms, dtype=double)
    codes.scatter_(1, chosen, LEAST + (MOST - LEAST) * share)
    scattered = noise / math.sqrt(d) * torch.randn(points, d, generator=generator, dtype=double)
    return PlantedSample(codes @ dictionary + scattered, dictionary)
