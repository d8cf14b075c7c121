"""A fair contest: every denoiser on the same noisy test images."""

from functools import cache, partial

import numpy as np
import torch
import xarray as xr

from labcode import data
from labcode.baselines import denoisers
from labcode.baselines.denoisers import tuned
from labcode.baselines.pca import principal_components
from labcode.data.corruption import Corruption, GaussianNoise, GaussianNoiseRange, noisy
from labcode.designs.contrast import Interval, interval
from labcode.designs.design import Score, design
from labcode.designs.profiles import Profile
from labcode.experiments.denoising.clipping import lab_denoiser, lab_network
from labcode.experiments.denoising.corruptions import LAB_NOISE
from labcode.experiments.denoising.sizes import sizes, split
from labcode.models.denoiser import ConvDenoiser
from labcode.runs import Spec
from labcode.scores.denoising import EXAMPLES, GREY, MSE, PIXELS, restoration
from labcode.scores.metrics import psnr
from labcode.scores.reconstruction import history, reconstruction_error
from labcode.theory import denoising as theory
from labcode.training.loop import Optimiser
from labcode.training.networks import RunSpec, model_spec

NOISES = (0.1, 0.3, 0.5, 0.6, 0.8, 1.0)
DESIGN_NOISE = (0.3, 0.5)
DECISIVE = tuple(GaussianNoise(std) for std in DESIGN_NOISE)
BLIND_NOISE = GaussianNoiseRange(0.05, 1.0)
OWN_NOISE: dict[str, GaussianNoise] = {
    f"{std:g}": GaussianNoise(std) for std in (0.1, *DESIGN_NOISE, 1.0)
}
TRAINED: dict[str, Corruption] = {**OWN_NOISE, "blind": BLIND_NOISE}
CLEAN, NOISY = "clean", "noisy image"
PLAIN, LAB, OWN, BLIND = "plain CNN AE", "lab's DAE", "own DAE", "own DAE, blind"
WIENER, MIXTURE = "Wiener", "ten Gaussians"


def own_network(profile: Profile, corruption: Corruption, seed: int) -> RunSpec | None:
    """The book's own design; None for a further seed where one seed illustrates."""
    size, decides = sizes(profile), corruption in DECISIVE
    if not decides and seed != profile.seeds[0]:
        return None
    return RunSpec(
        model_spec(ConvDenoiser),
        size.epochs,
        seed,
        data.DataSpec(size.images if decides else size.side_images, size.validation),
        corruption=corruption,
        validation_corruption=corruption,
        optimiser=Optimiser(learning_rate=4e-3),
        batch_size=64,
    )


def network_for(profile: Profile, denoiser: str, std: float, seed: int) -> RunSpec | None:
    """The network that meets this strength of noise under this name; None if there is none."""
    if denoiser == PLAIN:
        return lab_network(profile, seed)
    if denoiser == LAB:
        return lab_denoiser(profile, std, False, seed) if std in LAB_NOISE else None
    if denoiser == BLIND:
        return own_network(profile, BLIND_NOISE, seed)
    noise = GaussianNoise(std)
    return own_network(profile, noise, seed) if noise in OWN_NOISE.values() else None


def _clean_scores(profile: Profile) -> dict[str, Score]:
    return {
        "train": partial(reconstruction_error, part="train"),
        "validation": partial(history, name="validation_loss"),
        "test": partial(reconstruction_error, part="test", images=profile.test),
    }


@design(scores=_clean_scores)
def plain(profile: Profile, seed: int) -> Spec:
    """The lab's CNN on clean images: MSE per pixel of the last weights, but for `validation`."""
    return lab_network(profile, seed)


@design(scores={"loss": partial(history, name="validation_loss")}, trained=tuple(TRAINED))
def own(profile: Profile, trained: str, seed: int) -> Spec | None:
    """The book's own design, by the noise in training."""
    return own_network(profile, TRAINED[trained], seed)


@design(denoiser=tuple(denoisers.CLASSICAL), std=NOISES)
def classical(profile: Profile, denoiser: str, std: float) -> Spec:
    """Denoisers without a network, at each strength of noise."""
    size, settings = sizes(profile), denoisers.CLASSICAL[denoiser]
    return tuned.spec(*settings, std, size.contest, size.tuning, split(profile))


@design(denoiser=(PLAIN, LAB, OWN, BLIND), std=NOISES)
def networks(profile: Profile, denoiser: str, std: float, seed: int) -> Spec | None:
    """Trained networks at each strength of noise that they enter for."""
    network = network_for(profile, denoiser, std, seed)
    return network and restoration.spec(network, std, sizes(profile).contest)


@design(denoiser=(WIENER, MIXTURE), std=DESIGN_NOISE)
def closed_forms(profile: Profile, denoiser: str, std: float) -> Spec:
    """The strongest closed forms, on the test images that decide."""
    size, settings = sizes(profile), denoisers.CLASSICAL[denoiser]
    return tuned.spec(*settings, std, profile.test, size.tuning, split(profile))


@design(denoiser=(PLAIN, LAB, OWN), std=tuple(sorted({*LAB_NOISE, *DESIGN_NOISE})))
def decisive(profile: Profile, denoiser: str, std: float, seed: int) -> Spec | None:
    """The networks on the test images that decide, at the strengths that they decide at."""
    entered = DESIGN_NOISE if denoiser == OWN else LAB_NOISE
    network = network_for(profile, denoiser, std, seed) if std in entered else None
    return network and restoration.spec(network, std, profile.test)


@design(trained=tuple(TRAINED), std=NOISES)
def crossed(profile: Profile, trained: str, std: float) -> Spec | None:
    """The book's own design, training noise against test noise; one seed."""
    network = own_network(profile, TRAINED[trained], profile.seeds[0])
    return network and restoration.spec(network, std, sizes(profile).contest)


@cache
def scores(profile: Profile) -> xr.Dataset:
    """`mse`, `ssim` and `psnr` of every denoiser: dimensions `denoiser`, `std` and `bound`.

    `bound` is the mean over images, and the low and high end of its 95% interval. Networks of
    several seeds are averaged over seeds first, image by image. `psnr` is that of the mean error,
    without `bound`. NaN where a denoiser does not enter.
    """
    x = data.fashion_mnist("test").pixels[: sizes(profile).contest]
    unchanged = [(noisy(x, std) - x).pow(2).flatten(1).mean(1).numpy() for std in NOISES]
    nothing = xr.DataArray(
        [unchanged], {"denoiser": [NOISY], "std": list(NOISES)}, ("denoiser", "std", "image")
    )
    tables = [classical.table(profile).expand_dims("seed"), networks.table(profile)]
    errors = [_over_images(nothing.expand_dims("seed"), "image")]
    errors += [_over_images(table.image_mse, "image") for table in tables]
    similar = [_over_images(table.ssim, "compared") for table in tables]
    found = xr.Dataset(
        {"mse": xr.concat(errors, "denoiser"), "ssim": xr.concat(similar, "denoiser")}
    ).sel(denoiser=[NOISY, *denoisers.CLASSICAL, PLAIN, LAB, OWN, BLIND])
    found["psnr"] = xr.apply_ufunc(_decibels, found.mse.sel(bound="mean", drop=True))
    for name, units in (("mse", MSE["units"]), ("ssim", "1"), ("psnr", "dB")):
        found[name].attrs = {"long_name": name.upper(), "units": units}
    return found


def _over_images(each: xr.DataArray, images: str) -> xr.DataArray:
    bounds = xr.apply_ufunc(
        _bounds,
        each,
        input_core_dims=[["seed", images]],
        output_core_dims=[["bound"]],
        vectorize=True,
    )
    return bounds.assign_coords(bound=["mean", "low", "high"])


def _bounds(values: np.ndarray) -> np.ndarray:
    """Mean, low and high over images, shape (3,), of an array (seeds, images)."""
    trained = values[~np.isnan(values).all(1)]
    if not len(trained):
        return np.full(3, np.nan)
    found = interval(trained.mean(0).astype(float))
    return np.array([found.mean, found.low, found.high])


def _decibels(errors: np.ndarray) -> np.ndarray:
    entered = np.isfinite(errors)
    found = np.full_like(errors, np.nan)
    found[entered] = psnr(torch.from_numpy(errors[entered])).numpy()
    return found


def restored(profile: Profile, std: float = 0.3) -> xr.DataArray:
    """The first test garments, clean, noisy, and by every denoiser that enters.

    Dimensions `denoiser`, `example`, `row` and `column`.
    """
    x = data.fashion_mnist("test").pixels[: sizes(profile).contest]
    given = np.stack([images[:EXAMPLES, 0].numpy() for images in (x, noisy(x, std))])
    by_network = networks.table(profile).restored.sel(std=std, seed=profile.seeds[0], drop=True)
    return xr.concat(
        [
            xr.DataArray(given, {"denoiser": [CLEAN, NOISY]}, ("denoiser", *PIXELS)),
            classical.table(profile).restored.sel(std=std, drop=True),
            by_network.dropna("denoiser", how="all"),
        ],
        "denoiser",
    ).assign_attrs(GREY)


def lead(profile: Profile, std: float) -> Interval:
    """Error that the own design saves of the ten Gaussians', as a share of it, over seeds."""
    mixture = closed_forms.table(profile).mse.sel(denoiser=MIXTURE, std=std).item()
    return interval(1 - decisive.table(profile).mse.sel(denoiser=OWN, std=std) / mixture)


def clean_gap(profile: Profile) -> Interval:
    """Validation loss of the plain CNN above training loss, as a share of it; same weights.

    The loss that training reports is another: an average over an epoch in which the weights move.
    """
    found = plain.table(profile)
    return interval(found.validation.isel(epoch=-1).astype(float) / found.train - 1)


@cache
def noise_matrix(profile: Profile) -> xr.Dataset:
    """MSE per pixel by the noise in training, `trained`, and in the test, `std`.

    `own` is the book's design, `linear` the best linear denoisers in closed form: no blind one.
    """
    fitted = principal_components(split(profile))
    test = data.fashion_mnist("test").pixels[: sizes(profile).contest]
    codes = (test.flatten(1).double().numpy() - fitted.mean) @ fitted.components
    variances = (codes**2).mean(0)
    linear = [
        [
            theory.gain_error(theory.gains(fitted.eigenvalues, noise.std), variances, std) / 784
            for std in NOISES
        ]
        for noise in OWN_NOISE.values()
    ]
    closed = xr.DataArray(
        linear, {"trained": list(OWN_NOISE), "std": list(NOISES)}, ("trained", "std"), attrs=MSE
    )
    error = crossed.table(profile).mse
    return xr.Dataset({"own": error, "linear": closed.reindex(trained=list(TRAINED))})
