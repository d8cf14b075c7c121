"""What is measured is kept, and measured anew when its function changes."""

import pytest

from labcode import runs
from labcode.baselines import pca
from labcode.data import DataSpec
from labcode.runs import provenance
from labcode.runs.measurements import ArrayMeasurement


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("LABCODE_CACHE", str(tmp_path))


def test_a_measurement_is_kept_and_its_key_has_its_arguments_and_its_function(monkeypatch):
    first, second = (
        ArrayMeasurement(pca._moments, (DataSpec(images, 0),)) for images in (200, 201)
    )
    first.arrays()
    assert runs.is_kept(first)
    assert runs.key(second) != runs.key(first)
    before = runs.key(first)
    source = provenance.SOURCES["labcode.runs.measurements"]
    monkeypatch.setitem(provenance.SOURCES, "labcode.runs.measurements", source + "\nMORE = 1\n")
    assert runs.key(first) != before
