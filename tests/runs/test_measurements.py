"""What is measured on runs is right, kept, and measured anew when its function changes."""

import numpy as np
import pytest

from labcode import data, runs
from labcode.data import DataSpec
from labcode.models import ShallowAutoencoder
from labcode.runs import provenance
from labcode.runs.measurements import ArrayMeasurement
from labcode.scores.reconstruction import reconstruction_errors
from labcode.training.networks import RunSpec, model_spec

NETWORKS = tuple(
    RunSpec(model_spec(ShallowAutoencoder, code_size=2), 1, seed, DataSpec(200, 50))
    for seed in (0, 1)
)


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("LABCODE_CACHE", str(tmp_path))


@pytest.mark.parametrize("part", ["train", "test"])
def test_reconstruction_errors_are_mean_squares(part):
    found = ArrayMeasurement(reconstruction_errors, (NETWORKS, part, 150)).arrays()["mse"]
    images = getattr(data.load(NETWORKS[0].data), part).pixels[:150]
    for error, spec in zip(found, NETWORKS, strict=True):
        restored = runs.model_of(runs.get(spec))(images).detach().numpy()
        assert error == pytest.approx(np.mean((restored - images.numpy()) ** 2), rel=1e-5)


def test_a_measurement_is_kept_and_its_key_has_its_arguments_and_its_function(monkeypatch):
    first = ArrayMeasurement(reconstruction_errors, (NETWORKS, "test", 10))
    first.arrays()
    assert runs.is_kept(first)
    assert runs.key(ArrayMeasurement(reconstruction_errors, (NETWORKS, "test", 11))) != runs.key(
        first
    )
    before = runs.key(first)
    source = provenance.SOURCES["labcode.runs.measurements"]
    monkeypatch.setitem(provenance.SOURCES, "labcode.runs.measurements", source + "\nMORE = 1\n")
    assert runs.key(first) != before
