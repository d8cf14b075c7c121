"""Designs that no page shows yet: one budget, all measured, and readers that read what they say."""

import numpy as np
import pytest
import xarray as xr
from scipy import stats

from labcode import experiments, runs
from labcode.audit import recording
from labcode.baselines import images_from_noise as baselines
from labcode.designs.profiles import PROFILES
from labcode.experiments import denoising as chapter
from labcode.experiments.denoising import images_from_noise, masked_codes, without_clean
from labcode.experiments.denoising.equal_terms import best_rates
from labcode.runs.measured import Measurement

FULL = PROFILES["full"]
MODULES = (images_from_noise, masked_codes, without_clean)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_no_page_shows_it_yet_and_the_record_takes_it(module):
    assert module not in experiments.sections(chapter)
    listed = set(recording.recordable(FULL, "denoising"))
    trained = {
        s for d in experiments.designs_of(module) for s in d.specs(FULL) if hasattr(s, "seed")
    }
    assert trained and trained <= listed
    assert {spec.data.train for spec in trained if "Denoiser" in spec.title} <= {50_000}


@pytest.mark.parametrize(
    "module", [masked_codes, without_clean], ids=lambda module: module.__name__
)
def test_rates_are_those_that_tuning_chose(module):
    networks = [s for s in module.tuning.specs(FULL) if not isinstance(s, Measurement)]
    if all(runs.recorded(spec) for spec in networks):
        assert module.tuned_rates(FULL) == module.CHOSEN
    else:
        assert not module.CHOSEN


def test_the_best_rate_is_that_of_the_lowest_loss():
    levels = {"teacher": ["a", "b"], "rate": [1e-3, 3e-3], "seed": [0]}
    loss = xr.DataArray([[[2.0], [1.0]], [[1.0], [2.0]]], levels, tuple(levels))
    assert best_rates(loss, "teacher") == {"a": 3e-3, "b": 1e-3}


def test_only_the_teacher_differs():
    specs = without_clean.taught.specs(FULL)
    networks = [spec for spec in specs if not isinstance(spec, Measurement)]
    assert len(networks) == 3 * 5
    assert len({(n.model, n.epochs, n.data, n.std, n.batch_size) for n in networks}) == 1


def test_probes_know_every_training_image():
    probes = [s for s in masked_codes.codes.specs(FULL) if isinstance(s, Measurement)]
    known = {dict(s.arguments)["labelled"] for s in probes if "labelled" in dict(s.arguments)}
    assert known == {50_000}


def test_a_price_is_none_only_inside_the_margin(monkeypatch):
    levels = {"teacher": list(without_clean.TEACHERS), "seed": [0, 1, 2, 3, 4], "std": [0.3]}
    noise = 1 + 0.002 * np.random.default_rng(0).normal(size=(3, 5, 1))
    error = xr.DataArray(np.array([1.0, 1.02, 1.2])[:, None, None] * noise, levels, tuple(levels))
    monkeypatch.setattr(without_clean.taught, "table", lambda profile: xr.Dataset({"mse": error}))
    near, far = (without_clean.price(FULL, name) for name in without_clean.TEACHERS[1:])
    assert near.mean == pytest.approx(np.log(1.02), abs=0.003)
    assert without_clean.as_good(near) and not without_clean.as_good(far)
    known = stats.ttest_ind(*np.log(error.values[[2, 0], :, 0]), equal_var=False)
    assert far.p_value == pytest.approx(known.pvalue)


def test_gaussian_points_have_their_moments():
    rng = np.random.default_rng(0)
    factor = np.array([[1.0, 0.0], [2.0, 0.0], [0.0, 0.5]])
    found = baselines.gaussian_points(np.array([1.0, 2.0, 3.0]), factor @ factor.T, 200_000, rng)
    np.testing.assert_allclose(found.mean(0), [1, 2, 3], atol=0.02)
    np.testing.assert_allclose(np.cov(found.T), factor @ factor.T, atol=0.03)


def test_what_is_missing_is_as_much_as_it_says():
    shares = {name: baselines.seen_pixels(name).mean() for name in baselines.MISSING}
    assert shares == {"lower half": 0.5, "three of four pixels": 0.25}
    assert not baselines.seen_pixels("lower half").reshape(28, 28)[14:].any()
    with pytest.raises(ValueError, match="missing"):
        baselines.seen_pixels("nothing")
