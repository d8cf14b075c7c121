"""Walk in the latent plane: PCA, an autoencoder and a VAE with two numbers for a code."""

from functools import cache
from math import sqrt

from labcode.baselines.planes import CODE_SIZE, Panel, Planar, panel, plane_scores
from labcode.data import DataSpec
from labcode.designs.design import design
from labcode.designs.profiles import Profile
from labcode.models import DeepAutoencoder
from labcode.models.variational import DenseVAE
from labcode.runs.measured import Measurement
from labcode.training.networks import RunSpec, model_spec
from labcode.training.variational import VariationalRunSpec

HIDDEN = (64, 64)
SHOWN = 2000
PRIOR_RADIUS = sqrt(CODE_SIZE)
PCA, AE, VAE = "PCA", "AE", "VAE"
NETWORKS = (AE, VAE)


@design(model=(PCA, *NETWORKS))
def planes(profile: Profile, model: str) -> Measurement:
    """Radius, empty cells and error of each plane."""
    return plane_scores.spec(_model(profile, model), SHOWN)


@cache
def panels(profile: Profile) -> tuple[Panel, ...]:
    """Decoder and test codes of each of the three models."""
    return tuple(panel(model, _model(profile, model), SHOWN) for model in (PCA, *NETWORKS))


def network_spec(profile: Profile, model: str) -> RunSpec | VariationalRunSpec:
    """The spec of the explorer's `AE` or `VAE`."""
    architecture = DeepAutoencoder if model == AE else DenseVAE
    layers = model_spec(architecture, code_size=CODE_SIZE, hidden=HIDDEN)
    run = RunSpec if model == AE else VariationalRunSpec
    return run(layers, epochs=profile.epochs, seed=profile.seeds[0], data=images(profile))


def _model(profile: Profile, model: str) -> Planar:
    return images(profile) if model == PCA else network_spec(profile, model)


def images(profile: Profile) -> DataSpec:
    """What all three models see."""
    return DataSpec(train=profile.train, validation=0)
