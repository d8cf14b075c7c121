"""Every network of the contest has one budget; its readers say what a table says, and no more."""

from collections import Counter

import numpy as np
import pytest
import torch
import xarray as xr
from scipy import stats

from labcode import data, experiments, runs
from labcode.audit import recording
from labcode.baselines import denoisers
from labcode.baselines.pca import principal_components
from labcode.claims.rules import Outcome, outcome
from labcode.data.corruption import GaussianNoise, noisy
from labcode.designs.contrast import Contrast
from labcode.designs.design import Design
from labcode.designs.profiles import PROFILES
from labcode.experiments import denoising as chapter
from labcode.experiments.denoising import claims, equal_terms, opponents
from labcode.experiments.denoising.equal_terms import BLIND, CLEAN
from labcode.models.conv import LabCNN
from labcode.scores.denoising import restored_by_noise
from labcode.scores.metrics import mse
from labcode.training.networks import RunSpec

FULL, SMOKE = PROFILES["full"], PROFILES["smoke"]


def trained(design) -> list[RunSpec]:
    return [spec for spec in design.specs(FULL) if isinstance(spec, RunSpec)]


NETWORKS = [*trained(equal_terms.lab), *trained(equal_terms.own)]


def test_every_network_has_the_same_budget():
    assert {spec.data for spec in NETWORKS} == {data.DataSpec(50_000, 10_000)}
    schedule = {(spec.epochs, spec.batch_size, spec.schedule, spec.best) for spec in NETWORKS}
    assert schedule == {(20, 128, "cosine", True)}
    assert all(spec.corruption == spec.validation_corruption for spec in NETWORKS)
    assert {spec.epochs for spec in trained(equal_terms.longer)} == {40}
    assert {spec.epochs for spec in trained(equal_terms.tuning)} == {10}


def test_five_seeds_where_something_is_decided_and_three_elsewhere():
    seeds = Counter((spec.model.architecture, spec.corruption) for spec in NETWORKS)
    five = {GaussianNoise(0.3), GaussianNoise(0.5)}
    for (architecture, noise), count in seeds.items():
        assert count == (5 if architecture is LabCNN or noise in five else 3)
    assert len(seeds) == 7 + 7


def test_every_network_was_tuned():
    kinds = {(spec.model, spec.corruption) for spec in NETWORKS}
    tuned = [(spec.model, spec.corruption) for spec in trained(equal_terms.tuning)]
    assert set(tuned) == kinds and len(tuned) == 3 * len(kinds)


def test_rates_are_those_that_tuning_chose():
    rows = [runs.recorded(spec) for spec in trained(equal_terms.tuning)]
    if all(rows):
        assert equal_terms.tuned_rates(FULL) == equal_terms.CHOSEN
    else:
        assert not equal_terms.CHOSEN


def test_no_page_shows_them_yet_and_the_record_takes_them():
    listed = set(recording.recordable(FULL, "denoising"))
    for module in (equal_terms, opponents):
        assert module not in experiments.sections(chapter)
    for design in (equal_terms.tuning, equal_terms.lab, equal_terms.own, equal_terms.longer):
        assert set(design.specs(FULL)) <= listed


def test_one_set_of_weights_on_three_sets(empty_cache):
    spec = equal_terms.plain.spec(SMOKE, seed=0)
    split, network = data.load(spec.data), runs.model_of(runs.get(spec))

    def error(x, y):
        with torch.no_grad():
            return mse(x, network(y)).mean().item()

    validation, test = split.validation.pixels, split.test.pixels[: SMOKE.test]
    assert equal_terms.best_loss(spec) == pytest.approx(error(validation, validation), abs=1e-6)
    by_noise = restored_by_noise(spec, (0.0, 0.3), images=SMOKE.test, contest=7)
    assert by_noise.mse.sel(std=0.0).item() == pytest.approx(error(test, test), abs=1e-6)
    y = noisy(test, 0.3)
    assert by_noise.mse.sel(std=0.3).item() == pytest.approx(error(test, y), abs=1e-6)
    first = error(test[:7], y[:7])
    assert by_noise.contest_mse.sel(std=0.3).item() == pytest.approx(first, abs=1e-6)


@pytest.fixture
def made(monkeypatch) -> dict[Design, xr.Dataset]:
    """Tables with made numbers: error 1 if clean or blind, else by the distance of the noise."""
    tables = {}
    for place, design in enumerate((equal_terms.lab, equal_terms.own)):
        levels = {**design.levels(FULL), "std": equal_terms.MET}
        shape, names = [len(values) for values in levels.values()], tuple(levels)
        error = xr.DataArray(np.ones(shape), {n: list(v) for n, v in levels.items()}, names)
        for noise in set(levels["trained"]) - {CLEAN, BLIND}:
            for std in equal_terms.MET:
                error.loc[{"trained": noise, "std": std}] = 0.5 + 2 * abs(float(noise) - std)
        error += 0.01 * np.random.default_rng(place).normal(size=shape)
        tables[design] = xr.Dataset({"mse": error, "contest_mse": error})
    tables[equal_terms.own].contest_mse.loc[{"trained": BLIND, "seed": [3, 4]}] = np.nan
    rivals = {"denoiser": list(denoisers.OPPONENTS), "std": list(equal_terms.STRENGTHS)}
    fixed = xr.DataArray(np.full([len(r) for r in rivals.values()], 0.7), rivals, tuple(rivals))
    fixed.loc[{"denoiser": "ten Gaussians"}] = 0.3
    tables[opponents.opponents] = xr.Dataset({"mse": fixed})
    tables[opponents.wiener] = xr.Dataset({"mse": fixed.sel(denoiser="Wiener", drop=True)})
    for design, found in tables.items():
        monkeypatch.setattr(design, "table", lambda profile, found=found: found)
    return tables


def test_contrasts_are_of_the_noise_trained_on(made):
    gains = equal_terms.gains(FULL)
    assert [f"{gain.mean:.1f}" for gain in gains.values()] == ["0.5"] * 6
    error = made[equal_terms.lab].mse.sel(std=0.3)
    known = stats.ttest_ind(error.sel(trained=CLEAN), error.sel(trained="0.3"), equal_var=False)
    assert gains["0.3"].p_value == pytest.approx(known.pvalue)
    below = opponents.below_wiener(FULL)
    assert {std: f"{lead.mean:.1f}" for std, lead in below.items()} == {"0.3": "0.2", "0.6": "0.2"}


def test_the_evidence_holds_in_a_made_world(made):
    found = claims.c9.evidence(FULL)
    assert outcome("C9", found.numbers) is Outcome.HOLDS and found.seeds == 5
    # 0.5 + 2 |0.3 - s| is over 1 at no noise and at the strongest, where it is not ahead again.
    assert "behind up to 1, and ahead from nan" in found.effect


def test_the_own_design_meets_every_opponent(made):
    leads = opponents.leads(FULL)
    assert len(leads) == 2 * (len(denoisers.OPPONENTS) + 2) + 1
    standing = opponents.standing(leads)
    behind = {name for name, where in standing.items() if where == "behind"}
    assert behind == {"ten Gaussians at 0.3", "ten Gaussians at 0.5"}
    assert standing["lab's CNN at 0.3"] == "not told apart"
    assert leads["own design, blind at 0.3"].n == 3
    assert standing["own design, blind at 0.3"] == "ahead"


def test_an_error_against_one_number_is_students_t():
    errors = xr.DataArray([0.010, 0.011, 0.0105, np.nan], dims="seed")
    found = equal_terms.below(0.012, errors)
    known = stats.ttest_1samp(0.012 - errors.values[:3], 0.0)
    assert found.p_value == pytest.approx(known.pvalue)
    assert (found.low, found.high) == pytest.approx(known.confidence_interval(0.95))


def gain(mean: float, p_value: float = 1e-6) -> Contrast:
    return Contrast(mean, mean - 0.1, mean + 0.1, 5, p_value)


@pytest.mark.parametrize(
    ("gains", "expected"),
    [
        ({0.0: gain(-1), 0.1: gain(-1), 0.2: gain(0.1, 0.5), 0.3: gain(1)}, (0.1, 0.3)),
        ({0.0: gain(-1), 0.1: gain(1), 0.2: gain(0.1, 0.5), 0.3: gain(1)}, (0.0, 0.3)),
        ({0.0: gain(1), 0.3: gain(1)}, (np.nan, 0.0)),
        ({0.0: gain(0.1, 0.5), 0.3: gain(-0.1, 0.04)}, (np.nan, np.nan)),
    ],
)
def test_where_a_denoiser_overtakes(gains, expected):
    assert equal_terms.crossing(gains) == pytest.approx(expected, nan_ok=True)


def test_an_opponent_can_be_behind_ahead_or_neither():
    found = opponents.standing({"a": gain(1), "b": gain(-1), "c": gain(1, 0.04), "d": gain(1, 0.2)})
    assert list(found.values()) == ["ahead", "behind", "not told apart", "not told apart"]


def test_everybody_has_a_row_that_says_what_it_was_told():
    assert set(denoisers.OPPONENTS) < set(opponents.TOLD)
    told = opponents.told().sel(fact="their labels")
    assert told.denoiser[told.values].values.tolist() == ["ten Gaussians"]


def test_wavelets_restore_what_is_flat():
    flat = torch.full((3, 1, 28, 28), 0.5)
    y = noisy(flat, 0.2)
    setting, spec = (1.0, 1.0), data.DataSpec(10, 1)
    restored = torch.from_numpy(denoisers.wavelets(y, setting, 0.2, spec))[:, None]
    assert mse(flat, restored.float()).mean() < 0.2 * mse(flat, y).mean()
    # Nothing is thresholded where there is no noise, and shifts come back to their place.
    garments = data.fashion_mnist("test").pixels[:2]
    np.testing.assert_allclose(
        denoisers.wavelets(garments, (2.0, 1e-9), 0.2, spec), garments[:, 0], atol=1e-5
    )


def test_clusters_are_found_without_labels(fashion_mnist, empty_cache):
    spec = data.DataSpec(600, 1)
    found = denoisers.clusters(spec, 3)
    assert set(found.values) == {0, 1, 2}
    x = data.load(spec).train.pixels.flatten(1).double().numpy()
    codes = principal_components(spec).project(x, 50)
    inside = sum(((codes[found == c] - codes[found == c].mean(0)) ** 2).sum() for c in range(3))
    assert inside < 0.8 * ((codes - codes.mean(0)) ** 2).sum()
    mixture = denoisers.mixture_of_clusters(spec, 3)
    assert mixture.weights == pytest.approx(np.bincount(found.values.astype(int)) / 600)
