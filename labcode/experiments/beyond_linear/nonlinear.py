"""What a nonlinear autoencoder adds to PCA, network by network and code size by code size.

Four of the networks are depth crossed with the code's activation, all with a sigmoid output: none
or two hidden layers of ReLU units on either side, and a code that is linear or passes a ReLU. So
"shallow, linear code" is a linear encoder whose only bend is the output's sigmoid, and "shallow,
ReLU code" is the lab's network. The fifth is linear throughout.

Hidden layers have 384 and 192 units: more than any code here, so that no layer but the code is a
bottleneck. Five seeds stand where the first edition and its referee let expect a crossing of PCA:
the shallow networks at small codes (the ReLU code was 10% above PCA at k = 2, and below it at 64),
the deep ones at large codes (level with clipped PCA at k = 64 after eight epochs). Elsewhere three.

Thirty epochs, and widths of no more than this, keep the long runs of this section, `few_images`,
`opponents` and `tuning` within six hours of one core; `doubled` says what twice the epochs bring.
"""

from dataclasses import replace
from functools import partial

import numpy as np
import xarray as xr

from labcode import data
from labcode.baselines.pca import (
    error_on_test_images,
    error_on_validation_images,
    principal_components,
)
from labcode.claims.crossings import Side, crossings, sides
from labcode.data import DataSpec
from labcode.designs.contrast import (
    Contrast,
    Interval,
    effects,
    interval,
    paired_difference,
)
from labcode.designs.design import design
from labcode.designs.profiles import Profile
from labcode.models import (
    DeepAutoencoder,
    LinearAutoencoder,
    ReluCodeAutoencoder,
    ShallowAutoencoder,
)
from labcode.runs import Spec
from labcode.scores.filters import silent_units
from labcode.scores.reconstruction import (
    clipped_error,
    codes,
    history,
    reconstruction_error,
    reconstructions,
)
from labcode.training.loop import Optimiser
from labcode.training.networks import ModelSpec, RunSpec, model_spec

CODE_SIZES = (2, 4, 8, 16, 32, 64, 128)
LINEAR = "linear"
SHALLOW, SHALLOW_RELU = "shallow, linear code", "shallow, ReLU code"
DEEP, DEEP_RELU = "deep, linear code", "deep, ReLU code"
NETWORKS = (LINEAR, SHALLOW, SHALLOW_RELU, DEEP, DEEP_RELU)
HIDDEN = (384, 192)
CROSSES_AT = {
    LINEAR: (),
    SHALLOW: (2, 4, 8),
    SHALLOW_RELU: (2, 4, 8, 16, 32),
    DEEP: (32, 64, 128),
    DEEP_RELU: (32, 64, 128),
}
SEEDS_ELSEWHERE = 3
CHECKED_CODE_SIZE = 64
PICTURED = (2, 16)
AFFINE_CODE_SIZE = 32
WATCHED = (2, 32, 128)
BATCH_SIZE = 128
RATES = (5e-4, 1.5e-3, 4.5e-3)
TUNED_CODE_SIZES = (2, 16, 128)
LOWEST, LOWER, HIGHER, HIGHEST, LARGE = 5e-5, RATES[0] / 3, 3 * RATES[-1], 4e-2, 0.12
# By network and tuned code size, as the module `tuning` chose, which trained first.
LEARNING_RATES = {
    LINEAR: {2: 5e-4, 16: 1.5e-3, 128: 4.5e-3},
    SHALLOW: dict.fromkeys(TUNED_CODE_SIZES, HIGHER),
    SHALLOW_RELU: {2: 4.5e-3, 16: 1.5e-3, 128: 1.5e-3},
    DEEP: {2: HIGHER, 16: 4.5e-3, 128: 1.5e-3},
    DEEP_RELU: {2: LOWER, 16: 1.5e-3, 128: 1.5e-3},
}


def model(network: str, code_size: int) -> ModelSpec:
    """The model of a network's name."""
    if network == LINEAR:
        return model_spec(LinearAutoencoder, code_size=code_size)
    kind = ReluCodeAutoencoder if network in (SHALLOW_RELU, DEEP_RELU) else DeepAutoencoder
    hidden = HIDDEN if network in (DEEP, DEEP_RELU) else ()
    return model_spec(kind, code_size=code_size, hidden=hidden)


def images(profile: Profile) -> DataSpec:
    """What the networks train on, and PCA is fitted on; short runs have a tenth of it."""
    share = profile.within(minutes=10, hours=1, token=1)
    return DataSpec(profile.train // share, profile.validation // share)


def run(
    profile: Profile, network: str, code_size: int, seed: int, rate: float, epochs: int
) -> RunSpec:
    """A network's run: a cosine schedule, and the weights that are best on validation images."""
    return RunSpec(
        model(network, code_size),
        epochs,
        seed,
        images(profile),
        optimiser=Optimiser(learning_rate=rate),
        batch_size=BATCH_SIZE,
        schedule="cosine",
        best=True,
    )


def learning_rate(network: str, code_size: int) -> float:
    """The rate that was best at the tuned code size nearest to this one, in the logarithm."""
    nearest = min(TUNED_CODE_SIZES, key=lambda tuned: abs(np.log(tuned / code_size)))
    return LEARNING_RATES[network][nearest]


@design(
    scores={
        "test_mse": reconstruction_error,
        "clipped": clipped_error,
        "train_mse": partial(reconstruction_error, part="train"),
        "silent_units": silent_units,
        "train_loss": history,
        "validation_loss": partial(history, name="validation_loss"),
    },
    network=NETWORKS,
    code_size=CODE_SIZES,
)
def networks(profile: Profile, network: str, code_size: int, seed: int) -> RunSpec | None:
    """Five networks at each code size; fewer seeds where none was expected to cross PCA."""
    few = code_size not in CROSSES_AT[network]
    if few and seed not in profile.seeds[:SEEDS_ELSEWHERE]:
        return None
    rate = learning_rate(network, code_size)
    return run(profile, network, code_size, seed, rate, profile.epochs)


@design(
    scores={
        "train_mse": partial(reconstruction_error, part="train"),
        "train_loss": history,
    },
    output=("affine", "sigmoid"),
)
def affine(profile: Profile, output: str, seed: int) -> RunSpec:
    """The lab's network with an affine output, where Bourlard and Kamp speak, and with its own."""
    k = AFFINE_CODE_SIZE
    rate = learning_rate(SHALLOW_RELU, k)
    own = run(profile, SHALLOW_RELU, k, seed, rate, profile.epochs)
    if output == "sigmoid":
        return own
    bounded = model_spec(ShallowAutoencoder, code_size=k, sigmoid_output=False)
    return replace(own, model=bounded)


def affine_floor(profile: Profile) -> float:
    """PCA's training MSE per pixel at the same code size: a bound for the affine output."""
    return principal_components(images(profile)).floor_per_pixel(AFFINE_CODE_SIZE)


@design(
    scores={"test_mse": reconstruction_error, "train_loss": history},
    network=NETWORKS,
    passes=(1, 2),
    seed=lambda profile: profile.seeds[:1],
)
def doubled(profile: Profile, network: str, passes: int, seed: int) -> RunSpec:
    """Whether training has converged: one seed of each kind with the epochs doubled."""
    rate = learning_rate(network, CHECKED_CODE_SIZE)
    return run(profile, network, CHECKED_CODE_SIZE, seed, rate, passes * profile.epochs)


@design(
    scores={"reconstructions": partial(reconstructions, images=10)},
    network=NETWORKS,
    code_size=PICTURED,
    seed=lambda profile: profile.seeds[:1],
)
def pictures(profile: Profile, network: str, code_size: int, seed: int) -> RunSpec:
    """What the first seed of `networks` gives back of ten test images."""
    rate = learning_rate(network, code_size)
    return run(profile, network, code_size, seed, rate, profile.epochs)


@design(
    scores={"codes": partial(codes, images=1000)},
    network=NETWORKS,
    seed=lambda profile: profile.seeds[:1],
)
def plane(profile: Profile, network: str, seed: int) -> RunSpec:
    """The plane of codes at k = 2: where the first seed of `networks` puts test images."""
    return run(profile, network, 2, seed, learning_rate(network, 2), profile.epochs)


@design(code_size=CODE_SIZES)
def by_pca(profile: Profile, code_size: int) -> Spec:
    """PCA at the same code sizes, fitted on the images that the networks train on."""
    return error_on_test_images.spec(code_size, images(profile))


@design(code_size=WATCHED)
def on_validation_images(profile: Profile, code_size: int) -> Spec:
    """PCA's error on the images that choose the networks' weights."""
    return error_on_validation_images.spec(code_size, images(profile))


def against_pca(clipped: xr.DataArray, by_pca: xr.DataArray) -> dict[int, Contrast]:
    """log of a network's test error minus log of clipped PCA's, by code size.

    Parameters
    ----------
    clipped : DataArray, dimensions `code_size` and `seed`
        Of one network; NaN where a seed was left out. Both opponents are clipped to [0, 1].
    by_pca : DataArray, dimension `code_size`
    """
    found = {}
    for k in clipped.code_size.values.tolist():
        errors = clipped.sel(code_size=k).dropna("seed").values
        pca = np.full(len(errors), by_pca.sel(code_size=k).item())
        found[k] = paired_difference(np.log(errors), np.log(pca))
    return found


def sides_of_pca(profile: Profile) -> dict[str, dict[int, Side]]:
    """By network and code size, on which side of clipped PCA its test error lies.

    Holm's correction is over the code sizes of a network.
    """
    table, pca = networks.table(profile).clipped, by_pca.table(profile).clipped
    return {name: sides(against_pca(table.sel(network=name), pca)) for name in NETWORKS}


def gain(profile: Profile, network: str, code_size: int) -> Interval:
    """How far a network's test error lies below clipped PCA's, as a share of it."""
    cell = {"network": network, "code_size": code_size}
    clipped = networks.table(profile).clipped.sel(cell).dropna("seed")
    return interval(1 - clipped / by_pca.table(profile).clipped.sel(code_size=code_size))


def crossing(profile: Profile, network: str) -> str:
    """Between which code sizes a network crosses clipped PCA, in words."""
    found = crossings(sides_of_pca(profile)[network])
    return " and ".join(f"{one.before} and {one.after}" for one in found) or "no two"


def passes_pca(profile: Profile, network: str, code_size: int) -> str:
    """After which epoch the mean validation error over seeds is below clipped PCA's, in words."""
    cell = {"network": network, "code_size": code_size}
    error = networks.table(profile).validation_loss.sel(cell).mean("seed")
    pca = on_validation_images.table(profile).clipped.sel(code_size=code_size)
    below = error.epoch[(error < pca).values]
    return f"epoch {int(below[0])}" if below.size else "no epoch"


def given_back(profile: Profile, code_size: int) -> dict[str, np.ndarray]:
    """The first ten test images, and what each method gives back of them, by name.

    Arrays of shape (10, 28, 28).
    """
    test = data.images_of(images(profile), "test").pixels[:10]
    restored = principal_components(images(profile)).reconstruct(
        test.flatten(1).double().numpy(), code_size, clip=True
    )
    shown = pictures.table(profile).reconstructions.sel(code_size=code_size).isel(seed=0)
    found = {"images": test.numpy(), "PCA": restored}
    found |= {name: shown.sel(network=name).values for name in NETWORKS}
    return {name: pixels.reshape(-1, 28, 28) for name, pixels in found.items()}


def codes_in_the_plane(profile: Profile) -> dict[str, np.ndarray]:
    """Codes of test images by PCA and by the deep network with a linear code, shape (n, 2)."""
    found = plane.table(profile).codes.sel(network=DEEP).isel(seed=0).values
    test = data.images_of(images(profile), "test").pixels[: len(found)]
    by_pca = principal_components(images(profile)).project(test.flatten(1).double().numpy(), 2)
    return {"PCA": by_pca, DEEP: found}


def depth_and_code(test_mse: xr.DataArray) -> dict[tuple[int, str], Contrast]:
    """Effects of two hidden layers and of a ReLU on the code, on log test MSE, by code size.

    Parameters
    ----------
    test_mse : DataArray, dimensions `network`, `code_size` and `seed`

    Returns
    -------
    dict of Contrast
        By code size and `depth`, `code` or `depth x code`, from the seeds that all four networks
        have. One family: `sides` corrects over all.
    """
    four = test_mse.sel(network=[SHALLOW, SHALLOW_RELU, DEEP, DEEP_RELU])
    logs = np.log(four.transpose("network", "code_size", "seed").values)
    code_sizes = test_mse.code_size.values.tolist()
    cells = xr.DataArray(
        logs.reshape(2, 2, *logs.shape[1:]),
        {"depth": ["shallow", "deep"], "code": ["linear", "ReLU"], "code_size": code_sizes},
        ("depth", "code", "code_size", "seed"),
    )
    levels = {"depth": ("shallow", "deep"), "code": ("linear", "ReLU")}
    return {
        (k, name): effect
        for k in code_sizes
        for name, effect in effects(
            cells.sel(code_size=k, drop=True).dropna("seed"), levels
        ).items()
    }
