"""PCA of the images, kept on disk, is scikit-learn's PCA of the same images."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from labcode import data, runs
from labcode.baselines import pca as image_pca

SPEC = data.DataSpec(300, 10)
SIZES = (0, 5, 40)


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
    errors = image_pca.errors(SIZES, SPEC)
    assert errors.plain[5] == pytest.approx(np.mean((restored - test) ** 2))
    assert errors.clipped[5] == pytest.approx(np.mean((restored.clip(0, 1) - test) ** 2))
    kept = image_pca.error_on_test_images(5, SPEC)
    assert float(kept.plain) == errors.plain[5]
    assert float(kept.clipped) == errors.clipped[5]
    assert [*errors.plain] == [*errors.clipped] == [*SIZES]


def test_moments_are_read_from_disk_the_second_time(monkeypatch):
    (measured,) = image_pca.measurements(spec=SPEC)
    assert not runs.is_kept(measured)
    first = image_pca.moments(SPEC)
    assert runs.is_kept(measured)
    monkeypatch.setattr(data, "moments", None)
    for one, other in zip(first, image_pca.moments(SPEC), strict=True):
        np.testing.assert_array_equal(one, other)
