"""Contrasts against SciPy's intervals, and against their coverage in a simulation."""

import numpy as np
import pytest
import xarray as xr
from scipy import stats

from labcode.designs.contrast import Contrast, contrast, holm, welch

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
    p_value = stats.ttest_ind(one, other, equal_var=False).pvalue
    assert ours.p_value == pytest.approx(p_value, rel=1e-9)


def test_the_paired_interval_is_scipys():
    ours = contrast(ERRORS, paired=True, layers=("conv", "dense"))
    theirs = stats.ttest_rel(*ERRORS.values)
    ends = theirs.confidence_interval()
    assert (ours.low, ours.high) == pytest.approx((ends.low, ends.high), rel=1e-12)
    assert ours.p_value == pytest.approx(theirs.pvalue, rel=1e-9)


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


def with_p(**p_values: float) -> dict[str, Contrast]:
    return {name: Contrast(1.0, 0.0, 2.0, 5, p) for name, p in p_values.items()}


def test_holms_correction_is_that_of_r():
    """R: p.adjust(c(0.01, 0.02, 0.03, 0.04, 0.05), "holm") is 0.05, 0.08, 0.09, 0.09, 0.09."""
    found = with_p(c=0.03, a=0.01, e=0.05, b=0.02, d=0.04)
    assert holm(found) == {"c": False, "a": True, "e": False, "b": False, "d": False}
    assert [name for name, shown in holm(found, 0.085).items() if shown] == ["a", "b"]
    assert all(holm(found, 0.0901).values())


def test_holm_stops_at_the_first_that_fails():
    """The third would pass by itself, and the second does not."""
    assert holm(with_p(a=0.001, b=0.03, c=0.04)) == {"a": True, "b": False, "c": False}


def test_no_difference_is_an_interval_inside_the_margin():
    found = Contrast(0.1, -0.2, 0.4, 5, 0.5)
    assert found.within(0.5)
    assert not found.within(0.4)
    assert not Contrast(0.1, -0.6, 0.4, 5, 0.5).within(0.5)


def test_equal_samples_have_a_p_of_one():
    same = np.array([1.0, 1.0])
    assert welch(same, same).p_value == 1
    assert welch(same, same + 1).p_value == 0
