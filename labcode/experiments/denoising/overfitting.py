"""What overfitting looks like: few images, with noise drawn once or anew."""

from functools import partial

from labcode import data
from labcode.baselines.linear_denoisers import linear_of_few_images
from labcode.data.corruption import GaussianNoise
from labcode.designs.contrast import Interval, interval
from labcode.designs.design import design
from labcode.designs.profiles import Profile
from labcode.experiments.denoising.sizes import sizes
from labcode.models.dense import ShallowAutoencoder
from labcode.runs import Spec
from labcode.scores.reconstruction import history
from labcode.training.networks import RunSpec, model_spec

FEW_IMAGES = 1000


@design(
    scores={"train_loss": history, "validation_loss": partial(history, name="validation_loss")},
    fresh=(False, True),
)
def few_images(profile: Profile, fresh: bool, seed: int) -> Spec:
    """A dense network and 1,000 images, with noise drawn once or anew for each batch."""
    size = sizes(profile)
    return RunSpec(
        model_spec(ShallowAutoencoder, code_size=512),
        size.few_epochs,
        seed,
        data.DataSpec(min(FEW_IMAGES, profile.train), size.validation // 2),
        corruption=GaussianNoise(0.3),
        fresh_corruption=fresh,
        validation_corruption=GaussianNoise(0.3),
        batch_size=32,
    )


@design()
def linear(profile: Profile) -> Spec:
    """Ordinary least squares on one draw of noise, against the ridge of endless draws."""
    return linear_of_few_images.spec(0.3, sizes(profile).drawn_once, seed=1)


def gap(profile: Profile, fresh: bool) -> Interval:
    """Validation loss above training loss after the last epoch, as a share of it."""
    last = few_images.table(profile).sel(fresh=fresh).isel(epoch=-1)
    return interval(last.validation_loss / last.train_loss - 1)


def end(profile: Profile, fresh: bool) -> Interval:
    """Validation loss after the last epoch."""
    return interval(few_images.table(profile).validation_loss.sel(fresh=fresh).isel(epoch=-1))
