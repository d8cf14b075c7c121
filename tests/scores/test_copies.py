"""Copies are found where there are some; nearest images are scikit-learn's."""

import numpy as np
import pytest
import torch
from sklearn.neighbors import NearestNeighbors

from labcode import data
from labcode.scores import copies
from labcode.scores.metrics import mse


@pytest.fixture(scope="module")
def some(fashion_mnist) -> torch.Tensor:
    """The first 300 test images."""
    return fashion_mnist.test.pixels[:300]


def test_no_image_has_an_exact_copy(empty_cache) -> None:
    assert not any(copies.exact_copies().to_array())


def test_copies_are_found_where_there_are_some(
    monkeypatch: pytest.MonkeyPatch, empty_cache
) -> None:
    a, b, c, d = torch.randint(0, 256, (4, 1, 28, 28), generator=torch.manual_seed(0)) / 255
    almost = a.clone()
    almost[0, 5, 5] = 1 - almost[0, 5, 5]
    parts = {"train": torch.stack([a, b, a, a, almost]), "test": torch.stack([c, b, c, d])}

    def fake(part: str) -> data.Images:
        return data.Images(parts[part], torch.zeros(len(parts[part]), dtype=torch.int64))

    monkeypatch.setattr(data, "fashion_mnist", fake)
    found = copies.exact_copies()
    assert (found.train, found.test, found.across) == (2, 1, 1)


def test_nearest_images_agree_with_scikit_learn(fashion_mnist, some: torch.Tensor) -> None:
    train = fashion_mnist.train.pixels
    searched = train[:20_000]
    oracle = NearestNeighbors(n_neighbors=1, algorithm="brute").fit(searched.flatten(1).double())
    distance, place = oracle.kneighbors(some.flatten(1).double())
    found = copies.nearest_images(some, searched)
    np.testing.assert_array_equal(found, place[:, 0])
    np.testing.assert_allclose(mse(some, searched[found]), distance[:, 0] ** 2 / 784, rtol=1e-4)


def test_the_closest_pair_of_test_and_training_image(fashion_mnist) -> None:
    """They differ by less than one grey level, and yet they are not equal."""
    pair = fashion_mnist.test.pixels[4998], fashion_mnist.train.pixels[13360]
    grey = 255 * (pair[0] - pair[1])
    assert 0 < float((grey**2).mean().sqrt()) < 1
    assert copies.nearest_images(pair[0][None], fashion_mnist.train.pixels).item() == 13360


def test_neighbours_know_their_classes(fashion_mnist, empty_cache) -> None:
    found = copies.nearest_training_images(150, 400)
    assert (found.sizes["image"], found.searched) == (150, 400)
    assert found.nearest.max() < 400
    train = fashion_mnist.train
    x, nearest = fashion_mnist.test.pixels[:150], torch.from_numpy(found.nearest.values)
    assert torch.equal(nearest, copies.nearest_images(x, train.pixels[:400]))
    same = train.labels[nearest] == fashion_mnist.test.labels[:150]
    np.testing.assert_array_equal(found.same_class, same)
    np.testing.assert_allclose(found.mse, mse(x, train.pixels[nearest]))
