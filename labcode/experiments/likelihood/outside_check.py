"""An outside check: the negative log-likelihood of binarised images beside a published one."""

from math import sqrt

from labcode import data
from labcode.designs.contrast import Interval
from labcode.designs.design import design
from labcode.designs.profiles import Profile
from labcode.experiments.likelihood.sizes import bounded, epochs
from labcode.models.likelihoods import Bernoulli
from labcode.models.variational import GatedVAE
from labcode.runs import Spec
from labcode.scores.variational import evidence
from labcode.training.loop import Optimiser
from labcode.training.networks import model_spec
from labcode.training.variational import VariationalRunSpec

# Norouzi, Fleet and Norouzi (2020): VAE with Gaussian prior, all 10,000 test images.
PUBLISHED = 228.70
WITHIN = 3.0


def network(profile: Profile) -> VariationalRunSpec:
    """The VAE 784-300-300-40 with gated layers, on dynamically binarised Fashion-MNIST."""
    passes = epochs(profile, "outside")
    return VariationalRunSpec(
        model_spec(GatedVAE, code_size=40, hidden=300, likelihood=Bernoulli),
        epochs=passes,
        seed=profile.seeds[0],
        data=data.DataSpec(profile.train, profile.validation),
        warm_up=profile.within(minutes=0, hours=passes // 5, token=0),
        optimiser=Optimiser(learning_rate=1e-3),
        batch_size=100,
    )


@design(scores=lambda profile: {"bounds": bounded(evidence, profile, "few")})
def few(profile: Profile) -> Spec:
    """Few samples for all test images."""
    return network(profile)


@design(scores=lambda profile: {"bounds": bounded(evidence, profile, "many")})
def many(profile: Profile) -> Spec:
    """Many samples for a random part of them."""
    return network(profile)


def negative_log_likelihood(profile: Profile) -> Interval:
    """In nats an image, with its 95% interval over the images.

    By the bound with few samples on all images, less the mean gain from few to many samples on a
    part of them.
    """
    on_all = -few.table(profile).bound.isel(samples=-1)
    on_part = many.table(profile).bound
    gain = on_part.isel(samples=-1) - on_part.sel(samples=on_all.samples.item())
    mean = float(on_all.mean() - gain.mean())
    variances = [float(each.var(ddof=1)) / each.size for each in (on_all, gain)]
    half = 1.96 * sqrt(sum(variances))
    return Interval(mean, mean - half, mean + half, on_all.size)
