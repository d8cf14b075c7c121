import io

import numpy as np
import pandas as pd
import pytest
import torch
import xarray as xr
from IPython.core.interactiveshell import InteractiveShell

from labcode.designs.contrast import Interval
from labcode.figures import style
from labcode.figures.source_data import MIME_TYPE, as_csv, with_source_data

TABLE = xr.Dataset(
    {
        "test_mse": (("layers", "seed"), [[0.01, np.nan], [1 / 3, 0.04]], {"units": "grey"}),
        "count": ("layers", [3, 4]),
    },
    {"layers": ["dense", "conv"], "seed": [0, 7]},
)


def read(text: str) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(text))


def test_every_number_has_its_levels_and_its_unit():
    rows = read(as_csv({"table": TABLE}))
    assert list(rows) == ["quantity", "layers", "seed", "value", "units"]
    errors = rows[rows.quantity == "test_mse"].set_index(["layers", "seed"])
    assert len(errors) == 3  # the missing one has no row
    assert errors.value["conv", 0] == pytest.approx(1 / 3, rel=1e-6)
    assert set(errors.units) == {"grey"}
    counts = rows[rows.quantity == "count"]
    assert counts.value.tolist() == [3, 4]
    assert counts.seed.isna().all()


def test_pandas_gives_the_array_back():
    rows = read(as_csv({"errors": TABLE.test_mse.fillna(0.5)}))
    series = rows.set_index(["layers", "seed"]).value
    np.testing.assert_allclose(
        series.unstack().loc[["dense", "conv"], [0, 7]], TABLE.test_mse.fillna(0.5), rtol=1e-6
    )


def test_what_is_no_table():
    rows = read(
        as_csv(
            {
                "floor": 0.25,
                "lead": Interval(0.5, 0.25, 1.0, 3),
                "matrix": torch.eye(2),
                "groups": {"shirt": np.array([1, 2])},
                "title": "not a number",
                "pair": [1.5, 2.5],
            }
        )
    )
    assert rows[rows.quantity == "floor"].value.item() == 0.25
    lead = rows[rows.quantity == "lead"].set_index("bound").value
    assert lead.to_dict() == {"mean": 0.5, "low": 0.25, "high": 1.0}
    assert rows[rows.quantity == "matrix"].value.sum() == 2
    assert rows[rows.quantity == "groups, shirt"].dim_0.tolist() == [0, 1]
    assert rows[rows.quantity.str.startswith("pair")].value.tolist() == [1.5, 2.5]
    assert "title" not in set(rows.quantity)


def test_pictures_are_left_to_the_figure():
    pictures = xr.DataArray(np.ones((3, 28, 28)), dims=("garment", "row", "column"))
    assert as_csv({"pictures": pictures, "tensor": torch.ones(3, 28, 28)}) == ""
    assert set(read(as_csv({"pictures": pictures, "error": 0.5})).quantity) == {"error"}


def test_a_notebook_gets_the_figure_and_its_numbers():
    @with_source_data
    def bars(errors, height=2.0):
        return style.subplots(height=height)[0]

    figure = bars(TABLE.test_mse)
    assert figure.get_size_inches()[1] == 2
    shown, _ = InteractiveShell.instance().display_formatter.format(figure)
    assert "text/plain" in shown  # the figure itself comes too
    about = shown[MIME_TYPE]
    assert about["function"] == f"{__name__}.bars"
    assert about["csv"] == as_csv({"errors": TABLE.test_mse})
