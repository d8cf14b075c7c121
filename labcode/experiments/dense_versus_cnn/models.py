"""Two models, the lab's own, and five beside them that hold one thing equal."""

from dataclasses import dataclass
from functools import partial

from labcode.baselines.coders import Coder, Projection
from labcode.data import DataSpec
from labcode.designs.design import Score, design
from labcode.designs.profiles import Profile
from labcode.models import ShallowAutoencoder
from labcode.models.conv import ConvAutoencoder, LabCNN
from labcode.scores.costs import costs
from labcode.scores.reconstruction import history, reconstruction_error, seconds
from labcode.training.loop import Optimiser
from labcode.training.networks import RunSpec, model_spec

DENSE, CNN = "dense, code 64", "CNN, code 392"
CNN_64, DENSE_392 = "CNN, code 64", "dense, code 392"
DENSE_2, DENSE_288, DENSE_LONG = "dense, code 2", "dense, code 288", "dense, code 64, longer"
PCA_64, PCA_392 = "PCA, code 64", "PCA, code 392"
NETWORKS = {
    DENSE: model_spec(ShallowAutoencoder, code_size=64),
    CNN: model_spec(LabCNN),
    CNN_64: model_spec(ConvAutoencoder, code_size=64, channels=(16, 15)),
    DENSE_392: model_spec(ShallowAutoencoder, code_size=392),
    DENSE_2: model_spec(ShallowAutoencoder, code_size=2),
    DENSE_288: model_spec(ShallowAutoencoder, code_size=288),
    DENSE_LONG: model_spec(ShallowAutoencoder, code_size=64),
}
PCA_CODES = {PCA_64: 64, PCA_392: 392}
STUDIED = (*PCA_CODES, DENSE, CNN_64, DENSE_392, CNN)
BY_CODE = (PCA_64, DENSE, CNN_64, PCA_392, DENSE_392, CNN)
BATCH_SIZE = 32
LONGER_RATE = 1e-3


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """How much the networks of this chapter train, and how many images classifiers see.

    Attributes
    ----------
    images, epochs : int
        Of the training set, the first so many, so often; `longer` times as often in the longer
        dense run. `design_images` train the table of designs.
    cnn_rate, dense_rate : float
        Adam's learning rates; the lab's is 1e-3. In the book's short training each is the best
        of 1e-3, 2e-3 and 3e-3 on validation images.
    probed : int
        Labelled images for the classifiers.
    """

    images: int
    epochs: int
    longer: int
    cnn_rate: float
    dense_rate: float
    design_images: int
    probed: int


def sizes(profile: Profile) -> Sizes:
    """The sizes of this chapter in a profile; epochs follow those of the profile."""
    everything, labelled = profile.train + profile.validation, profile.labelled
    return Sizes(
        images=profile.within(minutes=10_000, hours=everything, token=400),
        epochs=profile.passes(minutes=5 / 4, hours=1, token=1),
        longer=profile.within(minutes=6, hours=6, token=2),
        cnn_rate=profile.within(minutes=3e-3, hours=1e-3, token=3e-3),
        dense_rate=profile.within(minutes=2e-3, hours=1e-3, token=2e-3),
        design_images=profile.within(minutes=6000, hours=profile.train, token=200),
        probed=profile.within(minutes=labelled // 2, hours=labelled, token=labelled),
    )


def images(profile: Profile) -> DataSpec:
    """The images that the networks train on, and PCA is fitted on."""
    return DataSpec(sizes(profile).images, 0)


def run(profile: Profile, network: str, seed: int) -> RunSpec:
    """The spec of one of `NETWORKS`."""
    size = sizes(profile)
    epochs, rate = size.epochs, size.cnn_rate if network in (CNN, CNN_64) else size.dense_rate
    if network == DENSE_LONG:
        epochs, rate = size.longer * epochs, LONGER_RATE
    optimiser = Optimiser(learning_rate=rate)
    return RunSpec(
        NETWORKS[network], epochs, seed, images(profile), optimiser=optimiser, batch_size=BATCH_SIZE
    )


def coder_of(profile: Profile, coder: str, seed: int, clip: bool = False) -> Coder:
    """A network, PCA of the images that it trains on, or else the pixels."""
    if coder in NETWORKS:
        return run(profile, coder, seed)
    return Projection(images(profile), PCA_CODES[coder], clip) if coder in PCA_CODES else None


def repeated(profile: Profile, coder: str, seed: int) -> bool:
    """Whether nothing depends on the seed, and the first one has it already."""
    return coder not in NETWORKS and seed != profile.seeds[0]


def scores(profile: Profile) -> dict[str, Score]:
    """Test error, how a network learned, and what it costs."""
    test_mse = partial(reconstruction_error, images=profile.test)
    return {"test_mse": test_mse, "train_loss": history, "seconds": seconds, "costs": costs}


@design(scores=scores, network=tuple(NETWORKS))
def networks(profile: Profile, network: str, seed: int) -> RunSpec:
    """All seven, trained."""
    return run(profile, network, seed)
