"""How many planted atoms a code has found."""

from typing import cast

import numpy as np
import torch
import xarray as xr
from scipy.optimize import linear_sum_assignment

from labcode import runs
from labcode.models.sparse import SparseAutoencoder
from labcode.runs.measured import measured
from labcode.training.planted import PlantedSpec

FOUND, NEARLY_EQUAL = 0.9, 0.99


def matched(planted: np.ndarray, learned: np.ndarray) -> np.ndarray:
    """|cosine| of each planted atom with the learned one that it is matched to, shape (m,).

    Each learned atom is matched once, so that the sum is as large as it can be (Kuhn's
    assignment). 0 where learned atoms are fewer than planted ones.

    Parameters
    ----------
    planted, learned : ndarray, shapes (m, d) and (k, d)
        Of any length; a learned atom of length 0 matches nothing.
    """
    lengths = np.maximum(np.linalg.norm(learned, axis=1, keepdims=True), 1e-12)
    own = planted / np.linalg.norm(planted, axis=1, keepdims=True)
    cosines = np.abs(own @ (learned / lengths).T)
    rows, columns = linear_sum_assignment(-cosines)
    found = np.zeros(len(planted))
    found[rows] = cosines[rows, columns]
    return found


def recovery(planted: np.ndarray, learned: np.ndarray) -> xr.Dataset:
    """How many planted atoms are among the learned ones.

    Parameters
    ----------
    planted, learned : ndarray, shapes (m, d) and (k, d)

    Returns
    -------
    Dataset
        `found`: atoms with a |cosine| above 0.9. `nearly_equal`: above 0.99.
    """
    cosines = matched(planted, learned)
    atoms = {"units": "atoms"}
    return xr.Dataset(
        {
            "found": ((), float((cosines > FOUND).sum()), atoms),
            "nearly_equal": ((), float((cosines > NEARLY_EQUAL).sum()), atoms),
        }
    )


@measured
def by_autoencoder(network: PlantedSpec) -> xr.Dataset:
    """`recovery` of the planted atoms by the decoder's columns."""
    model = cast(SparseAutoencoder, network.model.build())
    model.load_state_dict(runs.get(network).weights)
    with torch.no_grad():
        learned = model.atoms.double().numpy()
    return recovery(network.planted.sample().atoms.numpy(), learned)
