"""What was trained on the spot is drawn on what was recorded."""

import numpy as np
import xarray as xr

from labcode.figures import live

SHOWN = xr.DataArray(
    [[0.5, 0.3, 0.2], [0.6, 0.2, 0.1]], {"epoch": [1, 2, 3]}, ("seed", "epoch"), name="train_loss"
)
NOW = xr.DataArray([0.5, 0.33], {"epoch": [1, 2]}, ("epoch",), name="train_loss")


def test_marks_lie_where_they_were_trained_and_the_line_is_the_first_seeds():
    [axes] = live.on_the_band(SHOWN, NOW).axes
    line, marks = axes.lines
    np.testing.assert_allclose(line.get_xydata(), [[1, 0.5], [2, 0.3], [3, 0.2]])
    np.testing.assert_allclose(marks.get_xydata(), [[1, 0.5], [2, 0.33]])
    assert marks.get_linestyle() == "None" and marks.get_label() == "trained on this page"
    [band] = axes.collections
    heights = band.get_paths()[0].vertices
    assert (
        heights[heights[:, 0] == 2, 1].min() == 0.2 and heights[heights[:, 0] == 3, 1].max() == 0.2
    )


def test_the_distance_is_relative_and_of_the_first_seed():
    np.testing.assert_allclose(live.furthest(SHOWN, NOW), 0.1)
    assert live.furthest(SHOWN, SHOWN.isel(seed=0, epoch=slice(2))) == 0
