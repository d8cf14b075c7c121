"""The cover draws its table: each treatment in its column, below it its error."""

import numpy as np
import xarray as xr
from matplotlib.colors import to_hex

from labcode.figures import cover as figures
from labcode.figures import style


def test_treatments_are_columns_in_groups():
    names, groups = ["original", "PCA", "VAE", "sampled"], ["", "code", "code", "nothing"]
    pixels = np.random.default_rng(0).uniform(size=(4, 2, 28, 28))
    table = xr.Dataset(
        {
            "pixels": (("treatment", "garment", "row", "column"), pixels),
            "error": ("treatment", [np.nan, 0.1, 0.2, np.nan]),
        },
        {"treatment": names, "group": ("treatment", groups)},
    )
    figure = figures.gallery(table)
    assert [text.get_text() for text in figure.texts] == ["", "code", "nothing"]
    columns = {place.get_title("center"): place for place in figure.axes}
    assert set(columns) - {""} == set(names)
    drawn = [place.images[0].get_array() for place in figure.axes]
    order = [pixels[0], pixels[1:3].swapaxes(0, 1).reshape(4, 28, 28), pixels[3]]
    np.testing.assert_array_equal(drawn, np.concatenate(order))
    errors = [place.get_xlabel() for place in figure.axes if place.get_xlabel()]
    assert errors == ["0.100", "0.200"]
    assert to_hex(columns["PCA"].title.get_color()) == style.PCA.color
    figure.canvas.draw()
