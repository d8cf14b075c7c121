"""The cells of the factorial differ in what they say, and in nothing else."""

import itertools
from dataclasses import replace

import pytest
from torch import nn

from labcode import experiments
from labcode.audit import recording
from labcode.data import DataSpec
from labcode.designs.profiles import PROFILES
from labcode.designs.rates import chosen as chosen_rate
from labcode.experiments.dense_versus_cnn import factorial, networks, rates, tuning
from labcode.models.conv import LabCNN
from labcode.models.counting import multiply_adds, parameters
from labcode.scores.reconstruction import best_validation_loss, history
from labcode.training.networks import RunSpec

FULL = PROFILES["full"]
CELLS = [
    dict(zip(networks.FACTORS, cell, strict=True))
    for cell in itertools.product(*networks.FACTORS.values())
]
PAIRS = list(itertools.product(networks.FACTORS["depth"], networks.FACTORS["code_size"]))


@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_depth_counts_layers_with_weights_equal_on_both_sides(cell):
    model = networks.network(cell["layers"], cell["depth"], cell["code_size"]).build()
    depth = {"shallow": 2, "deep": 4}[cell["depth"]]
    for side in (model.encoder, model.decoder):
        weighted = [part for part in side.modules() if hasattr(part, "weight")]
        assert len(weighted) == depth
        assert sum(isinstance(part, nn.ReLU) for part in side.modules()) == depth - 1
    assert model.code_size == cell["code_size"]
    if cell["layers"] == networks.CONVOLUTIONAL and cell["depth"] == networks.DEEP:
        assert multiply_adds(model) <= 3 * multiply_adds(LabCNN())


@pytest.mark.parametrize(("depth", "code_size"), PAIRS)
def test_matched_widths_are_the_nearest(depth, code_size):
    convolutional = networks.network(networks.CONVOLUTIONAL, depth, code_size).build()
    for count, width in zip(
        (parameters, multiply_adds), networks.MATCHED_WIDTHS[depth, code_size], strict=True
    ):
        wanted = count(convolutional)
        found = [
            abs(count(networks.dense(depth, code_size, width + by).build()) - wanted)
            for by in (-1, 0, 1)
        ]
        assert found[1] == min(found) < 0.005 * wanted


def test_pairs_need_like_multiply_adds():
    for depth, code_size in PAIRS:
        dense, convolutional = (
            multiply_adds(networks.network(layers, depth, code_size).build())
            for layers in networks.FACTORS["layers"]
        )
        assert 1 / 2.1 < dense / convolutional < 2.1


def networks_of(*designs):
    specs = [spec for design in designs for spec in design.specs(FULL)]
    return [spec for spec in specs if isinstance(spec, RunSpec)]


def test_all_share_images_batches_and_schedule():
    tuned = networks_of(tuning.cells, tuning.matched)
    long = networks_of(factorial.cells, factorial.matched)
    longer = networks_of(factorial.doubled)
    beyond = sum(map(len, [*tuning.BEYOND.values(), *tuning.BEYOND_MATCHED.values()]))
    assert (len(tuned), len(long), len(longer)) == ((16 + 8) * 3 + beyond, (16 + 8) * 5, 12)
    for specs, epochs in ((tuned, 10), (long, 40), (longer, 80)):
        assert {replace(spec.data, permutation_seed=None) for spec in specs} == {
            DataSpec(50_000, 10_000)
        }
        assert {(spec.epochs, spec.batch_size, spec.schedule, spec.best) for spec in specs} == {
            (epochs, 128, "cosine", True)
        }


def test_rates_are_those_that_the_recorded_tuning_chose(monkeypatch):
    monkeypatch.delenv("LABCODE_PROFILE", raising=False)
    for design, chosen in (
        (tuning.cells, rates.CELLS),
        (tuning.matched, rates.MATCHED),
    ):
        if experiments.lacking([design]):
            pytest.skip("the tuning is not recorded yet")
        loss = design.table(FULL).validation_loss.isel(seed=0)
        for cell, rate in chosen.items():
            levels = dict(zip(loss.dims[:-1], cell, strict=True))
            assert chosen_rate(loss.sel(levels)) == rate, levels


def test_the_record_takes_designs_that_no_page_shows_yet():
    taken = set(recording.recordable(FULL, "dense-versus-cnn"))
    assert set(networks_of(tuning.cells, factorial.cells)) <= taken


def test_the_best_epoch_is_scored(fashion_mnist):
    cell = dict(zip(networks.FACTORS, CELLS[0].values(), strict=True))
    spec = tuning.cells.spec(PROFILES["smoke"], **cell, rate=tuning.RATES[0], seed=0)
    longer = replace(spec, epochs=3, optimiser=replace(spec.optimiser, learning_rate=0.5))
    losses = history(longer, "validation_loss")
    assert best_validation_loss(longer) == losses.min() < losses[-1]
