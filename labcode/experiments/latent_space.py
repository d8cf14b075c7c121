"""Chapter 5, second half: what the codes of autoencoders are good for."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import KNeighborsClassifier
from torch import Tensor
from torch.nn import functional

from labcode import data, runs
from labcode.baselines.code_density import CodeMixtureSpec, codes_of, one_gaussian, sample_mixture
from labcode.baselines.pca import measurements, principal_components
from labcode.claims import Verdict, judge
from labcode.designs.contrast import Interval, interval
from labcode.designs.profiles import Profile
from labcode.models import DeepAutoencoder
from labcode.models.classifier import GarmentClassifier
from labcode.models.variational import DenseVAE
from labcode.runs import Spec
from labcode.runs.measurements import Arrays, Measurement
from labcode.scores.generation import frechet_distance, precision_and_recall
from labcode.scores.latent import (
    detour,
    discrepancy_from_normal,
    linear_path,
    moment_divergence,
    nearest_distance,
    spherical_path,
    unevenness,
    whiten,
)
from labcode.scores.metrics import mse
from labcode.theory import ppca
from labcode.training.classifier import ClassifierRunSpec, accuracy
from labcode.training.loop import Optimiser
from labcode.training.networks import RunSpec, model_spec
from labcode.training.variational import VariationalRunSpec

CODE_SIZE = 16
HIDDEN = (256, 128)
STEPS = 20
NEIGHBOURS = 10
NORMAL_DRAWS = 20
BETA = 16.0
AE, VAE, BETA_VAE, PPCA = "AE", "VAE", f"VAE, beta {BETA:g}", "pPCA"


@dataclass(frozen=True)
class Sizes:
    """How many images each measurement takes.

    Attributes
    ----------
    codes : int
        Training images whose codes a mixture is fitted to.
    components : tuple of int
        Numbers of Gaussians to choose from.
    known : int
        Training images that the nearest-neighbour classifier knows.
    asked : int
        Test images to classify, to reconstruct, and whose codes are compared with N(0, I).
    samples, support : int
        Images in each Fréchet distance, and in each precision and recall.
    pairs : int
        Pairs of test images to walk between.
    real : int
        Training images among which the nearest one is sought.
    outside : int
        Images of each kind for the detectors.
    """

    codes: int
    components: tuple[int, ...]
    known: int
    asked: int
    samples: int
    support: int
    pairs: int
    real: int
    outside: int


SIZES = {
    "book": Sizes(10_000, (10, 20), 10_000, 2000, 3000, 1200, 200, 10_000, 1500),
    "full": Sizes(20_000, (10, 20, 40, 80), 50_000, 5000, 5000, 5000, 500, 50_000, 1797),
    "smoke": Sizes(500, (2, 4), 300, 100, 100, 60, 10, 300, 50),
}


def specs(profile: Profile) -> list[Spec]:
    """Every run of the latent-space half of the chapter."""
    return [
        *_autoencoder_specs(profile),
        *_variational_specs(profile),
        *_variational_specs(profile, BETA),
        *_mixture_specs(profile),
        _classifier_spec(profile),
        *measurements(spec=_data(profile)),
        *(Measurement(_latent_scores, (label, profile)) for label in _seeds(profile)),
        Measurement(_normal_discrepancies, (profile,)),
        *(Measurement(_generator_scores, (label, profile)) for label in GENERATORS),
        *(Measurement(_walk_scores, (label, profile)) for label in WALKS),
        *(Measurement(_detector_areas, (label, model, profile)) for label, model in DETECTORS),
    ]


@dataclass(frozen=True)
class Measured:
    """One number a seed; a single one where nothing is random.

    Attributes
    ----------
    seeds : tuple of float
    """

    seeds: tuple[float, ...]

    @property
    def mean(self) -> float:
        """Mean over the seeds."""
        return float(np.mean(self.seeds))

    @property
    def interval(self) -> Interval | None:
        """The 95% interval over seeds; None if there is only one number."""
        return interval(self.seeds) if len(self.seeds) > 1 else None

    def minus(self, other: "Measured") -> Interval:
        """The paired difference: by seed, or against a number without a seed."""
        return interval(np.array(self.seeds) - np.array(other.seeds))

    def __format__(self, spec: str) -> str:
        return format(self.mean if self.interval is None else self.interval, spec)


# The classifier


def classifier_accuracy(profile: Profile) -> float:
    """Test accuracy of the classifier whose features score images, 0 to 1."""
    test = data.fashion_mnist("test")
    return accuracy(classifier(profile), test.pixels, test.labels)


# The aggregated posterior


@dataclass(frozen=True)
class LatentSpace:
    """How the codes of test images are distributed.

    Attributes
    ----------
    label : str
    divergence : Measured
        KL of the Gaussian with the codes' mean and covariance from N(0, I), in nats.
    discrepancy, whitened : Measured
        Squared maximum mean discrepancy from N(0, I): as trained, and after the affine map that
        gives the training codes mean 0 and covariance I.
    neighbours : Measured
        Test accuracy of a 10-nearest-neighbour classifier on the codes, 0 to 1.
    error : Measured
        Mean squared error per pixel of the test images, decoded from their codes without noise.
    codes : Tensor, shape (n, 2)
        Of the first seed, test images: the two units that vary most between images.
    labels : Tensor, shape (n,)
    spectrum : ndarray, shape (seeds, k)
        Eigenvalues of the codes' covariance, the largest first.
    """

    label: str
    divergence: Measured
    discrepancy: Measured
    whitened: Measured
    neighbours: Measured
    error: Measured
    codes: Tensor
    labels: Tensor
    spectrum: np.ndarray


@cache
def latent_spaces(profile: Profile) -> dict[str, LatentSpace]:
    """AE, VAEs and probabilistic PCA at one code size, on test images."""
    labels = data.fashion_mnist("test").labels[: SIZES[profile.name].asked]
    results = {}
    for label in _seeds(profile):
        found = Measurement(_latent_scores, (label, profile)).arrays()
        results[label] = LatentSpace(
            label,
            _measured(found["divergence"]),
            _measured(found["discrepancy"]),
            _measured(found["whitened"]),
            _measured(found["neighbours"]),
            _measured(found["error"]),
            torch.from_numpy(found["codes"]),
            labels,
            found["spectrum"],
        )
    return results


def normal_discrepancy(profile: Profile) -> float:
    """What the discrepancy of true draws from N(0, I) stays below, 95 times in 100."""
    values = Measurement(_normal_discrepancies, (profile,)).arrays()["discrepancy"]
    return float(np.quantile(values, 0.95))


def _normal_discrepancies(profile: Profile) -> Arrays:
    n = SIZES[profile.name].asked
    values = [
        discrepancy_from_normal(torch.randn(n, CODE_SIZE, generator=_generator(seed)))
        for seed in range(NORMAL_DRAWS)
    ]
    return {"discrepancy": np.array(values)}


@dataclass(frozen=True)
class _Encoded:
    train: Tensor
    train_means: Tensor
    test: Tensor
    test_means: Tensor
    error: float


# Samples


@dataclass(frozen=True)
class Generator:
    """One way to make images, and its scores against test images.

    Attributes
    ----------
    label : str
    model : str
        `AE`, `VAE`, `pPCA`, or empty for real images.
    frechet, precision, recall : Measured
        In the features of the classifier.
    examples : Tensor, shape (10, 1, 28, 28)
        Of the first seed, not chosen.
    """

    label: str
    model: str
    frechet: Measured
    precision: Measured
    recall: Measured
    examples: Tensor


REAL = "real images, held out"
VAE_PRIOR = "VAE, N(0, I)"
BETA_PRIOR = f"{BETA_VAE}, N(0, I)"
VAE_MIXTURE = "VAE, mixture"
AE_NORMAL = "AE, N(0, I)"
AE_GAUSSIAN = "AE, one Gaussian"
AE_MIXTURE = "AE, mixture"
PPCA_PRIOR = "pPCA, N(0, I)"
GENERATORS = {
    REAL: "",
    VAE_PRIOR: VAE,
    BETA_PRIOR: BETA_VAE,
    VAE_MIXTURE: VAE,
    AE_NORMAL: AE,
    AE_GAUSSIAN: AE,
    AE_MIXTURE: AE,
    PPCA_PRIOR: PPCA,
}


@cache
def generators(profile: Profile) -> dict[str, Generator]:
    """Images from every generator, scored against the same test images."""
    results = {}
    for label, model in GENERATORS.items():
        found = Measurement(_generator_scores, (label, profile)).arrays()
        results[label] = Generator(
            label,
            model,
            _measured(found["frechet"]),
            _measured(found["precision"]),
            _measured(found["recall"]),
            torch.from_numpy(found["examples"]),
        )
    return results


def _generator_scores(label: str, profile: Profile) -> Arrays:
    sizes, scorer = SIZES[profile.name], classifier(profile)
    real = scorer.features(data.fashion_mnist("test").pixels[: sizes.samples])
    images = [_generate(profile, label, seed) for seed in profile.seeds]
    features = [scorer.features(some) for some in images]
    covers = [
        precision_and_recall(real[: sizes.support], some[: sizes.support]) for some in features
    ]
    return {
        "frechet": np.array([frechet_distance(real, some) for some in features]),
        "precision": np.array([cover.precision for cover in covers]),
        "recall": np.array([cover.recall for cover in covers]),
        "examples": images[0][:10].numpy(),
    }


def chosen_components(profile: Profile) -> dict[str, tuple[int, ...]]:
    """How many Gaussians each mixture has, by seed."""
    found: dict[str, tuple[int, ...]] = {}
    for label in (AE, VAE):
        fits = [runs.get(spec) for spec in _mixture_specs(profile, (label,))]
        found[label] = tuple(len(fit.weights["weights"]) for fit in fits)
    return found


# Walks


@dataclass(frozen=True)
class Walk:
    """Decoded straight lines or arcs between the codes of pairs of test images.

    Attributes
    ----------
    label : str
    model : str
    detour : Measured
        Length of the walk in pixel space over the distance of its ends, at least 1.
    unevenness : Measured
        Largest step over mean step, at least 1.
    middle : Measured
        Distance of the middle image to the nearest real training image, in features.
    middle_pixels : Measured
        The same in pixel space.
    profile : ndarray, shape (STEPS / 2 + 1,)
        Distance to the nearest real image in features along the walk, at every other place, mean
        over pairs and seeds.
    examples : Tensor, shape (2, STEPS + 1, 1, 28, 28)
        Two walks of the first seed.
    """

    label: str
    model: str
    detour: Measured
    unevenness: Measured
    middle: Measured
    middle_pixels: Measured
    profile: np.ndarray
    examples: Tensor


WALKS = {
    "AE, line": (AE, linear_path),
    "VAE, line": (VAE, linear_path),
    "VAE, arc": (VAE, spherical_path),
    "PCA, line": (PPCA, linear_path),
}


@cache
def walks(profile: Profile) -> dict[str, Walk]:
    """Walks of each model between the same pairs of test images of different classes."""
    results = {}
    for label, (model, _) in WALKS.items():
        found = Measurement(_walk_scores, (label, profile)).arrays()
        results[label] = Walk(
            label,
            model,
            _measured(found["detour"]),
            _measured(found["unevenness"]),
            _measured(found["middle"]),
            _measured(found["middle_pixels"]),
            found["profile"],
            torch.from_numpy(found["examples"]),
        )
    return results


def _walk_scores(label: str, profile: Profile) -> Arrays:
    sizes, scorer = SIZES[profile.name], classifier(profile)
    real = data.fashion_mnist("train").pixels[: sizes.real]
    real_features = scorer.features(real)
    start, end = _pairs(sizes.pairs)
    model, path = WALKS[label]
    scores: dict[str, list[float]] = {}
    profiles, examples = [], []
    for seed in _seeds(profile)[model]:
        codes = path(_means(profile, model, seed, start), _means(profile, model, seed, end), STEPS)
        images = _decode(profile, model, seed, codes.flatten(0, 1)).unflatten(0, codes.shape[:2])
        seen = images[:, ::2]
        distances = nearest_distance(scorer.features(seen.flatten(0, 1)), real_features).view(
            seen.shape[:2]
        )
        middle = images[:, STEPS // 2].flatten(1)
        for name, values in (
            ("detour", detour(images)),
            ("unevenness", unevenness(images)),
            ("middle", distances[:, STEPS // 4]),
            ("middle_pixels", nearest_distance(middle, real.flatten(1))),
        ):
            scores.setdefault(name, []).append(values.mean().item())
        profiles.append(distances.mean(0).numpy())
        examples.append(images[:2].numpy())
    return {name: np.array(values) for name, values in scores.items()} | {
        "profile": np.mean(profiles, axis=0),
        "examples": examples[0],
    }


# Images from outside


@dataclass(frozen=True)
class Detector:
    """One score of how unlike the training images an image is.

    Attributes
    ----------
    label : str
    model : str
    areas : dict
        For each kind of outside image: the area under the ROC curve against test images, 1 if
        every outside image scores higher than every test image, 0.5 by chance.
    """

    label: str
    model: str
    areas: dict[str, Measured]


OUTSIDE = ("digits", "noise", "constant")
DETECTORS = (
    ("VAE, minus ELBO", VAE),
    ("VAE, error", VAE),
    ("AE, error", AE),
    ("PCA, error", PPCA),
    ("pPCA, minus log-likelihood", PPCA),
    ("mean image, error", PPCA),
)


@cache
def detectors(profile: Profile) -> list[Detector]:
    """ELBO, likelihood and errors as detectors of three kinds of outside image.

    The distance from the mean image is the floor: it knows nothing but that image.
    """
    results = []
    for label, model in DETECTORS:
        found = Measurement(_detector_areas, (label, model, profile)).arrays()
        results.append(Detector(label, model, {kind: _measured(found[kind]) for kind in OUTSIDE}))
    return results


def _detector_areas(label: str, model: str, profile: Profile) -> Arrays:
    n = SIZES[profile.name].outside
    outside, inside = outside_images(n), data.fashion_mnist("test").pixels[:n]
    areas: dict[str, list[float]] = {kind: [] for kind in outside}
    for seed in _seeds(profile)[model]:
        usual = _strangeness(profile, label, model, seed, inside)
        for kind, images in outside.items():
            scores = torch.cat([usual, _strangeness(profile, label, model, seed, images)])
            is_outside = torch.arange(len(scores)) >= len(usual)
            areas[kind].append(float(roc_auc_score(is_outside, scores)))
    return {kind: np.array(values) for kind, values in areas.items()}


def outside_images(n: int) -> dict[str, Tensor]:
    """Images that are no garments, n of each kind, shape (n, 1, 28, 28), from 0 to 1.

    `digits` are scikit-learn's 8 x 8 handwritten digits, enlarged by bilinear interpolation (at
    most 1,797); `noise` has independent uniform pixels; `constant` has one grey level an image.
    """
    digits = torch.from_numpy(load_digits().images[:n] / 16).float().unsqueeze(1)
    return {
        "digits": functional.interpolate(digits, size=(28, 28), mode="bilinear"),
        "noise": torch.rand(n, 1, 28, 28, generator=_generator(1)),
        "constant": torch.rand(n, 1, 1, 1, generator=_generator(2)).expand(n, 1, 28, 28),
    }


# Verdicts


def verdicts(profile: Profile) -> tuple[Verdict, Verdict, Verdict]:
    """C12, C13 and C14, decided by rules that were fixed before the measurement."""
    spaces, made, walked = latent_spaces(profile), generators(profile), walks(profile)
    ae, vae = spaces[AE], spaces[VAE]
    as_trained = ae.discrepancy.minus(vae.discrepancy)
    whitened = ae.whitened.minus(vae.whitened)
    classes = vae.neighbours.minus(ae.neighbours)
    over_vae = made[AE_MIXTURE].frechet.minus(made[VAE_PRIOR].frechet)
    over_linear = made[AE_MIXTURE].frechet.minus(made[PPCA_PRIOR].frechet)
    ae_walk, vae_walk = walked["AE, line"], walked["VAE, line"]
    steps = ae_walk.unevenness.minus(vae_walk.unevenness)
    middles = ae_walk.middle.minus(vae_walk.middle)
    n, tests = len(profile.seeds), "tests/experiments/test_latent_space.py::"
    return (
        judge(
            "C12",
            {"as_trained": as_trained, "whitened": whitened, "classes": classes},
            f"discrepancy of the AE minus the VAE's {as_trained:.4f} as trained and "
            f"{whitened:.4f} whitened; accuracy of the VAE minus the AE's {classes:.3f}",
            n,
            "fig-latent-scores",
            tests + "test_the_vae_is_nearer_to_its_prior",
        ),
        judge(
            "C13",
            {"over_vae": over_vae, "over_linear": over_linear},
            f"Fréchet distance of the AE with a mixture minus the VAE's {over_vae:.2f}, and minus "
            f"probabilistic PCA's {over_linear:.2f}",
            n,
            "fig-sample-scores",
            tests + "test_an_autoencoder_with_a_mixture_generates",
        ),
        judge(
            "C14",
            {"steps": steps, "middles": middles},
            f"unevenness {steps:.3f}, and distance of the middle image to the nearest real one "
            f"{middles:.3f}, each of the AE minus the VAE's",
            n,
            "fig-walk-scores",
            tests + "test_walks_of_the_vae_are_even",
        ),
    )


# What the runs are


def _data(profile: Profile) -> data.DataSpec:
    return data.DataSpec(profile.train, min(profile.validation, 2000))


def _autoencoder_specs(profile: Profile) -> list[RunSpec]:
    model = model_spec(DeepAutoencoder, code_size=CODE_SIZE, hidden=HIDDEN)
    faster = Optimiser(learning_rate=2e-3)
    return [
        RunSpec(model, profile.epochs, seed, _data(profile), optimiser=faster)
        for seed in profile.seeds
    ]


def _variational_specs(profile: Profile, beta: float = 1.0) -> list[VariationalRunSpec]:
    """The autoencoders' budget, learning rate and layers."""
    model = model_spec(DenseVAE, code_size=CODE_SIZE, hidden=HIDDEN)
    return [
        VariationalRunSpec(
            model,
            spec.epochs,
            spec.seed,
            spec.data,
            beta=beta,
            optimiser=spec.optimiser,
            schedule="constant",
        )
        for spec in _autoencoder_specs(profile)
    ]


def _mixture_specs(profile: Profile, labels: tuple[str, ...] = (AE, VAE)) -> list[CodeMixtureSpec]:
    sizes, networks = SIZES[profile.name], _network_specs(profile)
    return [
        CodeMixtureSpec(spec, sizes.components, sizes.codes)
        for label in labels
        for spec in networks[label]
    ]


def _network_specs(profile: Profile) -> dict[str, list[Any]]:
    return {
        AE: _autoencoder_specs(profile),
        VAE: _variational_specs(profile),
        BETA_VAE: _variational_specs(profile, BETA),
    }


def _classifier_spec(profile: Profile) -> ClassifierRunSpec:
    epochs = {"book": 3, "full": 10, "smoke": 1}[profile.name]
    return ClassifierRunSpec(epochs, seed=0, data=_data(profile))


# What the results are made of


def _seeds(profile: Profile) -> dict[str, tuple[int, ...]]:
    """Seeds of each model; probabilistic PCA, in closed form, has one."""
    return {label: (0,) if label == PPCA else profile.seeds for label in (AE, VAE, BETA_VAE, PPCA)}


def _generator(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@cache
def classifier(profile: Profile) -> GarmentClassifier:
    """The network whose features score images."""
    spec = _classifier_spec(profile)
    model = GarmentClassifier(spec.feature_size)
    model.load_state_dict(runs.get(spec).weights)
    return model.eval()


@cache
def network(profile: Profile, label: str, seed: int) -> Any:
    """A trained autoencoder: `AE`, `VAE` or `VAE, beta 16`."""
    run: Any = runs.get(_network_specs(profile)[label][profile.seeds.index(seed)])
    return runs.model_of(run)


@cache
def _ppca(profile: Profile) -> ppca.ProbabilisticPCA:
    return ppca.maximum_likelihood(principal_components(_data(profile)), CODE_SIZE)


def _means(profile: Profile, label: str, seed: int, pixels: Tensor) -> Tensor:
    """Codes without noise."""
    if label == PPCA:
        mean, _ = _ppca(profile).posterior(pixels.flatten(1).numpy())
        return torch.from_numpy(mean).float()
    model = network(profile, label, seed)
    with torch.no_grad():
        return torch.cat([model.encode(some) for some in pixels.split(1000)])


def _decode(profile: Profile, label: str, seed: int, codes: Tensor) -> Tensor:
    """The mean image of each code; the linear model's is clipped to [0, 1]."""
    if label == PPCA:
        linear = _ppca(profile)
        images = codes.double().numpy() @ linear.weights.T + linear.mean
        return torch.from_numpy(images).float().clamp(0, 1).view(-1, 1, 28, 28)
    model = network(profile, label, seed)
    with torch.no_grad():
        return torch.cat([model.decode(some) for some in codes.split(1000)])


def _codes(profile: Profile, label: str, seed: int, pixels: Tensor) -> Tensor:
    """Codes as the model draws them: with the posterior's noise, where it has a posterior."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        if label == PPCA:
            mean, covariance = _ppca(profile).posterior(pixels.flatten(1).numpy())
            noise = torch.randn(mean.shape, dtype=torch.float64)
            factor = torch.linalg.cholesky(torch.from_numpy(covariance))
            return (torch.from_numpy(mean) + noise @ factor.T).float()
        return codes_of(network(profile, label, seed), pixels)


def _encoded(profile: Profile, label: str, seed: int) -> _Encoded:
    sizes = SIZES[profile.name]
    train = data.fashion_mnist("train").pixels[: min(sizes.known, profile.train)]
    test = data.fashion_mnist("test").pixels[: sizes.asked]
    test_means = _means(profile, label, seed, test)
    return _Encoded(
        _codes(profile, label, seed, train),
        _means(profile, label, seed, train),
        _codes(profile, label, seed, test),
        test_means,
        mse(test, _decode(profile, label, seed, test_means)).mean().item(),
    )


def _latent_scores(label: str, profile: Profile) -> Arrays:
    encoded = [_encoded(profile, label, seed) for seed in _seeds(profile)[label]]
    first = encoded[0]
    widest = first.test_means.var(0).argsort(descending=True)[:2]
    return {
        "divergence": np.array([moment_divergence(some.test) for some in encoded]),
        "discrepancy": np.array([discrepancy_from_normal(some.test) for some in encoded]),
        "whitened": np.array(
            [discrepancy_from_normal(whiten(some.test, some.train)) for some in encoded]
        ),
        "neighbours": np.array([_neighbour_accuracy(some) for some in encoded]),
        "error": np.array([some.error for some in encoded]),
        "codes": first.test[:, widest].numpy(),
        "spectrum": np.stack(
            [
                np.linalg.eigvalsh(np.cov(some.test.double().numpy(), rowvar=False))[::-1]
                for some in encoded
            ]
        ),
    }


def _measured(values: np.ndarray) -> Measured:
    return Measured(tuple(values.tolist()))


def _neighbour_accuracy(encoded: _Encoded) -> float:
    known = data.fashion_mnist("train").labels[: len(encoded.train_means)]
    asked = data.fashion_mnist("test").labels[: len(encoded.test_means)]
    nearest = KNeighborsClassifier(NEIGHBOURS).fit(encoded.train_means.numpy(), known.numpy())
    return float(nearest.score(encoded.test_means.numpy(), asked.numpy()))


def _generate(profile: Profile, label: str, seed: int) -> Tensor:
    n, model = SIZES[profile.name].samples, GENERATORS[label]
    generator = _generator(1000 + seed)
    if label == REAL:
        held_out = data.fashion_mnist("train").pixels[50_000:]
        return held_out[torch.randperm(len(held_out), generator=generator)[:n]]
    if label == AE_GAUSSIAN:
        images = data.fashion_mnist("train").pixels[: min(10_000, profile.train)]
        codes = sample_mixture(one_gaussian(_means(profile, AE, seed, images)), n, generator)
    elif label in (AE_MIXTURE, VAE_MIXTURE):
        fits = [runs.get(spec) for spec in _mixture_specs(profile, (model,))]
        codes = sample_mixture(fits[profile.seeds.index(seed)].weights, n, generator)
    else:
        codes = torch.randn(n, CODE_SIZE, generator=generator)
    return _decode(profile, model, seed, codes)


def _pairs(n: int) -> tuple[Tensor, Tensor]:
    """n pairs of test images of different classes, the same for every model."""
    test = data.fashion_mnist("test")
    one, other = torch.randperm(len(test), generator=_generator(0)).view(2, -1)
    differ = (test.labels[one] != test.labels[other]).nonzero().flatten()[:n]
    return test.pixels[one[differ]], test.pixels[other[differ]]


def _strangeness(profile: Profile, label: str, model: str, seed: int, images: Tensor) -> Tensor:
    """A detector's score of each image: the higher, the less like the training images."""
    if label.startswith("pPCA"):
        return -torch.from_numpy(_ppca(profile).log_likelihood(images.flatten(1).numpy()))
    if model == PPCA:
        flat = images.flatten(1).double().numpy()
        size = 0 if label.startswith("mean") else CODE_SIZE
        restored = principal_components(_data(profile)).reconstruct(flat, size, clip=True)
        return torch.from_numpy(((flat - restored) ** 2).mean(1))
    trained = network(profile, model, seed)
    with torch.no_grad(), torch.random.fork_rng():
        if label.endswith("error"):
            return mse(images, trained(images))
        torch.manual_seed(seed)
        posterior = trained.posterior(images)
        return posterior.rate().sum(1) - trained.log_likelihood(images, posterior.sample())
