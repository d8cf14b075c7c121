"""Noise in the plane: the exact score and a learned one as arrows, and walks that follow them.

Points of a Gaussian mixture with noise of strength s on them have a density in closed form, and so
a score, its logarithm's gradient. A denoiser r(y, s) stands for one too: (r(y, s) - y) / s^2, by
Tweedie's formula. The page computes both wherever the reader looks, and walks along either.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
import xarray as xr
from torch import nn

from labcode.data import THREE_CLUSTERS
from labcode.designs.profiles import Profile
from labcode.experiments.denoising.plane import NOISE, any_noise_denoiser
from labcode.figures.denoising import score_fields
from labcode.instruments.embedding import drawn, embedded, payload, picture
from labcode.instruments.packing import pack
from labcode.models.denoiser import AnyNoiseDenoiser
from labcode.scores.plane import network_of
from labcode.theory.mixtures import GaussianMixture

STEPS = 40
LANGEVIN = 0.1
SIDE = 4.0
ACROSS = 21
STRENGTHS = (1.5, 0.5, 0.2)
HELP = (
    "Press a place in the plane, and a walk starts there. Or focus the plane: arrow keys move the "
    "start (with Shift by larger steps), and Enter starts. Arrows have the score's direction, and "
    "its length relative to others; they are pale where noisy points are rare. Contours: a half, "
    "a tenth and a hundredth of the density's peak."
)


@dataclass(frozen=True, eq=False)
class ScorePlane:
    """Scores of a mixture in the plane, exact and learned, under the reader's hand.

    Show it as the value of a notebook's cell. The reader chooses the noise, starts walkers by
    pointer or by keys, and lets them climb, wander by Langevin dynamics, or go from noise to data,
    step by step or at once.

    Attributes
    ----------
    mixture : GaussianMixture
        Of points in the plane, with covariances of full rank.
    network : AnyNoiseDenoiser
        Trained on points of it.

    Raises
    ------
    ValueError
        If the mixture is not in the plane, or a covariance has not full rank.
    """

    mixture: GaussianMixture
    network: AnyNoiseDenoiser

    def __post_init__(self) -> None:
        if self.mixture.means.shape[1] != 2:
            raise ValueError(f"the means have {self.mixture.means.shape[1]} numbers: give 2 each.")
        if (np.linalg.matrix_rank(self.mixture.covariances) < 2).any():
            raise ValueError("a cluster has no density: give covariances of full rank.")

    def payload(self) -> str:
        """The mixture, and the network's weights in 16 bits: packed for the page."""
        packed = pack(nn.Sequential(*self.network.encoder.children(), self.network.decoder), 3, 2)
        header = {
            "mixture": {
                "weights": self.mixture.weights.tolist(),
                "means": self.mixture.means.tolist(),
                "covariances": self.mixture.covariances.tolist(),
            },
            "layers": packed.layers,
            "low": self.network.low,
            "high": self.network.high,
            "noise": NOISE,
            "steps": STEPS,
            "share": LANGEVIN,
            "side": SIDE,
            "across": ACROSS,
            "help": HELP,
        }
        return payload(header, packed.parts)

    def still(self) -> bytes:
        """An SVG of both fields at three strengths of noise."""
        return drawn(score_fields(fields(self.mixture, self.network, STRENGTHS)))

    def _repr_html_(self) -> str:
        alternative = (
            "Arrows in the plane at three strengths of noise. At strong noise all point to one "
            "place. The weaker the noise, the more they part towards three clusters. Thin arrows "
            "of the network lie on thick ones of the exact score."
        )
        still = picture(self.still(), alternative, "svg+xml")
        return embedded("score-plane", payload=self.payload(), still=still)


def fields(
    mixture: GaussianMixture,
    network: AnyNoiseDenoiser,
    strengths: Sequence[float],
    across: int = 11,
) -> xr.Dataset:
    """Denoising steps r(y, s) - y, which are s^2 times the score, on a grid.

    Parameters
    ----------
    mixture : GaussianMixture
    network : AnyNoiseDenoiser
    strengths : sequence of float
        Each s.
    across : int
        Points of the grid along a side.

    Returns
    -------
    Dataset
        `position`, dimensions `point` and `axis`; `exact` and `learned`, dimension `strength` too;
        `common`, dimensions `strength` and `point`: where the density of y is above 1% of its peak
        on the grid.
    """
    side = np.linspace(-SIDE, SIDE, across)
    grid = np.stack(np.meshgrid(side, side), -1).reshape(-1, 2)
    y = torch.from_numpy(grid).float()
    density = np.array([mixture.log_density(grid, s) for s in strengths])
    with torch.no_grad():
        restored = [network.denoise(y, torch.full((len(y), 1), float(s))) for s in strengths]
    learned = np.array([r.double().numpy() for r in restored]) - grid
    exact = np.array([mixture.posterior_mean(grid, s) for s in strengths]) - grid
    place = {"units": "unit of the plane"}
    return xr.Dataset(
        {
            "position": (("point", "axis"), grid, place),
            "exact": (("strength", "point", "axis"), exact, place),
            "learned": (("strength", "point", "axis"), learned, place),
            "common": (
                ("strength", "point"),
                density > density.max(1, keepdims=True) + np.log(0.01),
            ),
        },
        {"strength": list(strengths), "axis": ["x", "y"]},
    )


@cache
def score_plane(profile: Profile) -> ScorePlane:
    """The three clusters of the chapter on denoising, and the network of its sampler."""
    return ScorePlane(THREE_CLUSTERS, network_of(any_noise_denoiser(profile)))
