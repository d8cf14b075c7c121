"""Contrasts against SciPy's intervals, and against their coverage in a simulation."""

import numpy as np
import pytest
import xarray as xr
from scipy import stats

from labcode.designs.contrast import contrast, welch

ERRORS = xr.DataArray(
    [[3.0, 3.2, 3.1, 3.4, 2.9], [2.0, 2.9, 2.2, 3.5, 2.1]],
    dims=("layers", "seed"),
    coords={"layers": ["conv", "dense"]},
)


def test_welchs_interval_is_scipys():
    ours = contrast(ERRORS, layers=("conv", "dense"))
    one, other = ERRORS.values
    theirs = stats.ttest_ind(one, other, equal_var=False).confidence_interval()
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), rel=1e-12)
    assert ours.mean == pytest.approx(one.mean() - other.mean())


def test_the_paired_interval_is_scipys():
    ours = contrast(ERRORS, paired=True, layers=("conv", "dense"))
    theirs = stats.ttest_rel(*ERRORS.values).confidence_interval()
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), rel=1e-12)


def test_the_order_of_the_levels_is_the_sign():
    one, other = (contrast(ERRORS, layers=pair) for pair in (("conv", "dense"), ("dense", "conv")))
    assert one.mean == -other.mean
    assert one.low == pytest.approx(-other.high)


def test_about_95_in_100_intervals_hold_the_truth():
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(2000):
        found = welch(rng.normal(1, 1, 5), rng.normal(0, 3, 5))
        held += found.low <= 1 <= found.high
    assert 0.93 < held / 2000 < 0.975


def test_what_is_left_of_other_factors_is_refused():
    with pytest.raises(ValueError, match=r"Select the other factors first"):
        contrast(ERRORS.expand_dims(code=[64, 392]), layers=("conv", "dense"))
    with pytest.raises(ValueError, match="at least two runs"):
        contrast(ERRORS.isel(seed=[0]), layers=("conv", "dense"))
