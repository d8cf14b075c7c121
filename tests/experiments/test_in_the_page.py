"""The band of short training: what it promises of one more network, and ten seeds of it."""

import numpy as np
import pytest
import xarray as xr

from labcode.designs.profiles import PROFILES
from labcode.experiments.denoising import in_the_page
from labcode.training.networks import RunSpec


def test_ninety_nine_of_a_hundred_more_lie_inside():
    draw = np.random.default_rng(0).normal(5, 2, (11, 20_000))
    ten, another = draw[:10], draw[10]
    band = in_the_page.expected(xr.DataArray(ten, dims=("seed", "trial")))
    inside = (band.low.values < another) & (another < band.high.values)
    assert inside.mean() == pytest.approx(0.99, abs=0.003)


def test_the_record_has_ten_seeds_of_what_the_page_trains():
    specs = [s for s in in_the_page.dense.specs(PROFILES["full"]) if isinstance(s, RunSpec)]
    assert {spec.seed for spec in specs} == set(range(10))
    assert {(s.epochs, s.data.train, s.data.validation, s.batch_size) for s in specs} == {
        (10, 2000, 500, 32)
    }
    assert not any(spec.corruption or spec.validation_corruption for spec in specs)
