"""The lab's two networks, and how much this chapter trains."""

from dataclasses import dataclass

from labcode.data import DataSpec
from labcode.designs.profiles import Profile
from labcode.models import ShallowAutoencoder
from labcode.models.conv import LabCNN
from labcode.training.loop import Optimiser
from labcode.training.networks import RunSpec, model_spec

DENSE, CNN = "dense of the lab, code 64", "CNN of the lab, code 392"
NETWORKS = {
    DENSE: model_spec(ShallowAutoencoder, code_size=64),
    CNN: model_spec(LabCNN),
}
BATCH_SIZE = 32


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """How much the networks of this chapter train, and how many images classifiers see.

    Attributes
    ----------
    images, epochs : int
        Of the training set, the lab's networks train on the first so many, so often.
    cnn_rate, dense_rate : float
        Adam's learning rates for them; the lab's is 1e-3. In the book's short training each is the
        best of 1e-3, 2e-3 and 3e-3 on validation images.
    design_images : int
        Of the training set, all others train on the first so many.
    probed : int
        Labelled images for the classifiers.
    """

    images: int
    epochs: int
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
        cnn_rate=profile.within(minutes=3e-3, hours=1e-3, token=3e-3),
        dense_rate=profile.within(minutes=2e-3, hours=1e-3, token=2e-3),
        design_images=profile.within(minutes=4000, hours=profile.train, token=200),
        probed=profile.within(minutes=labelled // 2, hours=labelled, token=labelled),
    )


def images(profile: Profile) -> DataSpec:
    """The images that the lab's networks train on, and PCA beside them is fitted on."""
    return DataSpec(sizes(profile).images, 0)


def run(profile: Profile, network: str, seed: int, longer: int = 1) -> RunSpec:
    """One of the lab's networks, trained so many times as long as the lab did."""
    size = sizes(profile)
    rate = size.cnn_rate if network == CNN else size.dense_rate
    return RunSpec(
        NETWORKS[network],
        longer * size.epochs,
        seed,
        images(profile),
        optimiser=Optimiser(learning_rate=rate),
        batch_size=BATCH_SIZE,
    )
