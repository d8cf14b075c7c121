"""How much of a code is in use, and how far a reconstruction moves with its image."""

import torch
import xarray as xr

from labcode import data, runs
from labcode.runs.measured import measured
from labcode.scores.reconstruction import through
from labcode.training.networks import RunSpec

LOOKED_AT = 20


@measured
def code_use(network: RunSpec) -> xr.Dataset:
    """Which units of a code are on, and the Jacobian of x -> f(x), on test images.

    Parameters
    ----------
    network : RunSpec

    Returns
    -------
    Dataset
        `active`: share of an image's code that is not 0, mean over the test images. `silent`:
        units that are 0 on all of them. `derivative`: mean over the first 20 of the squared
        Frobenius norm of df/dx, which no scale of the code can hide; 784 for the identity.
    """
    model = runs.model_of(runs.get(network))
    x = data.load(network.data).test.pixels
    on = through(model.encode, x) != 0
    model.requires_grad_(False)
    norms = [torch.func.jacrev(model)(some[None]).square().sum().item() for some in x[:LOOKED_AT]]
    return xr.Dataset(
        {
            "active": ((), on.double().mean().item(), {"units": "1", "long_name": "share"}),
            "silent": ((), float((~on.any(0)).sum()), {"units": "units"}),
            "derivative": ((), sum(norms) / len(norms), {"units": "1"}),
        }
    )
