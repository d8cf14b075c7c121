"""Scores of generated images, from features of them and of real images."""

from dataclasses import dataclass

import torch
from torch import Tensor

from labcode import checks
from labcode.data import moments


def frechet_distance(one: Tensor, other: Tensor) -> float:
    """Squared Fréchet distance of the Gaussians with the moments of two sets of features.

    Parameters
    ----------
    one, other : Tensor, shapes (n, p) and (m, p)
        At least one row each. Covariances divide by n and m.

    Returns
    -------
    float
        As `gaussian_frechet_distance`.

    Notes
    -----
    The score of Heusel et al. (2017), whose features come from another network: values in
    different features must not be compared. It is biased upwards in small samples, so compare
    sets of one size.
    """
    checks.vectors("features", one, other)
    return gaussian_frechet_distance(*moments(one), *moments(other))


def gaussian_frechet_distance(m1: Tensor, s1: Tensor, m2: Tensor, s2: Tensor) -> float:
    """Squared Fréchet distance of N(m1, S1) and N(m2, S2).

    Parameters
    ----------
    m1, m2 : Tensor, shape (p,)
    s1, s2 : Tensor, shape (p, p)
        Covariances, in double precision.

    Returns
    -------
    float
        |m1 - m2|^2 + tr(S1 + S2 - 2 (S1^(1/2) S2 S1^(1/2))^(1/2)), in squared units of the
        features; 0 for equal moments (Dowson and Landau, 1982).
    """
    checks.gaussians((m1, s1), (m2, s2))
    root = _square_root(s1)
    cross = torch.linalg.eigvalsh(root @ s2 @ root).clamp(min=0).sqrt().sum()
    squared = (m1 - m2).square().sum() + s1.trace() + s2.trace() - 2 * cross
    return max(squared.item(), 0.0)


def _square_root(covariance: Tensor) -> Tensor:
    values, vectors = torch.linalg.eigh(covariance)
    return (vectors * values.clamp(min=0).sqrt()) @ vectors.T


@dataclass(frozen=True)
class PrecisionRecall:
    """How real generated images look, and how much of the real variety they cover.

    Attributes
    ----------
    precision : float
        Share of generated images inside the estimated support of the real ones, 0 to 1.
    recall : float
        Share of real images inside the estimated support of the generated ones, 0 to 1.
    """

    precision: float
    recall: float


def precision_and_recall(real: Tensor, generated: Tensor, neighbours: int = 3) -> PrecisionRecall:
    """Improved precision and recall of Kynkäänniemi et al. (2019), equations 1 and 2.

    The support of a set is the union of balls around its points, each reaching to the point's
    k-th nearest neighbour within the set.

    Parameters
    ----------
    real, generated : Tensor, shapes (n, p) and (m, p)
        Features. Sets of one size keep the two numbers comparable.
    neighbours : int
        k, below n and m.

    Raises
    ------
    ValueError
        If a set has not more than k points.
    """
    checks.vectors("features", real, generated)
    checks.counts(neighbours=neighbours)
    if min(len(real), len(generated)) <= neighbours:
        raise ValueError(
            f"{len(real)} real and {len(generated)} generated images: each set needs more than "
            f"{neighbours}, so that every image has so many neighbours."
        )
    return PrecisionRecall(
        _covered(generated, real, neighbours), _covered(real, generated, neighbours)
    )


def _covered(points: Tensor, support: Tensor, neighbours: int) -> float:
    distances = torch.cdist(points.double(), support.double())
    return (distances <= _radii(support, neighbours)).any(1).double().mean().item()


def _radii(points: Tensor, neighbours: int) -> Tensor:
    within = torch.cdist(points.double(), points.double())
    within.fill_diagonal_(0)
    nearest = within.topk(neighbours + 1, largest=False).values  # the first is the point itself
    return nearest[:, -1]
