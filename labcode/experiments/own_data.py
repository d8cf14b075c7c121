"""The book's questions, asked of any data set: what `python -m labcode lab` trains and measures.

No chapter shows it. The data set is a level of the designs' factor `dataset`, so that several can
stand side by side in one table.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import xarray as xr

from labcode import checks
from labcode.baselines import pca, probabilistic_pca, wiener
from labcode.claims import rules
from labcode.claims.own_data import Question, answers
from labcode.claims.rules import Outcome
from labcode.data import DataSpec, sets
from labcode.data.corruption import GaussianNoise
from labcode.designs.contrast import Contrast, contrast, interval, paired_difference, ratio
from labcode.designs.design import Design, design
from labcode.designs.profiles import DECIDING_SEEDS, Profile
from labcode.models import DeepAutoencoder, LinearAutoencoder
from labcode.models.padded import PaddedConvAutoencoder
from labcode.models.variational import DenseVAE, LinearVAE
from labcode.scores import any_shape
from labcode.scores.reconstruction import best_validation_loss, reconstruction_error
from labcode.scores.variational import elbo_on_test_images
from labcode.theory import ppca
from labcode.training.loop import Optimiser
from labcode.training.networks import ModelSpec, RunSpec, model_spec
from labcode.training.variational import VariationalRunSpec

LINEAR, DENSE, CONV = "linear", "dense", "convolutional"
LINEAR_VAE, FIXED_VAE, VAE = "linear VAE", "linear VAE, variance fixed", "VAE"
VALIDATION_SHARE = 0.15
UPDATES, BATCH = 2000, 128
RATES, TUNING_SEED = (1e-3, 3e-3, 1e-2), 100
FEWEST_EPOCHS, MOST_EPOCHS = 10, 2000
SHARES_LEFT = (0.2, 0.05)
LARGEST_CODE = 64
WIDE_CODE = 256
NOISE = 0.3
SMALLEST = 1e-12  # an error that is taken for none


@dataclass(frozen=True)
class LabProfile(Profile):
    """Sizes of a lab on one or several data sets of one shape.

    Attributes
    ----------
    datasets : tuple of str
        Names, as `DataSpec` takes them.
    code_sizes : tuple of int
        At which autoencoders are compared, the smallest first.
    noise : float
        s of the Gaussian noise that denoisers remove.
    rates : tuple of float
        Learning rates of Adam that are tried, each once; the lowest validation loss chooses.
    """

    datasets: tuple[str, ...] = ()
    code_sizes: tuple[int, ...] = ()
    noise: float = NOISE
    rates: tuple[float, ...] = RATES

    def data(self, dataset: str) -> DataSpec:
        """The split of one of the data sets."""
        return DataSpec(self.train, self.validation, dataset=dataset)


def profile_for(
    dataset: str,
    *,
    seeds: int = 5,
    epochs: int | None = None,
    code_sizes: tuple[int, ...] = (),
    noise: float = NOISE,
) -> LabProfile:
    """Sizes that suit a data set.

    Parameters
    ----------
    dataset : str
    seeds : int
        How many networks of each kind, at least 2.
    epochs : int, optional
        If not given, as many as make 2,000 steps of Adam, but at least 10.
    code_sizes : tuple of int
        If not given, those at which PCA leaves a fifth and a twentieth of the variance, at most 64
        numbers and half of an item's.
    noise : float
        s.

    Raises
    ------
    ValueError
        If a size is none, or a code is as large as an item.
    """
    checks.whole(2, seeds=seeds)
    checks.above_zero(noise=noise)
    known = sets.named(dataset)
    validation = round(VALIDATION_SHARE * known.training)
    train = known.training - validation
    wanted = math.ceil(UPDATES / math.ceil(train / BATCH))
    passes = min(MOST_EPOCHS, max(FEWEST_EPOCHS, wanted)) if epochs is None else epochs
    checks.counts(epochs=passes)
    d = math.prod(known.shape)
    for size in code_sizes:
        checks.counts(code_size=size)
        if size >= d:
            raise ValueError(f"a code of {size} numbers is no smaller than an item, which has {d}.")
    if not code_sizes:
        code_sizes = _code_sizes(DataSpec(train, validation, dataset=dataset), d)
    return LabProfile(
        "lab",
        tuple(range(seeds)),
        passes,
        train,
        validation,
        steps=0,
        test=known.test,
        scored=known.test,
        labelled=train,
        budget="minutes",
        datasets=(dataset,),
        code_sizes=tuple(sorted(set(code_sizes))),
        noise=noise,
    )


def _code_sizes(spec: DataSpec, d: int) -> tuple[int, ...]:
    eigenvalues = pca.principal_components(spec).eigenvalues
    held = np.cumsum(eigenvalues) / eigenvalues.sum()
    most = max(1, min(LARGEST_CODE, d // 2))
    wanted = (int(np.searchsorted(held, 1 - share)) + 1 for share in SHARES_LEFT)
    return tuple(min(most, max(min(2, most), size)) for size in wanted)


def _datasets(profile: Any) -> tuple[str, ...]:
    found: tuple[str, ...] = profile.datasets
    return found


def _code_sizes_of(profile: Any) -> tuple[int, ...]:
    found: tuple[int, ...] = profile.code_sizes
    return found


def _rates(profile: Any) -> tuple[float, ...]:
    found: tuple[float, ...] = profile.rates
    return found


def _layers(profile: Any) -> tuple[str, ...]:
    """Convolutions are for images alone."""
    shapes = [sets.named(name).shape for name in profile.datasets]
    return (DENSE, CONV) if all(len(shape) == 3 for shape in shapes) else (DENSE,)


def network(layers: str, code_size: int, shape: tuple[int, ...]) -> ModelSpec:
    """The autoencoder with these layers, two hidden ones on either side of the code."""
    if layers == LINEAR:
        return model_spec(LinearAutoencoder, code_size=code_size, shape=shape)
    if layers == CONV:
        return model_spec(PaddedConvAutoencoder, code_size=code_size, shape=shape)
    hidden = (256, max(64, code_size))
    return model_spec(DeepAutoencoder, code_size=code_size, hidden=hidden, shape=shape)


@design(
    scores={"validation_loss": best_validation_loss},
    dataset=_datasets,
    layers=lambda profile: (LINEAR, *_layers(profile)),
    rate=_rates,
    seed=(TUNING_SEED,),
)
def autoencoder_rates(
    profile: LabProfile, dataset: str, layers: str, rate: float, seed: int
) -> RunSpec:
    """Autoencoders at the largest code size, once at each learning rate."""
    model = network(layers, profile.code_sizes[-1], sets.named(dataset).shape)
    return _run(profile, dataset, model, seed, optimiser=Optimiser(learning_rate=rate))


def _tuned(rates: Design, profile: LabProfile, **levels: str) -> Optimiser:
    """Adam with the rate that reached the lowest validation loss."""
    if len(profile.rates) == 1:
        return Optimiser(learning_rate=profile.rates[0])
    losses = rates.table(profile).validation_loss.sel({**levels, "seed": TUNING_SEED})
    return Optimiser(learning_rate=profile.rates[int(np.argmin(losses.values))])


@design(
    scores={
        "test_mse": reconstruction_error,
        "train_mse": partial(reconstruction_error, part="train"),
        "validation_mse": best_validation_loss,
    },
    dataset=_datasets,
    code_size=_code_sizes_of,
    layers=lambda profile: (LINEAR, *_layers(profile)),
)
def autoencoders(
    profile: LabProfile, dataset: str, code_size: int, layers: str, seed: int
) -> RunSpec:
    """Linear, dense and convolutional autoencoders at the same code size."""
    model = network(layers, code_size, sets.named(dataset).shape)
    optimiser = _tuned(autoencoder_rates, profile, dataset=dataset, layers=layers)
    return _run(profile, dataset, model, seed, optimiser=optimiser)


def _run(profile: LabProfile, dataset: str, model: ModelSpec, seed: int, **more: Any) -> RunSpec:
    return RunSpec(
        model, profile.epochs, seed, profile.data(dataset), schedule="cosine", best=True, **more
    )


def _denoising_scores(profile: Any) -> Mapping[str, Any]:
    return {"test_mse": partial(any_shape.denoised_error, std=profile.noise)}


@design(scores=_denoising_scores, dataset=_datasets, layers=_layers)
def denoisers(profile: LabProfile, dataset: str, layers: str, seed: int) -> RunSpec:
    """Networks with a wide code that learn to remove noise, drawn anew for each batch.

    They take the learning rates of the autoencoders with these layers.
    """
    shape = sets.named(dataset).shape
    noise = GaussianNoise(profile.noise)
    model = network(layers, min(WIDE_CODE, math.prod(shape)), shape)
    return _run(
        profile,
        dataset,
        model,
        seed,
        corruption=noise,
        validation_corruption=noise,
        optimiser=_tuned(autoencoder_rates, profile, dataset=dataset, layers=layers),
    )


@design(
    scores={"validation_loss": best_validation_loss},
    dataset=_datasets,
    model=(LINEAR_VAE, FIXED_VAE, VAE),
    rate=_rates,
    seed=(TUNING_SEED,),
)
def variational_rates(
    profile: LabProfile, dataset: str, model: str, rate: float, seed: int
) -> VariationalRunSpec:
    """The variational autoencoders, once at each learning rate."""
    return _variational(profile, dataset, model, seed, Optimiser(learning_rate=rate))


@design(
    scores={"evidence": elbo_on_test_images, "units": any_shape.units_in_use},
    dataset=_datasets,
    model=(LINEAR_VAE, FIXED_VAE, VAE),
)
def variational(profile: LabProfile, dataset: str, model: str, seed: int) -> VariationalRunSpec:
    """Linear VAEs and a dense one at the largest code size.

    With a learned variance a linear VAE uses its whole code. One with a fixed variance uses the
    units whose components vary by more: here half of them.
    """
    optimiser = _tuned(variational_rates, profile, dataset=dataset, model=model)
    return _variational(profile, dataset, model, seed, optimiser)


def _variational(
    profile: LabProfile, dataset: str, model: str, seed: int, optimiser: Optimiser
) -> VariationalRunSpec:
    k, shape, spec = profile.code_sizes[-1], sets.named(dataset).shape, profile.data(dataset)
    if model == VAE:
        built = model_spec(DenseVAE, code_size=k, hidden=(256, 64), shape=shape)
    elif model == FIXED_VAE:
        variance = level_of_half(spec, k)
        built = model_spec(LinearVAE, code_size=k, variance=variance, shape=shape)
    else:
        built = model_spec(LinearVAE, code_size=k, shape=shape)
    return VariationalRunSpec(built, profile.epochs, seed, spec, optimiser=optimiser, best=True)


def level_of_half(spec: DataSpec, k: int) -> float:
    """A variance between those of the components that a linear VAE shall use, and the next.

    Parameters
    ----------
    spec : DataSpec
    k : int
        Code size; half of it, rounded up, is to be used.

    Returns
    -------
    float
        The geometric mean of the two eigenvalues, to six digits.
    """
    used = math.ceil(k / 2)
    above, below = pca.principal_components(spec).eigenvalues[used - 1 : used + 1]
    return float(f"{math.sqrt(max(above * below, SMALLEST)):.6g}")


@dataclass(frozen=True, eq=False)
class ClosedForms:
    """What needs no network.

    Attributes
    ----------
    spectrum : DataArray, dimension `component`
        Variances along the components of the training items.
    floor : DataArray, dimension `code_size`
        PCA's MSE on test items, from 0 numbers to all.
    wiener, wiener_train : float
        MSE of the Wiener filter on test items; and in closed form, on the training items.
    log_likelihood : float
        Of probabilistic PCA at the largest code, nats a test item.
    active : int
        Units that a linear VAE with the variance of `level_of_half` uses at its optimum.
    """

    spectrum: xr.DataArray
    floor: xr.DataArray
    wiener: float
    wiener_train: float
    log_likelihood: float
    active: int


def closed_forms(profile: LabProfile, dataset: str) -> ClosedForms:
    """PCA, its floor, the Wiener filter and probabilistic PCA of a data set."""
    spec, k = profile.data(dataset), profile.code_sizes[-1]
    eigenvalues = pca.principal_components(spec).eigenvalues
    best = wiener.wiener_error(profile.noise, spec)
    likelihood = probabilistic_pca.likelihood_on_test_images(spec, k)
    return ClosedForms(
        xr.DataArray(
            eigenvalues,
            {"component": np.arange(len(eigenvalues)) + 1},
            ("component",),
            attrs={"units": "squared pixel units", "long_name": "variance along the component"},
        ),
        pca.error_by_code_size(spec),
        best.test.item(),
        best.closed_form.item(),
        likelihood.log_likelihood.item(),
        units_of_linear_vae(eigenvalues, k, level_of_half(spec, k)),
    )


def units_of_linear_vae(eigenvalues: np.ndarray, k: int, variance: float) -> int:
    """Units whose rate is above 0.1 nats an item, at a linear VAE's optimum.

    Along component i the rate is half the logarithm of l_i / v.

    Parameters
    ----------
    eigenvalues : ndarray, shape (d,)
    k : int
        Code size.
    variance : float
        v.
    """
    return ppca.active_units(eigenvalues, k, variance * math.exp(2 * any_shape.INFORMATIVE))


def questions(profile: LabProfile, dataset: str) -> dict[str, Question]:
    """What is asked of a data set, each with its contrast."""
    found: dict[str, Question] = {}
    forms = closed_forms(profile, dataset)
    errors = np.log(autoencoders.table(profile).test_mse.sel(dataset=dataset))
    layers = errors.layers.values.tolist()
    for k in profile.code_sizes:
        at = errors.sel(code_size=k)
        floor = math.log(max(forms.floor.sel(code_size=k).item(), SMALLEST))
        for kind in layers[1:]:
            words = f"Is a {kind} autoencoder's test error below PCA's, at {k} numbers?"
            found[f"{kind}, PCA, {k}"] = _asked(words, _beside(at.sel(layers=kind), floor))
        if CONV in layers:
            words = f"Is a convolutional autoencoder's below a dense one's, at {k} numbers?"
            found[f"convolutional, dense, {k}"] = _asked(words, contrast(at, layers=(CONV, DENSE)))
    denoised = np.log(denoisers.table(profile).test_mse.sel(dataset=dataset))
    for kind in denoised.layers.values.tolist():
        words = f"Does a {kind} denoiser leave less noise than the Wiener filter?"
        beside = _beside(denoised.sel(layers=kind), math.log(forms.wiener))
        found[f"{kind}, Wiener"] = _asked(words, beside)
    return found


def outcomes(profile: LabProfile, asked: Mapping[str, Question]) -> dict[str, Outcome]:
    """The outcome of each question; of fewer than five seeds, that they decide nothing."""
    if len(profile.seeds) < DECIDING_SEEDS:
        return dict.fromkeys(asked, Outcome.OPEN)
    return answers(asked)


def _beside(logs: xr.DataArray, other: float) -> Contrast:
    """Networks beside what has no seed: Student's interval."""
    values = logs.values.astype(float)
    return paired_difference(values, np.full_like(values, other))


def _asked(words: str, logs: Contrast) -> Question:
    return Question(words, logs, f"ratio of errors {ratio(logs):.2f}")


def does_well(profile: LabProfile, dataset: str) -> tuple[Outcome, str]:
    """The book's C11, by its own rule: the dense autoencoder at the largest code."""
    k = profile.code_sizes[-1]
    table = autoencoders.table(profile).sel(dataset=dataset, code_size=k, layers=DENSE)
    gap = interval((table.validation_mse / table.train_mse - 1).values)
    clipped = pca.error_on_test_images(k, profile.data(dataset))["clipped"].item()
    errors = table.test_mse.values.astype(float)
    below = paired_difference(np.full_like(errors, clipped), errors)
    decided = len(profile.seeds) >= DECIDING_SEEDS
    found = rules.outcome("C11", {"gap": gap, "below_pca": below}) if decided else Outcome.OPEN
    return found, f"gap {gap.percent()}; clipped PCA's test error minus its own {below:.2g}"


def likelihoods(profile: LabProfile, dataset: str) -> xr.Dataset:
    """Linear VAE and VAE beside probabilistic PCA, dimensions `model` and `seed`.

    Returns
    -------
    Dataset
        `elbo` and `rate` in nats a test item, `active` and `variance`.
    """
    return variational.table(profile).sel(dataset=dataset)[["elbo", "rate", "active", "variance"]]
