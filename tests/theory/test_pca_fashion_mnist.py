"""The closed forms on real Fashion-MNIST, against values that were computed apart from them."""

import numpy as np
import pytest

from labcode.theory import linear_autoencoder as theory
from labcode.theory import pca

# k: MSE per pixel of PCA fitted on 60,000 images: on them, on the 10,000 test images, and on
# the test images when nobody subtracted the mean.
ERRORS = {
    0: (0.087011, 0.086641, 0.206499),
    1: (0.061743, 0.061377, 0.065484),
    2: (0.046294, 0.046096, 0.048647),
    8: (0.026689, 0.026607, 0.026768),
    10: (0.024371, 0.024352, 0.024475),
    16: (0.020430, 0.020446, 0.020511),
    32: (0.015127, 0.015142, 0.015157),
    64: (0.010332, 0.010368, 0.010373),
    128: (0.006268, 0.006312, 0.006313),
    256: (0.002932, 0.002986, 0.002986),
    392: (0.001340, 0.001382, 0.001382),
}
EIGENVALUES = {
    1: 19.80948,
    2: 12.11201,
    3: 4.10609,
    4: 3.38177,
    5: 2.62473,
    6: 2.36081,
    7: 1.59741,
    8: 1.29980,
    9: 0.92081,
    10: 0.89654,
    16: 0.40235,
    20: 0.31074,
    32: 0.18082,
    64: 0.07931,
    128: 0.03264,
    256: 0.01291,
    392: 0.00646,
}


@pytest.fixture(scope="session")
def fitted(fashion_mnist_pca: pca.PCA) -> pca.PCA:
    return fashion_mnist_pca


@pytest.fixture(scope="session")
def uncentred(fitted: pca.PCA) -> pca.PCA:
    return fitted.uncentred()


@pytest.fixture(scope="session")
def test_images(fashion_mnist) -> np.ndarray:
    return fashion_mnist.test.pixels.flatten(1).double().numpy()


def test_spectrum(fitted: pca.PCA) -> None:
    for i, value in EIGENVALUES.items():
        assert fitted.eigenvalues[i - 1] == pytest.approx(value, abs=6e-6)
    assert fitted.eigenvalues[-1] == pytest.approx(1e-7, rel=0.5)
    assert fitted.floor(0) == pytest.approx(68.21626, abs=6e-6)
    assert fitted.mean.mean() == pytest.approx(0.2860406, abs=1e-7)


@pytest.mark.parametrize("k", ERRORS)
def test_reconstruction_errors(
    fitted: pca.PCA, uncentred: pca.PCA, test_images: np.ndarray, k: int
) -> None:
    train, test, no_mean = ERRORS[k]
    assert fitted.floor_per_pixel(k) == pytest.approx(train, abs=6e-7)
    for analysis, expected in ((fitted, test), (uncentred, no_mean)):
        error = np.mean((test_images - analysis.reconstruct(test_images, k)) ** 2)
        assert error == pytest.approx(expected, abs=6e-7)


@pytest.mark.parametrize(("k", "expected"), [(10, 0.023717), (32, 0.014494), (64, 0.009836)])
def test_clipping_is_a_free_gain(
    fitted: pca.PCA, test_images: np.ndarray, k: int, expected: float
) -> None:
    clipped = fitted.reconstruct(test_images, k, clip=True)
    assert np.mean((test_images - clipped) ** 2) == pytest.approx(expected, abs=6e-7)


def test_floor_is_the_training_error(fashion_mnist, fitted: pca.PCA) -> None:
    train = fashion_mnist.train.pixels.flatten(1).double().numpy()
    error = np.mean((train - fitted.reconstruct(train, 16)) ** 2)
    assert error == pytest.approx(fitted.floor_per_pixel(16), rel=1e-10)


def test_biases_are_worth_at_most_one_unit(fitted: pca.PCA, uncentred: pca.PCA) -> None:
    assert uncentred.eigenvalues[0] == pytest.approx(110.284, abs=6e-4)
    low, high = theory.bias_bounds(uncentred.eigenvalues, 2)
    bounded = [low / 784, fitted.floor_per_pixel(2), high / 784]
    assert bounded == pytest.approx([0.041715, 0.046294, 0.048866], abs=6e-7)


def test_saddles(fitted: pca.PCA) -> None:
    for k, expected in ((10, 0.048774), (32, 0.040165)):
        others = range(1, k + 1)
        saddle = theory.critical_loss(fitted.eigenvalues, others) / 784
        assert saddle == pytest.approx(expected, abs=6e-7)
    w2 = fitted.components[:, 1:11]
    for gradient in (theory.encoder_gradient, theory.decoder_gradient):
        assert np.abs(gradient(w2.T, w2, fitted.covariance)).max() < 1e-12


def test_directions_that_survive_weight_decay(fitted: pca.PCA) -> None:
    held = {
        decay: int(np.count_nonzero(theory.decayed_singular_values(fitted.eigenvalues, decay, 784)))
        for decay in (1e-5, 1e-4, 1e-3, 1e-2)
    }
    assert held == {1e-5: 499, 1e-4: 111, 1e-3: 16, 1e-2: 3}
    shrunken = theory.decayed_singular_values(fitted.eigenvalues[:32], 1e-4, 784)
    assert shrunken[[0, -1]] == pytest.approx([0.99901, 0.88499], abs=6e-6)
    w2 = fitted.components[:, :32] * shrunken
    assert theory.loss(w2.T, w2, fitted.covariance) / 784 == pytest.approx(0.015287, abs=6e-7)


def test_half_lives_in_steps(fitted: pca.PCA) -> None:
    times = theory.half_life(fitted.eigenvalues[[0, 1, 9, 15, 31, 63]], 0.01**2)
    steps = theory.step_of_time(times, learning_rate=1.0, d=784)
    np.testing.assert_allclose(steps, [91, 149, 2014, 4487, 9984, 22762], atol=0.6)


def test_largest_steps_with_and_without_the_mean(fitted: pca.PCA, uncentred: pca.PCA) -> None:
    centred, raw = (theory.largest_stable_step(p.eigenvalues[0], 784) for p in (fitted, uncentred))
    assert (centred, raw) == pytest.approx((19.789, 3.5545), rel=1e-4)
    assert raw < theory.largest_step_with_biases(fitted.mean) < centred


def test_pixel_order_does_not_matter(fitted: pca.PCA, test_images: np.ndarray) -> None:
    order = np.random.default_rng(0).permutation(784)
    shuffled = pca.from_moments(fitted.mean[order], fitted.covariance[np.ix_(order, order)])
    one = np.mean((test_images - fitted.reconstruct(test_images, 10)) ** 2)
    mixed = test_images[:, order]
    other = np.mean((mixed - shuffled.reconstruct(mixed, 10)) ** 2)
    assert one == pytest.approx(other, rel=1e-12)
