"""Sides and crossings: every outcome from made numbers, and Holm's correction over all of them."""

import math

import numpy as np
import pytest
from scipy import stats

from labcode.claims.crossings import MARGIN, Crossing, Side, crossings, sides
from labcode.designs.contrast import Contrast, paired_difference

BELOW, ABOVE, LEVEL, UNDECIDED = Side.BELOW, Side.ABOVE, Side.LEVEL, Side.UNDECIDED


def about(mean: float, half: float, p_value: float) -> Contrast:
    return Contrast(mean, mean - half, mean + half, 5, p_value)


@pytest.mark.parametrize(
    ("contrast", "side"),
    [
        (about(-0.10, 0.02, 1e-4), BELOW),
        (about(0.10, 0.02, 1e-4), ABOVE),
        (about(-0.03, 0.05, 0.2), UNDECIDED),
        (about(0.0, 0.05, 1.0), UNDECIDED),
        (about(0.004, 0.01, 0.3), LEVEL),
        (about(-0.01, 0.005, 0.001), LEVEL),  # shown, and too small to matter
    ],
)
def test_each_side_can_come_out(contrast, side):
    assert sides({8: contrast}) == {8: side}


def test_the_margin_is_two_per_cent_of_the_error():
    assert math.exp(MARGIN) == pytest.approx(1.02)
    inside, outside = about(0.0, 0.99 * MARGIN, 1.0), about(0.0, 1.01 * MARGIN, 1.0)
    assert list(sides({2: inside, 4: outside}).values()) == [LEVEL, UNDECIDED]


def test_holms_correction_is_over_all_code_sizes():
    """p = 0.03 alone shows a difference; as the smallest of three it does not."""
    weak = about(-0.05, 0.045, 0.03)
    none = about(0.0, 0.1, 0.9)
    assert sides({64: weak})[64] is BELOW
    assert set(sides({2: none, 8: none, 64: weak}).values()) == {UNDECIDED}


def test_a_contrast_with_a_fixed_opponent_is_students_test():
    """Against scipy: PCA is the same in all seeds, so the seeds of the network alone spread."""
    errors, pca = np.array([0.0098, 0.0101, 0.0097, 0.0099, 0.0102]), 0.0104
    found = paired_difference(np.log(errors), np.full(5, np.log(pca)))
    expected = stats.ttest_1samp(np.log(errors), np.log(pca))
    assert found.p_value == pytest.approx(expected.pvalue)
    assert (found.low, found.high) == pytest.approx(
        tuple(expected.confidence_interval() - np.log(pca))
    )


def test_crossings_are_between_neighbours_that_have_a_side():
    found = {2: BELOW, 8: BELOW, 32: UNDECIDED, 64: LEVEL, 128: ABOVE}
    assert crossings(found) == [Crossing(8, 128, BELOW)]
    assert crossings({2: ABOVE, 4: BELOW, 64: BELOW, 128: ABOVE}) == [
        Crossing(2, 4, ABOVE),
        Crossing(64, 128, BELOW),
    ]


@pytest.mark.parametrize("never", [BELOW, ABOVE, LEVEL, UNDECIDED])
def test_without_two_sides_nothing_crosses(never):
    assert crossings({2: never, 8: UNDECIDED, 64: never}) == []
