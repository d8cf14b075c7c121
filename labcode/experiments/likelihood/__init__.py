"""AE versus VAE, first half: what a variational autoencoder's likelihood is worth.

One module a section of the page, in its order: `reparameterisation`, `likelihoods`, `linear_vae`,
`bounds`, `nonlinear_vae`, `rate_distortion` and `outside_check`; and `sizes` for all.
"""

from labcode.baselines import nats, pca
from labcode.designs.profiles import Profile
from labcode.experiments.likelihood import (
    bounds,
    likelihoods,
    linear_vae,
    nonlinear_vae,
    outside_check,
    rate_distortion,
    sizes,
)
from labcode.runs import Spec

DESIGNS = (
    likelihoods.likelihoods,
    linear_vae.fits,
    linear_vae.collapses,
    bounds.linear,
    nonlinear_vae.networks,
    nonlinear_vae.by_ppca,
    nonlinear_vae.by_labels,
    rate_distortion.losses,
    rate_distortion.starts,
    outside_check.few,
    outside_check.many,
)


def specs(profile: Profile) -> list[Spec]:
    """Every run of the likelihood half of the chapter, each once."""
    everything = sizes.everything(profile)
    prepared = nats.nats_by_preparation.spec(nonlinear_vae.CODE_SIZE)
    tables = [spec for design in DESIGNS for spec in design.specs(profile)]
    return list(dict.fromkeys([pca.image_moments.spec(everything), prepared, *tables]))
