"""All claims with their verdicts, in one place."""

from labcode.claims import Verdict, decided
from labcode.experiments import ae_versus_pca, denoising, dense_versus_cnn, latent_space
from labcode.profiles import Profile

DECIDING = (ae_versus_pca, dense_versus_cnn, denoising, latent_space)


def verdicts(profile: Profile) -> list[Verdict]:
    """C1 to C14, each as its chapter decided it in this profile."""
    return [verdict for experiment in DECIDING for verdict in decided(experiment, profile)]
