"""PCA against scikit-learn, NumPy's SVD, and what its theorems promise."""

import numpy as np
import pytest
from sklearn import decomposition

from labcode.theory import pca


@pytest.fixture
def x() -> np.ndarray:
    """Made data, off centre, pixel-like: 300 rows of 12 numbers that hang together."""
    rng = np.random.default_rng(0)
    mixing = rng.normal(size=(12, 12)) * np.geomspace(1, 0.02, 12)
    return 0.5 + 0.1 * rng.normal(size=(300, 12)) @ mixing.T


def test_agrees_with_scikit_learn_up_to_its_n_minus_1(x: np.ndarray) -> None:
    fitted, other = pca.fit(x), decomposition.PCA(svd_solver="full").fit(x)
    np.testing.assert_allclose(fitted.mean, other.mean_, rtol=1e-12)
    np.testing.assert_allclose(fitted.eigenvalues * 300 / 299, other.explained_variance_)
    np.testing.assert_allclose(fitted.components, other.components_.T, atol=1e-8)
    np.testing.assert_allclose(fitted.project(x, 5), other.transform(x)[:, :5], atol=1e-8)


def test_components_are_orthonormal_and_signed(x: np.ndarray) -> None:
    u = pca.fit(x).components
    np.testing.assert_allclose(u.T @ u, np.eye(12), atol=1e-12)
    assert (u[np.abs(u).argmax(axis=0), np.arange(12)] > 0).all()


def test_covariance_divides_by_n(x: np.ndarray) -> None:
    np.testing.assert_allclose(pca.fit(x).covariance, np.cov(x.T, bias=True), atol=1e-14)


def test_codes_are_uncorrelated_with_the_eigenvalues_as_variances(x: np.ndarray) -> None:
    fitted = pca.fit(x)
    z = fitted.project(x, 4)
    np.testing.assert_allclose(z.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(z.T @ z / 300, np.diag(fitted.eigenvalues[:4]), atol=1e-12)


@pytest.mark.parametrize("k", [0, 1, 3, 11, 12])
def test_floor_is_the_error_of_the_truncated_svd(x: np.ndarray, k: int) -> None:
    fitted = pca.fit(x)
    u, s, vt = np.linalg.svd(x - x.mean(axis=0), full_matrices=False)
    truncated = x.mean(axis=0) + (u[:, :k] * s[:k]) @ vt[:k]
    np.testing.assert_allclose(fitted.reconstruct(x, k), truncated, atol=1e-10)
    error = np.sum((x - truncated) ** 2, axis=1).mean()
    assert fitted.floor(k) == pytest.approx(error, rel=1e-9, abs=1e-14)
    assert fitted.floor_per_pixel(k) == pytest.approx(error / 12, rel=1e-9, abs=1e-14)


def test_no_codes_of_k_numbers_and_affine_decoder_beat_the_floor(x: np.ndarray) -> None:
    """Bourlard and Kamp (1988): whatever nonlinear encoder makes the codes."""
    rng, fitted = np.random.default_rng(1), pca.fit(x)
    for k in (1, 4):
        for _ in range(20):
            z = np.tanh(fitted.project(x, k) @ rng.normal(size=(k, k)) + rng.normal(size=k))
            design = np.column_stack([z, np.ones(300)])
            decoded = design @ np.linalg.lstsq(design, x, rcond=None)[0]
            assert np.sum((x - decoded) ** 2) / 300 >= fitted.floor(k)


def test_clipping_never_hurts_pixels() -> None:
    pixels = np.random.default_rng(0).integers(0, 2, size=(200, 9)).astype(float)
    fitted = pca.fit(pixels)
    plain, clipped = (fitted.reconstruct(pixels, 3, clip=clip) for clip in (False, True))
    assert plain.min() < 0 and plain.max() > 1
    assert clipped.min() >= 0 and clipped.max() <= 1
    assert (np.abs(pixels - clipped) <= np.abs(pixels - plain)).all()


def test_uncentred_is_the_svd_of_the_raw_data(x: np.ndarray) -> None:
    uncentred = pca.fit(x).uncentred()
    singular = np.linalg.svd(x, full_matrices=False)
    np.testing.assert_allclose(uncentred.eigenvalues, singular.S**2 / 300, atol=1e-12)
    projection = (singular.Vh[:3].T @ singular.Vh[:3]) @ x.T
    np.testing.assert_allclose(uncentred.reconstruct(x, 3), projection.T, atol=1e-10)
    assert uncentred.floor(3) == pytest.approx(np.sum((x.T - projection) ** 2) / 300)


def test_eigenvalues_interlace_with_those_of_the_second_moment(x: np.ndarray) -> None:
    fitted = pca.fit(x)
    centred, uncentred = fitted.eigenvalues, fitted.uncentred().eigenvalues
    assert (uncentred >= centred).all() and (centred[:-1] >= uncentred[1:]).all()
    assert uncentred[0] > centred[0] + 0.1


def test_pixel_order_does_not_matter(x: np.ndarray) -> None:
    permuted = x[:, np.random.default_rng(2).permutation(12)]
    one, other = pca.fit(x), pca.fit(permuted)
    np.testing.assert_allclose(one.eigenvalues, other.eigenvalues, atol=1e-14)
    errors = [np.mean((a - p.reconstruct(a, 3)) ** 2) for p, a in ((one, x), (other, permuted))]
    assert errors[0] == pytest.approx(errors[1], rel=1e-12)


def test_data_in_a_plane_leave_nothing_beyond_two_components() -> None:
    rng = np.random.default_rng(0)
    flat = rng.normal(size=(50, 2)) @ rng.normal(size=(2, 6)) + 3
    fitted = pca.fit(flat)
    assert (fitted.eigenvalues >= 0).all()
    assert fitted.floor(2) < 1e-12
    np.testing.assert_allclose(fitted.reconstruct(flat, 2), flat, atol=1e-7)


def test_one_image_is_its_own_mean() -> None:
    fitted = pca.fit([[1.0, 2.0]])
    assert fitted.floor(0) == 0
    np.testing.assert_array_equal(fitted.reconstruct([[5.0, 5.0]], 0), [[1.0, 2.0]])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (np.zeros((2, 28, 28)), "Flatten images"),
        (np.zeros((0, 4)), "one row an image"),
        ([[1.0, np.nan]], "not finite"),
    ],
)
def test_data_that_pca_cannot_take(data: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        pca.fit(data)


@pytest.mark.parametrize(
    ("mean", "covariance", "message"),
    [
        (np.zeros(3), np.eye(2), "shape"),
        (np.zeros(2), np.array([[1.0, 2.0], [0.0, 1.0]]), "symmetric"),
        (np.zeros(2), np.diag([1.0, -1.0]), "negative eigenvalue"),
        (np.zeros(2), np.diag([1.0, np.inf]), "not finite"),
    ],
)
def test_moments_that_no_data_have(mean: np.ndarray, covariance: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        pca.from_moments(mean, covariance)


def test_code_sizes_out_of_range_are_refused(x: np.ndarray) -> None:
    fitted = pca.fit(x)
    for call in (
        lambda: fitted.floor(13),
        lambda: fitted.reconstruct(x, -1),
        lambda: fitted.project(x[:, :5], 2),
    ):
        with pytest.raises(ValueError):
            call()
