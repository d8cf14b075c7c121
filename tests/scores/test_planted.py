"""Atoms are matched one to one, by direction and not by length or sign."""

from itertools import permutations

import numpy as np
import pytest

from labcode.baselines.dictionary import DictionarySpec, by_dictionary_learning
from labcode.models.sparse import SparseAutoencoder
from labcode.scores import planted
from labcode.training.loop import Optimiser
from labcode.training.networks import model_spec
from labcode.training.planted import PlantedData, PlantedSpec


def test_matching_is_the_best_of_all_permutations():
    rng = np.random.default_rng(0)
    atoms, learned = rng.normal(size=(4, 5)), rng.normal(size=(4, 5))
    unit = [one / np.linalg.norm(one, axis=1, keepdims=True) for one in (atoms, learned)]
    cosines = abs(unit[0] @ unit[1].T)
    most = max(cosines[range(4), list(order)].sum() for order in permutations(range(4)))
    assert planted.matched(atoms, learned).sum() == pytest.approx(most)


def test_one_learned_atom_finds_one_planted_atom():
    atoms = np.eye(3)
    found = planted.recovery(atoms, np.array([[0, -5.0, 0], [0, 3.0, 0], [0.5, 0, 0.9]]))
    assert found.found.item() == 1 and found.nearly_equal.item() == 1
    assert planted.matched(atoms, np.eye(3)[:2]).tolist() == [1, 1, 0]
    alike, between = np.array([[1, 0], [0.98, 0.2]]), np.array([[0.99, 0.1], [-0.3, 1]])
    assert planted.recovery(alike, between).found.item() == 1
    assert planted.matched(atoms, np.zeros((3, 3))).tolist() == [0, 0, 0]


def test_both_methods_find_a_small_dictionary():
    """Sixteen atoms of sixteen dimensions, two in a point: found in a moment."""
    data = PlantedData(3000, 3, d=16, atoms=16, active=2, noise=0.05)
    model = model_spec(
        SparseAutoencoder, code_size=16, penalty=0.3, sigmoid_output=False, shape=(16,)
    )
    ours = planted.by_autoencoder(PlantedSpec(model, 60, 0, data, Optimiser(learning_rate=1e-2)))
    theirs = by_dictionary_learning(DictionarySpec(16, 0.05, 10, 0, data))
    assert ours.found.item() >= 14 and theirs.found.item() >= 12
    barely = planted.by_autoencoder(PlantedSpec(model, 1, 0, PlantedData(100, 3, 16, 16, 2, 0.05)))
    assert barely.found.item() < ours.found.item()
