"""What corruption makes of codes: probes that know every training image, and dead units counted."""

from functools import partial

from labcode import data
from labcode.baselines.coders import Projection, code_accuracies
from labcode.data.corruption import Corruption, GaussianNoise, Masking, SaltAndPepper
from labcode.designs.contrast import Contrast, contrast
from labcode.designs.design import Score, design
from labcode.designs.profiles import Profile
from labcode.experiments.denoising.equal_terms import BATCH_SIZE, RATES, best_loss, best_rates
from labcode.experiments.denoising.sizes import sizes, split
from labcode.models.dense import ShallowAutoencoder
from labcode.runs.measured import Measurement
from labcode.scores.denoising import dead_units
from labcode.scores.reconstruction import reconstruction_error
from labcode.training.loop import Optimiser
from labcode.training.networks import RunSpec, model_spec

CODE_SIZE = 128
PLAIN, PCA, PIXELS = "plain", "PCA", "raw pixels"
CORRUPTIONS: dict[str, Corruption | None] = {
    PLAIN: None,
    "Gaussian 0.3": GaussianNoise(0.3),
    "masking 0.5": Masking(0.5),
    "masking 0.75": Masking(0.75),
    "salt and pepper 0.3": SaltAndPepper(0.3),
}
CHOSEN: dict[str, float] = {}
"""Learning rate by corruption, where `tuning` is recorded; else the middle one."""


def run(profile: Profile, corruption: str, seed: int, rate: float, epochs: int) -> RunSpec:
    """A dense autoencoder; the weights are those that restore validation images best."""
    size, noise = sizes(profile), CORRUPTIONS[corruption]
    return RunSpec(
        model_spec(ShallowAutoencoder, code_size=CODE_SIZE),
        epochs,
        seed,
        data.DataSpec(size.images, size.validation),
        corruption=noise,
        validation_corruption=noise,
        optimiser=Optimiser(learning_rate=rate),
        batch_size=BATCH_SIZE,
        schedule="cosine",
        best=True,
    )


@design(
    scores={"validation_loss": best_loss},
    corruption=tuple(CORRUPTIONS),
    rate=RATES,
    seed=lambda profile: profile.seeds[:1],
)
def tuning(profile: Profile, corruption: str, rate: float, seed: int) -> RunSpec:
    """One seed at each learning rate; chosen by how well it restores, not by its codes."""
    return run(profile, corruption, seed, rate, max(1, sizes(profile).equal_epochs // 2))


def scores(profile: Profile) -> dict[str, Score]:
    """Probes that know every labelled image, dead units, and the error on clean test images."""
    return {
        "accuracy": partial(code_accuracies, labelled=profile.labelled, asked=profile.test),
        "dead": dead_units,
        "clean_mse": partial(reconstruction_error, part="test", images=profile.test),
    }


@design(scores=scores, corruption=tuple(CORRUPTIONS))
def codes(profile: Profile, corruption: str, seed: int) -> RunSpec:
    """Codes of clean images by the corruption in training: probes that are tuned, dead units."""
    return run(
        profile, corruption, seed, CHOSEN.get(corruption, RATES[1]), sizes(profile).equal_epochs
    )


@design(coder=(PIXELS, PCA))
def without_network(profile: Profile, coder: str) -> Measurement:
    """The same probes on raw pixels, and on as many principal components as a code has numbers."""
    which = None if coder == PIXELS else Projection(split(profile), CODE_SIZE)
    return code_accuracies.spec(which, profile.labelled, profile.test)


def gains(profile: Profile) -> dict[str, Contrast]:
    """Accuracy of a linear probe on each corruption's codes, above that on the plain codes."""
    accuracy = codes.table(profile).linear
    return {
        name: contrast(accuracy.sel(corruption=[name, PLAIN]), corruption=(name, PLAIN))
        for name in CORRUPTIONS
        if name != PLAIN
    }


def tuned_rates(profile: Profile) -> dict[str, float]:
    """What `tuning` chooses."""
    return best_rates(tuning.table(profile).validation_loss, "corruption")
