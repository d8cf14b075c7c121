"""Inputs of another shape, type or range are refused at every public door, with what to do.

Before, each of these trained, scored or built something else without a word, or ended in a
message of torch's about its own insides.
"""

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from labcode.baselines.denoisers import denoised, median
from labcode.baselines.detectors import pca_error
from labcode.data import DataSpec, made, moments
from labcode.data import files as fashion_mnist
from labcode.data.corruption import GaussianNoise, GaussianNoiseRange, Masking, SaltAndPepper
from labcode.data.outside import outside_images
from labcode.designs.profiles import PROFILES
from labcode.models.autoencoder import Autoencoder
from labcode.models.classifier import GarmentClassifier
from labcode.models.conv import ConvAutoencoder, LabCNN
from labcode.models.denoiser import AnyNoiseDenoiser, ConvDenoiser, PlaneDenoiser
from labcode.models.dense import DeepAutoencoder, ShallowAutoencoder
from labcode.models.likelihoods import Bernoulli, BernoulliOnGrey, ContinuousBernoulli, Gaussian
from labcode.models.linear import LinearAutoencoder, NestedDropoutAutoencoder
from labcode.models.variational import ConvVAE, DenseVAE, GatedVAE, LinearVAE
from labcode.scores import damage, generation, latent, probes
from labcode.scores.copies import nearest_images
from labcode.scores.evidence import importance_bounds
from labcode.scores.filters import dead_maps, locality
from labcode.scores.latent_models import codes_of
from labcode.scores.metrics import mse, psnr, ssim
from labcode.scores.reconstruction import reconstruction_error
from labcode.theory import denoising, linear_autoencoder, pca, ppca
from labcode.training.classifier import ClassifierRunSpec, accuracy
from labcode.training.covariance import CovarianceRunSpec
from labcode.training.loop import Optimiser
from labcode.training.networks import RunSpec, fit, model_spec, score
from labcode.training.variational import VariationalRunSpec

IMAGES = torch.rand(6, 1, 28, 28, generator=torch.Generator().manual_seed(0))
FASHION = DataSpec(100, 10)

WITHOUT_CHANNEL = IMAGES[:, 0]
ANOTHER_SIZE = torch.zeros(6, 1, 29, 29)
BYTES = (IMAGES * 255).to(torch.uint8)
UP_TO_255 = IMAGES * 255
DOUBLE = IMAGES.double()
NOT_FINITE = torch.where(IMAGES > 0.99, torch.nan, IMAGES)

WRONG_BATCHES = {
    "no channel": (WITHOUT_CHANNEL, r"\(n, 1, 28, 28\) and got \(6, 28, 28\).*unsqueeze\(1\)"),
    "29 x 29": (ANOTHER_SIZE, r"\(n, 1, 28, 28\) and got \(6, 1, 29, 29\)"),
    "uint8": (BYTES, r"float32 and got uint8.*x\.float\(\) / 255"),
    "float64": (DOUBLE, r"float32 and got float64.*x\.to\(torch\.float32\)"),
}
WRONG_PIXELS = {
    "to 255": (UP_TO_255, r"float32 from 0 to 1, .*these reach .*25.*Divide"),
    "not a number": (NOT_FINITE, r"float32 from 0 to 1, .*not a number"),
}
OF_ANY_TYPE = {"uint8": (BYTES, r"float32 from 0 to 1, and these are uint8.*/ 255")}

NETWORKS: dict[str, Autoencoder] = {
    type(model).__name__: model
    for model in (
        LinearAutoencoder(2),
        NestedDropoutAutoencoder(2),
        ShallowAutoencoder(2),
        DeepAutoencoder(2, (4,)),
        LabCNN(),
        ConvAutoencoder(2),
        ConvDenoiser((2, 2), 4),
        DenseVAE(2, (4,)),
        ConvVAE(2),
        GatedVAE(2, 4),
        LinearVAE(2),
    )
}


def cases(*kinds: dict[str, tuple[Tensor, str]]):
    """Wrong images and what the message must say of them, as a parametrisation."""
    together = {name: case for kind in kinds for name, case in kind.items()}
    return pytest.mark.parametrize(("wrong", "message"), together.values(), ids=together)


def refuses(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=re.compile(message, re.DOTALL)):
        call()


@cases(WRONG_BATCHES, WRONG_PIXELS)
@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_refuses_other_images(name, wrong, message):
    network = NETWORKS[name]
    doors = [network, network.encode]
    if hasattr(network, "posterior"):
        doors.append(network.posterior)
    for door in doors:
        refuses(lambda door=door: door(wrong), message)
    refuses(lambda: network.loss(wrong, wrong), message + "|compared as float32")
    network(IMAGES)


@cases(WRONG_BATCHES, WRONG_PIXELS)
@pytest.mark.parametrize("name", NETWORKS)
def test_fit_refuses_other_images_before_it_trains(name, wrong, message):
    """Before: MSE 0.094 for 0.043 without the channel, a loss of 21,561 with 0 to 255."""
    network = NETWORKS[name]
    before = [weight.clone() for weight in network.parameters()]
    refuses(lambda: fit(network, wrong, IMAGES, epochs=1, device="cpu"), message)
    refuses(lambda: fit(network, IMAGES, wrong, epochs=1, device="cpu"), message)
    refuses(lambda: score(network, wrong, wrong), message + "|compared as float32")
    assert all(map(torch.equal, before, network.parameters()))


@pytest.mark.parametrize("name", NETWORKS)
def test_a_target_of_another_shape_is_not_broadcast(name):
    for target in (WITHOUT_CHANNEL, IMAGES[:1]):
        refuses(lambda target=target: NETWORKS[name].loss(IMAGES, target), "one shape are compared")


@pytest.mark.parametrize("name", NETWORKS)
def test_every_decoder_refuses_codes_of_another_size(name):
    network = NETWORKS[name]
    for codes in (torch.zeros(3, network.code_size + 1), torch.zeros(network.code_size)):
        refuses(
            lambda codes=codes: network.decode(codes), rf"codes of shape \(n, {network.code_size}\)"
        )
    network.decode(torch.zeros(3, network.code_size))


def test_noisy_images_outside_the_pixel_range_are_what_denoisers_see():
    noisy = GaussianNoise(1.0)(IMAGES)
    assert noisy.min() < 0 and noisy.max() > 1
    assert LabCNN()(noisy).shape == IMAGES.shape
    assert score(LabCNN(), noisy, IMAGES) > 0


def test_a_sigmoid_refuses_vectors_that_it_cannot_give_back():
    """Flattened pixels of 0 to 255; made data of any range suit a network without a sigmoid."""
    vectors = UP_TO_255.flatten(1).clone()
    bounded = DeepAutoencoder(2, (4,), shape=(784,))
    refuses(lambda: fit(bounded, vectors, vectors[:0], epochs=1), "from 0 to 1, and these reach")
    linear = LinearAutoencoder(2, shape=(784,))
    fit(linear, vectors, vectors[:0], epochs=1, optimiser=Optimiser("SGD", 0.0), device="cpu")
    vectors[0, 0] = torch.inf
    refuses(lambda: fit(linear, vectors, vectors[:0], epochs=1), "not finite")


def test_numpy_arrays_are_refused_by_name():
    array = IMAGES.numpy()
    doors = [
        LabCNN(),
        lambda x: fit(LabCNN(), x, x, epochs=1),
        lambda x: mse(x, x),
        lambda x: ssim(x, x),
        Bernoulli().observe,
        lambda x: Gaussian().log_density(x, x),
        GaussianNoise(0.1),
    ]
    for door in doors:
        with pytest.raises(TypeError, match=r"numpy.ndarray. Convert it with torch.as_tensor"):
            door(array)


@cases(WRONG_BATCHES, WRONG_PIXELS)
def test_the_classifier_refuses_other_images(wrong, message):
    classifier = GarmentClassifier()
    labels = torch.zeros(len(wrong), dtype=torch.int64)
    for door in (classifier, classifier.features, lambda x: accuracy(classifier, x, labels)):
        refuses(lambda door=door: door(wrong), message)


@cases(WRONG_BATCHES)
def test_denoisers_of_points_refuse_images(wrong, message):
    for network in (PlaneDenoiser(4), AnyNoiseDenoiser(hidden=4)):
        loss = lambda network=network: network.loss(wrong, wrong)  # noqa: E731
        refuses(loss, r"inputs of shape \(n, 2\) and got|compared as float32")
    strengths = torch.ones(3)
    points = torch.zeros(3, 2)
    refuses(lambda: AnyNoiseDenoiser(hidden=4).denoise(points, strengths), r"shape \(n, 1\)")


@cases({name: WRONG_BATCHES[name] for name in ("no channel", "uint8", "float64")})
def test_bounds_codes_and_classical_denoisers_refuse_other_images(wrong, message):
    refuses(lambda: denoised(median, wrong, (3,), 0.3, FASHION), message)
    refuses(lambda: importance_bounds(DenseVAE(2, (4,)), wrong, [1]), message)
    refuses(lambda: codes_of(LabCNN(), wrong), message)


LIKELIHOODS = {
    type(likelihood).__name__: likelihood
    for likelihood in (Gaussian(), Bernoulli(), BernoulliOnGrey(), ContinuousBernoulli())
}


@pytest.mark.parametrize("name", LIKELIHOODS)
def test_every_likelihood_refuses_what_it_would_broadcast(name):
    log_density = LIKELIHOODS[name].log_density
    several = IMAGES.expand(3, *IMAGES.shape)
    assert log_density(IMAGES, several).shape == (3, 6)
    for x in (WITHOUT_CHANNEL, IMAGES[:1], ANOTHER_SIZE):
        refuses(lambda x=x: log_density(x, IMAGES), "under decoded ones of shape")
    refuses(lambda: log_density(IMAGES, WITHOUT_CHANNEL), "under decoded ones of shape")
    refuses(lambda: log_density(BYTES, IMAGES), "type uint8 cannot be scored.*/ 255")
    refuses(lambda: log_density(DOUBLE, IMAGES), r"type float64 cannot .*to\(torch.float32\)")


@pytest.mark.parametrize("name", ["Bernoulli", "BernoulliOnGrey", "ContinuousBernoulli"])
def test_likelihoods_of_pixels_refuse_numbers_outside_0_to_1(name):
    likelihood = LIKELIHOODS[name]
    refuses(lambda: likelihood.log_density(UP_TO_255, IMAGES), "from 0 to 1, and these reach")
    refuses(lambda: likelihood.log_density(NOT_FINITE, IMAGES), "not a number")
    logits = torch.logit(IMAGES)
    refuses(lambda: likelihood.log_density(IMAGES, logits), "output reaches.*sigmoid")
    diverged = torch.full_like(IMAGES, torch.nan)
    assert likelihood.log_density(IMAGES, diverged).isnan().all()  # the training loop reports it


@cases(WRONG_PIXELS, OF_ANY_TYPE)
def test_binarisation_refuses_other_pixels(wrong, message):
    refuses(lambda: Bernoulli().observe(wrong), message)


@pytest.mark.parametrize("score_of", [mse, ssim])
def test_scores_refuse_two_shapes_and_other_pixels(score_of):
    """Before: the MSE of an image with itself was 0.17, for want of a channel."""
    refuses(lambda: score_of(WITHOUT_CHANNEL, IMAGES), "have .6, 28, 28. and .6, 1, 28, 28.")
    refuses(lambda: score_of(IMAGES, IMAGES[:1]), "two batches of one shape")
    refuses(lambda: score_of(BYTES, BYTES), "these are uint8.*/ 255")
    refuses(lambda: score_of(IMAGES, BYTES), "these are uint8.*/ 255")
    refuses(lambda: score_of(UP_TO_255, UP_TO_255), "from 0 to 1, and these reach")
    refuses(lambda: score_of(NOT_FINITE, IMAGES), "not a number")
    beyond = 3 * IMAGES - 1
    assert torch.isfinite(score_of(IMAGES, beyond)).all()  # a linear decoder overshoots


@pytest.mark.parametrize("error", [-0.1, float("nan"), torch.tensor([0.1, -0.1])])
def test_psnr_refuses_what_is_no_error(error):
    refuses(lambda: psnr(error), "0 or more")


@pytest.mark.parametrize(
    "noise", [GaussianNoise(0.1), GaussianNoiseRange(0, 1), Masking(0.5), SaltAndPepper(0.5)]
)
@cases(WRONG_PIXELS, OF_ANY_TYPE)
def test_noise_in_units_of_the_pixel_range_refuses_other_pixels(noise, wrong, message):
    refuses(lambda: noise(wrong), message)
    points = 5 * torch.randn(4, 2)
    assert noise(points).shape == points.shape


NETWORK = model_spec(DenseVAE, code_size=2)
OPTIONS = {
    "sgd": (lambda: Optimiser("sgd"), "Adam, AdamW, SGD"),
    "RMSprop": (lambda: Optimiser("RMSprop"), "Adam, AdamW, SGD"),
    "adamw": (lambda: Optimiser("adamw"), "Adam, AdamW, SGD"),
    "no name": (lambda: Optimiser(None), "Adam, AdamW, SGD"),
    "schedule": (lambda: VariationalRunSpec(NETWORK, 1, 0, schedule="linear"), "constant, cosine"),
    "method": (lambda: CovarianceRunSpec(2, "lbfgs", 5), "LBFGS, SGD, Adam, AdamW, ALS"),
    "start": (lambda: CovarianceRunSpec(2, "SGD", 5, start="zero"), "random, aligned, saddle"),
    "budget": (lambda: replace(PROFILES["smoke"], budget="days"), "a token, minutes, hours"),
    "down": (lambda: ConvAutoencoder(2, down="max"), "stride, max pooling, average pooling"),
    "up": (lambda: ConvAutoencoder(2, up="bilinear"), "transposed 3x3, transposed 4x4, nearest"),
    "part": (lambda: fashion_mnist.load("validation"), "train, test"),
    "part of the errors": (
        lambda: reconstruction_error.function(None, "validation"),
        "train, test",
    ),
}


@pytest.mark.parametrize(("build", "names"), OPTIONS.values(), ids=OPTIONS)
def test_a_mistyped_option_is_refused_with_the_list_of_names(build, names):
    """Before, most of these became another option: `Optimiser("sgd")` was Adam."""
    refuses(build, f"is unknown. Choose one of {names}")


SIZES = {
    "code_size": lambda: LinearAutoencoder(0),
    "code_size of a VAE": lambda: DenseVAE(-1),
    "code_size as a fraction": lambda: ShallowAutoencoder(2.5),
    "hidden": lambda: DeepAutoencoder(2, hidden=(4, 0)),
    "hidden of a gated VAE": lambda: GatedVAE(2, hidden=0),
    "channels": lambda: ConvAutoencoder(2, channels=(16, 0)),
    "channels of a denoiser": lambda: ConvDenoiser((0, 2)),
    "feature_size": lambda: GarmentClassifier(0),
    "shape": lambda: LinearAutoencoder(2, shape=(1, 0, 28)),
    "epochs": lambda: RunSpec(NETWORK, 0, 0),
    "epochs of a VAE": lambda: VariationalRunSpec(NETWORK, 0, 0),
    "epochs of a classifier": lambda: ClassifierRunSpec(0, 0),
    "batch_size": lambda: RunSpec(NETWORK, 1, 0, batch_size=True),
    "steps": lambda: CovarianceRunSpec(2, "SGD", 0),
}


@pytest.mark.parametrize(("name", "build"), SIZES.items(), ids=SIZES)
def test_impossible_sizes_are_refused_by_name(name, build):
    refuses(build, f"{name.split()[0]}=.*whole numbers, at least 1")


def test_sizes_may_be_numpys():
    assert LinearAutoencoder(np.int64(3)).code_size == 3


@pytest.mark.parametrize("shape", [(28, 28), (1, 27, 28), (784,)])
def test_a_convolution_refuses_shapes_that_do_not_halve_twice(shape):
    """Before: `LabCNN((28, 28))` said "not enough values to unpack"."""
    for build in (LabCNN, lambda shape: ConvAutoencoder(2, shape=shape)):
        refuses(lambda build=build: build(shape), "cannot be halved twice.*height, width")


NUMBERS = {
    "learning rate": lambda: Optimiser(learning_rate=-1.0),
    "rate not a number": lambda: Optimiser(learning_rate=float("nan")),
    "decay": lambda: Optimiser(weight_decay=float("inf")),
    "noise": lambda: GaussianNoise(float("nan")),
    "negative noise": lambda: GaussianNoise(-0.1),
    "range of noise": lambda: GaussianNoiseRange(0.1, float("inf")),
    "beta": lambda: VariationalRunSpec(NETWORK, 1, 0, beta=-1),
}


@pytest.mark.parametrize("build", NUMBERS.values(), ids=NUMBERS)
def test_negative_and_infinite_settings_are_refused(build):
    refuses(build, "a finite number, 0 or more")


def test_settings_that_do_not_fit_together_are_refused():
    refuses(lambda: CovarianceRunSpec(2, "AdamW", 5, weight_decay=(0.1, 0.2)), "except to AdamW")
    refuses(lambda: CovarianceRunSpec(2, "SGD", 5, weight_decay=(0.1,)), "each of the 2 units")
    refuses(lambda: AnyNoiseDenoiser(low=0.0), "0 < low <= high")
    refuses(lambda: Gaussian(float("nan")), "above 0")


TWO = torch.rand(5, 2)
VECTORS = {
    "moment_divergence": latent.moment_divergence,
    "discrepancy_from_normal": latent.discrepancy_from_normal,
    "whiten": lambda x: latent.whiten(x, TWO),
    "whiten like": lambda x: latent.whiten(TWO, x),
    "linear_path": lambda x: latent.linear_path(x, TWO, 3),
    "spherical_path": lambda x: latent.spherical_path(TWO, x, 3),
    "nearest_distance": lambda x: latent.nearest_distance(x, TWO),
    "frechet_distance": lambda x: generation.frechet_distance(x, TWO),
    "precision_and_recall": lambda x: generation.precision_and_recall(TWO, x),
}


@pytest.mark.parametrize("name", VECTORS)
def test_trial_scores_of_codes_and_features_refuse_what_are_no_such_vectors(name):
    score_of = VECTORS[name]
    score_of(TWO + 0.1)
    refuses(lambda: score_of(torch.rand(5, 2, 2)), r"of shape \(n, k\)")
    refuses(lambda: score_of(torch.rand(5)), r"of shape \(n, k\)")
    refuses(lambda: score_of((255 * TWO).to(torch.uint8)), "floating-point numbers, and are uint8")
    refuses(lambda: score_of(torch.full((5, 2), torch.nan)), "not finite")
    refuses(lambda: score_of(TWO[:0]), "there are none")
    if name not in ("moment_divergence", "discrepancy_from_normal"):
        refuses(lambda: score_of(torch.rand(5, 1)), "with one k")


DATA = {
    "train": (lambda: DataSpec(True, 0), "train=True: give whole"),
    "train as a fraction": (lambda: DataSpec(1.5, 0), "train=1.5: give whole"),
    "train as a word": (lambda: DataSpec("5", 0), "train='5': give whole"),
    "validation": (lambda: DataSpec(5, -1), "validation=-1: give whole numbers, at least 0"),
    "permutation": (lambda: DataSpec(5, 5, 0.5), "permutation_seed=0.5: give whole"),
    "no images": (lambda: outside_images("noise", -1), "n=-1: give whole"),
    "digits": (lambda: outside_images("digits", 5000), "there are 1797 digits"),
    "no points": (lambda: made.sample(made.THREE_CLUSTERS, 0, 0), "n=0: give whole"),
    "spectrum": (lambda: made.gaussian([torch.inf, 1.0], 5, 0), "eigenvalues .* not finite"),
    "mean": (lambda: made.gaussian([2.0, 1.0], 5, 0, [torch.nan, 0.0]), "means .* not finite"),
    "moments": (lambda: moments(IMAGES[:0]), "points are expected, and there are none"),
    "moments of bytes": (lambda: moments(BYTES), "must be floating-point numbers.*/ 255"),
}


@pytest.mark.parametrize(("build", "message"), DATA.values(), ids=DATA)
def test_trial_data_that_cannot_be_are_refused(build, message):
    refuses(build, message)


CLASSES = torch.arange(5)
ONES = np.ones((2, 4, 4))
FITTED = pca.fit(np.random.default_rng(0).normal(size=(20, 3)))
MODEL = ppca.maximum_likelihood(FITTED, 1)
OTHER_DOORS = {
    "shift": (lambda: damage.shifted(IMAGES, 1.5), "right=1.5: give whole"),
    "shift too far": (lambda: damage.shifted(IMAGES, 29), "only 28 pixels"),
    "shift of vectors": (lambda: damage.shifted(IMAGES.flatten(1), 1), "height, width"),
    "one strength": (lambda: damage.faded(IMAGES, torch.rand(1)), "each of 6 items"),
    "negative": (lambda: damage.blurred(IMAGES, -torch.rand(6)), "std must be 0 or more"),
    "black": (lambda: damage.equally_damaged(0 * IMAGES, IMAGES, "faded"), "6 of 6 images are 0"),
    "classes": (
        lambda: probes.linear_accuracies((TWO, CLASSES.int()), (TWO, CLASSES), [1.0]),
        "int64 and shape .5,.*int32",
    ),
    "no strengths": (
        lambda: probes.linear_accuracies((TWO, CLASSES), (TWO, CLASSES), []),
        "there are no strengths",
    ),
    "too many neighbours": (
        lambda: probes.neighbour_accuracies((TWO, CLASSES), (TWO, CLASSES), [6]),
        "counts=.6,.: there are only 5",
    ),
    "filters": (lambda: locality(0 * ONES, 2), "2 of 2 filters are 0 throughout"),
    "maps": (lambda: dead_maps(-torch.rand(2, 3, 4)), "maps must be 0 or more"),
    "nearest": (lambda: nearest_images(IMAGES, IMAGES[:, :, :14]), "one shape and type"),
    "detector": (lambda: pca_error(UP_TO_255, FASHION, 2), "from 0 to 1, and these reach"),
    "still": (lambda: latent.detour(torch.zeros(2, 3, 4)), "walks from end to end are 0"),
    "device": (
        lambda: fit(LabCNN(), IMAGES, IMAGES, epochs=1, device="meta"),
        "device 'meta' computes no numbers",
    ),
    "a line of a table": (lambda: MODEL.log_likelihood(np.ones((2, 1))), "shape .n, 3. are"),
    "order": (lambda: ppca.unit_rates([1.0, 2.0], 1, 0.5), "the largest first"),
    "no noise": (lambda: denoising.gains([2.0, 1.0], 0.0), "std must be above 0"),
    "half a component": (lambda: FITTED.floor(1.5), "k = 1.5: it must be a whole number"),
    **{
        f.__name__: (
            lambda f=f: f(np.eye(2), np.eye(2), np.eye(3)),
            "covariance of shape .d = 2, d = 2. is expected",
        )
        for f in (linear_autoencoder.encoder_gradient, linear_autoencoder.decoder_gradient)
    },
}


@pytest.mark.parametrize(("call", "message"), OTHER_DOORS.values(), ids=OTHER_DOORS)
def test_what_other_doors_refuse(call, message):
    refuses(call, message)


def test_bytes_are_not_multiplied_as_bytes():
    """Before: uint8 weights overflowed in matrix products without a word."""
    small = np.full((2, 2), 200, np.uint8)
    with pytest.raises(TypeError, match=r"w1 must be float64, and is uint8. w1.astype\(float\)"):
        linear_autoencoder.loss(small, small, small)


def test_a_misspelt_argument_of_a_model_is_refused_where_it_is_written():
    with pytest.raises(TypeError, match="DeepAutoencoder.*code_size.*unexpected.*wide"):
        model_spec(DeepAutoencoder, code_size=8, wide=True)


def test_a_spec_holds_what_it_says():
    with pytest.raises(TypeError, match="data must be of the class DataSpec, and is of int"):
        RunSpec(NETWORK, 1, 0, 50_000)
    with pytest.raises(TypeError, match="best='no': give True or False"):
        RunSpec(NETWORK, 1, 0, best="no")
