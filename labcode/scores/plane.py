"""What denoisers of points in the plane learned: their steps, and points drawn with them."""

from typing import Any

import numpy as np
import torch
import xarray as xr
from torch import Tensor

from labcode import checks, runs
from labcode.data import THREE_CLUSTERS, sample
from labcode.data.corruption import GaussianNoise
from labcode.models.denoiser import AnyNoiseDenoiser, PlaneDenoiser
from labcode.training.denoising import PlaneSpec


def network_of(spec: PlaneSpec) -> Any:
    """The trained network, in evaluation mode."""
    network = spec.model.build()
    network.load_state_dict(runs.get(spec).weights)
    return network.eval()


def field(denoiser: PlaneSpec) -> xr.Dataset:
    """The step r(y) - y of a trained denoiser beside the exact one of Tweedie's formula.

    Parameters
    ----------
    denoiser : PlaneSpec
        Trained with Gaussian noise, s.

    Returns
    -------
    Dataset
        `position`, `learned` and `exact`, dimensions `point` and `axis`: a grid where the density
        of y is above 1% of its peak, r(y) - y, and s^2 grad log p_s(y). `clean`, dimensions
        `sample` and `axis`: some points of the mixture. `error`, root of
        E|learned - exact|^2 / E|exact|^2 over y drawn from p_s; `grid_error`, over the grid.
    """
    assert isinstance(denoiser.corruption, GaussianNoise)
    std, exact, network = denoiser.corruption.std, THREE_CLUSTERS, network_of(denoiser)

    def step(y: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            return network(torch.from_numpy(y).float()).double().numpy() - y

    def relative(y: np.ndarray) -> float:
        target = std**2 * exact.score(y, std)
        return float(np.linalg.norm(step(y) - target) / np.linalg.norm(target))

    clean = sample(exact, 20_000, seed=1000).numpy()
    y = clean + std * np.random.default_rng(0).normal(size=clean.shape)
    side = np.linspace(-4, 4, 21)
    grid = np.stack(np.meshgrid(side, side), -1).reshape(-1, 2)
    density = exact.log_density(grid, std)
    points = grid[density > density.max() + np.log(0.01)]
    share = {"long_name": "relative error of the step", "units": "1"}
    place = {"units": "unit of the plane"}
    return xr.Dataset(
        {
            "position": (("point", "axis"), points, place),
            "learned": (("point", "axis"), step(points), place),
            "exact": (("point", "axis"), std**2 * exact.score(points, std), place),
            "clean": (("sample", "axis"), clean[:400], place),
            "error": ((), relative(y), share),
            "grid_error": ((), relative(points), share),
        },
        {"axis": ["x", "y"]},
    )


def samples(denoiser: PlaneSpec, sampler: PlaneSpec, n: int) -> xr.Dataset:
    """A true sample, and points drawn by trained denoisers.

    Parameters
    ----------
    denoiser : PlaneSpec
        A `PlaneDenoiser`, trained with Gaussian noise.
    sampler : PlaneSpec
        An `AnyNoiseDenoiser`.
    n : int
        Points drawn in each way.

    Returns
    -------
    Dataset
        `position`, dimensions `way`, `point` and `axis`; `distance`, dimension `way`, the energy
        distance to another true sample. The ways: a true sample, walk-back without and with the
        posterior's spread, and from noise to data.
    """
    assert isinstance(denoiser.corruption, GaussianNoise)
    std = denoiser.corruption.std
    truth = sample(THREE_CLUSTERS, n, seed=2000).float()
    network, any_noise = network_of(denoiser), network_of(sampler)
    clean = sample(THREE_CLUSTERS, 5000, seed=1).float()
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(0)
        spread = (network(clean + std * torch.randn_like(clean)) - clean).pow(2).mean()
        drawn = {
            "true sample": sample(THREE_CLUSTERS, n, seed=3000).float(),
            "corrupt, reconstruct": walk_back(network, std, n, 0.0),
            "walk-back": walk_back(network, std, n, float(spread.sqrt())),
            "noise to data": descend(any_noise, n),
        }
    distances = [energy_distance(points, truth) for points in drawn.values()]
    places = np.stack([points.double().numpy() for points in drawn.values()])
    unit = {"units": "unit of the plane"}
    return xr.Dataset(
        {
            "position": (("way", "point", "axis"), places, unit),
            "distance": ("way", distances, {"long_name": "energy distance"} | unit),
        },
        {"way": list(drawn), "axis": ["x", "y"]},
    )


def walk_back(
    network: PlaneDenoiser, std: float, n: int, spread: float, steps: int = 100
) -> Tensor:
    """Corrupt, reconstruct, repeat: a chain whose states spread over the data.

    Parameters
    ----------
    network : PlaneDenoiser
    std : float
        s, the noise that it trained on.
    n : int
        How many chains.
    spread : float
        Standard deviation of N(r(y), spread^2 I), which stands in for p(x | y). With 0 the chain
        takes the mean instead of a draw.
    steps : int

    Returns
    -------
    Tensor, shape (n, 2)

    Notes
    -----
    Bengio, Yao, Alain and Vincent (2013), theorem 1: with x drawn from the true p(x | y), the
    chain's distribution tends to the data's.
    """
    checks.counts(n=n, steps=steps)
    checks.at_least_zero(std=std, spread=spread)
    x = 3 * torch.randn(n, 2)
    for _ in range(steps):
        y = x + std * torch.randn_like(x)
        x = network(y) + spread * torch.randn_like(x)
    return x


def descend(sampler: AnyNoiseDenoiser, n: int, steps: int = 40) -> Tensor:
    """From pure noise to data: lower the noise a little, moving along the denoiser's step.

    y at noise s becomes r + (t / s)(y - r) at noise t < s, with r = r(y, s): Euler's method on
    the flow dy/ds = (y - r(y, s)) / s of Song et al. (2021) and Karras et al. (2022), equation 3.
    """
    checks.counts(n=n, steps=steps)
    levels = torch.logspace(np.log10(sampler.high), np.log10(sampler.low), steps)
    y = sampler.high * torch.randn(n, 2)
    for s, t in zip(levels, [*levels[1:], torch.tensor(0.0)], strict=True):
        r = sampler.denoise(y, s.expand(n, 1))
        y = r + t / s * (y - r)
    return y


def energy_distance(a: Tensor, b: Tensor) -> float:
    """2 E|a - b| - E|a - a'| - E|b - b'| of two samples, shapes (n, d) and (m, d).

    Source: Székely and Rizzo (2013), equation 5. Pairs of a point with itself are left out.
    """
    checks.vectors("samples", a, b)
    checks.same_size("samples", a, b)
    checks.pairs(a, b)
    n, m = len(a), len(b)
    within = torch.cdist(a, a).sum() / (n * (n - 1)) + torch.cdist(b, b).sum() / (m * (m - 1))
    return float(2 * torch.cdist(a, b).mean() - within)
