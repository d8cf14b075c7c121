"""Layers, depth, code size and the order of the pixels, one at a time.

In each cell encoder and decoder mirror each other, hidden layers have ReLU, the code has none, and
the output has a sigmoid; nothing is normalised. Depth counts the encoder's layers with weights: two
are shallow, four are deep. The layer that makes the code is linear in both kinds.
"""

from labcode.data import DataSpec
from labcode.designs.design import Level, design
from labcode.designs.profiles import Profile
from labcode.experiments.dense_versus_cnn.models import sizes
from labcode.models import DeepAutoencoder
from labcode.models.conv import DeepConvAutoencoder
from labcode.scores.reconstruction import history
from labcode.training.loop import Optimiser
from labcode.training.networks import ModelSpec, RunSpec, model_spec

DENSE, CONVOLUTIONAL = "dense", "convolutional"
SHALLOW, DEEP = "shallow", "deep"
IN_PLACE, SHUFFLED = "in place", "shuffled"
FACTORS: dict[str, tuple[Level, Level]] = {
    "layers": (DENSE, CONVOLUTIONAL),
    "depth": (SHALLOW, DEEP),
    "code_size": (64, 392),
    "pixels": (IN_PLACE, SHUFFLED),
}
HIDDEN = {SHALLOW: (512,), DEEP: (512, 512, 512)}
CHANNELS = {SHALLOW: (8,), DEEP: (16, 16, 16)}
SHUFFLE_SEED = 0
BATCH_SIZE = 128
RATES = (5e-4, 1.5e-3, 4.5e-3)


def network(layers: str, depth: str, code_size: int) -> ModelSpec:
    """The model of a cell."""
    if layers == DENSE:
        return model_spec(DeepAutoencoder, code_size=code_size, hidden=HIDDEN[depth])
    return model_spec(DeepConvAutoencoder, code_size=code_size, channels=CHANNELS[depth])


def run(
    profile: Profile,
    layers: str,
    depth: str,
    code_size: int,
    pixels: str,
    seed: int,
    rate: float,
    epochs: int,
) -> RunSpec:
    """A cell's run: a cosine schedule, and the weights that are best on validation images."""
    order = SHUFFLE_SEED if pixels == SHUFFLED else None
    return RunSpec(
        network(layers, depth, code_size),
        epochs,
        seed,
        DataSpec(sizes(profile).design_images, profile.validation, order),
        optimiser=Optimiser(learning_rate=rate),
        batch_size=BATCH_SIZE,
        schedule="cosine",
        best=True,
    )


def best_validation_loss(network: RunSpec) -> float:
    """Of all epochs, on validation images."""
    return history(network, "validation_loss").min().item()


@design(
    scores={"validation_loss": best_validation_loss},
    **FACTORS,
    rate=RATES,
    seed=lambda profile: profile.seeds[:1],
)
def tuning(
    profile: Profile,
    layers: str,
    depth: str,
    code_size: int,
    pixels: str,
    rate: float,
    seed: int,
) -> RunSpec:
    """One seed at each learning rate, a factor of three apart, for a third of the epochs."""
    epochs = max(1, profile.epochs // 3)
    return run(profile, layers, depth, code_size, pixels, seed, rate, epochs)
