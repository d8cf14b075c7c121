"""The linear probe against scikit-learn's, and its one-vote ties; more in the chapters' tests."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import RidgeClassifier

from labcode.scores.probes import linear_accuracies, neighbour_accuracies, whitened


def test_the_linear_probe_is_a_ridge_classifier():
    """A penalty of 1 on standardised codes, one unit of them dead."""
    torch.manual_seed(0)
    labels = torch.randint(0, 5, (600,))
    codes = torch.randn(5, 8)[labels] + 1.5 * torch.randn(600, 8)
    z = codes.double() - codes.double().mean(0)
    z = z / z.std(0, correction=0) * torch.tensor([1.0] * 7 + [0.0])
    theirs = RidgeClassifier(alpha=1.0).fit(z[:400].numpy(), labels[:400].numpy())
    expected = np.mean(theirs.predict(z[400:].numpy()) == labels[400:].numpy())
    strength = 1 / (400 * z[:400].var(0, correction=0).mean().item())
    known, asked = (z[:400], labels[:400]), (z[400:], labels[400:])
    assert linear_accuracies(known, asked, [strength]) == pytest.approx([expected])


def test_neighbours_vote_and_the_lowest_class_wins_a_tie():
    known = torch.tensor([[0.0], [1.0], [3.0]]), torch.tensor([2, 1, 1])
    asked = torch.tensor([[0.1], [0.1]]), torch.tensor([2, 1])
    assert neighbour_accuracies(known, asked, [1, 2, 3]) == [0.5, 0.5, 0.5]
    (nearest,) = neighbour_accuracies(known, (asked[0][:1], asked[1][:1]), [1])
    tie, three = neighbour_accuracies(known, (asked[0][1:], asked[1][1:]), [2, 3])
    assert (nearest, tie, three) == (1.0, 1.0, 1.0)


def test_whitened_codes_have_unit_variance_and_no_dead_direction():
    rng = np.random.default_rng(0)
    known = torch.from_numpy(rng.normal(size=(500, 4)) @ rng.normal(size=(4, 6)) + 3)
    known[:, 5] = 7.0
    asked = known[:50].clone()
    white, others = whitened(known, asked)
    assert white.shape == (500, 4)
    np.testing.assert_allclose(white.mean(0), np.zeros(4), atol=1e-9)
    np.testing.assert_allclose(white.T @ white / 500, np.eye(4), atol=1e-9)
    np.testing.assert_allclose(others, white[:50], atol=1e-9)


def test_probes_of_whitened_codes_do_not_feel_scale_and_basis():
    rng = np.random.default_rng(1)
    codes, labels = torch.from_numpy(rng.normal(size=(300, 3))), torch.arange(300) % 4
    codes += 2 * torch.nn.functional.one_hot(labels, 4)[:, :3]
    turned = codes @ torch.from_numpy(rng.normal(size=(3, 3))) * 50
    for probe, setting in ((linear_accuracies, [1e-3]), (neighbour_accuracies, [5])):
        plain, other = (
            probe((white[:200], labels[:200]), (white[200:], labels[200:]), setting)
            for white in (torch.cat(whitened(one[:200], one[200:])) for one in (codes, turned))
        )
        assert plain == other
