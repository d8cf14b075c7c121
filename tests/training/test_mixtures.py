"""Fitting a mixture by EM: it climbs, stops, keeps the best, and one spec gives one mixture."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from labcode import data
from labcode.theory import pca, ppca
from labcode.training.mixtures import LEAST_GAIN, MixtureRunSpec, as_tensors, from_tensors

SPEC = MixtureRunSpec(4, 2, iterations=6, seed=0, data=data.DataSpec(400, 200))


@pytest.fixture(scope="module")
def fit():
    return SPEC.train()


@pytest.fixture(scope="module")
def images():
    split = data.load(SPEC.data)
    return [part.pixels.flatten(1).numpy() for part in (split.train, split.validation)]


def test_em_climbs_until_validation_images_gain_no_more(fit):
    train, validation = (
        fit.history[f"{part}_log_likelihood"].numpy() for part in ("train", "validation")
    )
    assert (np.diff(train) > -1e-6).all() and train[-1] > train[0] + 1
    gains = np.diff(validation)
    assert (gains[:-1] >= LEAST_GAIN).all()
    assert len(validation) == SPEC.iterations or gains[-1] < LEAST_GAIN


def test_the_mixture_with_the_best_validation_is_kept(fit, images):
    found = from_tensors(fit.weights).log_likelihood(images[1]).mean()
    assert found == pytest.approx(fit.history["validation_log_likelihood"].max().item(), rel=1e-9)


def test_one_spec_gives_one_mixture_and_a_seed_another(fit):
    again, other = SPEC.train(), replace(SPEC, seed=1).train()
    for name, values in fit.weights.items():
        torch.testing.assert_close(again.weights[name], values, rtol=1e-9, atol=1e-12)
    assert not torch.allclose(other.weights["means"], fit.weights["means"])


def test_one_component_is_probabilistic_pca(images):
    train, validation = images
    one = replace(SPEC, components=1).train()
    expected = ppca.maximum_likelihood(pca.fit(train.astype(float)), 2)
    found = from_tensors(one.weights).log_likelihood(validation)
    np.testing.assert_allclose(found, expected.log_likelihood(validation), rtol=1e-6)


def test_tensors_come_back_as_the_mixture(fit):
    mixture = from_tensors(fit.weights)
    assert all(torch.equal(as_tensors(mixture)[n], values) for n, values in fit.weights.items())


def test_without_validation_images_nothing_says_when_to_stop():
    with pytest.raises(ValueError, match="validation"):
        MixtureRunSpec(2, 2, 3, 0, data.DataSpec(100, 0))
