"""Measured functions: kept under a key of arguments and code, and given back as they were."""

import numpy as np
import pytest
import xarray as xr

from labcode import runs
from labcode.runs.measured import measured

CALLS: list[str] = []


@measured
def number(x: float) -> float:
    CALLS.append("number")
    return x / 3


@measured(cost=lambda n, name: 1000.0 * n)
def table(n: int, name: str = "a") -> xr.Dataset:
    CALLS.append("table")
    errors = xr.DataArray(
        np.arange(n, dtype=np.float32), dims="image", attrs={"units": "squared pixel units"}
    )
    kinds = xr.DataArray([[1.5, np.nan]], dims=("row", "kind"), coords={"kind": ["plain", "é"]})
    return xr.Dataset({"error": errors, "kinds": kinds}, attrs={"title": name})


@measured
def array(n: int) -> xr.DataArray:
    return xr.DataArray(np.arange(n), dims="epoch", coords={"epoch": np.arange(n) + 1})


@pytest.fixture(autouse=True)
def _measured_here(empty_cache, monkeypatch):
    """This file is no module of labcode, so its code has no hash: any will do."""
    monkeypatch.setattr("labcode.runs.store.code_of", lambda spec: "code")
    CALLS.clear()


def test_a_result_is_measured_once_and_given_back_as_it_was():
    first = table(3)
    second = table(n=3, name="a")
    assert CALLS == ["table"]
    xr.testing.assert_identical(first, second)
    assert second.error.dtype == np.float32
    assert second.error.attrs == {"units": "squared pixel units"}
    assert second.attrs == {"title": "a"}
    assert second.kinds.sel(row=0, kind="plain").item() == 1.5


def test_numbers_and_arrays_come_back_as_numbers_and_arrays():
    assert number(1.0) == number(1.0) == 1 / 3
    assert CALLS == ["number"]
    xr.testing.assert_identical(array(2), array.function(2))


def test_another_argument_is_another_measurement():
    assert table.spec(3) == table.spec(3, name="a") != table.spec(4)
    assert runs.key(table.spec(3)) == runs.key(table.spec(n=3)) != runs.key(table.spec(3, "b"))


def test_what_it_costs_is_no_part_of_the_key():
    assert table.spec(3).cost == 3000
    assert number.spec(2.0).cost == 0
    assert "cost" not in str(runs.store.describe(table.spec(3)))


def test_a_measurement_is_listed_and_trained_like_a_run():
    assert not runs.is_kept(table.spec(2))
    runs.train_missing([table.spec(2)], jobs=1)
    assert runs.is_kept(table.spec(2))
    assert table.spec(2).title == "table 2 a"


def test_a_call_that_does_not_fit_is_refused_before_anything_is_measured():
    with pytest.raises(TypeError, match="missing a required argument"):
        table.spec()
