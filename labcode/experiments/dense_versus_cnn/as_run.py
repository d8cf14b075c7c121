"""As the lab ran it: the CNN wins, PCA lies below both, and maps of the code die."""

from dataclasses import replace
from functools import partial

from labcode.baselines.pca import ALL_TRAINING_IMAGES, error_on_test_images
from labcode.designs.design import Score, design
from labcode.designs.profiles import Profile
from labcode.experiments.dense_versus_cnn.models import CNN, DENSE, images, run
from labcode.runs import Spec
from labcode.scores.costs import costs
from labcode.scores.filters import dead_code_maps, open_maps
from labcode.scores.reconstruction import history, reconstruction_error, seconds
from labcode.training.networks import RunSpec

CODE_MAPS = 8  # of the lab's CNN
THEIRS, ALL = "the networks' images", "all training images"


@design(fitted_to=(THEIRS, ALL), code_size=(64, 392))
def by_pca(profile: Profile, fitted_to: str, code_size: int) -> Spec:
    """PCA at the networks' code sizes, on the images that they train on and on all 60,000."""
    spec = images(profile) if fitted_to == THEIRS else ALL_TRAINING_IMAGES
    return error_on_test_images.spec(code_size, spec)


def scores(profile: Profile) -> dict[str, Score]:
    """Test error, how a network learned, what it costs, and its code's dead maps."""
    images = profile.test
    return {
        "test_mse": partial(reconstruction_error, images=images),
        "train_loss": history,
        "seconds": seconds,
        "costs": costs,
        "dead": partial(dead_code_maps, maps=CODE_MAPS, images=images),
    }


@design(scores=scores, network=(DENSE, CNN))
def replicas(profile: Profile, network: str, seed: int) -> Spec:
    """The lab's two networks; what counts as a map of the dense one's code means nothing."""
    return run(profile, network, seed)


def watched_run(profile: Profile, seed: int) -> RunSpec:
    """The lab's CNN again, with its weights after each epoch."""
    return replace(run(profile, CNN, seed), snapshots=True)


@design(
    scores=lambda profile: {"opened": partial(open_maps, maps=CODE_MAPS, images=profile.scored)}
)
def watched(profile: Profile, seed: int) -> Spec:
    """Which maps of the CNN's code open for training images, as training goes on."""
    return watched_run(profile, seed)


def longer_scores(profile: Profile) -> dict[str, Score]:
    """How it learned, and its test error."""
    return {
        "train_loss": history,
        "test_mse": partial(reconstruction_error, images=profile.test),
    }


@design(scores=longer_scores)
def longer(profile: Profile, seed: int) -> Spec:
    """The lab's dense network, trained twice as long as the lab did."""
    return run(profile, DENSE, seed, longer=2)
