"""What the factorial says, on made numbers whose answer is known."""

import numpy as np
import pytest
import xarray as xr
from scipy import stats

from labcode.designs.profiles import PROFILES
from labcode.experiments.dense_versus_cnn import coders, effects, efficiency, factorial, metrics
from labcode.experiments.dense_versus_cnn.networks import (
    CONVOLUTIONAL,
    DEEP,
    DENSE,
    EQUAL,
    FACTORS,
    IN_PLACE,
    SHUFFLED,
)

FULL = PROFILES["full"]
RNG = np.random.default_rng(1)
SEEDS = [0, 1, 2, 3, 4]


def table(sizes):
    """Test errors that scatter by 5% around 0.01."""
    logs = xr.DataArray(
        np.log(0.01) + 0.05 * RNG.standard_normal([len(each) for each in sizes.values()]),
        sizes,
        tuple(sizes),
    )
    return np.exp(logs)


def use(monkeypatch, design, test_mse):
    monkeypatch.setattr(design, "table", lambda profile: xr.Dataset({"test_mse": test_mse}))


@pytest.fixture
def cells(monkeypatch):
    """Convolutions halve the error in place, and add a tenth to it where pixels are shuffled."""
    found = table({name: list(levels) for name, levels in FACTORS.items()} | {"seed": SEEDS})
    convolutional = found.layers == CONVOLUTIONAL
    factor = xr.where(convolutional & (found.pixels == IN_PLACE), 0.5, 1.0)
    factor = factor * xr.where(convolutional & (found.pixels == SHUFFLED), 1.1, 1.0)
    found = (found * factor).transpose(*FACTORS, "seed")
    use(monkeypatch, factorial.cells, found)
    return found


def test_pairs_are_welchs_tests_of_logarithms(cells):
    pairs = effects.pairs(FULL)
    assert list(pairs) == ["shallow_64", "shallow_392", "deep_64", "deep_392"]
    here = np.log(cells.sel(depth=DEEP, code_size=64, pixels=IN_PLACE))
    theirs = stats.ttest_ind(
        here.sel(layers=CONVOLUTIONAL), here.sel(layers=DENSE), equal_var=False
    )
    found, ends = pairs["deep_64"], theirs.confidence_interval()
    assert (found.low, found.high) == pytest.approx((ends.low, ends.high))
    assert found.p_value == pytest.approx(theirs.pvalue)
    assert found.mean == pytest.approx(np.log(0.5), abs=0.1)


def test_the_lead_and_what_shuffling_takes_from_it(cells):
    lead = effects.lead(FULL)
    logs = np.log(cells).mean("seed")
    by_hand = (logs.sel(layers=DENSE) - logs.sel(layers=CONVOLUTIONAL)).mean(("depth", "code_size"))
    assert lead["in_place"].mean == pytest.approx(by_hand.sel(pixels=IN_PLACE).item())
    assert lead["shuffled"].mean == pytest.approx(by_hand.sel(pixels=SHUFFLED).item())
    assert lead["interaction"].mean == pytest.approx(lead["in_place"].mean - lead["shuffled"].mean)
    assert lead["in_place"].mean == pytest.approx(np.log(2), abs=0.05)
    assert lead["shuffled"].mean == pytest.approx(-np.log(1.1), abs=0.05)
    # Variances of independent cells add: the interaction's error is that of both leads.
    halves = {name: found.high - found.mean for name, found in lead.items()}
    assert halves["interaction"] == pytest.approx(
        np.hypot(halves["in_place"], halves["shuffled"]), rel=0.1
    )
    whole = effects.effects(FULL)
    assert whole["layers x pixels"].mean == pytest.approx(lead["interaction"].mean / 2)


def test_a_mean_difference_is_welchs_over_many_cells():
    one, other = table({"depth": [0], "seed": SEEDS}), table({"depth": [0], "seed": SEEDS})
    found = effects.mean_difference(one, other)
    theirs = stats.ttest_ind(one[0], other[0], equal_var=False)
    assert found.p_value == pytest.approx(theirs.pvalue)
    assert found.mean == pytest.approx(float(one.mean() - other.mean()))


def test_matched_networks_stand_against_the_convolutional_cells(cells, monkeypatch):
    levels = {name: list(FACTORS[name]) for name in ("depth", "code_size")}
    dense = table(levels | {"equal": list(EQUAL), "seed": SEEDS})
    use(monkeypatch, factorial.matched, dense)
    convolutional = np.log(cells.sel(layers=CONVOLUTIONAL, pixels=IN_PLACE))
    for equal, found in effects.matched(FULL).items():
        expected = convolutional.mean() - np.log(dense.sel(equal=equal)).mean()
        assert found.mean == pytest.approx(expected.item())


@pytest.mark.parametrize(
    ("factor", "reached", "turned"),
    [(0.99, True, ()), (0.97, False, ()), (2.5, False, ("deep_64",))],
)
def test_training_twice_as_long_may_change_an_error_or_a_sign(
    cells, monkeypatch, factor, reached, turned
):
    after = cells.isel(seed=[0])
    here = (after.layers == CONVOLUTIONAL) & (after.depth == DEEP) & (after.code_size == 64)
    after = after * xr.where(here & (after.pixels == IN_PLACE), factor, 1.0)
    after = after.where((after.layers != DENSE) | (after.pixels != SHUFFLED))
    shuffled_dense = cells.sel(layers=DENSE, pixels=IN_PLACE)
    same = cells.copy()  # a dense network learns both alike
    same.loc[{"layers": DENSE, "pixels": SHUFFLED}] = shuffled_dense
    use(monkeypatch, factorial.cells, same)
    use(monkeypatch, factorial.doubled, after.transpose(*FACTORS, "seed"))
    found = effects.convergence(FULL)
    assert found.reached is reached and found.turned == turned
    change = found.change.sel(layers=CONVOLUTIONAL, depth=DEEP, code_size=64, pixels=IN_PLACE)
    assert change.item() == pytest.approx(factor - 1)
    assert found.change.isnull().sum() == 4


def test_few_images_are_compared_at_equal_steps(monkeypatch):
    counts = efficiency.counts(FULL)
    specs = [spec for spec in efficiency.capped.specs(FULL) if hasattr(spec, "updates")]
    assert counts == (300, 3000, 50_000)
    assert {spec.epochs * spec.updates for spec in specs} == {10_000}
    assert {spec.data.validation for spec in specs} == {10_000}
    assert len(specs) == 2 * 2 * 3 * 5
    made = table(
        {
            "layers": list(FACTORS["layers"]),
            "pixels": list(FACTORS["pixels"]),
            "images": list(counts),
            "seed": SEEDS,
        }
    )
    use(monkeypatch, efficiency.capped, made)
    few = np.log(made.sel(pixels=IN_PLACE, images=300)).mean("seed")
    expected = few.sel(layers=CONVOLUTIONAL) - few.sel(layers=DENSE)
    assert efficiency.leads(FULL)[0].mean == pytest.approx(expected.item())


def test_probes_are_averaged_over_equal_pairs():
    accuracies = table({"coder": [*coders.STUDIED], "seed": SEEDS})
    found = metrics.at_equal_code(accuracies)
    kinds = [
        accuracies.sel(coder=[name for name in coders.CELLS if name.startswith(kind)]).mean()
        for kind in (CONVOLUTIONAL, DENSE)
    ]
    assert found.mean == pytest.approx(float(kinds[0] - kinds[1]))
    assert len(coders.CELLS) == 8
