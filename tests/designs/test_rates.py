"""The rule by which a tuning chooses a learning rate, on losses whose answer is known."""

import numpy as np
import pytest
import xarray as xr

from labcode.designs import rates


def losses(*values):
    tried = [5e-4, 1.5e-3, 4.5e-3, 1.35e-2, 4e-2][: len(values)]
    return xr.DataArray(list(values), {"rate": tried}, ("rate",))


@pytest.mark.parametrize(
    ("loss", "rate"),
    [
        (losses(2.0, 1.0, 1.5), 1.5e-3),
        (losses(1.004, 1.0, 1.5), 5e-4),
        (losses(1.5, 1.004, 1.0, 1.5), 1.5e-3),
        (losses(1.5, 1.006, 1.0, 1.5), 4.5e-3),
        (losses(np.nan, 1.3, 1.2, 1.3, np.nan), 4.5e-3),
    ],
)
def test_the_lowest_of_the_best_is_chosen(loss, rate):
    assert rates.chosen(loss) == rate
    assert rates.chosen(loss[::-1]) == rate


@pytest.mark.parametrize("loss", [losses(1, 2, 3), losses(3, 2, 1), losses(np.nan, 1, 2, 3)])
def test_at_an_edge_nothing_is_chosen(loss):
    with pytest.raises(ValueError, match="at the edge of those that were tried"):
        rates.chosen(loss)
