"""What a network costs, counted on its model."""

import xarray as xr

from labcode.models import counting
from labcode.training.networks import RunSpec


def costs(network: RunSpec) -> xr.Dataset:
    """`code_size`, `parameters`, and `multiply_adds` of one image, forward."""
    model = network.model.build()
    counts = {
        "code_size": (model.code_size, "numbers in the code"),
        "parameters": (counting.parameters(model), "parameters"),
        "multiply_adds": (counting.multiply_adds(model), "multiply-adds"),
    }
    return xr.Dataset({name: ((), n, {"long_name": words}) for name, (n, words) in counts.items()})
