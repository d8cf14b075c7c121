"""Do codes know the classes? The k nearest neighbours answer."""

from sklearn.neighbors import KNeighborsClassifier
from torch import Tensor


def neighbour_accuracy(
    known: Tensor, labels: Tensor, asked: Tensor, true_labels: Tensor, neighbours: int
) -> float:
    """Share of points whose class most of their nearest known points have, 0 to 1.

    Parameters
    ----------
    known, asked : Tensor, shapes (n, k) and (m, k)
        Compared by Euclidean distance.
    labels, true_labels : Tensor, shapes (n,) and (m,)
    neighbours : int
        How many known points vote; at most n.
    """
    classifier = KNeighborsClassifier(neighbours).fit(known.numpy(), labels.numpy())
    return float(classifier.score(asked.numpy(), true_labels.numpy()))
