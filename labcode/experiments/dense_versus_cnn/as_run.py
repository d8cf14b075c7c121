"""As the lab ran it: the CNN wins, PCA lies below both, and maps of the code die."""

import xarray as xr

from labcode import data
from labcode.baselines.coders import encode
from labcode.baselines.pca import ALL_TRAINING_IMAGES, error_on_test_images
from labcode.designs.design import design
from labcode.designs.profiles import Profile
from labcode.experiments.dense_versus_cnn.models import CNN, images, run, sizes
from labcode.runs import Spec
from labcode.scores.filters import dead_maps

THEIRS, ALL = "the networks' images", "all training images"


@design(fitted_to=(THEIRS, ALL), code_size=(2, 64, 288, 392))
def by_pca(profile: Profile, fitted_to: str, code_size: int) -> Spec:
    """PCA at the networks' code sizes, on the images that they train on and on all 60,000."""
    spec = images(profile) if fitted_to == THEIRS else ALL_TRAINING_IMAGES
    return error_on_test_images.spec(code_size, spec)


def dead(profile: Profile) -> xr.DataArray:
    """How many of the eight maps of the lab's code are 0 on every test image; dimension `seed`."""
    x = data.fashion_mnist("test").pixels[: sizes(profile).test]
    codes = [encode(run(profile, CNN, seed), x) for seed in profile.seeds]
    counts = [dead_maps(code.view(len(x), 8, 49)) for code in codes]
    return xr.DataArray(counts, {"seed": list(profile.seeds)}, attrs={"long_name": "dead maps"})
