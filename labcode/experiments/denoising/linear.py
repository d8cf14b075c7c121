"""Noise is a penalty: linear denoising autoencoders on their closed form."""

from labcode.baselines.linear_denoisers import bishop_identity, linear_gains
from labcode.designs.contrast import interval
from labcode.designs.design import design
from labcode.designs.profiles import Profile
from labcode.experiments.denoising.sizes import sizes
from labcode.runs import Spec
from labcode.training.covariance import CovarianceRunSpec

CODE_SIZE = 32
NOISES = (0.1, 0.3, 0.5)


@design(scores={"closed_form": linear_gains}, std=NOISES)
def trained(profile: Profile, std: float, seed: int) -> Spec:
    """Linear autoencoders trained to denoise, at three strengths."""
    return CovarianceRunSpec(CODE_SIZE, "LBFGS", sizes(profile).steps, seed, noise=std)


@design(scores={"identity": bishop_identity}, std=NOISES)
def identity(profile: Profile, std: float) -> Spec:
    """Bishop's identity, on the network of the first seed."""
    return trained.spec(profile, std=std, seed=profile.seeds[0])


def largest_excess(profile: Profile) -> float:
    """The loss above the closed form, as a share of it: the highest end of the intervals."""
    excess = trained.table(profile).excess
    return max(interval(excess.sel(std=std)).high for std in NOISES)
