"""Mixtures of local PCAs: PCA for one cluster, exact on planes, and never worse as they go on."""

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from labcode import data
from labcode.baselines.local_pca import (
    LocalPCASpec,
    fit,
    local_pca_errors,
    restored,
    squared_errors,
)
from labcode.data import DataSpec


def planes() -> tuple[torch.Tensor, torch.Tensor]:
    """150 points on each of three planes in R^6, and the number of each one's plane."""
    generator = torch.Generator().manual_seed(0)
    axes = torch.randn(3, 6, 2, generator=generator)
    centres = 3 * torch.randn(3, 6, generator=generator)
    z = torch.randn(3, 150, 2, generator=generator)
    x = centres[:, None] + z @ axes.transpose(1, 2)
    return x.reshape(-1, 6), torch.arange(3).repeat_interleave(150)


def test_one_cluster_is_scikit_learns_pca():
    x, _ = planes()
    found = fit(x, torch.zeros(len(x), dtype=torch.int64), 2, 5)
    theirs = PCA(2).fit(x.numpy())
    expected = theirs.inverse_transform(theirs.transform(x.numpy()))
    np.testing.assert_allclose(restored(x, **found.weights), expected, atol=1e-4)
    assert found.history["train_loss"][-1] == pytest.approx(np.mean((expected - x.numpy()) ** 2))


def test_errors_are_distances_to_what_each_cluster_gives_back():
    x, labels = planes()
    weights = fit(x, labels, 1, 1).weights
    errors = squared_errors(x, **weights)
    for cluster in range(3):
        mean, axis = weights["means"][cluster], weights["axes"][cluster]
        given_back = mean + (x - mean) @ axis @ axis.T
        expected = ((x - given_back) ** 2).sum(1)
        torch.testing.assert_close(errors[:, cluster], expected, atol=1e-4, rtol=1e-4)
    least = ((restored(x, **weights) - x) ** 2).sum(1)
    torch.testing.assert_close(least, errors.amin(1), atol=1e-4, rtol=1e-4)


def test_wrong_clusters_are_mended_and_the_error_never_rises():
    x, labels = planes()
    wrong = labels.clone()
    wrong[::25] = (wrong[::25] + 1) % 3
    losses = fit(x, wrong, 2, 50).history["train_loss"]
    assert (losses.diff() <= 1e-7).all()
    assert losses[0] > 1e-3 and losses[-1] < 1e-6
    assert len(losses) < 50  # no point changes its cluster any more


def test_a_cluster_without_points_does_no_harm():
    x = torch.cat([torch.zeros(5, 3), torch.ones(5, 3)])
    labels = torch.tensor([0, 1, 2] + 7 * [2])
    losses = fit(x, labels, 1, 10).history["train_loss"]
    assert torch.isfinite(losses).all() and losses[-1] < 1e-10


def test_more_clusters_give_images_back_better(fashion_mnist):
    images = DataSpec(400, 100)
    one, four = (local_pca_errors(LocalPCASpec(m, 2, 0, images, 2)) for m in (1, 4))
    split = data.load(images)
    theirs = PCA(2).fit(split.train.pixels.flatten(1).numpy())
    test = split.test.pixels.flatten(1).numpy()
    back = theirs.inverse_transform(theirs.transform(test))
    assert one.test == pytest.approx(np.mean((back - test) ** 2), rel=1e-4)
    assert one.clipped == pytest.approx(np.mean((back.clip(0, 1) - test) ** 2), rel=1e-4)
    assert four.test < one.test and four.validation < one.validation
    assert (one.bits, four.bits) == (0, 2)


@pytest.mark.parametrize("change", [{"clusters": 0}, {"code_size": 0}, {"iterations": 0}])
def test_sizes_below_one_are_refused(change):
    with pytest.raises(ValueError, match=next(iter(change))):
        LocalPCASpec(**{"clusters": 2, "code_size": 2, "seed": 0} | change)
