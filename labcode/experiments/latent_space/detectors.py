"""Images from outside: ELBO, likelihood and errors as detectors."""

from typing import Any

from labcode.baselines.detectors import (
    detection_area,
    minus_elbo,
    minus_log_likelihood,
    network_error,
    pca_error,
)
from labcode.data.outside import KINDS
from labcode.designs.design import design
from labcode.designs.profiles import Profile
from labcode.experiments.latent_space.models import (
    AE,
    CODE_SIZE,
    PPCA,
    VAE,
    images,
    network_spec,
    sizes,
    spec,
)
from labcode.runs.measured import Measurement

PCA, MEAN = "PCA", "mean image"
ELBO, ERROR, LIKELIHOOD = "minus ELBO", "error", "minus log-likelihood"


@design(model=(VAE, AE, PCA, PPCA, MEAN), detector=(ELBO, ERROR, LIKELIHOOD), kind=KINDS)
def detectors(
    profile: Profile, model: str, detector: str, kind: str, seed: int
) -> Measurement | None:
    """Area under the ROC curve of each detector; what is fitted once stands at the first seed.

    The distance from the mean image is the floor: it knows nothing but that image.
    """
    if model not in (VAE, AE) and seed != profile.seeds[0]:
        return None
    callables: dict[tuple[str, str], tuple[Any, ...]] = {
        (VAE, ELBO): (minus_elbo, network_spec(profile, VAE, seed)),
        (VAE, ERROR): (network_error, network_spec(profile, VAE, seed)),
        (AE, ERROR): (network_error, network_spec(profile, AE, seed)),
        (PCA, ERROR): (pca_error, images(profile), CODE_SIZE),
        (PPCA, LIKELIHOOD): (minus_log_likelihood, spec(profile, PPCA, seed)),
        (MEAN, ERROR): (pca_error, images(profile), 0),
    }
    if (model, detector) not in callables:
        return None
    function, *settings = callables[model, detector]
    return detection_area.spec(function, tuple(settings), kind, sizes(profile).outside)
