"""The cells of the factorial differ in what they say, and in nothing else."""

import itertools
from dataclasses import replace

import pytest
from torch import nn

from labcode import experiments
from labcode.audit import recording
from labcode.data import DataSpec
from labcode.designs.profiles import PROFILES
from labcode.experiments import dense_versus_cnn
from labcode.experiments.dense_versus_cnn import factorial
from labcode.models.conv import LabCNN
from labcode.models.counting import multiply_adds

FULL = PROFILES["full"]
CELLS = [
    dict(zip(factorial.FACTORS, cell, strict=True))
    for cell in itertools.product(*factorial.FACTORS.values())
]


@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_depth_counts_layers_with_weights_equal_on_both_sides(cell):
    model = factorial.network(cell["layers"], cell["depth"], cell["code_size"]).build()
    depth = {"shallow": 2, "deep": 4}[cell["depth"]]
    for side in (model.encoder, model.decoder):
        weighted = [part for part in side.modules() if hasattr(part, "weight")]
        assert len(weighted) == depth
        assert sum(isinstance(part, nn.ReLU) for part in side.modules()) == depth - 1
    assert model.code_size == cell["code_size"]
    if cell["layers"] == factorial.CONVOLUTIONAL and cell["depth"] == factorial.DEEP:
        assert multiply_adds(model) <= 3 * multiply_adds(LabCNN())


def test_cells_share_images_batches_and_seeds():
    networks = [spec for spec in factorial.tuning.specs(FULL) if hasattr(spec, "epochs")]
    assert len(networks) == len(CELLS) * len(factorial.RATES)
    assert {replace(spec.data, permutation_seed=None) for spec in networks} == {
        DataSpec(50_000, 10_000)
    }
    assert {(spec.epochs, spec.batch_size, spec.schedule, spec.best) for spec in networks} == {
        (10, 128, "cosine", True)
    }


def test_no_page_shows_it_yet_and_the_record_takes_it():
    assert factorial not in experiments.sections(dense_versus_cnn)
    assert experiments.section("dense-versus-cnn", "factorial") is factorial
    assert set(factorial.tuning.specs(FULL)) <= set(recording.recordable(FULL, "dense-versus-cnn"))


def test_the_best_epoch_is_scored(fashion_mnist):
    loss = factorial.tuning.table(PROFILES["smoke"]).validation_loss
    assert loss.shape == (2, 2, 2, 2, 3, 1) and (loss > 0).all()
