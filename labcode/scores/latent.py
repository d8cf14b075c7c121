"""How codes are distributed, and where a walk between two of them leads."""

import torch
from torch import Tensor

from labcode import checks
from labcode.data import moments


def moment_divergence(codes: Tensor) -> float:
    """KL(N(m, S) || N(0, I)) in nats, m and S the mean and covariance of the codes.

    Parameters
    ----------
    codes : Tensor, shape (n, k)

    Returns
    -------
    float
        (tr S + |m|^2 - k - ln det S) / 2: 0 for the moments of N(0, I), infinite if the codes
        leave a direction unused.
    """
    checks.vectors("codes", codes)
    mean, covariance = moments(codes)
    log_det = torch.linalg.slogdet(covariance).logabsdet
    return ((covariance.trace() + mean.square().sum() - len(mean) - log_det) / 2).item()


def discrepancy_from_normal(codes: Tensor) -> float:
    """Squared maximum mean discrepancy between codes and N(0, I).

    Parameters
    ----------
    codes : Tensor, shape (n, k), n at least 2

    Returns
    -------
    float
        Unbiased, so that it scatters around 0 for codes from N(0, I), and can be negative.

    Notes
    -----
    Gretton et al. (2012), equation 3, with the kernel exp(-|a - b|^2 / (2 k)), whose width is
    the root of half the mean squared distance of two points of N(0, I). The two expectations
    that involve N(0, I) are Gaussian integrals and are taken exactly.
    """
    checks.vectors("codes", codes)
    z = codes.double()
    n, k = z.shape
    if n < 2:
        raise ValueError(f"{n} code: the discrepancy needs pairs, so at least 2 codes.")
    kernel = torch.exp(-torch.cdist(z, z).square() / (2 * k))
    within = (kernel.sum() - kernel.diagonal().sum()) / (n * (n - 1))
    between = (k / (k + 1)) ** (k / 2) * torch.exp(-z.square().sum(1) / (2 * (k + 1))).mean()
    return (within - 2 * between).item() + (k / (k + 2)) ** (k / 2)


def whiten(codes: Tensor, like: Tensor) -> Tensor:
    """Codes moved by the affine map that gives `like` mean 0 and covariance I, shape (n, k).

    A decoder can undo such a map in its first layer, so it changes no reconstruction.

    Parameters
    ----------
    codes, like : Tensor, shapes (n, k) and (m, k)

    Raises
    ------
    ValueError
        If `like` leaves a direction unused: nothing can stretch it to variance 1.
    """
    checks.vectors("codes", codes, like)
    mean, covariance = moments(like)
    values, vectors = torch.linalg.eigh(covariance)
    if values[0] <= 1e-12 * values[-1]:
        raise ValueError("some direction of the codes has no variance, so they cannot be whitened.")
    return (codes.double() - mean) @ vectors / values.sqrt()


def linear_path(start: Tensor, end: Tensor, steps: int) -> Tensor:
    """Codes on straight lines, equally spaced, shape (n, steps + 1, k).

    Parameters
    ----------
    start, end : Tensor, shape (n, k)
    steps : int
        At least 1.
    """
    _check_ends(start, end, steps)
    t = torch.linspace(0, 1, steps + 1, dtype=start.dtype)[:, None]
    return (1 - t) * start[:, None] + t * end[:, None]


def spherical_path(start: Tensor, end: Tensor, steps: int) -> Tensor:
    """Codes on great arcs around 0, shape (n, steps + 1, k); lengths change along with the arc.

    Source: Shoemake (1985), "slerp"; White (2016) for codes. The straight line between two codes
    of N(0, I) passes nearer to 0 than almost any code of many dimensions lies; the arc does not.

    Parameters
    ----------
    start, end : Tensor, shape (n, k)
        Not 0, and not opposite each other.
    steps : int
        At least 1.
    """
    _check_ends(start, end, steps)
    cosine = torch.nn.functional.cosine_similarity(start, end)
    angle = torch.acos(cosine.clamp(-1, 1))[:, None, None]
    t = torch.linspace(0, 1, steps + 1, dtype=start.dtype)[:, None]
    arc = torch.sin((1 - t) * angle) * start[:, None] + torch.sin(t * angle) * end[:, None]
    nearly_parallel = angle < 1e-4
    return torch.where(
        nearly_parallel, linear_path(start, end, steps), arc / torch.sin(angle.clamp(min=1e-4))
    )


def step_lengths(path: Tensor) -> Tensor:
    """Euclidean lengths of the steps of each path, shape (n, steps).

    Parameters
    ----------
    path : Tensor, shape (n, steps + 1, ...)
        Decoded images, or any points.
    """
    checks.paths(path)
    return path.flatten(2).diff(dim=1).norm(dim=2)


def detour(path: Tensor) -> Tensor:
    """Length of each path over the distance of its ends, at least 1, shape (n,).

    Parameters
    ----------
    path : Tensor, shape (n, steps + 1, ...)
        The ends must differ.
    """
    checks.paths(path, moving=True)
    points = path.flatten(2)
    return step_lengths(path).sum(1) / (points[:, -1] - points[:, 0]).norm(dim=1)


def unevenness(path: Tensor) -> Tensor:
    """Largest step of each path over its mean step, from 1 (even) to `steps` (one jump), (n,).

    Parameters
    ----------
    path : Tensor, shape (n, steps + 1, ...)
    """
    checks.paths(path)
    checks.not_still(path)
    steps = step_lengths(path)
    return steps.amax(1) / steps.mean(1)


def nearest_distance(points: Tensor, real: Tensor) -> Tensor:
    """Euclidean distance of each point to the nearest real one, shape (n,).

    Parameters
    ----------
    points, real : Tensor, shapes (n, p) and (m, p)
    """
    checks.vectors("points", points, real)
    return torch.cat([torch.cdist(some, real).amin(1) for some in points.split(2000)])


def _check_ends(start: Tensor, end: Tensor, steps: int) -> None:
    checks.vectors("codes", start, end)
    checks.alike(start, end)
    checks.counts(steps=steps)
