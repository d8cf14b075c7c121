"""Chapter 5, first half: what a variational autoencoder's likelihood is worth."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import torch
from torch import Tensor

from labcode import data, runs
from labcode.baselines import pca as image_pca
from labcode.designs.contrast import Interval, interval
from labcode.designs.profiles import Profile
from labcode.models.likelihoods import (
    Bernoulli,
    BernoulliOnGrey,
    ContinuousBernoulli,
    Gaussian,
    Likelihood,
    continuous_bernoulli_mean,
)
from labcode.models.variational import (
    ConvVAE,
    DenseVAE,
    GatedVAE,
    LinearVAE,
    VariationalAutoencoder,
)
from labcode.runs import Run, Spec
from labcode.scores.metrics import mse, principal_angles
from labcode.scores.variational import EvidenceSpec, vae_of
from labcode.theory import pca, ppca
from labcode.training.loop import Optimiser
from labcode.training.networks import model_spec
from labcode.training.variational import VariationalRunSpec, rate_and_distortion

LINEAR_CODE_SIZE = 8
COLLAPSE_CODE_SIZE = 12
COLLAPSE_VARIANCES = (7.0, 1.9)
CODE_SIZE = 32
HIDDEN = (256,)
LEARNED = None
ACTIVE_VARIANCE = 0.01
BOUND_SAMPLES = (1, 5, 50, 500, 5000)
PUBLISHED = 228.70
WITHIN = 3.0
TEST_SEED = 50_000

# Losses that popular code writes, and beta v in each: a squared error summed over the pixels
# has v = 1/2, and averaging it over 784 pixels multiplies the weight of the rate by 784.
LOSSES = (
    ("mean over pixels + KL", 392.0),
    ("mean over pixels + KL / k", 392.0 / CODE_SIZE),
    ("half the sum over pixels + KL", 1.0),
    ("mean over pixels + 0.00025 KL", 0.00025 * 392.0),
    ("learned variance + KL", LEARNED),
)
SWEEP_VARIANCE = 0.5
EXTRA_LEVELS = (4.0, 0.3)


def specs(profile: Profile) -> list[Spec]:
    """Every run of the likelihood half of the chapter."""
    return [
        *image_pca.measurements(spec=_everything(profile)),
        *_linear_specs(profile),
        *_linear_evidence_specs(profile),
        *_collapse_specs(profile),
        *_gaussian_specs(profile),
        *_sweep_specs(profile),
        _warm_spec(profile),
        *_likelihood_specs(profile),
        *_conv_specs(profile),
        _outside_spec(profile),
        *_outside_evidence_specs(profile),
    ]


# Reparameterisation


@dataclass(frozen=True)
class Reparameterisation:
    """Two unbiased estimators of the same gradient, d/dm of E z^2 at z ~ N(m, s^2).

    Attributes
    ----------
    mean, std : float
        m and s.
    noise, codes : ndarray, shape (n,)
        Some e ~ N(0, 1), and z = m + s e.
    gradient : float
        2 m.
    through_sample, score_function : ndarray
        One-sample estimates: 2 z, and z^2 (z - m) / s^2.
    """

    mean: float
    std: float
    noise: np.ndarray
    codes: np.ndarray
    gradient: float
    through_sample: np.ndarray
    score_function: np.ndarray


def reparameterisation(mean: float = 1.0, std: float = 0.4, n: int = 20_000) -> Reparameterisation:
    """Draw both estimators with the same noise, the first of them by automatic differentiation."""
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(n, generator=generator, dtype=torch.float64)
    means = torch.full_like(noise, mean).requires_grad_()
    codes = means + std * noise
    (codes**2).sum().backward()
    z = codes.detach()
    score = z**2 * (z - mean) / std**2
    assert means.grad is not None
    few = slice(0, 9)
    return Reparameterisation(
        mean,
        std,
        noise[few].numpy(),
        z[few].numpy(),
        2 * mean,
        means.grad.numpy(),
        score.numpy(),
    )


# The linear VAE and probabilistic PCA


@dataclass(frozen=True)
class LinearFit:
    """A trained linear VAE beside probabilistic PCA's closed form, on its training images.

    Attributes
    ----------
    seed : int
    log_likelihood, best : float
        Exact mean log-likelihood of the trained weights, and the largest possible; nats an image.
    elbo : float
        Of the trained VAE, over its last epoch.
    variance, best_variance : float
    angle : float
        Largest principal angle between W and the first k components, in radians.
    """

    seed: int
    log_likelihood: float
    best: float
    elbo: float
    variance: float
    best_variance: float
    angle: float

    @property
    def gap(self) -> float:
        """How far the log-likelihood is below the largest possible, as a share of it."""
        return (self.best - self.log_likelihood) / abs(self.best)


@cache
def linear_fits(profile: Profile) -> list[LinearFit]:
    """Linear VAEs with learned variance, trained by sampling, one for each seed."""
    fits = []
    for run in runs.get_all(_linear_specs(profile)):
        mean, covariance = image_pca.moments(run.spec.data)
        fitted = image_pca.principal_components(run.spec.data)
        trained = linear_as_ppca(vae_of(run))
        best = ppca.maximum_likelihood(fitted, LINEAR_CODE_SIZE)
        fits.append(
            LinearFit(
                run.spec.seed,
                trained.expected_log_likelihood(mean, covariance),
                ppca.mean_log_likelihood(fitted.eigenvalues, LINEAR_CODE_SIZE),
                -_last(run, "train_rate") - _last(run, "train_distortion"),
                trained.variance,
                best.variance,
                principal_angles(trained.weights, best.weights)[0],
            )
        )
    return fits


def linear_as_ppca(model: VariationalAutoencoder) -> ppca.ProbabilisticPCA:
    """The Gaussian that a `LinearVAE` is."""
    linear = model.decoder[0]  # type: ignore[index]
    return ppca.ProbabilisticPCA(
        linear.bias.detach().double().numpy(),
        linear.weight.detach().double().numpy(),
        _variance(model),
    )


@dataclass(frozen=True)
class Collapse:
    """Which units of a linear VAE with a fixed variance carry information.

    Attributes
    ----------
    variance : float
        v.
    rates, predicted : ndarray, shape (k,)
        Rate of each unit, largest first: measured on the training images, and ln(l_i / v) / 2.
    active, predicted_active : int
        Units with Var_x E[z | x] above 0.01; eigenvalues above v.
    gap : float
        Ratio of the last eigenvalue above v to the first below it.
    angle : float
        Largest angle between the directions in use and as many components.
    """

    variance: float
    rates: np.ndarray
    predicted: np.ndarray
    active: int
    predicted_active: int
    gap: float
    angle: float


@cache
def collapses(profile: Profile) -> list[Collapse]:
    """Linear VAEs with more units than the variance leaves room for."""
    results = []
    for run in runs.get_all(_collapse_specs(profile)):
        model = vae_of(run)
        x = data.load(run.spec.data).train.pixels
        fitted = image_pca.principal_components(run.spec.data)
        trained = linear_as_ppca(model)
        kept = ppca.active_units(fitted.eigenvalues, COLLAPSE_CODE_SIZE, trained.variance)
        with torch.no_grad():
            rates = model.posterior(x).rate().mean(0).sort(descending=True).values.numpy()
        used = np.linalg.svd(trained.weights)[0][:, :kept]
        results.append(
            Collapse(
                trained.variance,
                rates,
                ppca.unit_rates(fitted.eigenvalues, COLLAPSE_CODE_SIZE, trained.variance),
                active_units(model, x),
                kept,
                fitted.eigenvalues[kept - 1] / fitted.eigenvalues[kept],
                principal_angles(used, fitted.components[:, :kept])[0],
            )
        )
    return results


@torch.no_grad()
def active_units(model: VariationalAutoencoder, x: Tensor) -> int:
    """Units whose posterior mean varies over the images: Var_x E[z | x] > 0.01.

    Source: Burda, Grosse and Salakhutdinov (2016), section 5.2.

    Parameters
    ----------
    x : Tensor, shape (n, *shape)
    """
    codes = torch.cat([model.encode(some) for some in x.split(2000)])
    return int((codes.var(0) > ACTIVE_VARIANCE).sum())


# The importance-weighted bound


@dataclass(frozen=True)
class Bounds:
    """Importance-weighted bounds against the number of samples.

    Attributes
    ----------
    samples : tuple of int
    images : int
    gap : ndarray, shape (len(samples),)
        Mean over the images of the reference minus the bound, in nats. The reference is the
        exact log-likelihood where there is one, else the last bound.
    error : ndarray, shape (len(samples),)
        Its 95% half-width over the images.
    """

    samples: tuple[int, ...]
    images: int
    gap: np.ndarray
    error: np.ndarray


def linear_bounds(profile: Profile) -> list[Bounds]:
    """On linear VAEs, where the log-likelihood is known exactly. One for each seed."""
    results = []
    for run in runs.get_all(_linear_evidence_specs(profile)):
        x = data.fashion_mnist("test").pixels[run.history["which"]].flatten(1)
        exact = linear_as_ppca(vae_of(runs.get(run.spec.run))).log_likelihood(x.numpy())
        results.append(_bounds(run, exact))
    return results


def outside_bounds(profile: Profile) -> Bounds:
    """On the VAE of the outside check, against its own last bound."""
    run = runs.get(_outside_evidence_specs(profile)[1])
    return _bounds(run, run.history["bounds"][-1].numpy())


def _bounds(run: Run[EvidenceSpec], reference: np.ndarray) -> Bounds:
    gap = reference - run.history["bounds"].numpy()
    half = 1.96 * gap.std(1, ddof=1) / math.sqrt(gap.shape[1])
    return Bounds(run.spec.samples, run.spec.images, gap.mean(1), half)


# A nonlinear VAE against probabilistic PCA


@dataclass(frozen=True)
class GaussianLikelihoods:
    """Test log-likelihoods of Gaussian models with the same code size, in nats an image.

    Attributes
    ----------
    code_size : int
    ppca : float
        Exact, of probabilistic PCA fitted on all 60,000 training images.
    vae : Interval
        ELBO of dense VAEs with learned variance: a lower bound, over seeds.
    gain : Interval
        ELBO minus pPCA's log-likelihood.
    rate, variance : float
        Means over the seeds.
    ppca_rate, ppca_variance : float
    conv : float or None
        ELBO of one convolutional VAE, in the profiles that train it.
    epochs : int
    """

    code_size: int
    ppca: float
    vae: Interval
    gain: Interval
    rate: float
    variance: float
    ppca_rate: float
    ppca_variance: float
    conv: float | None
    epochs: int


@cache
def gaussian_likelihoods(profile: Profile) -> GaussianLikelihoods:
    """Dense VAEs with a Gaussian likelihood, on the test images."""
    trained = runs.get_all(_gaussian_specs(profile))
    scores = [_test_scores(vae_of(run)) for run in trained]
    elbos = np.array([-rate - distortion for rate, distortion in scores])
    fitted = image_pca.principal_components(_everything(profile))
    best = ppca.maximum_likelihood(fitted, CODE_SIZE)
    test = data.fashion_mnist("test").pixels.flatten(1).numpy()
    exact = float(best.log_likelihood(test).mean())
    convs = runs.get_all(_conv_specs(profile))
    return GaussianLikelihoods(
        CODE_SIZE,
        exact,
        interval(elbos),
        interval(elbos - exact),
        float(np.mean([rate for rate, _ in scores])),
        float(np.mean([_variance(vae_of(run)) for run in trained])),
        ppca.rate_and_distortion(fitted.eigenvalues, CODE_SIZE, best.variance)[0],
        best.variance,
        -sum(_test_scores(vae_of(convs[0]))) if convs else None,
        trained[0].spec.epochs,
    )


@dataclass(frozen=True, eq=False)
class Level:
    """A VAE trained at one exchange rate between squared error and nats.

    Attributes
    ----------
    label : str
        The loss that popular code writes, or nothing.
    level : float
        beta v. Learned, where the variance is.
    rate : float
        In nats an image, on the test images.
    distortion : float
        E|x - x_hat|^2 with sampled codes, summed over pixels.
    active : int
        Units in use.
    predicted_rate, predicted_distortion, predicted_active
        The same of probabilistic PCA, on the training images.
    reconstructions : ndarray, shape (m, 784)
        Of the first test images, from the posterior's mean.
    """

    label: str
    level: float
    rate: float
    distortion: float
    active: int
    predicted_rate: float
    predicted_distortion: float
    predicted_active: int
    reconstructions: np.ndarray


@dataclass(frozen=True)
class RateDistortion:
    """VAEs along beta, and the curve of linear ones.

    Attributes
    ----------
    levels : tuple of Level
        The highest first.
    curve : ndarray, shape (m, 2)
        Rate and distortion of linear VAEs with the same code size.
    images : ndarray, shape (m, 784)
        The test images whose reconstructions the levels show.
    """

    levels: tuple[Level, ...]
    curve: np.ndarray
    images: np.ndarray

    @property
    def popular(self) -> list[Level]:
        """The levels that a popular loss stands for, in the order of `LOSSES`."""
        return [level for name, _ in LOSSES for level in self.levels if level.label == name]


@cache
def rate_distortion(profile: Profile) -> RateDistortion:
    """Test rate and distortion at each level, beside probabilistic PCA's."""
    learned = runs.get(_gaussian_specs(profile)[0])
    fitted = image_pca.principal_components(_everything(profile))
    labels = {level: name for name, level in LOSSES}
    found = [
        _level(labels.get(run.spec.beta * SWEEP_VARIANCE, ""), run, fitted)
        for run in runs.get_all(_sweep_specs(profile))
    ]
    found.append(_level(labels[LEARNED], learned, fitted))
    found.sort(key=lambda level: -level.level)
    curve = [
        ppca.rate_and_distortion(fitted.eigenvalues, CODE_SIZE, level)
        for level in np.geomspace(0.5 * found[-1].level, fitted.eigenvalues[0], 200)
    ]
    images = data.fashion_mnist("test").pixels[:_SHOWN].flatten(1).numpy()
    return RateDistortion(tuple(found), np.array(curve), images)


@dataclass(frozen=True)
class WarmUp:
    """One level, trained with the full weight of the rate from the start, and with warm-up.

    Attributes
    ----------
    cold, warm : Level
        They differ in the training alone.
    """

    cold: Level
    warm: Level


@cache
def warm_up(profile: Profile) -> WarmUp:
    """A level between the first two eigenvalues: one unit of a linear VAE is worth its rate."""
    fitted = image_pca.principal_components(_everything(profile))
    cold, warm = runs.get_all([_sweep_specs(profile)[1], _warm_spec(profile)])
    return WarmUp(_level("", cold, fitted), _level("", warm, fitted))


_SHOWN = 8


@torch.no_grad()
def _level(label: str, run: Run[VariationalRunSpec], fitted: pca.PCA) -> Level:
    model = vae_of(run)
    test = data.fashion_mnist("test").pixels
    rate, nats = _test_scores(model)
    variance = _variance(model)
    level = run.spec.beta * variance
    predicted = ppca.rate_and_distortion(fitted.eigenvalues, CODE_SIZE, level)
    return Level(
        label,
        level,
        rate,
        2 * variance * (nats - 784 / 2 * math.log(2 * math.pi * variance)),
        active_units(model, test),
        *predicted,
        ppca.active_units(fitted.eigenvalues, CODE_SIZE, level),
        model(test[:_SHOWN]).flatten(1).numpy(),
    )


# Likelihoods of pixels


@dataclass(frozen=True)
class LikelihoodRow:
    """One VAE, scored by its own likelihood and by a common one.

    Attributes
    ----------
    label : str
    elbo : float
        What its training reports, in nats an image; of different densities.
    mse : float
        Per pixel, of the image that it means when it decodes the posterior's mean.
    naive_mse : float
        The same if the decoder's output is taken for that image.
    measure : str
        What its ELBO bounds.
    """

    label: str
    elbo: float
    mse: float
    naive_mse: float
    measure: str


@cache
def likelihood_table(profile: Profile) -> list[LikelihoodRow]:
    """The same network with four likelihoods."""
    rows = []
    gaussian = _gaussian_specs(profile)[0]
    for spec, (label, measure) in zip(
        (gaussian, *_likelihood_specs(profile)),
        (
            ("Gaussian, learned variance", "density over all real pixels"),
            ("continuous Bernoulli", "density over [0, 1]"),
            ("Bernoulli, binarised pixels", "probability of black and white"),
            ("Bernoulli formula, grey pixels", "nothing"),
        ),
        strict=True,
    ):
        model = vae_of(runs.get(spec))
        test = data.fashion_mnist("test").pixels
        with torch.no_grad():
            output = torch.cat([model(some) for some in test.split(2000)])
        continuous = isinstance(model.likelihood, ContinuousBernoulli)
        meant = continuous_bernoulli_mean(output) if continuous else output
        rows.append(
            LikelihoodRow(
                label,
                -sum(_test_scores(model)),
                mse(test, meant).mean().item(),
                mse(test, output).mean().item(),
                measure,
            )
        )
    return rows


@dataclass(frozen=True)
class Normaliser:
    """What the Bernoulli formula integrates to over grey values in [0, 1].

    Attributes
    ----------
    p, integral : ndarray
        The parameter, and the integral of p^x (1 - p)^(1 - x).
    """

    p: np.ndarray
    integral: np.ndarray


def normaliser() -> Normaliser:
    """In closed form, (2p - 1) / (ln p - ln(1 - p))."""
    p = np.linspace(0.001, 0.999, 400)
    return Normaliser(p, (2 * p - 1) / (np.log(p) - np.log1p(-p)))


# Outside check


@dataclass(frozen=True)
class OutsideCheck:
    """Negative log-likelihood of binarised test images beside a published one, in nats an image.

    Attributes
    ----------
    nll, half_width : float
        By the bound with `few` samples on all `images`, less the mean gain from few to many
        `samples` on a random `part` of them; and its 95% half-width over the images.
    elbo : float
        Minus the ELBO of all `images`.
    samples, few : int
    images, part : int
    epochs : int
    floor : float
        Entropy of the binarisation of these images: no model can be lower.
    mean_image : float
        Every pixel independent, with its mean in the training images.
    published : float
        Norouzi, Fleet and Norouzi (2020), VAE with Gaussian prior, all 10,000 test images.
    """

    nll: float
    half_width: float
    elbo: float
    samples: int
    few: int
    images: int
    part: int
    epochs: int
    floor: float
    mean_image: float
    published: float

    @property
    def within(self) -> bool:
        """Whether the measured value is within 3 nats of the published one."""
        return abs(self.nll - self.published) <= WITHIN


def outside_check(profile: Profile) -> OutsideCheck:
    """The VAE 784-300-300-40 with gated layers, on dynamically binarised Fashion-MNIST."""
    everything, part = runs.get_all(_outside_evidence_specs(profile))
    few = everything.spec.samples[-1]
    on_all = -everything.history["bounds"][-1].numpy()
    on_part = part.history["bounds"].numpy()
    gain = on_part[-1] - on_part[part.spec.samples.index(few)]
    variance = on_all.var(ddof=1) / len(on_all) + gain.var(ddof=1) / len(gain)
    floor, mean_image = binarised_references()
    return OutsideCheck(
        on_all.mean() - gain.mean(),
        1.96 * math.sqrt(variance),
        -everything.history["elbo"].mean().item(),
        part.spec.samples[-1],
        few,
        everything.spec.images,
        part.spec.images,
        part.spec.run.epochs,
        floor,
        mean_image,
        PUBLISHED,
    )


@cache
def binarised_references() -> tuple[float, float]:
    """Entropy of the binarised test images, and the mean image's cross entropy, in nats."""
    p = data.fashion_mnist("test").pixels.flatten(1).double()
    entropy = -(torch.xlogy(p, p) + torch.xlogy(1 - p, 1 - p))
    mean = data.fashion_mnist("train").pixels.flatten(1).mean(0, dtype=torch.float64)
    cross = -(p.mean(0) * mean.log() + (1 - p.mean(0)) * (1 - mean).log())
    return entropy.sum(1).mean().item(), cross.sum().item()


# Specs


def _linear_specs(profile: Profile) -> list[VariationalRunSpec]:
    return [
        VariationalRunSpec(
            model_spec(LinearVAE, code_size=LINEAR_CODE_SIZE),
            epochs={"book": 15, "full": 100, "smoke": 2}[profile.name],
            seed=seed,
            data=_everything(profile),
            optimiser=Optimiser(learning_rate=1e-2),
            batch_size=120,
        )
        for seed in profile.seeds
    ]


def _linear_evidence_specs(profile: Profile) -> list[EvidenceSpec]:
    samples = (1, 10) if profile.name == "smoke" else BOUND_SAMPLES
    images = {"book": 200, "full": 1000, "smoke": 20}[profile.name]
    return [EvidenceSpec(spec, samples, images) for spec in _linear_specs(profile)]


def _collapse_specs(profile: Profile) -> list[VariationalRunSpec]:
    return [
        VariationalRunSpec(
            model_spec(LinearVAE, code_size=COLLAPSE_CODE_SIZE, variance=variance),
            epochs={"book": 12, "full": 60, "smoke": 2}[profile.name],
            seed=0,
            data=_everything(profile),
            optimiser=Optimiser(learning_rate=1e-2),
            batch_size=300,
        )
        for variance in COLLAPSE_VARIANCES
    ]


def _gaussian_specs(profile: Profile) -> list[VariationalRunSpec]:
    return [
        VariationalRunSpec(
            model_spec(DenseVAE, code_size=CODE_SIZE, hidden=HIDDEN),
            epochs={"book": 5, "full": 60, "smoke": 1}[profile.name],
            seed=seed,
            data=_half_validated(profile),
            optimiser=Optimiser(learning_rate=2e-3),
        )
        for seed in profile.seeds
    ]


def _conv_specs(profile: Profile) -> list[VariationalRunSpec]:
    if profile.name == "book":
        return []
    return [
        VariationalRunSpec(
            model_spec(ConvVAE, code_size=CODE_SIZE, channels=(32, 32)),
            epochs={"full": 30, "smoke": 1}[profile.name],
            seed=0,
            data=_half_validated(profile),
            optimiser=Optimiser(learning_rate=2e-3),
        )
    ]


def _sweep_specs(profile: Profile) -> list[VariationalRunSpec]:
    levels = [level for _, level in LOSSES if level is not None]
    return [
        VariationalRunSpec(
            model_spec(DenseVAE, code_size=CODE_SIZE, hidden=HIDDEN, variance=SWEEP_VARIANCE),
            epochs={"book": 3, "full": 30, "smoke": 1}[profile.name],
            seed=0,
            data=_half_validated(profile),
            beta=level / SWEEP_VARIANCE,
            optimiser=Optimiser(learning_rate=2e-3),
        )
        for level in (*levels, *EXTRA_LEVELS)
    ]


def _warm_spec(profile: Profile) -> VariationalRunSpec:
    """The second of the popular losses, with the rate's weight raised over the whole run."""
    cold = _sweep_specs(profile)[1]
    return replace(cold, warm_up=cold.epochs)


def _likelihood_specs(profile: Profile) -> list[VariationalRunSpec]:
    likelihoods: Sequence[type[Likelihood]] = (ContinuousBernoulli, Bernoulli, BernoulliOnGrey)
    return [
        VariationalRunSpec(
            model_spec(DenseVAE, code_size=CODE_SIZE, hidden=HIDDEN, likelihood=likelihood),
            epochs={"book": 3, "full": 60, "smoke": 1}[profile.name],
            seed=0,
            data=_half_validated(profile),
            optimiser=Optimiser(learning_rate=2e-3),
        )
        for likelihood in likelihoods
    ]


def _outside_spec(profile: Profile) -> VariationalRunSpec:
    return VariationalRunSpec(
        model_spec(GatedVAE, code_size=40, hidden=300, likelihood=Bernoulli),
        epochs={"book": 3, "full": 300, "smoke": 1}[profile.name],
        seed=0,
        data=data.DataSpec(profile.train, profile.validation),
        warm_up={"book": 0, "full": 60, "smoke": 0}[profile.name],
        optimiser=Optimiser(learning_rate=1e-3),
        batch_size=100,
    )


def _outside_evidence_specs(profile: Profile) -> tuple[EvidenceSpec, EvidenceSpec]:
    """Few samples for all test images, and many for a random part of them."""
    few, images, many, part = {
        "book": ((1, 5, 50), 10_000, (1, 5, 50, 500), 500),
        "full": ((1, 5, 50), 10_000, BOUND_SAMPLES, 1000),
        "smoke": ((1, 5), 200, (1, 5, 10), 30),
    }[profile.name]
    run = _outside_spec(profile)
    return EvidenceSpec(run, few, images), EvidenceSpec(run, many, part)


def _everything(profile: Profile) -> data.DataSpec:
    """All images that the profile has, for models that have a closed form and no choices."""
    return data.DataSpec(profile.train + profile.validation, 0)


def _half_validated(profile: Profile) -> data.DataSpec:
    """A short validation, so that it does not cost a fifth of the training."""
    return data.DataSpec(profile.train, min(profile.validation, 2000))


# Shared


def _test_scores(model: VariationalAutoencoder) -> tuple[float, float]:
    """Rate and distortion in nats on the test images, with the same draws for every model."""
    with torch.random.fork_rng():
        torch.manual_seed(TEST_SEED)
        x = model.likelihood.observe(data.fashion_mnist("test").pixels)
        return rate_and_distortion(model, x)


def _variance(model: VariationalAutoencoder) -> float:
    assert isinstance(model.likelihood, Gaussian)
    return model.likelihood.variance.item()


def _last(run: Run[VariationalRunSpec], name: str) -> float:
    return float(run.history[name][-1].item())
