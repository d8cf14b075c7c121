"""Fashion-MNIST as this book knows it, its split, and made data with known moments."""

import numpy as np
import pytest
import scipy.stats
import torch
from sklearn.datasets import load_digits
from torch.distributions import Categorical, MixtureSameFamily, MultivariateNormal

from labcode import data
from labcode.data import DataSpec
from labcode.data._torchvision import torchvision

# Fashion-MNIST. The numbers come from an independent computation on the original files.


def test_shapes_types_and_range(fashion_mnist):
    for images, n in ((fashion_mnist.train, 60_000), (fashion_mnist.test, 10_000)):
        assert len(images) == n
        assert images.pixels.shape == (n, 1, 28, 28)
        assert images.pixels.dtype == torch.float32
        assert (images.pixels.min(), images.pixels.max()) == (0, 1)
        assert images.labels.dtype == torch.int64
        assert images.labels.bincount().tolist() == [n // 10] * 10
    assert len(data.CLASS_NAMES) == 10


def test_pixel_statistics(fashion_mnist):
    train, test = fashion_mnist.train.pixels.double(), fashion_mnist.test.pixels.double()
    assert train.mean().item() == pytest.approx(0.2860406, abs=1e-7)
    assert train.std(correction=0).item() == pytest.approx(0.3530242, abs=1e-7)
    for threshold, of_train, of_test in (
        (lambda x: x == 0, 0.502051, 0.499896),
        (lambda x: x == 1, 0.008059, 0.008009),
        (lambda x: x > 127.5 / 255, 0.314658, 0.315302),
    ):
        assert threshold(train).double().mean().item() == pytest.approx(of_train, abs=5e-7)
        assert threshold(test).double().mean().item() == pytest.approx(of_test, abs=5e-7)


def test_labels_belong_to_the_images(fashion_mnist):
    """The nearest class mean, a classifier with nothing to tune, is right far above chance."""
    train, test = fashion_mnist.train, fashion_mnist.test
    means = torch.stack([train.pixels[train.labels == c].mean(0) for c in range(10)])
    guess = torch.cdist(test.pixels.flatten(1), means.flatten(1)).argmin(1)
    assert (guess == test.labels).double().mean() > 0.6
    assert list(data.CLASS_NAMES) == torchvision.datasets.FashionMNIST.classes


def test_no_image_twice_and_no_constant_pixel(fashion_mnist):
    both = torch.cat([fashion_mnist.train.pixels, fashion_mnist.test.pixels])
    assert len({image.numpy().tobytes() for image in both}) == 70_000
    assert (fashion_mnist.train.pixels.amax(0) > fashion_mnist.train.pixels.amin(0)).all()


def test_moments_have_the_known_spectrum(fashion_mnist):
    mean, covariance = data.moments(fashion_mnist.train.pixels)
    assert mean.dtype == covariance.dtype == torch.float64
    assert covariance.trace().item() == pytest.approx(68.21626, abs=1e-5)
    eigenvalues = np.linalg.eigvalsh(covariance.numpy())[::-1]
    known = {1: 19.80948, 2: 12.11201, 10: 0.89654, 32: 0.18082, 392: 0.00646}
    for place, value in known.items():
        assert eigenvalues[place - 1] == pytest.approx(value, abs=1e-5)
    assert eigenvalues[-1] == pytest.approx(1.0e-7, abs=1e-8)


def test_moments_agree_with_numpy():
    x = torch.rand(25_001, 1, 2, 3, generator=torch.Generator().manual_seed(0))
    mean, covariance = data.moments(x)
    flat = x.flatten(1).double().numpy()
    np.testing.assert_allclose(mean, flat.mean(0), rtol=1e-12)
    np.testing.assert_allclose(covariance, np.cov(flat.T, bias=True), atol=1e-13)


# The split


def test_split_takes_the_first_and_the_last_training_images(fashion_mnist):
    split = data.load(DataSpec(train=300, validation=200))
    assert torch.equal(split.train.pixels, fashion_mnist.train.pixels[:300])
    assert torch.equal(split.train.labels, fashion_mnist.train.labels[:300])
    assert torch.equal(split.validation.pixels, fashion_mnist.train.pixels[59_800:])
    assert torch.equal(split.validation.labels, fashion_mnist.train.labels[59_800:])
    assert torch.equal(split.test.pixels, fashion_mnist.test.pixels)


def test_default_split_uses_every_training_image_once(fashion_mnist):
    split = data.load(DataSpec())
    assert (len(split.train), len(split.validation), len(split.test)) == (50_000, 10_000, 10_000)
    both = torch.cat([split.train.labels, split.validation.labels])
    assert torch.equal(both, fashion_mnist.train.labels)


def test_no_validation(fashion_mnist):
    split = data.load(DataSpec(train=60_000, validation=0))
    assert (len(split.train), len(split.validation)) == (60_000, 0)
    assert split.validation.pixels.shape == (0, 1, 28, 28)


@pytest.mark.parametrize(
    ("train", "validation", "words"),
    [
        (0, 10, "at least 1"),
        (-5, 10, "at least 1"),
        (10, -1, "at least 0"),
        (50_001, 10_000, "overlap"),
        (60_001, 0, "overlap"),
    ],
)
def test_impossible_splits(train, validation, words):
    with pytest.raises(ValueError, match=words):
        DataSpec(train=train, validation=validation)


def test_permutation_is_one_for_all_images_and_parts(fashion_mnist):
    plain = data.load(DataSpec(train=500, validation=500))
    shuffled = data.load(DataSpec(train=500, validation=500, permutation_seed=1))
    order = data.pixel_permutation(1)
    assert sorted(order.tolist()) == list(range(784))
    for before, after in (
        (plain.train, shuffled.train),
        (plain.validation, shuffled.validation),
        (plain.test, shuffled.test),
    ):
        assert after.pixels.shape == before.pixels.shape
        assert torch.equal(after.pixels.flatten(1), before.pixels.flatten(1)[:, order])
        assert torch.equal(after.labels, before.labels)
    assert not torch.equal(plain.train.pixels, shuffled.train.pixels)
    assert not torch.equal(order, data.pixel_permutation(2))


def test_the_data_in_memory_stays_as_it_was(fashion_mnist):
    before = fashion_mnist.train.pixels[:500].clone()
    data.load(DataSpec(train=500, validation=0, permutation_seed=3))
    assert torch.equal(fashion_mnist.train.pixels[:500], before)


# Made data


def test_gaussian_has_exactly_the_moments_asked_for():
    spectrum, mean = [5.0, 2.0, 2.0, 0.1, 0.0], [1.0, -2.0, 0.0, 3.0, 0.5]
    made = data.gaussian(spectrum, n=400, seed=3, mean=mean)
    x = made.x.numpy()
    np.testing.assert_allclose(x.mean(0), mean, atol=1e-13)
    covariance = np.cov(x.T, bias=True)
    np.testing.assert_allclose(np.linalg.eigvalsh(covariance)[::-1], spectrum, atol=1e-13)
    basis = made.components.numpy()
    np.testing.assert_allclose(basis.T @ basis, np.eye(5), atol=1e-13)
    np.testing.assert_allclose(basis.T @ covariance @ basis, np.diag(spectrum), atol=1e-13)
    assert abs(basis).max() < 0.99  # not the axes
    np.testing.assert_array_equal(made.eigenvalues, spectrum)
    np.testing.assert_array_equal(made.mean, mean)


def test_gaussian_is_gaussian_and_seeded():
    made = data.gaussian([3.0, 1.0], n=2_000, seed=0)
    standard = (made.x @ made.components / made.eigenvalues.sqrt()).numpy()
    for coordinate in standard.T:
        assert scipy.stats.kstest(coordinate, "norm").pvalue > 0.01
    assert torch.equal(made.x, data.gaussian([3.0, 1.0], n=2_000, seed=0).x)
    assert not torch.equal(made.x, data.gaussian([3.0, 1.0], n=2_000, seed=1).x)


@pytest.mark.parametrize(
    ("spectrum", "n", "mean", "words"),
    [
        ([1.0, 2.0], 10, None, "largest first"),
        ([1.0, -0.1], 10, None, ">= 0"),
        ([2.0, 1.0], 2, None, "more than 2"),
        ([2.0, 1.0], 10, [0.0], r"asks for \(2,\)"),
    ],
)
def test_impossible_gaussians(spectrum, n, mean, words):
    with pytest.raises(ValueError, match=words):
        data.gaussian(spectrum, n, seed=0, mean=mean)


def test_mixture_samples_follow_the_stated_density():
    mixture = data.THREE_CLUSTERS
    density = MixtureSameFamily(
        Categorical(torch.from_numpy(mixture.weights)),
        MultivariateNormal(
            torch.from_numpy(mixture.means),
            torch.from_numpy(mixture.covariances),
        ),
    )
    n = 20_000
    ours = data.sample(mixture, n, seed=0)
    with torch.random.fork_rng():
        torch.manual_seed(1)
        theirs = density.sample((n,))
    assert ours.shape == (n, 2)
    for statistic in (
        density.log_prob,
        lambda x: x[:, 0],
        lambda x: x[:, 1],
        lambda x: x[:, 0] * x[:, 1],
        lambda x: (x**2).sum(1),
    ):
        a, b = statistic(ours), statistic(theirs)
        standard_error = ((a.var() + b.var()) / n).sqrt()
        assert abs(a.mean() - b.mean()) < 4 * standard_error
    assert torch.equal(ours, data.sample(mixture, n, seed=0))


# Other data sets.


def test_digits_are_scikit_learns_in_their_order():
    digits = load_digits()
    split = data.load(DataSpec(1200, 300, dataset="digits"))
    assert [len(part) for part in (split.train, split.validation, split.test)] == [1200, 300, 297]
    pixels = torch.cat([split.train.pixels, split.validation.pixels, split.test.pixels])
    assert pixels.shape == (1797, 1, 8, 8)
    assert pixels.dtype == torch.float32
    assert torch.equal(16 * pixels[:, 0], torch.from_numpy(digits.images).float())
    assert split.test.labels.tolist() == digits.target[1500:].tolist()


def test_a_permutation_shuffles_images_of_any_size():
    shuffled = data.load(DataSpec(10, 0, permutation_seed=3, dataset="digits")).train.pixels
    plain = data.load(DataSpec(10, 0, dataset="digits")).train.pixels
    order = data.pixel_permutation(3, 64)
    assert torch.equal(shuffled.flatten(1), plain.flatten(1)[:, order])
    assert sorted(order.tolist()) == list(range(64))


def test_a_spec_has_no_more_images_than_its_data_set():
    with pytest.raises(ValueError, match="the 1500 training images of digits"):
        DataSpec(1400, 200, dataset="digits")
    with pytest.raises(ValueError, match="Choose one of fashion-mnist, .*, digits"):
        DataSpec(dataset="cifar")
