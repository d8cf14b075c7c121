"""PCA of the images, kept on disk, is scikit-learn's PCA of the same images."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from labcode import data, runs
from labcode.baselines import pca as image_pca

SPEC = data.DataSpec(300, 10)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch, fashion_mnist):
    monkeypatch.setenv("LABCODE_CACHE", str(tmp_path))
    image_pca.principal_components.cache_clear()
    yield
    image_pca.principal_components.cache_clear()


def test_components_and_errors_are_scikit_learns():
    train, test = (
        part.pixels.flatten(1).double().numpy()
        for part in (data.load(SPEC).train, data.load(SPEC).test)
    )
    theirs = PCA(40, svd_solver="full").fit(train)
    ours = image_pca.principal_components(SPEC)
    np.testing.assert_allclose(ours.eigenvalues[:40], theirs.explained_variance_ * 299 / 300)
    restored = (theirs.transform(test)[:, :5] @ theirs.components_[:5]) + theirs.mean_
    errors = image_pca.error_on_test_images(5, SPEC)
    assert float(errors.plain) == pytest.approx(np.mean((restored - test) ** 2))
    assert float(errors.clipped) == pytest.approx(np.mean((restored.clip(0, 1) - test) ** 2))
    scores = image_pca.scores_on_test_images(5, 200, SPEC)
    np.testing.assert_allclose(scores.mse, ((restored - test)[:200] ** 2).mean(1))


PCA_TEST_ERRORS = {
    0: 0.086641,
    1: 0.061377,
    2: 0.046096,
    8: 0.026607,
    10: 0.024352,
    16: 0.020446,
    32: 0.015142,
    64: 0.010368,
    128: 0.006312,
    256: 0.002986,
    392: 0.001382,
}


def test_errors_on_the_test_images_at_every_code_size():
    errors = image_pca.error_by_code_size()
    assert errors.shape == (785,)
    assert errors[784] == 0
    for k, expected in PCA_TEST_ERRORS.items():
        assert errors.sel(code_size=k) == pytest.approx(expected, abs=6e-7), k


def test_three_routes_to_one_error():
    errors = image_pca.error_by_code_size(SPEC)
    for k in (0, 5, 40):
        plain = image_pca.error_on_test_images(k, SPEC).plain
        assert plain == pytest.approx(errors[k].item(), rel=1e-9)
        scores = image_pca.scores_on_test_images(k, spec=SPEC)
        assert scores.mse.mean() == pytest.approx(errors[k].item(), rel=1e-9)


def test_code_size_below_is_the_smallest_that_is_below():
    errors = image_pca.error_by_code_size(SPEC)
    for error in (0.5, 0.03766, 0.02, 0.001):
        k = image_pca.code_size_below(error, SPEC)
        assert errors[k] < error
        assert k == 0 or errors[k - 1] >= error


def test_moments_are_read_from_disk_the_second_time(monkeypatch):
    measured = image_pca.image_moments.spec(SPEC)
    assert not runs.is_kept(measured)
    first = image_pca.image_moments(SPEC)
    assert runs.is_kept(measured)
    monkeypatch.setattr(data, "moments", None)
    assert image_pca.image_moments(SPEC).identical(first)
