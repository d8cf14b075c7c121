"""Why denoising works: denoisers of points in the plane, whose density is known."""

from functools import cache

import xarray as xr

from labcode.data.corruption import GaussianNoise
from labcode.designs.design import design
from labcode.designs.profiles import Profile
from labcode.experiments.denoising.sizes import sizes
from labcode.models.denoiser import AnyNoiseDenoiser, PlaneDenoiser
from labcode.runs import Spec
from labcode.scores import plane
from labcode.scores.reconstruction import history
from labcode.training.denoising import PlaneSpec
from labcode.training.networks import model_spec

NOISE = 0.5


def plane_denoiser(profile: Profile, seed: int) -> PlaneSpec:
    """A small network at one strength of noise."""
    size, model = sizes(profile), model_spec(PlaneDenoiser, hidden=48)
    return PlaneSpec(model, GaussianNoise(NOISE), size.plane_epochs, seed, size.plane_points)


def any_noise_denoiser(profile: Profile) -> PlaneSpec:
    """A network that is told the strength of the noise."""
    size, model = sizes(profile), model_spec(AnyNoiseDenoiser)
    return PlaneSpec(model, None, size.plane_epochs, profile.seeds[0], size.plane_points)


@design(scores={"field": plane.field})
def field(profile: Profile, seed: int) -> Spec:
    """The learned steps on those of Tweedie's formula."""
    return plane_denoiser(profile, seed)


@design(scores={"train_loss": history})
def sampler(profile: Profile) -> Spec:
    """The network that goes from noise to data."""
    return any_noise_denoiser(profile)


@cache
def samples(profile: Profile, n: int = 1500) -> xr.Dataset:
    """Points drawn in four ways, as `labcode.scores.plane.samples` describes them."""
    return plane.samples(plane_denoiser(profile, profile.seeds[0]), any_noise_denoiser(profile), n)
