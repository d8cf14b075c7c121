"""What a network costs, counted on its model."""

import xarray as xr

from labcode.models import counting
from labcode.training.networks import RunSpec


def work(network: RunSpec) -> xr.Dataset:
    """`parameters`, and `multiply_adds` of one image, forward."""
    model = network.model.build()
    counts = {
        "parameters": (counting.parameters(model), "parameters"),
        "multiply_adds": (counting.multiply_adds(model), "multiply-adds"),
    }
    return xr.Dataset({name: ((), n, {"long_name": words}) for name, (n, words) in counts.items()})


def costs(network: RunSpec) -> xr.Dataset:
    """The same, and `code_size`."""
    size = network.model.build().code_size
    return work(network).assign(code_size=((), size, {"long_name": "numbers in the code"}))
