"""Making images: from which density should the codes be drawn?"""

from labcode.baselines.code_density import code_gaussian, code_mixture
from labcode.baselines.sampled_images import held_out_scores, sample_scores
from labcode.designs.design import design
from labcode.designs.profiles import Profile
from labcode.experiments.latent_space.models import (
    AE,
    BETA_VAE,
    CODE_SIZE,
    PPCA,
    VAE,
    classifier_spec,
    network_spec,
    sizes,
    spec,
)
from labcode.runs.measured import Measurement

REAL = "real images"
HELD_OUT, PRIOR, GAUSSIAN, MIXTURE = "held out", "N(0, I)", "one Gaussian", "mixture"
CODES_OF_A_GAUSSIAN = 10_000
FITTED = ((VAE, MIXTURE), (AE, GAUSSIAN), (AE, MIXTURE))
FROM_THE_PRIOR = ((VAE, PRIOR), (BETA_VAE, PRIOR), (AE, PRIOR), (PPCA, PRIOR))


def fit(profile: Profile, model: str, sampler: str, seed: int) -> Measurement:
    """The density that a sampler fits to a network's codes."""
    size, network = sizes(profile), network_spec(profile, model, seed)
    if sampler == MIXTURE:
        return code_mixture.spec(network, size.components, size.codes)
    return code_gaussian.spec(network, min(CODES_OF_A_GAUSSIAN, profile.train))


@design(model=(VAE, AE), sampler=(GAUSSIAN, MIXTURE))
def densities(profile: Profile, model: str, sampler: str, seed: int) -> Measurement | None:
    """Densities fitted to the codes of training images."""
    return fit(profile, model, sampler, seed) if (model, sampler) in FITTED else None


@design(model=(REAL, VAE, BETA_VAE, AE, PPCA), sampler=(HELD_OUT, PRIOR, GAUSSIAN, MIXTURE))
def generators(profile: Profile, model: str, sampler: str, seed: int) -> Measurement | None:
    """Images from every generator, scored against the same test images."""
    size = sizes(profile)
    asked = (classifier_spec(profile), size.samples, size.support, seed)
    if (model, sampler) == (REAL, HELD_OUT):
        return held_out_scores.spec(*asked)
    if (model, sampler) not in FROM_THE_PRIOR + FITTED:
        return None
    density = None if sampler == PRIOR else fit(profile, model, sampler, seed)
    return sample_scores.spec(spec(profile, model, seed), CODE_SIZE, density, *asked)
