"""Designs: the runs they list are the runs they need, and tables hold each number in its place."""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pytest
import torch
import xarray as xr

from labcode import runs
from labcode.designs.design import design
from labcode.designs.profiles import PROFILES
from labcode.runs.measured import measured
from labcode.training.loop import Fit

SMOKE = PROFILES["smoke"]


@dataclass(frozen=True)
class Digits:
    """A run that trains nothing: its weights are its levels."""

    size: int
    kind: str
    seed: int

    @property
    def title(self) -> str:
        return f"{self.kind} {self.size}"

    @property
    def cost(self) -> float:
        return 1.0

    def train(self, device: str = "auto") -> Fit:
        value = 100 * self.size + 10 * len(self.kind) + self.seed
        return Fit({"value": torch.tensor(float(value))}, {"loss": torch.arange(float(self.size))})


def value(spec: Digits) -> float:
    return runs.get(spec).weights["value"].item()


def curve(spec: Digits) -> xr.DataArray:
    losses = runs.get(spec).history["loss"].numpy()
    return xr.DataArray(losses, dims="epoch", coords={"epoch": np.arange(len(losses)) + 1})


@measured
def shifted(spec: Digits, by: int) -> float:
    return value(spec) + by


@measured
def moments(kind: str, n: int) -> xr.Dataset:
    return xr.Dataset({"mean": float(n), "length": len(kind)}, attrs={"units": "none"})


@design(
    scores=lambda profile: {
        "value": value,
        "curve": curve,
        "more": partial(shifted, by=profile.steps),
    },
    size=(2, 3),
    kind=("a", "bb"),
)
def digits(profile, size, kind, seed):
    """Three factors."""
    return None if (size, kind) == (3, "a") else Digits(size, kind, seed)


@design(kind=("a", "bbb"), n=lambda profile: (1, profile.epochs + 1))
def closed(profile, kind, n):
    """No network and no seed."""
    return moments.spec(kind, n)


@pytest.fixture(autouse=True)
def _code_of_this_file(empty_cache, monkeypatch):
    monkeypatch.setattr("labcode.runs.store.code_of", lambda spec: "code")
    monkeypatch.setattr("labcode.runs.train_missing", train_here)


def train_here(specs):
    for spec in specs:
        runs.get(spec)


def test_the_table_has_each_number_in_its_place():
    table = digits.table(replace(SMOKE, steps=1000))
    assert table.value.dims == ("size", "kind", "seed")
    assert table.value.sel(size=2, kind="bb", seed=1) == 221
    assert table.more.sel(size=3, kind="bb", seed=0) == 1320
    assert list(table.seed) == list(SMOKE.seeds)


def test_what_the_design_leaves_out_or_is_shorter_is_not_a_number():
    table = digits.table(SMOKE)
    assert table.value.sel(size=3, kind="a").isnull().all()
    np.testing.assert_array_equal(table.curve.sel(size=2, kind="a", seed=0), [0, 1, np.nan])
    np.testing.assert_array_equal(table.epoch, [1, 2, 3])


def test_the_specs_are_all_that_the_table_needs():
    profile = replace(SMOKE, steps=77)  # a table of its own: others are kept in memory
    wanted = digits.specs(profile)
    assert len(wanted) == len(set(wanted)) == 3 * 2 * 2
    digits.table(profile)
    on_disk = {file.stem for file in runs.path(wanted[0]).parent.glob("*.safetensors")}
    assert on_disk == {runs.key(spec) for spec in wanted}


def test_measured_functions_alone_make_a_table():
    table = closed.table(SMOKE)
    assert table["mean"].sel(kind="a", n=2) == 2
    assert table["length"].sel(kind="bbb", n=1) == 3
    assert "seed" not in table.dims


def test_more_seeds_and_epochs_in_a_profile_are_more_in_the_table():
    assert list(digits.table(replace(SMOKE, seeds=(7,))).seed) == [7]
    assert list(closed.table(replace(SMOKE, epochs=40)).n) == [1, 41]


def test_a_combination_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match="leaves out"):
        digits.spec(SMOKE, size=3, kind="a", seed=0)
    with pytest.raises(ValueError, match="factors and levels are .*'size': \\(2, 3\\)"):
        digits.spec(SMOKE, size=4, kind="a", seed=0)
    assert digits.spec(SMOKE, size=3, kind="bb", seed=0) == Digits(3, "bb", 0)
