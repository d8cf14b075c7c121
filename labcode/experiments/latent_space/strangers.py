"""Images from outside, with an opponent that has a likelihood and no network."""

from typing import Any

from labcode.baselines.detectors import (
    detection_area,
    minus_elbo,
    minus_log_likelihood,
    minus_mixture_log_likelihood,
    network_error,
    pca_error,
)
from labcode.baselines.linear_mixtures import mixture_of_labels
from labcode.baselines.probabilistic_pca import probabilistic_pca
from labcode.data.outside import KINDS
from labcode.designs.design import design
from labcode.designs.profiles import Profile
from labcode.experiments.latent_space.models import AE, CODE_SIZE, DIGITS, PPCA, VAE
from labcode.experiments.latent_space.networks import images, network
from labcode.runs.measured import Measurement

PCA, MEAN, TEN_PPCA = "PCA", "mean image", "ten pPCAs"
ELBO, ERROR, LIKELIHOOD = "minus ELBO", "error", "minus log-likelihood"


@design(model=(VAE, AE, PCA, PPCA, TEN_PPCA, MEAN), detector=(ELBO, ERROR, LIKELIHOOD), kind=KINDS)
def areas(profile: Profile, model: str, detector: str, kind: str, seed: int) -> Measurement | None:
    """Area under the ROC curve of each detector; what is fitted once stands at the first seed."""
    if model not in (VAE, AE) and seed != profile.seeds[0]:
        return None
    fitted_to = images(profile)
    callables: dict[tuple[str, str], tuple[Any, ...]] = {
        (VAE, ELBO): (minus_elbo, network(profile, VAE, seed)),
        (VAE, ERROR): (network_error, network(profile, VAE, seed)),
        (AE, ERROR): (network_error, network(profile, AE, seed)),
        (PCA, ERROR): (pca_error, fitted_to, CODE_SIZE),
        (PPCA, LIKELIHOOD): (minus_log_likelihood, probabilistic_pca.spec(fitted_to, CODE_SIZE)),
        (TEN_PPCA, LIKELIHOOD): (
            minus_mixture_log_likelihood,
            mixture_of_labels.spec(fitted_to, CODE_SIZE),
        ),
        (MEAN, ERROR): (pca_error, fitted_to, 0),
    }
    if (model, detector) not in callables:
        return None
    function, *settings = callables[model, detector]
    return detection_area.spec(function, tuple(settings), kind, min(profile.scored, DIGITS))
