"""Networks that are kept, small enough to stand beside the numbers of the record.

A run's weights are not kept: they are large, and what a page says of a network is its scores. What
readers move by hand is a network, so a few small ones are kept, in 16 bits.
"""

import torch
import xarray as xr
from torch import Tensor

from labcode.models import Autoencoder
from labcode.models.fixed_point import fixed_point
from labcode.runs.measured import measured
from labcode.scores.latent_models import trained
from labcode.training.networks import RunSpec

SCALES = "scale of "


@measured
def weights(run: RunSpec) -> xr.Dataset:
    """The trained network's parameters, rounded.

    Parameters
    ----------
    run : RunSpec

    Returns
    -------
    Dataset
        For each parameter of two and more dimensions, whole numbers of 16 bits, and one scale for
        each place in its first dimension; biases as they are.
    """
    arrays: dict[str, xr.DataArray] = {}
    for name, value in trained(run).state_dict().items():
        dimensions = [f"{name} {place}" for place in range(value.ndim)]
        if value.ndim == 1:
            arrays[name] = xr.DataArray(value.numpy(), dims=dimensions)
            continue
        whole, scale = fixed_point(value.flatten(1))
        arrays[name] = xr.DataArray(whole.reshape(value.shape), dims=dimensions)
        arrays[SCALES + name] = xr.DataArray(scale, dims=dimensions[:1])
    return xr.Dataset(arrays)


def kept(run: RunSpec) -> Autoencoder:
    """The trained network with its rounded weights, on the CPU, in evaluation mode.

    Parameters
    ----------
    run : RunSpec
        Of a network whose parameters are all that `weights` keeps: weights and biases.
    """
    found = weights(run)
    network = run.model.build()
    state: dict[str, Tensor] = {}
    for name in network.state_dict():
        values = torch.from_numpy(found[name].values.copy())
        if SCALES + name in found:
            scale = torch.from_numpy(found[SCALES + name].values.copy())
            values = values.float() * scale.view(-1, *[1] * (values.ndim - 1))
        state[name] = values
    network.load_state_dict(state)
    return network.eval()
