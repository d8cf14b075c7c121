"""What an autoencoder with a code of one number makes of points near a curve."""

import numpy as np
import torch
import xarray as xr

from labcode import runs
from labcode.data import near_an_arc
from labcode.runs.measured import measured
from labcode.theory import pca
from labcode.training.curve import CurveSpec

SCORED, SHOWN, ON_THE_CURVE = 10_000, 60, 100
FRESH = 1000  # a seed that trains nothing


@measured
def bent(network: CurveSpec) -> xr.Dataset:
    """Where an autoencoder puts fresh points, and PCA with one component beside it.

    Parameters
    ----------
    network : CurveSpec
        With a code of one number.

    Returns
    -------
    Dataset
        `error`, by `machine` (autoencoder, PCA): mean squared error per coordinate over
        10,000 fresh points. `shown`, by `point` and `axis`, 60 of these, and `restored`, by
        `machine` too. `curve`, by `machine`, `place` and `axis`: all that the method can give back,
        from the smallest code of a fresh point to the largest.
    """
    train = near_an_arc(network.points, network.noise, network.seed).numpy()
    fresh = near_an_arc(SCORED, network.noise, FRESH)
    line = pca.fit(train)
    model = network.model.build()
    model.load_state_dict(runs.get(network).weights)
    x = fresh.numpy()
    with torch.no_grad():
        codes = model.encode(fresh.float())
        places = torch.linspace(codes.min().item(), codes.max().item(), ON_THE_CURVE)
        restored = model.decode(codes).double().numpy()
        curve = model.decode(places[:, None]).double().numpy()
    by_pca = line.reconstruct(x, 1)
    along = line.project(x, 1)
    ends = np.linspace(along.min(), along.max(), ON_THE_CURVE)[:, None]
    straight = line.mean + ends * line.components[:, 0]
    both = np.stack([restored, by_pca])
    place = {"units": "unit of the plane"}
    return xr.Dataset(
        {
            "error": ("machine", ((both - x) ** 2).mean((1, 2)), {"units": "squared units"}),
            "shown": (("point", "axis"), x[:SHOWN], place),
            "restored": (("machine", "point", "axis"), both[:, :SHOWN], place),
            "curve": (("machine", "place", "axis"), np.stack([curve, straight]), place),
        },
        {"machine": ["autoencoder", "PCA"], "axis": ["x", "y"]},
    )
