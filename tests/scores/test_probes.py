"""The linear probe against scikit-learn's, and its one-vote ties; more in the chapters' tests."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import RidgeClassifier

from labcode.scores.probes import linear_accuracies, neighbour_accuracies


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
