"""The outside checks follow the published protocols, and PCA's entry is met to four digits."""

import pytest

from labcode import experiments
from labcode.data import DataSpec
from labcode.designs.profiles import PROFILES
from labcode.experiments import likelihood
from labcode.experiments.likelihood import published

FULL = PROFILES["full"]


def test_the_vae_follows_the_protocol():
    spec = published.norouzi(FULL, 0)
    assert (spec.epochs, spec.warm_up, spec.batch_size) == (1000, 100, 100)
    assert (spec.optimiser.learning_rate, spec.schedule) == (5e-4, "constant")
    assert spec.unit_gradients and spec.best and spec.data == DataSpec(50_000, 10_000)
    [*_, bounds] = published.likelihood.specs(FULL)
    asked = dict(bounds.arguments)
    assert (asked["samples"][-1], asked["images"]) == (5000, 10_000)
    assert len(published.likelihood.specs(FULL)) == 2 * 3


def test_the_plane_follows_the_protocol():
    [spec, *_] = published.plane.specs(FULL)
    assert (spec.epochs, spec.batch_size, spec.data) == (100, 61, DataSpec(51_000, 9000))
    assert spec.optimiser.weight_decay == 2.5e-6


def test_pcas_published_entry_is_met():
    """Four times the error on [0, 1]."""
    found = published.plane_of_pca.table(FULL).plain.item()
    assert published.FOUR * found == pytest.approx(published.PUBLISHED_MSE["PCA"], abs=5e-5)


def test_no_page_shows_them_yet():
    assert published not in experiments.sections(likelihood)
    assert experiments.section("ae-versus-vae", "published") is published
