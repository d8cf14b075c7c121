"""Other corruptions: masking, and salt and pepper."""

from functools import partial

import numpy as np
import xarray as xr

from labcode import data
from labcode.baselines.linear_denoisers import linear_repair
from labcode.data.corruption import Masking, SaltAndPepper
from labcode.designs.design import design
from labcode.designs.profiles import Profile
from labcode.experiments.denoising.contest import CLEAN, own_network
from labcode.runs import Spec
from labcode.scores.denoising import EXAMPLES, GREY, PIXELS, repaired
from labcode.scores.reconstruction import history

OTHER: dict[str, Masking | SaltAndPepper] = {
    "masking": Masking(0.75),
    "salt and pepper": SaltAndPepper(0.5),
}


@design(
    scores={"loss": partial(history, name="validation_loss"), "pictures": repaired},
    corruption=tuple(OTHER),
)
def repairs(profile: Profile, corruption: str) -> Spec | None:
    """The book's own design, for each other corruption; one seed."""
    return own_network(profile, OTHER[corruption], profile.seeds[0])


@design(corruption=tuple(OTHER))
def linear(profile: Profile, corruption: str) -> Spec:
    """Validation MSE of the best linear map, on the images of the own design."""
    network = own_network(profile, OTHER[corruption], profile.seeds[0])
    assert network is not None
    return linear_repair.spec(OTHER[corruption], network.data)


def garments(profile: Profile) -> xr.DataArray:
    """Garments, corrupted and repaired: dimensions `denoiser`, `example`, `row` and `column`."""
    table = repairs.table(profile)
    rows = {CLEAN: data.fashion_mnist("test").pixels[:EXAMPLES, 0].numpy()}
    for name in OTHER:
        rows[name] = table.corrupted.sel(corruption=name).values
        rows[f"repaired {name}"] = table.repaired.sel(corruption=name).values
    return xr.DataArray(
        np.stack(list(rows.values())), {"denoiser": list(rows)}, ("denoiser", *PIXELS), attrs=GREY
    )
