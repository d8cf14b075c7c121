"""Codes of signs: the closed forms against least squares on drawn points."""

import numpy as np
import pytest

from labcode.theory.sign_codes import error_of, least_error

D, N = 12, 200_000


def by_least_squares(encoder: np.ndarray) -> float:
    x = np.random.default_rng(0).normal(size=(N, D))
    codes = np.sign(x @ encoder.T)
    decoder = np.linalg.lstsq(codes, x, rcond=None)[0]
    return float(((codes @ decoder - x) ** 2).mean())


@pytest.mark.parametrize("k", [1, 5, 12])
def test_the_error_of_an_encoder_is_that_of_its_best_decoder(k):
    encoder = np.random.default_rng(k).normal(size=(k, D)) * 3
    assert error_of(encoder) == pytest.approx(by_least_squares(encoder), abs=0.003)


@pytest.mark.parametrize("k", [1, 6, 12])
def test_orthonormal_rows_reach_the_limit_and_others_do_not(k):
    draw = np.random.default_rng(3)
    rows = np.linalg.qr(draw.normal(size=(D, k)))[0].T
    assert error_of(rows) == pytest.approx(least_error(k / D), rel=1e-12)
    if k > 1:
        others = [error_of(draw.normal(size=(k, D))) for _ in range(50)]
        assert min(others) > least_error(k / D)


def test_a_step_from_the_limit_raises_the_error_by_its_square():
    draw = np.random.default_rng(5)
    rows, way = np.linalg.qr(draw.normal(size=(D, 6)))[0].T, draw.normal(size=(6, D))
    raised = [error_of(rows + h * way) - least_error(0.5) for h in (0.02, 0.01)]
    assert raised[0] / raised[1] == pytest.approx(4, rel=0.1)


@pytest.mark.parametrize("rate", [0, 1.01, -1])
def test_other_rates_are_refused(rate):
    with pytest.raises(ValueError, match="up to 1"):
        least_error(rate)
