"""Scores of trained variational autoencoders, on a small network."""

import numpy as np
import pytest
import torch

from labcode import data, runs
from labcode.models.likelihoods import Bernoulli
from labcode.models.variational import DenseVAE, LinearVAE
from labcode.scores.evidence import importance_bounds
from labcode.scores.variational import (
    OBSERVATION_SEED,
    active_units,
    elbo_on_test_images,
    evidence,
    rate_and_error,
    trained_vae,
)
from labcode.training.networks import model_spec
from labcode.training.variational import VariationalRunSpec

IMAGES = data.DataSpec(300, 0)
BINARY = VariationalRunSpec(model_spec(DenseVAE, code_size=3, likelihood=Bernoulli), 1, 0, IMAGES)
GREY = VariationalRunSpec(model_spec(DenseVAE, code_size=3), 1, 0, IMAGES, beta=2.0)


def test_units_that_say_nothing_are_not_counted():
    torch.manual_seed(0)
    model = LinearVAE(4)
    model.encoder[1].weight.data[:2] = 0
    model.encoder[1].weight.data[2:] *= 10
    assert active_units(model, torch.rand(300, 1, 28, 28)) == 2


def test_evidence_is_of_the_same_binarised_images_for_every_network():
    found = evidence(BINARY, (1, 4), 15)
    torch.manual_seed(OBSERVATION_SEED)
    test = data.fashion_mnist("test").pixels
    places = torch.randperm(len(test))[:15]
    x = torch.bernoulli(test)[places]
    model = trained_vae(BINARY)
    np.testing.assert_array_equal(found.place, places)
    np.testing.assert_array_equal(found.bound, importance_bounds(model, x, (1, 4)))
    assert abs(found.elbo.mean() - found.bound.sel(samples=1).mean()) < 5
    np.testing.assert_array_equal(evidence(GREY, (1,), 15).place, places)


def test_the_elbo_is_minus_rate_and_distortion():
    table = elbo_on_test_images(BINARY)
    assert table.elbo == -table.rate - table.distortion
    assert table.rate > 0


def test_the_level_is_beta_times_the_learned_variance():
    table = rate_and_error(GREY, 2)
    model = trained_vae(GREY)
    assert table.level == 2 * model.likelihood.variance.item()
    assert table.rate == elbo_on_test_images(GREY).rate
    with torch.no_grad():
        shown = model(data.fashion_mnist("test").pixels[:2])[:, 0]
    np.testing.assert_allclose(table.reconstruction, shown, atol=1e-6)


@pytest.mark.parametrize("images", [1, 15])
def test_a_bound_costs_by_its_samples_and_images(images):
    assert evidence.spec(BINARY, (1, 8), images).cost == pytest.approx(
        8 * evidence.spec(BINARY, (1,), images).cost
    )
    assert runs.key(evidence.spec(BINARY, (1, 8), images)) != runs.key(
        evidence.spec(BINARY, (1,), images)
    )
