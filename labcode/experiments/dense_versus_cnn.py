"""Chapter 3: does a convolutional autoencoder beat a dense one, and at what?"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from scipy import stats
from torch import Tensor

from labcode import data, runs
from labcode.baselines import pca as image_pca
from labcode.baselines.pca import PcaErrors, principal_components
from labcode.claims import Verdict, judge
from labcode.claims.rules import LOCAL_WINDOW
from labcode.designs.contrast import Interval, interval
from labcode.designs.profiles import Profile
from labcode.models import Autoencoder, ShallowAutoencoder, counting
from labcode.models.conv import ConvAutoencoder, LabCNN
from labcode.runs import Spec
from labcode.runs.measurements import ArrayMeasurement, Arrays
from labcode.scores.metrics import mse, psnr, ssim
from labcode.scores.reconstruction import reconstruction_errors
from labcode.training.loop import Optimiser
from labcode.training.networks import ModelSpec, RunSpec, model_spec

DENSE, CNN = "dense, code 64", "CNN, code 392"
CNN_64, DENSE_392 = "CNN, code 64", "dense, code 392"
DENSE_2, DENSE_288, DENSE_LONG = "dense, code 2", "dense, code 288", "dense, code 64, longer"

NETWORKS: dict[str, ModelSpec] = {
    DENSE: model_spec(ShallowAutoencoder, code_size=64),
    CNN: model_spec(LabCNN),
    CNN_64: model_spec(ConvAutoencoder, code_size=64, channels=(16, 15)),
    DENSE_392: model_spec(ShallowAutoencoder, code_size=392),
    DENSE_2: model_spec(ShallowAutoencoder, code_size=2),
    DENSE_288: model_spec(ShallowAutoencoder, code_size=288),
    DENSE_LONG: model_spec(ShallowAutoencoder, code_size=64),
}

DESIGNS: dict[str, ModelSpec] = {
    f"{down}; {up}": model_spec(ConvAutoencoder, code_size=64, channels=(16, 15), down=down, up=up)
    for down, up in (
        ("stride", "transposed 3x3"),
        ("stride", "transposed 4x4"),
        ("stride", "nearest, then 3x3"),
        ("max pooling", "transposed 3x3"),
    )
}

PCA_SIZES = {f"PCA, code {k}": k for k in (64, 392)}
_STUDIED = (*PCA_SIZES, DENSE, CNN_64, DENSE_392, CNN)

SHIFTS = (0, 1, 2, 3, 4)
PERMUTATION_SEED = 0


@dataclass(frozen=True)
class Budget:
    """How much the networks of this chapter train, and on how many images they are studied.

    Attributes
    ----------
    images, epochs : int
        Of the training set, the first so many, so often.
    cnn_rate, dense_rate, longer_rate : float
        Adam's learning rates; the lab's is 1e-3. In the book's short training each is the best
        of 1e-3, 2e-3 and 3e-3 on validation images.
    longer : int
        How many times as many epochs the longer dense run has.
    design_images, design_epochs : int
        The same for the table of designs.
    probe_images, studied_images : int
        Labelled images for the classifiers; test images for SSIM and shifts.
    test_images : int
        On which errors are measured; all 10,000 but in the smoke profile.
    """

    images: int
    epochs: int
    cnn_rate: float
    dense_rate: float
    longer_rate: float
    longer: int
    design_images: int
    design_epochs: int
    probe_images: int
    studied_images: int
    test_images: int


BUDGETS = {
    "book": Budget(10_000, 5, 3e-3, 2e-3, 1e-3, 6, 6_000, 2, 5_000, 2_000, 10_000),
    "full": Budget(60_000, 30, 1e-3, 1e-3, 1e-3, 6, 50_000, 10, 50_000, 10_000, 10_000),
    "smoke": Budget(400, 1, 3e-3, 2e-3, 1e-3, 2, 200, 1, 300, 60, 300),
}
BATCH_SIZE = 32
PCA_ERROR_SIZES = (2, 64, 288, 392)


def specs(profile: Profile) -> list[Spec]:
    """Every run of this chapter, and what is measured on them."""
    return [
        *image_pca.measurements(PCA_ERROR_SIZES),
        *image_pca.measurements(PCA_ERROR_SIZES, _images(profile)),
        *(spec for name in NETWORKS for spec in _specs(name, profile)),
        *(spec for name in (DENSE, CNN) for spec in _specs(name, profile, permuted=True)),
        *(spec for name in DESIGNS for spec in _design_specs(name, profile)),
        *(_errors(name, profile) for name in NETWORKS),
        *(_errors(name, profile, permuted=True) for name in (DENSE, CNN)),
        *(ArrayMeasurement(_shift_errors, (name, profile)) for name in _STUDIED),
        *(ArrayMeasurement(_probe_accuracies, (name, profile)) for name in ("pixels", *_STUDIED)),
        *(ArrayMeasurement(_design_scores, (name, profile)) for name in DESIGNS),
    ]


# Errors, and what they cost


@dataclass(frozen=True)
class Network:
    """One kind of network, trained with several seeds.

    Attributes
    ----------
    name : str
    code_size, parameters, multiply_adds : int
        Counted on the model; multiply-adds of one image, forward.
    errors : ndarray, shape (seeds,)
        Test MSE per pixel, over the 10,000 test images.
    train_loss : ndarray, shape (seeds, epochs)
    seconds : ndarray, shape (seeds,)
        Spent in training.
    """

    name: str
    code_size: int
    parameters: int
    multiply_adds: int
    errors: np.ndarray
    train_loss: np.ndarray
    seconds: np.ndarray

    @property
    def error(self) -> Interval:
        """Mean test MSE with its 95% interval over seeds."""
        return interval(self.errors)

    @property
    def seconds_per_epoch(self) -> Interval:
        """Mean over seeds with its 95% interval."""
        return interval(self.seconds / self.train_loss.shape[1])


@cache
def network(name: str, profile: Profile, permuted: bool = False) -> Network:
    """One kind of network of `NETWORKS`, scored on the test images."""
    trained = runs.get_all(_specs(name, profile, permuted))
    model = runs.model_of(trained[0])
    return Network(
        name,
        code_size(model),
        counting.parameters(model),
        counting.multiply_adds(model),
        _errors(name, profile, permuted).arrays()["mse"],
        torch.stack([run.history["train_loss"] for run in trained]).numpy(),
        np.array([run.history["seconds"].sum().item() for run in trained]),
    )


def dead_maps(profile: Profile) -> list[int]:
    """How many of the eight maps of the lab's code are 0 on every test image, seed by seed.

    A ReLU that never opens has no gradient, so it stays shut: a dead unit.
    """
    images = data.fashion_mnist("test").pixels[: BUDGETS[profile.name].test_images]
    models = [runs.model_of(run) for run in runs.get_all(_specs(CNN, profile))]
    maps = [_encode(model, images).view(len(images), 8, 49) for model in models]
    return [int((each.amax((0, 2)) == 0).sum()) for each in maps]


def pca_errors(profile: Profile, everything: bool = False) -> PcaErrors:
    """PCA fitted on the networks' training images, or on all 60,000 of them."""
    spec = image_pca.ALL_TRAINING_IMAGES if everything else _images(profile)
    return image_pca.errors(PCA_ERROR_SIZES, spec)


@dataclass(frozen=True)
class Match:
    """A dense network against a convolutional one, with one thing equal.

    Attributes
    ----------
    equal : str
        What is equal, and for a reader how much of it.
    dense, cnn : Network
    difference : Interval
        CNN's test MSE minus dense's, paired by seed: below 0, the CNN is better.
    p_value : float
        Of the paired t-test for no difference.
    """

    equal: str
    dense: Network
    cnn: Network
    difference: Interval
    p_value: float

    @property
    def winner(self) -> str:
        """`CNN`, `dense`, or `undecided` where the 95% interval holds 0."""
        if self.difference.high < 0:
            return "CNN"
        return "dense" if self.difference.low > 0 else "undecided"


def matches(profile: Profile) -> list[Match]:
    """As the lab ran it, then with one thing equal at a time."""
    pairs = {
        "as the lab ran it": (DENSE, CNN),
        "equal code, 64, and parameters": (DENSE, CNN_64),
        "equal code, 392": (DENSE_392, CNN),
        "equal parameters, about 3,500": (DENSE_2, CNN),
        "equal multiply-adds": (DENSE_288, CNN),
        "as run, dense trained longer": (DENSE_LONG, CNN),
        "code 64, dense trained longer": (DENSE_LONG, CNN_64),
    }
    return [
        _match(equal, network(dense, profile), network(cnn, profile))
        for equal, (dense, cnn) in pairs.items()
    ]


# Space


@dataclass(frozen=True)
class Permuted:
    """Errors with the pixels in their places, and all shuffled by one permutation.

    Attributes
    ----------
    name : str
    original, shuffled : ndarray, shape (seeds,)
        Test MSE per pixel.
    """

    name: str
    original: np.ndarray
    shuffled: np.ndarray

    @property
    def ratio(self) -> Interval:
        """Shuffled over original, paired by seed."""
        return interval(self.shuffled / self.original)


def permuted(profile: Profile) -> list[Permuted]:
    """The lab's two networks on images whose pixels were permuted, all in the same way."""
    return [
        Permuted(
            name,
            network(name, profile).errors,
            network(name, profile, permuted=True).errors,
        )
        for name in (DENSE, CNN)
    ]


@dataclass(frozen=True)
class Shifted:
    """Test error of one method on images moved to the right.

    Attributes
    ----------
    name : str
    errors : ndarray, shape (seeds, len(SHIFTS))
        MSE per pixel; one row for PCA.
    """

    name: str
    errors: np.ndarray


@cache
def shifted(profile: Profile) -> list[Shifted]:
    """Images moved by 0 to 4 pixels, background coming in; nothing was trained on such images."""
    return [
        Shifted(name, ArrayMeasurement(_shift_errors, (name, profile)).arrays()["mse"])
        for name in _STUDIED
    ]


def _shift_errors(name: str, profile: Profile) -> Arrays:
    budget = BUDGETS[profile.name]
    images = data.fashion_mnist("test").pixels[: budget.studied_images]
    moved = [_move_right(images, by) for by in SHIFTS]
    if name in PCA_SIZES:
        fitted, k = principal_components(_images(profile)), PCA_SIZES[name]
        each = [np.mean((fitted.reconstruct(_flat(x), k) - _flat(x)) ** 2) for x in moved]
        return {"mse": np.array([each])}
    models = [runs.model_of(run) for run in runs.get_all(_specs(name, profile))]
    return {
        "mse": np.array([[mse(x, reconstruct(m, x)).mean().item() for x in moved] for m in models])
    }


@dataclass(frozen=True)
class Locality:
    """How local the filters of one kind are.

    Attributes
    ----------
    name : str
    filters : ndarray, shape (n, height, width)
        Weights, for drawing.
    share : ndarray, shape (n,)
        Of each filter's energy, the part inside its best window of 7 x 7 pixels.
    pixels : ndarray, shape (n,)
        Participation ratio: how many pixels a filter effectively uses.
    """

    name: str
    filters: np.ndarray
    share: np.ndarray
    pixels: np.ndarray


@cache
def locality(profile: Profile) -> list[Locality]:
    """First-layer filters of the lab's networks, and PCA's components.

    Dense weights and components are multiplied by each pixel's standard deviation: a weight on
    a pixel that never changes does nothing.
    """
    fitted = principal_components(_images(profile))
    spread = np.sqrt(fitted.covariance.diagonal())
    dense, cnn = (
        runs.model_of(runs.get_all(_specs(name, profile))[0]).state_dict() for name in (DENSE, CNN)
    )
    kinds = {
        "PCA": fitted.components[:, :64].T * spread,
        "dense": dense["encoder.1.weight"].numpy() * spread,
    }
    results = [_locality(name, weights.reshape(-1, 28, 28)) for name, weights in kinds.items()]
    return [*results, _locality("CNN", cnn["encoder.0.weight"].numpy()[:, 0])]


def receptive_field(model: Autoencoder, shape: tuple[int, int, int] = (1, 28, 28)) -> int:
    """Side in pixels of the largest square that a number of the code can see.

    Parameters
    ----------
    model : Autoencoder
        Its encoder has no normalisation; its weights are overwritten with positive numbers, so
        that every ReLU lets its input through and no two paths cancel.
    shape : tuple of int
        Channels, height and width of one image.
    """
    for weight in model.parameters():
        weight.data = weight.data.abs() + 0.1
    jacobian = torch.autograd.functional.jacobian(model.encode, torch.ones(1, *shape))
    seen = (jacobian[0, :, 0, 0] != 0).any(1)
    return int(seen.sum(1).max())


# What a score means


@dataclass(frozen=True)
class Scores:
    """One method in three units.

    Attributes
    ----------
    name : str
    mse : float
        Per pixel, on all test images, mean over seeds.
    psnr : float
        Of that mean, in decibels.
    ssim : float
        On some test images, mean over seeds.
    binary_accuracy : float
        What Keras calls `accuracy` here: the share of pixels where the rounded reconstruction
        equals the grey target.
    """

    name: str
    mse: float
    psnr: float
    ssim: float
    binary_accuracy: float


@cache
def scores(profile: Profile) -> list[Scores]:
    """MSE, PSNR and SSIM side by side, and the "accuracy" that means nothing."""
    budget = BUDGETS[profile.name]
    images = data.fashion_mnist("test").pixels[: budget.studied_images]
    fitted = principal_components(_images(profile))
    rows = []
    for k in (64, 392):
        restored = torch.from_numpy(fitted.reconstruct(_flat(images), k, clip=True)).float()
        error = pca_errors(profile).clipped[k]
        rows.append(_scores(f"PCA, clipped, code {k}", error, images, [restored.view_as(images)]))
    for name in (DENSE, CNN_64, DENSE_392, CNN):
        models = [runs.model_of(run) for run in runs.get_all(_specs(name, profile))]
        restored_by = [reconstruct(model, images) for model in models]
        rows.append(_scores(name, network(name, profile).error.mean, images, restored_by))
    return rows


@dataclass(frozen=True)
class Probe:
    """A classifier's accuracy on codes.

    Attributes
    ----------
    name : str
        Where the codes come from.
    linear, neighbours : ndarray, shape (seeds,)
        Test accuracy of a linear classifier and of k nearest neighbours.
    """

    name: str
    linear: np.ndarray
    neighbours: np.ndarray


@cache
def probes(profile: Profile) -> list[Probe]:
    """What codes are worth to a classifier, beside raw pixels and PCA.

    The ridge strength and the number of neighbours are chosen on validation images.
    """
    return [
        Probe(name, **ArrayMeasurement(_probe_accuracies, (name, profile)).arrays())
        for name in ("pixels", *_STUDIED)
    ]


def _probe_accuracies(name: str, profile: Profile) -> Arrays:
    n, scored = BUDGETS[profile.name].probe_images, BUDGETS[profile.name].test_images
    everything, test = data.fashion_mnist("train"), data.fashion_mnist("test")
    parts = (
        (everything.pixels[:n], everything.labels[:n]),
        (everything.pixels[-n // 5 :], everything.labels[-n // 5 :]),
        (test.pixels[:scored], test.labels[:scored]),
    )
    labels = [part[1] for part in parts]
    seeds: list[list[Tensor]]
    if name == "pixels":
        seeds = [[pixels.flatten(1) for pixels, _ in parts]]
    elif name in PCA_SIZES:
        fitted, k = principal_components(_images(profile)), PCA_SIZES[name]
        seeds = [
            [torch.from_numpy(fitted.project(_flat(pixels), k)).float() for pixels, _ in parts]
        ]
    else:
        models = [runs.model_of(run) for run in runs.get_all(_specs(name, profile))]
        seeds = [[_encode(model, pixels) for pixels, _ in parts] for model in models]
    return {
        "linear": np.array([linear_probe(codes, labels) for codes in seeds]),
        "neighbours": np.array([nearest_neighbours(codes, labels) for codes in seeds]),
    }


def linear_probe(
    codes: Sequence[Tensor],
    labels: Sequence[Tensor],
    strengths: Sequence[float] = (1e-4, 1e-3, 1e-2, 1e-1, 1.0),
) -> float:
    """Test accuracy of a linear classifier, fitted by least squares on one-hot labels.

    Parameters
    ----------
    codes : three Tensors, shapes (n, k), (v, k) and (t, k)
        For training, validation and test.
    labels : three Tensors of int64, shapes (n,), (v,) and (t,)
    strengths : sequence of float
        Ridge penalties, as shares of the codes' mean variance, to choose from on validation.
    """
    train, mean = codes[0].double(), codes[0].double().mean(0)
    targets = torch.nn.functional.one_hot(labels[0]).double()
    centred = train - mean
    gram = centred.T @ centred / len(train)
    cross = centred.T @ (targets - targets.mean(0)) / len(train)
    scale = gram.diagonal().mean().clamp_min(1e-12)
    best: tuple[float, float] = (-1.0, 0.0)
    for strength in strengths:
        weights = torch.linalg.solve(gram + strength * scale * torch.eye(len(gram)), cross)

        def accuracy(part: int, weights: Tensor = weights) -> float:
            guess = ((codes[part].double() - mean) @ weights + targets.mean(0)).argmax(1)
            return (guess == labels[part]).double().mean().item()

        if (on_validation := accuracy(1)) > best[0]:
            best = (on_validation, accuracy(2))
    return best[1]


def nearest_neighbours(
    codes: Sequence[Tensor], labels: Sequence[Tensor], choices: Sequence[int] = (1, 3, 5, 10, 20)
) -> float:
    """Test accuracy of k nearest neighbours in Euclidean distance, k chosen on validation.

    Parameters
    ----------
    codes, labels
        As in `linear_probe`.
    choices : sequence of int
        Numbers of neighbours to choose from.
    """

    def votes(part: int) -> Tensor:
        near = [
            torch.cdist(some, codes[0]).topk(max(choices), largest=False).indices
            for some in codes[part].split(2000)
        ]
        return labels[0][torch.cat(near)]

    def accuracy(part: int, k: int, neighbours: Tensor) -> float:
        counts = torch.nn.functional.one_hot(neighbours[:, :k]).sum(1)
        return (counts.argmax(1) == labels[part]).double().mean().item()

    on_validation = votes(1)
    chosen = max(choices, key=lambda k: accuracy(1, k, on_validation))
    return accuracy(2, chosen, votes(2))


@dataclass(frozen=True)
class Reconstructions:
    """The same test images from several methods.

    Attributes
    ----------
    titles : tuple of str
        One a row; the first is the image itself.
    cases : tuple of str
        One a column: `best`, `typical` and `worst`, twice each.
    pixels : ndarray, shape (rows, columns, 28, 28)
    errors : ndarray, shape (rows, columns)
        MSE per pixel; 0 in the first row.
    """

    titles: tuple[str, ...]
    cases: tuple[str, ...]
    pixels: np.ndarray
    errors: np.ndarray


def reconstructions(profile: Profile) -> Reconstructions:
    """Best, typical and worst test images, by PCA's error at k = 64: no network has a say."""
    budget = BUDGETS[profile.name]
    images = data.fashion_mnist("test").pixels[: budget.studied_images]
    fitted = principal_components(_images(profile))
    by_pca = {
        k: torch.from_numpy(fitted.reconstruct(_flat(images), k, clip=True)).float()
        for k in (64, 392)
    }
    order = mse(images.flatten(1), by_pca[64]).argsort()
    half = len(order) // 2
    chosen = torch.cat([order[:2], order[half : half + 2], order[-2:]])
    rows = {"image": images[chosen]}
    for k, names in ((64, (DENSE, CNN_64)), (392, (DENSE_392, CNN))):
        rows[f"PCA, code {k}"] = by_pca[k][chosen].view(-1, 1, 28, 28)
        for name in names:
            model = runs.model_of(runs.get_all(_specs(name, profile))[0])
            rows[name] = reconstruct(model, images[chosen])
    return Reconstructions(
        tuple(rows),
        ("best", "best", "typical", "typical", "worst", "worst"),
        np.stack([row[:, 0].numpy() for row in rows.values()]),
        np.stack([mse(images[chosen], row).numpy() for row in rows.values()]),
    )


# Design it yourself


@dataclass(frozen=True)
class Design:
    """One way to halve and double, with a code of 64.

    Attributes
    ----------
    name : str
        How it halves; how it doubles.
    parameters, multiply_adds : int
    error : Interval
        MSE per pixel on validation images, over seeds.
    checkerboard : Interval
        Power of the reconstruction error at period 2, over its power at the next longer period.
        Smooth errors have at most about 1; a checkerboard has more.
    untrained : float
        The same power ratio in the reconstructions of networks with their first weights.
    """

    name: str
    parameters: int
    multiply_adds: int
    error: Interval
    checkerboard: Interval
    untrained: float


@cache
def designs(profile: Profile) -> list[Design]:
    """Variants of the CNN with code 64, in a small budget, compared on validation images."""
    results = []
    for name, model in DESIGNS.items():
        scores = ArrayMeasurement(_design_scores, (name, profile)).arrays()
        network = model.build()
        results.append(
            Design(
                name,
                counting.parameters(network),
                counting.multiply_adds(network),
                interval(scores["mse"]),
                interval(scores["checkerboard"]),
                float(scores["untrained"]),
            )
        )
    return results


def _design_scores(name: str, profile: Profile) -> Arrays:
    images = data.fashion_mnist("train").pixels[-BUDGETS[profile.name].studied_images :]
    models = [runs.model_of(run) for run in runs.get_all(_design_specs(name, profile))]
    restored = [reconstruct(model, images) for model in models]
    return {
        "mse": np.array([mse(images, r).mean().item() for r in restored]),
        "checkerboard": np.array([checkerboard(r - images) for r in restored]),
        "untrained": np.array(_untrained_checkerboard(DESIGNS[name], images)),
    }


def checkerboard(errors: Tensor) -> float:
    """Power at period 2, along rows or columns, over the power at the next longer period.

    Parameters
    ----------
    errors : Tensor, shape (n, 1, height, width)
        Reconstructions minus images; height and width are even.
    """
    power = torch.fft.fft2(errors[:, 0]).abs().square().mean(0)
    row, column = power.shape[0] // 2, power.shape[1] // 2
    at_two = power[row].sum() + power[:, column].sum()
    beside = power[row - 1].sum() + power[:, column - 1].sum()
    return (at_two / beside).item()


def _untrained_checkerboard(design: ModelSpec, images: Tensor, seeds: int = 5) -> float:
    """Median over first weights; of the reconstructions, which have no other fine structure."""
    found = []
    for seed in range(seeds):
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            found.append(checkerboard(reconstruct(design.build().eval(), images[:200])))
    return float(np.median(found))


# Verdicts


def plateau(profile: Profile) -> tuple[Interval, Interval]:
    """How much training loss falls in the last fifth of the longer run, and dense 392's gain.

    Returns
    -------
    fall : Interval
        1 minus last loss over the loss at four fifths.
    wider : Interval
        Test error with a code of 392 over that with 64 after the longer training.
    """
    long, wide = network(DENSE_LONG, profile), network(DENSE_392, profile)
    at = max(0, round(0.8 * long.train_loss.shape[1]) - 1)
    fall = 1 - long.train_loss[:, -1] / long.train_loss[:, at]
    return interval(fall), interval(wide.errors / long.errors)


def verdicts(profile: Profile) -> tuple[Verdict, ...]:
    """C3 to C8, decided by rules that were fixed before the measurement."""
    return (_c3(profile), _c4(profile), _c5(profile), _c6(profile), _c7(profile), _c8(profile))


def _c3(profile: Profile) -> Verdict:
    every = matches(profile)
    as_run, code_64, code_392, parameters, multiply_adds, as_run_longer, longer = every
    return judge(
        "C3",
        {
            "as_run": as_run.difference,
            "code_64": code_64.difference,
            "code_392": code_392.difference,
            "equal_parameters": parameters.difference,
            "equal_multiply_adds": multiply_adds.difference,
            "as_run_dense_longer": as_run_longer.difference,
            "code_64_dense_longer": longer.difference,
        },
        f"test MSE as run: dense {as_run.dense.error:.4f}, CNN {as_run.cnn.error:.4f}; CNN minus "
        f"dense, in thousandths: {_thousandths(as_run.difference)} as run, "
        f"{_thousandths(code_392.difference)} at code 392, "
        f"{_thousandths(code_64.difference)} at code 64, "
        f"{_thousandths(longer.difference)} at code 64 with the dense network trained longer",
        len(profile.seeds),
        "fig-c3-matched",
        "tests/experiments/test_dense_versus_cnn.py::test_the_winner_is_decided_by_the_interval",
    )


def _c4(profile: Profile) -> Verdict:
    by_name = {kind.name: kind for kind in locality(profile)}
    dense = float(np.median(by_name["dense"].share))
    field = receptive_field(LabCNN())
    return judge(
        "C4",
        {"dense_share": dense, "receptive_field": field},
        f"a code number of the CNN sees {field} x {field} pixels; the median dense filter has "
        f"{100 * dense:.0f}% of its energy in its best {LOCAL_WINDOW} x {LOCAL_WINDOW}",
        1,
        "fig-c3-filters",
        "tests/experiments/test_dense_versus_cnn.py::test_receptive_field_of_the_labs_cnn",
    )


def _c5(profile: Profile) -> Verdict:
    dense, cnn = network(DENSE, profile), network(CNN, profile)
    ratio = slowdown(profile)
    return judge(
        "C5",
        {
            "cnn_parameters": cnn.parameters,
            "dense_parameters": dense.parameters,
            "cnn_over_dense_seconds": ratio,
        },
        f"{cnn.parameters:,} parameters against {dense.parameters:,}; seconds an epoch, CNN over "
        f"dense: {ratio:.1f}",
        len(profile.seeds),
        "fig-c3-pareto",
        "tests/models/test_conv.py::test_the_labs_cnn_has_3217_parameters_and_a_code_of_392",
    )


def slowdown(profile: Profile) -> Interval:
    """Seconds of training, the lab's CNN over its dense network, paired by seed.

    Geometric mean and an interval of logarithms, so that no end of it is below 0.
    """
    logs = interval(np.log(network(CNN, profile).seconds / network(DENSE, profile).seconds))
    mean, low, high = np.exp([logs.mean, logs.low, logs.high]).tolist()
    return Interval(mean, low, high, logs.n)


def _c6(profile: Profile) -> Verdict:
    dense, cnn = (result.ratio for result in permuted(profile))
    return judge(
        "C6",
        {"dense": dense, "cnn": cnn},
        f"permuted over original: dense {dense:.3f}, CNN {cnn:.1f}",
        len(profile.seeds),
        "fig-c3-permuted",
        "tests/models/test_conv.py::test_a_dense_autoencoder_cannot_tell_permuted_pixels",
    )


def _c7(profile: Profile) -> Verdict:
    fall, wider = plateau(profile)
    return judge(
        "C7",
        {"last_fifth": fall, "larger_code": wider},
        f"the last fifth lowers the loss by {_percent(fall)}; code 392 ends at "
        f"{wider:.2f} of the error",
        len(profile.seeds),
        "fig-c3-epochs",
        "tests/experiments/test_dense_versus_cnn.py::test_plateau_reads_the_last_fifth",
    )


def _c8(profile: Profile) -> Verdict:
    by_name = {probe.name: probe for probe in probes(profile)}
    pairs = {"as_run": (CNN, DENSE), "64": (CNN_64, DENSE), "392": (CNN, DENSE_392)}
    numbers = {}
    for size, (cnn, dense) in pairs.items():
        one, other = by_name[cnn], by_name[dense]
        numbers[f"linear_{size}"] = interval(one.linear - other.linear)
        numbers[f"neighbours_{size}"] = interval(one.neighbours - other.neighbours)
    return judge(
        "C8",
        numbers,
        f"accuracy on the CNN's codes minus dense, in points: linear "
        f"{_points(numbers['linear_as_run'])}, neighbours {_points(numbers['neighbours_as_run'])}",
        len(profile.seeds),
        "fig-c3-probes",
        "tests/experiments/test_dense_versus_cnn.py::test_classifiers_agree_with_scikit_learn",
    )


def _thousandths(value: Interval) -> str:
    return f"{1000 * value.mean:+.2f} [{1000 * value.low:+.2f}, {1000 * value.high:+.2f}]"


def _percent(value: Interval) -> str:
    return f"{100 * value.mean:.1f}% [{100 * value.low:.1f}, {100 * value.high:.1f}]"


def _points(value: Interval) -> str:
    return f"{100 * value.mean:+.1f} [{100 * value.low:+.1f}, {100 * value.high:+.1f}]"


# What the runs are, and what the results are made of


def _specs(name: str, profile: Profile, permuted: bool = False) -> list[RunSpec]:
    budget = BUDGETS[profile.name]
    images = data.DataSpec(budget.images, 0, PERMUTATION_SEED if permuted else None)
    epochs, rate = budget.epochs, budget.dense_rate
    if name == DENSE_LONG:
        epochs, rate = budget.epochs * budget.longer, budget.longer_rate
    elif name in (CNN, CNN_64):
        rate = budget.cnn_rate
    return [_run(NETWORKS[name], epochs, rate, seed, images) for seed in profile.seeds]


def _design_specs(name: str, profile: Profile) -> list[RunSpec]:
    budget = BUDGETS[profile.name]
    images = data.DataSpec(budget.design_images, 0)
    epochs, rate = budget.design_epochs, budget.cnn_rate
    return [_run(DESIGNS[name], epochs, rate, seed, images) for seed in profile.seeds]


def _run(
    model: ModelSpec, epochs: int, learning_rate: float, seed: int, images: data.DataSpec
) -> RunSpec:
    optimiser = Optimiser(learning_rate=learning_rate)
    return RunSpec(model, epochs, seed, images, optimiser=optimiser, batch_size=BATCH_SIZE)


@torch.no_grad()
def code_size(model: Autoencoder) -> int:
    """How many numbers an image becomes."""
    return model.encode(torch.zeros(1, 1, 28, 28)).shape[1]


@torch.no_grad()
def reconstruct(model: Autoencoder, images: Tensor) -> Tensor:
    """Reconstructions in batches, shape of `images`."""
    return torch.cat([model(some) for some in images.split(1000)])


@torch.no_grad()
def _encode(model: Autoencoder, images: Tensor) -> Tensor:
    return torch.cat([model.encode(some) for some in images.split(1000)])


def _errors(name: str, profile: Profile, permuted: bool = False) -> ArrayMeasurement:
    networks = tuple(_specs(name, profile, permuted))
    return ArrayMeasurement(
        reconstruction_errors, (networks, "test", BUDGETS[profile.name].test_images)
    )


def _match(equal: str, dense: Network, cnn: Network) -> Match:
    differences = cnn.errors - dense.errors
    p_value = float(stats.ttest_rel(cnn.errors, dense.errors).pvalue)
    return Match(equal, dense, cnn, interval(differences), p_value)


def _move_right(images: Tensor, by: int) -> Tensor:
    return torch.nn.functional.pad(images, (by, 0))[..., : images.shape[-1]]


def _locality(name: str, filters: np.ndarray) -> Locality:
    energy = filters.astype(float) ** 2
    total = energy.sum((1, 2))
    window = min(LOCAL_WINDOW, energy.shape[1])
    windows = np.lib.stride_tricks.sliding_window_view(energy, (window, window), (1, 2))
    return Locality(
        name,
        filters,
        windows.sum((3, 4)).max((1, 2)) / total,
        total**2 / (energy**2).sum((1, 2)),
    )


def _scores(name: str, error: float, images: Tensor, restored: Sequence[Tensor]) -> Scores:
    return Scores(
        name,
        error,
        psnr(error).item(),
        float(np.mean([ssim(images, r).mean().item() for r in restored])),
        float(np.mean([binary_accuracy(images, r) for r in restored])),
    )


def binary_accuracy(images: Tensor, restored: Tensor) -> float:
    """Keras's `accuracy` for images: rounded reconstructions compared with grey targets."""
    return ((restored > 0.5).to(images.dtype) == images).double().mean().item()


def _images(profile: Profile) -> data.DataSpec:
    return data.DataSpec(BUDGETS[profile.name].images, 0)


def _flat(pixels: Tensor) -> np.ndarray:
    return pixels.flatten(1).double().numpy()
