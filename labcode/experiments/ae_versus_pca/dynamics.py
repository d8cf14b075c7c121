"""Components are learned one at a time."""

from functools import partial
from typing import Literal

import xarray as xr

from labcode.baselines.linear_autoencoders import learning_curves
from labcode.baselines.pca import principal_components
from labcode.designs.design import design
from labcode.designs.profiles import Profile
from labcode.theory import linear_autoencoder as theory
from labcode.training.covariance import CovarianceRunSpec

CODE_SIZE = 16
COMPONENTS = (1, 2, 4, 8, 16)
RATE = 2.0
START_SCALE = 0.1


@design(
    scores={"curves": partial(learning_curves, components=COMPONENTS)}, start=("aligned", "random")
)
def starts(profile: Profile, start: Literal["aligned", "random"]) -> CovarianceRunSpec:
    """Full-batch gradient descent from a small start, aligned and random."""
    return CovarianceRunSpec(
        CODE_SIZE,
        "SGD",
        min(4000, profile.steps),
        learning_rate=RATE,
        start=start,
        start_scale=START_SCALE,
        records=80,
    )


def half_steps(components: tuple[int, ...] = (1, 16, 64)) -> xr.DataArray:
    """Steps until a component is half learned from the aligned start; dimension `component`."""
    fitted = principal_components()
    eigenvalues = fitted.eigenvalues[[component - 1 for component in components]]
    times = theory.half_life(eigenvalues, START_SCALE**2)
    steps = theory.step_of_time(times, RATE, len(fitted.mean))
    about = {"units": "steps", "long_name": "steps until half learned"}
    return xr.DataArray(steps, {"component": list(components)}, attrs=about)
