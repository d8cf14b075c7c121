"""Contrasts against SciPy's intervals, and against their coverage in a simulation."""

import numpy as np
import pytest
import xarray as xr
from scipy import stats

from labcode.designs.contrast import Contrast, contrast, effects, holm, welch

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


def crossed(*means: float, spread: float = 0.0) -> xr.DataArray:
    """Two factors of two levels, five runs in a cell."""
    rng = np.random.default_rng(0)
    values = np.array(means).reshape(2, 2, 1) + spread * rng.normal(size=(2, 2, 5))
    return xr.DataArray(values, {"a": [0, 1], "b": ["x", "y"]}, ("a", "b", "seed"))


FACTORS = {"a": (0, 1), "b": ("x", "y")}


def test_effects_are_differences_of_means_and_their_half_differences():
    found = effects(crossed(1, 2, 4, 9), FACTORS)
    assert list(found) == ["a", "b", "a x b"]
    assert [round(found[name].mean, 12) for name in found] == [5, 3, 2]
    turned = effects(crossed(1, 2, 4, 9).transpose("seed", "b", "a"), FACTORS)
    assert turned == found


def test_an_effect_of_one_factor_is_welchs_test():
    array = crossed(1, 1, 1.5, 1.5, spread=0.5).sel(b="x", drop=True)
    (found,) = effects(array, {"a": (0, 1)}).values()
    theirs = stats.ttest_ind(array.sel(a=1), array.sel(a=0), equal_var=False)
    interval = theirs.confidence_interval()
    np.testing.assert_allclose(
        [found.mean, found.low, found.high, found.p_value],
        [(array.sel(a=1).mean() - array.sel(a=0).mean()), *interval, theirs.pvalue],
        rtol=1e-10,
    )


def test_with_equal_variances_effects_are_those_of_a_linear_model():
    """Ordinary least squares on signs, where the cells' sample variances are made equal."""
    noise = np.array([-1.0, -0.5, 0.0, 0.5, 1.0])
    array = crossed(1, 2, 4, 9) + xr.DataArray(noise, dims="seed")
    signs = np.array([[(a, b) for b in (-1, 1)] for a in (-1, 1)], float)
    rows = np.repeat(signs.reshape(-1, 2), 5, axis=0)
    x = np.column_stack([np.ones(20), rows, rows.prod(1)])
    y = array.transpose("a", "b", "seed").values.ravel()
    beta, rest, *_ = np.linalg.lstsq(x, y, rcond=None)
    half = stats.t.ppf(0.975, 16) * np.sqrt(rest[0] / 16 / 20)
    for place, found in enumerate(effects(array, FACTORS).values(), 1):
        assert found.mean == pytest.approx(2 * beta[place])
        assert found.high - found.mean == pytest.approx(2 * half)
