"""Chapter 2: is a linear autoencoder PCA? And what does a nonlinear one add?"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from typing import Literal

import numpy as np
import torch

from labcode import data, runs
from labcode.baselines import pca as image_pca
from labcode.baselines.pca import principal_components
from labcode.claims import Verdict, judge
from labcode.designs.contrast import Interval, interval
from labcode.designs.profiles import Profile
from labcode.models import (
    DeepAutoencoder,
    LinearAutoencoder,
    NestedDropoutAutoencoder,
    ShallowAutoencoder,
)
from labcode.runs import Run, Spec
from labcode.runs.measurements import Arrays, Measurement
from labcode.scores.metrics import principal_angles
from labcode.scores.reconstruction import reconstruction_errors
from labcode.theory import linear_autoencoder as theory
from labcode.theory import pca
from labcode.training.covariance import CovarianceRunSpec
from labcode.training.loop import Optimiser
from labcode.training.networks import ModelSpec, RunSpec, model_spec

GRADIENT_STEPS = {2: 400, 8: 1200, 10: 1500}
EXACT_START_SCALE = 0.3
SWEEPS = 3000
CODE_SIZES = (2, 8, 32, 64)
RECOVERY_CODE_SIZE = 8
DYNAMICS_CODE_SIZE = 16
DYNAMICS_RATE = 2.0
SADDLE_CODE_SIZE = 10
LINEAR_OUTPUT_CODE_SIZE = 64
ORDERED_PENALTIES = (0.1, 0.6, 1.5, 3.0)
DECAYS = (1e-5, 1e-4, 1e-3, 1e-2)
DECAY_CODE_SIZE = 16
START_SCALE = 0.1
MADE_SPECTRUM = (6.0, 4.0, 2.5, 1.5, 0.8, 0.5, 0.3, 0.2, 0.1, 0.05)
MADE_CODE_SIZE = 4
MADE_DECAY = 0.1


def specs(profile: Profile) -> list[Spec]:
    """Every run of this chapter."""
    return [
        *image_pca.measurements(),
        *image_pca.measurements(CODE_SIZES, _split(profile)),
        *_exact_specs(profile),
        *_minibatch_linear_specs(profile),
        _saddle_spec(profile),
        *_recovery_specs(profile),
        *_decay_specs(profile),
        *_optimiser_specs(profile),
        *_ordered_l2_specs(profile),
        *_nested_dropout_specs(profile),
        *_dynamics_specs(profile),
        *_linear_output_specs(profile),
        *_code_size_specs(profile),
        *(measured for _, measured in _code_size_errors(profile)),
        *_output_errors(profile),
        _STABILITY,
    ]


# The floor


@dataclass(frozen=True)
class Floor:
    """PCA's reconstruction error against the code size.

    Attributes
    ----------
    eigenvalues : ndarray, shape (784,)
        Of the covariance of the 60,000 training images, the largest first.
    code_sizes : tuple of int
    train, test : ndarray, shape (len(code_sizes),)
        MSE per pixel.
    """

    eigenvalues: np.ndarray
    code_sizes: tuple[int, ...]
    train: np.ndarray
    test: np.ndarray


def floor(code_sizes: tuple[int, ...] = (2, 8, 16, 32, 64, 128, 256, 392)) -> Floor:
    """PCA fitted on all 60,000 training images, scored on them and on the test images."""
    fitted = principal_components()
    test = _flat(data.fashion_mnist("test").pixels)
    d = len(fitted.mean)
    held = np.cumsum((fitted.project(test, d) ** 2).mean(0))
    return Floor(
        fitted.eigenvalues,
        code_sizes,
        np.array([fitted.floor_per_pixel(k) for k in code_sizes]),
        np.array([held[-1] - held[k - 1] for k in code_sizes]) / d,
    )


# Loss and subspace


@dataclass(frozen=True)
class Descent:
    """One linear autoencoder on its way to the principal subspace.

    Attributes
    ----------
    label : str
        How it was trained.
    code_size, seed : int
    step : ndarray, shape (r,)
        Epochs for mini-batches, steps otherwise.
    excess_loss : ndarray, shape (r,)
        Loss relative to PCA's, minus one.
    decoder, encoder, raw_encoder : ndarray, shape (r,)
        Largest principal angle, in radians, between the k principal components and the column
        space of W2, that of S W1', and that of W1'.
    """

    label: str
    code_size: int
    seed: int
    step: np.ndarray
    excess_loss: np.ndarray
    decoder: np.ndarray
    encoder: np.ndarray
    raw_encoder: np.ndarray


@cache
def exact_descents(profile: Profile) -> list[Descent]:
    """Linear autoencoders trained on the covariance of Fashion-MNIST: L-BFGS and ALS."""
    fitted = principal_components()
    names = {"LBFGS": "gradients (L-BFGS)", "ALS": "alternating least squares"}
    return [
        _descent(
            names[run.spec.method],
            run.spec.seed,
            fitted,
            run.history["step"].numpy(),
            run.history["W1"].numpy(),
            run.history["W2"].numpy(),
        )
        for run in runs.get_all(_exact_specs(profile))
    ]


@cache
def minibatch_descents(profile: Profile) -> list[Descent]:
    """Linear autoencoders trained by Adam in mini-batches on the same images."""
    descents = []
    for run in runs.get_all(_minibatch_linear_specs(profile)):
        fitted = principal_components(run.spec.data)
        w1 = run.history["snapshot.encoder.1.weight"].double().numpy()
        w2 = run.history["snapshot.decoder.0.weight"].double().numpy()
        b1 = run.history["snapshot.encoder.1.bias"].double().numpy()
        b2 = run.history["snapshot.decoder.0.bias"].double().numpy()
        biases = np.einsum("edk,ek->ed", w2, b1) + b2
        descents.append(
            _descent(
                "mini-batches (Adam)",
                run.spec.seed,
                fitted,
                np.arange(len(w1)),
                w1,
                w2,
                biases,
            )
        )
    return descents


# Saddles


@dataclass(frozen=True)
class Saddle:
    """Gradient descent that starts beside a saddle.

    Attributes
    ----------
    step, loss : ndarray, shape (r,)
    saddle_loss, floor : float
        Closed forms: at components 2 to k + 1, and at components 1 to k. MSE per pixel.
    """

    step: np.ndarray
    loss: np.ndarray
    saddle_loss: float
    floor: float


def saddle(profile: Profile) -> Saddle:
    """Start at components 2 to 11 instead of 1 to 10, disturb a little, and descend."""
    run = runs.get(_saddle_spec(profile))
    fitted = principal_components()
    chosen = range(1, SADDLE_CODE_SIZE + 1)
    return Saddle(
        run.history["step"].numpy(),
        run.history["loss"].numpy(),
        theory.critical_loss(fitted.eigenvalues, list(chosen)) / len(fitted.mean),
        fitted.floor_per_pixel(SADDLE_CODE_SIZE),
    )


# Recovering the components


@dataclass(frozen=True)
class Recovery:
    """How well one recipe recovers the principal components.

    Attributes
    ----------
    label : str
    alignment : ndarray, shape (k, k)
        |cos| of the angle between recovered direction i and component j; its mean over seeds,
        where there are several.
    """

    label: str
    alignment: np.ndarray

    @property
    def worst(self) -> float:
        """The smallest |cos| between a recovered direction and its own component."""
        return float(self.alignment.diagonal().min())


@cache
def recoveries(profile: Profile) -> list[Recovery]:
    """Three recipes on trained weights: SVD(W2), SVD(W2 Cov(z)^1/2), and SVD(W2) with L2."""
    plain, penalised = runs.get_all(_recovery_specs(profile))
    fitted = principal_components()
    s, k = fitted.covariance, RECOVERY_CODE_SIZE
    recipes = {
        "SVD of W2": theory.svd_directions(plain.weights["W2"].numpy()),
        "SVD of W2 Cov(z)^(1/2)": theory.reconstruction_directions(
            plain.weights["W1"].numpy(), plain.weights["W2"].numpy(), s
        ),
        "SVD of W2, with L2": theory.svd_directions(penalised.weights["W2"].numpy()),
    }
    return [
        Recovery(label, theory.alignment(directions, fitted.components[:, :k]))
        for label, directions in recipes.items()
    ]


@cache
def ordered_axes(profile: Profile) -> list[Recovery]:
    """Two ways to find the components in the decoder's own columns, in order."""
    fitted = principal_components()
    uneven = [run.weights["W2"].numpy() for run in runs.get_all(_ordered_l2_specs(profile))]
    nested = [
        run.weights["decoder.0.weight"].double().numpy()
        for run in runs.get_all(_nested_dropout_specs(profile))
    ]
    decoders = {"own L2 for each unit": uneven, "nested dropout": nested}
    return [
        Recovery(
            label,
            np.mean(
                [theory.alignment(w2, fitted.components[:, : w2.shape[1]]) for w2 in all_seeds], 0
            ),
        )
        for label, all_seeds in decoders.items()
    ]


def decayed_encoder(profile: Profile) -> float:
    """Largest angle of the raw encoder weights W1' to the components, with weight decay."""
    _, penalised = runs.get_all(_recovery_specs(profile))
    components = principal_components().components[:, :RECOVERY_CODE_SIZE]
    return float(principal_angles(penalised.weights["W1"].numpy().T, components)[0])


# Weight decay


@dataclass(frozen=True)
class Shrinkage:
    """Singular values of the decoder, trained with weight decay.

    Attributes
    ----------
    label : str
    predicted, measured : ndarray, shape (k,)
        Predicted by Kunin et al. (2019) for an L2 penalty.
    transpose_gap : float
        Largest |W1 - W2'|, which an L2 penalty makes zero.
    """

    label: str
    predicted: np.ndarray
    measured: np.ndarray
    transpose_gap: float


def shrinkage(profile: Profile) -> list[Shrinkage]:
    """Fashion-MNIST, L2 of several strengths."""
    eigenvalues = principal_components().eigenvalues
    return [
        _shrinkage(f"{run.spec.weight_decay:g}", eigenvalues, run)
        for run in runs.get_all(_decay_specs(profile))
    ]


def shrinkage_by_optimiser(profile: Profile) -> list[Shrinkage]:
    """Made data, one `weight_decay`, three optimisers that read it in their own ways."""
    return [
        _shrinkage(run.spec.method, np.array(MADE_SPECTRUM), run)
        for run in runs.get_all(_optimiser_specs(profile))
    ]


# Learning curves


@dataclass(frozen=True)
class LearningCurves:
    """How much of each component the product W2 W1 holds, against the steps.

    Attributes
    ----------
    step : ndarray, shape (r,)
    modes : tuple of int
        Which components, counted from 1.
    predicted, measured, random_start : ndarray, shape (r, len(modes))
        u_i' W2 W1 u_i: the closed form of Saxe et al. (2014); gradient descent from its aligned
        start; and from a random start of the same size.
    lag : ndarray, shape (r, len(modes))
        The closed form is for infinitely small steps; finite ones run behind it by about this.
    """

    step: np.ndarray
    modes: tuple[int, ...]
    predicted: np.ndarray
    measured: np.ndarray
    random_start: np.ndarray
    lag: np.ndarray


def learning_curves(profile: Profile, modes: tuple[int, ...] = (1, 2, 4, 8, 16)) -> LearningCurves:
    """Full-batch gradient descent on Fashion-MNIST from a small start, aligned and random."""
    aligned, random = runs.get_all(_dynamics_specs(profile))
    fitted = principal_components()
    u = fitted.components[:, [mode - 1 for mode in modes]]
    step = aligned.history["step"].numpy()
    time = theory.time_of_step(step, aligned.spec.learning_rate, len(fitted.mean))
    eigenvalues = fitted.eigenvalues[[mode - 1 for mode in modes]]
    start = aligned.spec.start_scale**2
    return LearningCurves(
        step,
        modes,
        theory.learning_curve(time[:, None], eigenvalues, start),
        _mode_strengths(aligned, u),
        _mode_strengths(random, u),
        theory.learning_curve_lag(time[:, None], eigenvalues, start, time[-1] / step[-1]),
    )


def half_steps(modes: tuple[int, ...] = (1, 16, 64)) -> dict[int, float]:
    """Steps until a component is half learned from the aligned start."""
    fitted = principal_components()
    times = theory.half_life(fitted.eigenvalues[[mode - 1 for mode in modes]], START_SCALE**2)
    steps = theory.step_of_time(times, DYNAMICS_RATE, len(fitted.mean))
    return dict(zip(modes, steps.tolist(), strict=True))


# Centring


@dataclass(frozen=True)
class Stability:
    """The largest step size at which full-batch gradient descent still converges.

    Attributes
    ----------
    label : str
    predicted, measured : float
        For the mean squared error per pixel.
    """

    label: str
    predicted: float
    measured: float


@dataclass(frozen=True)
class BiasBounds:
    """Training error of the best linear autoencoder at k = 2, with biases and without.

    Attributes
    ----------
    with_bias, without_bias, without_bias_one_more : float
        MSE per pixel; the last without biases at k = 3.
    largest_step : float
        No step size above this is stable with biases on images that nobody centred.
    """

    with_bias: float
    without_bias: float
    without_bias_one_more: float
    largest_step: float


def bias_bounds(code_size: int = 2) -> BiasBounds:
    """What two biases are worth, on images that nobody centred."""
    fitted = principal_components()
    d = len(fitted.mean)
    more, same = theory.bias_bounds(fitted.uncentred().eigenvalues, code_size)
    return BiasBounds(
        fitted.floor_per_pixel(code_size),
        same / d,
        more / d,
        theory.largest_step_with_biases(fitted.mean),
    )


def stability() -> list[Stability]:
    """Centred, the top eigenvalue of the covariance decides; uncentred, the second moment's."""
    found = _STABILITY.arrays()
    return [
        Stability(label, float(predicted), float(measured))
        for label, predicted, measured in zip(
            ("centred", "not centred"), found["predicted"], found["measured"], strict=True
        )
    ]


def _largest_steps(code_size: int) -> Arrays:
    fitted = principal_components()
    kinds = (fitted, fitted.uncentred())
    return {
        "predicted": np.array(
            [theory.largest_stable_step(kind.eigenvalues[0], len(kind.mean)) for kind in kinds]
        ),
        "measured": np.array([_largest_step(kind, code_size) for kind in kinds]),
    }


_STABILITY = Measurement(_largest_steps, (2,))


# Beyond linear


@dataclass(frozen=True)
class ErrorAtCodeSize:
    """Error of one kind of autoencoder at one code size, over seeds.

    Attributes
    ----------
    label : str
    code_size : int
    error : Interval
        MSE per pixel.
    seeds : ndarray, shape (n,)
        MSE of each seed.
    """

    label: str
    code_size: int
    error: Interval
    seeds: np.ndarray


@dataclass(frozen=True)
class CodeSizes:
    """Error against code size.

    Attributes
    ----------
    networks : list of ErrorAtCodeSize
        On test images.
    code_sizes : tuple of int
    pca, pca_clipped : ndarray, shape (len(code_sizes),)
        PCA's test MSE per pixel, fitted on the images that the networks train on.
    """

    networks: list[ErrorAtCodeSize]
    code_sizes: tuple[int, ...]
    pca: np.ndarray
    pca_clipped: np.ndarray

    def of(self, label: str, code_size: int) -> ErrorAtCodeSize:
        """The result of one network."""
        found = [n for n in self.networks if (n.label, n.code_size) == (label, code_size)]
        return found[0]

    def gain(self, label: str, code_size: int) -> Interval:
        """How far the network's test error lies below clipped PCA's, as a share of it."""
        against = self.pca_clipped[self.code_sizes.index(code_size)]
        return interval(1 - self.of(label, code_size).seeds / against)

    def crossing(self, label: str) -> tuple[int, int] | None:
        """The neighbouring code sizes between which clipped PCA overtakes the network."""
        gains = [self.gain(label, k).mean for k in self.code_sizes]
        for i, (before, after) in enumerate(pairwise(gains)):
            if before > 0 > after:
                return self.code_sizes[i], self.code_sizes[i + 1]
        return None


def error_against_code_size(profile: Profile) -> CodeSizes:
    """PCA, linear, shallow and deep autoencoders at the same code sizes and training budget."""
    by_pca = image_pca.errors(CODE_SIZES, _split(profile))
    networks = [_over_seeds(label, measured) for label, measured in _code_size_errors(profile)]
    return CodeSizes(
        networks,
        CODE_SIZES,
        *(np.array([*kind.values()]) for kind in (by_pca.plain, by_pca.clipped)),
    )


@dataclass(frozen=True)
class LinearOutput:
    """One hidden ReLU layer with an affine or a sigmoid output, against PCA.

    Attributes
    ----------
    affine, sigmoid : ErrorAtCodeSize
        On training images, where the theorem speaks.
    pca : float
        PCA's training MSE per pixel at the same code size: a bound for the affine output.
    """

    affine: ErrorAtCodeSize
    sigmoid: ErrorAtCodeSize
    pca: float


def linear_output(profile: Profile) -> LinearOutput:
    """Test Bourlard and Kamp's bound on trained networks."""
    affine, sigmoid = (
        _over_seeds(f"{output} output", measured)
        for output, measured in zip(("affine", "sigmoid"), _output_errors(profile), strict=True)
    )
    return LinearOutput(
        affine,
        sigmoid,
        principal_components(_split(profile)).floor_per_pixel(LINEAR_OUTPUT_CODE_SIZE),
    )


# Verdicts


def verdicts(profile: Profile) -> tuple[Verdict, Verdict]:
    """C1 and C2, decided by rules that were fixed before the measurement."""
    exact, minibatch = exact_descents(profile), minibatch_descents(profile)
    identified = float(max(max(d.decoder[-1], d.encoder[-1]) for d in exact))
    always = float(
        max(
            *(d.raw_encoder[-1] for d in exact),
            *(max(d.decoder[-1], d.raw_encoder[-1]) for d in minibatch),
        )
    )
    axes = {recovery.label: recovery.worst for recovery in recoveries(profile)}
    as_trained = float(axes["SVD of W2"])
    ordered = min(recovery.worst for recovery in ordered_axes(profile))
    n, tests = len(profile.seeds), "tests/experiments/test_ae_versus_pca.py::"
    return (
        judge(
            "C1",
            {"at_convergence": identified, "otherwise": always},
            f"largest angle {identified:.0e} rad at convergence, {always:.2f} rad otherwise",
            n,
            "fig-descents",
            tests + "test_linear_autoencoders_find_the_subspace",
        ),
        judge(
            "C2",
            {"worst_cosine": as_trained},
            f"worst |cos| {as_trained:.2f} as trained, {ordered:.3f} with training made for it",
            n,
            "fig-recoveries",
            tests + "test_plain_training_does_not_find_the_axes",
        ),
    )


# What the runs are


_NETWORKS: dict[str, tuple[type, tuple[tuple[str, object], ...]]] = {
    "linear AE": (LinearAutoencoder, ()),
    "shallow AE": (ShallowAutoencoder, ()),
    "deep AE": (DeepAutoencoder, (("hidden", (256, 128)),)),
}


def _split(profile: Profile) -> data.DataSpec:
    return data.DataSpec(train=profile.train, validation=0)


def _exact_specs(profile: Profile) -> list[CovarianceRunSpec]:
    gradients = [
        CovarianceRunSpec(
            k, "LBFGS", min(steps, profile.steps), seed, start_scale=EXACT_START_SCALE
        )
        for k, steps in GRADIENT_STEPS.items()
        for seed in profile.seeds
    ]
    sweeps = min(SWEEPS, profile.steps)
    return gradients + [CovarianceRunSpec(32, "ALS", sweeps, seed) for seed in profile.seeds]


def _minibatch_linear_specs(profile: Profile) -> list[RunSpec]:
    everything = data.DataSpec(train=profile.train + profile.validation, validation=0)
    return [
        RunSpec(
            model_spec(LinearAutoencoder, code_size=k),
            profile.epochs,
            seed,
            everything,
            snapshots=True,
        )
        for k in (10, 32)
        for seed in profile.seeds
    ]


def _saddle_spec(profile: Profile) -> CovarianceRunSpec:
    steps = min(3000, profile.steps)
    return CovarianceRunSpec(
        SADDLE_CODE_SIZE, "SGD", steps, learning_rate=5.0, start="saddle", records=80
    )


def _recovery_specs(profile: Profile) -> list[CovarianceRunSpec]:
    steps = min(GRADIENT_STEPS[RECOVERY_CODE_SIZE], profile.steps)
    return [
        CovarianceRunSpec(RECOVERY_CODE_SIZE, "LBFGS", steps, weight_decay=decay)
        for decay in (0.0, 1e-4)
    ]


def _decay_specs(profile: Profile) -> list[CovarianceRunSpec]:
    steps = min(800, profile.steps)
    return [
        CovarianceRunSpec(DECAY_CODE_SIZE, "LBFGS", steps, weight_decay=decay) for decay in DECAYS
    ]


def _optimiser_specs(profile: Profile) -> list[CovarianceRunSpec]:
    steps = min(6000, profile.steps)
    rates = {"SGD": 0.5, "Adam": 3e-3, "AdamW": 3e-3}
    return [
        CovarianceRunSpec(
            MADE_CODE_SIZE,
            method,  # type: ignore[arg-type]
            steps,
            spectrum=MADE_SPECTRUM,
            learning_rate=rate,
            weight_decay=MADE_DECAY,
        )
        for method, rate in rates.items()
    ]


def _ordered_l2_specs(profile: Profile) -> list[CovarianceRunSpec]:
    decays = tuple(2 * penalty / 784 for penalty in ORDERED_PENALTIES)
    steps = min(1500, profile.steps)
    return [
        CovarianceRunSpec(len(decays), "LBFGS", steps, seed, weight_decay=decays)
        for seed in profile.seeds
    ]


def _nested_dropout_specs(profile: Profile) -> list[RunSpec]:
    everything = data.DataSpec(train=profile.train + profile.validation, validation=0)
    model = model_spec(NestedDropoutAutoencoder, code_size=RECOVERY_CODE_SIZE)
    faster = Optimiser(learning_rate=3e-3)
    return [
        RunSpec(model, profile.epochs, seed, everything, optimiser=faster) for seed in profile.seeds
    ]


def _dynamics_specs(profile: Profile) -> list[CovarianceRunSpec]:
    starts: tuple[Literal["aligned", "random"], ...] = ("aligned", "random")
    return [
        CovarianceRunSpec(
            DYNAMICS_CODE_SIZE,
            "SGD",
            min(4000, profile.steps),
            learning_rate=DYNAMICS_RATE,
            start=start,
            start_scale=START_SCALE,
            records=80,
        )
        for start in starts
    ]


def _linear_output_models() -> list[ModelSpec]:
    k = LINEAR_OUTPUT_CODE_SIZE
    return [
        model_spec(ShallowAutoencoder, code_size=k, sigmoid_output=False),
        model_spec(ShallowAutoencoder, code_size=k),
    ]


def _linear_output_specs(profile: Profile) -> list[RunSpec]:
    return [
        spec for model in _linear_output_models() for spec in _linear_output_seeds(model, profile)
    ]


def _linear_output_seeds(model: ModelSpec, profile: Profile) -> list[RunSpec]:
    return [replace(spec, epochs=2 * profile.epochs) for spec in _seeded(model, profile)]


def _code_size_specs(profile: Profile) -> list[RunSpec]:
    return [
        spec
        for architecture, sizes in _NETWORKS.values()
        for k in CODE_SIZES
        for spec in _seeded(model_spec(architecture, code_size=k, **dict(sizes)), profile)
    ]


def _seeded(model: ModelSpec, profile: Profile) -> list[RunSpec]:
    optimiser = Optimiser(learning_rate=2e-3)
    return [
        RunSpec(model, profile.epochs, seed, _split(profile), optimiser=optimiser)
        for seed in profile.seeds
    ]


# What the results are made of


def _flat(pixels: torch.Tensor) -> np.ndarray:
    return pixels.flatten(1).double().numpy()


def _descent(
    label: str,
    seed: int,
    fitted: pca.PCA,
    step: np.ndarray,
    w1: np.ndarray,
    w2: np.ndarray,
    biases: np.ndarray | None = None,
) -> Descent:
    k = w2.shape[-1]
    mean, s, components = fitted.mean, fitted.covariance, fitted.components[:, :k]
    losses = [
        theory.loss(one, two, s)
        if biases is None
        else theory.loss(one, two, s, mean=mean, bias=biases[i])
        for i, (one, two) in enumerate(zip(w1, w2, strict=True))
    ]

    def angles(spans: Sequence[np.ndarray]) -> np.ndarray:
        return np.array([principal_angles(span, components)[0] for span in spans])

    return Descent(
        label,
        k,
        seed,
        step,
        np.array(losses) / fitted.floor(k) - 1,
        angles(list(w2)),
        angles([s @ one.T for one in w1]),
        angles([one.T for one in w1]),
    )


def _shrinkage(label: str, eigenvalues: np.ndarray, run: Run[CovarianceRunSpec]) -> Shrinkage:
    w1, w2 = run.weights["W1"].numpy(), run.weights["W2"].numpy()
    assert isinstance(run.spec.weight_decay, float)
    return Shrinkage(
        label,
        theory.decayed_singular_values(
            eigenvalues[: run.spec.code_size], run.spec.weight_decay, len(eigenvalues)
        ),
        np.linalg.svd(w2, compute_uv=False),
        float(np.abs(w1 - w2.T).max()),
    )


def _mode_strengths(run: Run[CovarianceRunSpec], u: np.ndarray) -> np.ndarray:
    w1, w2 = run.history["W1"].numpy(), run.history["W2"].numpy()
    return np.einsum("dm,rdk,rke,em->rm", u, w2, w1, u, optimize=True)


def _largest_step(kind: pca.PCA, code_size: int) -> float:
    """Bisect for the step size at which gradient descent beside the minimum starts to diverge."""
    s, top, best = (
        kind.covariance,
        kind.components[:, :code_size],
        kind.floor(code_size),
    )
    d = len(s)

    def diverges(rate: float) -> bool:
        noise = np.random.default_rng(0).normal(scale=1e-4, size=top.shape)
        w1, w2 = (top + noise).T, top.copy()
        start = theory.loss(w1, w2, s) - best
        for _ in range(400):
            by_w1, by_w2 = theory.gradient(w1, w2, s)
            w1, w2 = w1 - rate / d * by_w1, w2 - rate / d * by_w2
            if theory.loss(w1, w2, s) - best > 10 * start:
                return True
        return False

    low, high = 0.0, 2 * d / kind.eigenvalues[0]
    for _ in range(12):
        rate = (low + high) / 2
        low, high = (low, rate) if diverges(rate) else (rate, high)
    return (low + high) / 2


def _over_seeds(label: str, measured: Measurement) -> ErrorAtCodeSize:
    seeds = measured.arrays()["mse"]
    size = dict(measured.arguments[0][0].model.arguments)["code_size"]
    return ErrorAtCodeSize(label, size, interval(seeds), seeds)


def _code_size_errors(profile: Profile) -> list[tuple[str, Measurement]]:
    return [
        (label, Measurement(reconstruction_errors, (tuple(_seeded(model, profile)), "test")))
        for label, k in [(label, k) for label in _NETWORKS for k in CODE_SIZES]
        for model in [model_spec(_NETWORKS[label][0], code_size=k, **dict(_NETWORKS[label][1]))]
    ]


def _output_errors(profile: Profile) -> list[Measurement]:
    return [
        Measurement(reconstruction_errors, (tuple(_linear_output_seeds(model, profile)), "train"))
        for model in _linear_output_models()
    ]
