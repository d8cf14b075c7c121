"""What the codes are worth: a linear classifier on codes, by the corruption in training."""

from functools import partial

from labcode import data
from labcode.data.corruption import Corruption, GaussianNoise, Masking, SaltAndPepper
from labcode.designs.contrast import Interval, contrast
from labcode.designs.design import design
from labcode.designs.profiles import Profile
from labcode.experiments.denoising.sizes import sizes
from labcode.models.dense import ShallowAutoencoder
from labcode.runs import Spec
from labcode.scores.denoising import linear_probe
from labcode.training.loop import Optimiser
from labcode.training.networks import RunSpec, model_spec

CODE_SIZE = 128
PLAIN = "plain"
CORRUPTIONS: dict[str, Corruption | None] = {
    PLAIN: None,
    "Gaussian 0.3": GaussianNoise(0.3),
    "masking 0.5": Masking(0.5),
    "salt and pepper 0.3": SaltAndPepper(0.3),
}


@design(
    scores=lambda profile: {
        "accuracy": partial(
            linear_probe,
            train_images=profile.labelled // 2,
            images=profile.test,
        )
    },
    corruption=tuple(CORRUPTIONS),
)
def codes(profile: Profile, corruption: str, seed: int) -> Spec:
    """Dense autoencoders, alike but for the corruption in training."""
    size = sizes(profile)
    return RunSpec(
        model_spec(ShallowAutoencoder, code_size=CODE_SIZE),
        size.epochs,
        seed,
        data.DataSpec(size.side_images, 0),
        corruption=CORRUPTIONS[corruption],
        optimiser=Optimiser(learning_rate=2e-3),
        batch_size=64,
    )


@design()
def pixels(profile: Profile) -> Spec:
    """The same classifier on raw pixels."""
    return linear_probe.spec(None, profile.labelled // 2, profile.test)


def gain(profile: Profile, corruption: str) -> Interval:
    """Accuracy of a denoising AE's codes minus the plain AE's, in points, paired by seed."""
    accuracy = 100 * codes.table(profile).accuracy.astype(float)
    return contrast(accuracy, paired=True, corruption=(corruption, PLAIN))
