"""VAEs beside mixtures of probabilistic PCA: what they share, and which mixture is chosen."""

import numpy as np
import xarray as xr

from labcode import experiments
from labcode.audit import recording
from labcode.data import DataSpec
from labcode.designs.profiles import PROFILES
from labcode.experiments import likelihood
from labcode.experiments.likelihood import opponents
from labcode.runs.measured import Measurement, trains

FULL = PROFILES["full"]


def runs_of(design):
    return [spec for spec in design.specs(FULL) if not isinstance(spec, Measurement)]


def test_all_have_the_same_images_and_code_size():
    vaes, mixtures = runs_of(opponents.vaes), runs_of(opponents.by_em)
    assert {spec.data for spec in (*vaes, *mixtures)} == {DataSpec(50_000, 10_000)}
    assert {dict(spec.model.arguments)["code_size"] for spec in vaes} == {32}
    assert {spec.code_size for spec in mixtures} == {32}
    assert {(spec.schedule, spec.best, spec.beta) for spec in vaes} == {("cosine", True, 1)}


def test_three_seeds_are_long_and_one_is_doubled():
    assert sorted(spec.epochs for spec in runs_of(opponents.vaes)) == [40] * 6 + [80] * 2
    assert {spec.epochs for spec in runs_of(opponents.tuning)} == {10}
    assert set(opponents.CHOSEN.values()) <= set(opponents.RATES)
    shared = [spec.one_variance for spec in runs_of(opponents.by_em)]
    assert (shared.count(False), shared.count(True)) == (15, 5)


def test_no_page_shows_them_yet_and_the_record_takes_them():
    assert opponents not in experiments.sections(likelihood)
    assert experiments.section("ae-versus-vae", "opponents") is opponents
    wanted = {spec for design in (opponents.tuning, opponents.vaes, opponents.by_em)
              for spec in design.specs(FULL)}  # fmt: skip
    assert all(trains(spec) for spec in wanted)
    assert wanted <= set(recording.recordable(FULL, "ae-versus-vae"))


def test_validation_images_choose_the_mixture(monkeypatch):
    """Test images would choose another one."""
    levels = {"variance": [opponents.ONE_EACH, opponents.ONE_FOR_ALL], "components": [10, 20, 40]}
    validation = np.array([[[1.0, 5], [2, 4], [3, 3]], [[1, np.nan], [3, np.nan], [2, np.nan]]])
    arrays = {"validation_log_likelihood": validation, "log_likelihood": -validation}
    found = xr.Dataset(
        {name: ((*levels, "seed"), values) for name, values in arrays.items()},
        {**levels, "seed": [0, 1]},
    )
    monkeypatch.setattr(opponents.by_em, "table", lambda profile: found)
    chosen = opponents.chosen(FULL)
    np.testing.assert_array_equal(chosen.components, [[40, 10], [20, np.nan]])
    np.testing.assert_array_equal(chosen.log_likelihood, [[-3, -5], [-3, np.nan]])
