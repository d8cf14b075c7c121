"""Do codes know the classes? A linear probe and the k nearest neighbours answer.

Codes come with their classes: a tensor of shape (n, k), and one of int64 of shape (n,).
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from labcode import checks

Labelled = tuple[Tensor, Tensor]
Probe = Callable[[Labelled, Labelled, Sequence[float]], list[float]]


def linear_accuracies(known: Labelled, asked: Labelled, strengths: Sequence[float]) -> list[float]:
    """Share of points that a linear classifier puts in their class, 0 to 1, for each strength.

    Parameters
    ----------
    known, asked : pair of Tensors
        Codes with their classes: to fit by least squares on one-hot classes, and to classify.
    strengths : sequence of float
        Ridge penalties, as shares of the known codes' mean variance.
    """
    checks.labelled(known, asked)
    checks.some_of("strengths", strengths)
    checks.each_above_zero("strengths", strengths)
    codes, labels = known[0].double(), torch.nn.functional.one_hot(known[1]).double()
    mean, shares = codes.mean(0), labels.mean(0)
    centred = codes - mean
    gram = centred.T @ centred / len(codes)
    cross = centred.T @ (labels - shares) / len(codes)
    scale = gram.diagonal().mean().clamp_min(1e-12)
    identity = torch.eye(len(gram), dtype=gram.dtype)
    accuracies = []
    for strength in strengths:
        weights = torch.linalg.solve(gram + strength * scale * identity, cross)
        guess = ((asked[0].double() - mean) @ weights + shares).argmax(1)
        accuracies.append((guess == asked[1]).double().mean().item())
    return accuracies


def neighbour_accuracies(known: Labelled, asked: Labelled, counts: Sequence[float]) -> list[float]:
    """Share of points whose class most of their nearest known points have, for each count.

    Parameters
    ----------
    known, asked : pair of Tensors
        Codes with their classes, compared by Euclidean distance.
    counts : sequence of int
        How many known points vote; at most as many as there are. The lowest class wins a tie.
    """
    checks.labelled(known, asked)
    checks.some_of("counts", counts)
    checks.at_most(len(known[0]), counts=tuple(counts))
    near = [
        torch.cdist(some, known[0]).topk(int(max(counts)), largest=False).indices
        for some in asked[0].split(2000)
    ]
    votes = torch.nn.functional.one_hot(known[1][torch.cat(near)])
    guesses = [votes[:, : int(count)].sum(1).argmax(1) for count in counts]
    return [(guess == asked[1]).double().mean().item() for guess in guesses]


def whitened(known: Tensor, *others: Tensor) -> list[Tensor]:
    """Codes on axes of their own on which the known ones have mean 0 and variance 1.

    Parameters
    ----------
    known, *others : Tensor, shapes (n, k)

    Returns
    -------
    list of Tensor
        In the same order, shapes (n, r): directions in which the known codes do not vary, such as
        those of dead units, are left out.
    """
    checks.vectors("codes", known, *others)
    mean = known.double().mean(0)
    centred = known.double() - mean
    values, axes = torch.linalg.eigh(centred.T @ centred / len(centred))
    kept = values > 1e-10 * values[-1]
    scale = axes[:, kept] / values[kept].sqrt()
    return [((codes.double() - mean) @ scale).to(codes.dtype) for codes in (known, *others)]


def chosen_on_validation(
    probe: Probe, choices: Sequence[float], train: Labelled, validation: Labelled, test: Labelled
) -> float:
    """Test accuracy of a probe, with the first of its settings that is best on validation.

    Parameters
    ----------
    probe : function
        `linear_accuracies` or `neighbour_accuracies`.
    choices : sequence of float
        Strengths or counts to choose from.
    train, validation, test : pair of Tensors
        Codes with their classes.
    """
    checks.labelled(train, validation, test)
    checks.some_of("choices", choices)
    on_validation = probe(train, validation, choices)
    best = on_validation.index(max(on_validation))
    return probe(train, test, choices)[best]
