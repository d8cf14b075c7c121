"""Data sets by name: how many images, of which shape, and their content, pinned by checksums."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from sklearn.datasets import load_digits

from labcode import checks
from labcode.data import files, own

Part = files.Part
Content = tuple[np.ndarray, np.ndarray]

FASHION_MNIST, DIGITS = "fashion-mnist", "digits"
MNIST, KMNIST, EMNIST = "mnist", "kmnist", "emnist"
DIGITS_TRAINING = 1500
DIGITS_CHECKSUM = "d6e82f52e878ac05caeba9180afc2e00"


@dataclass(frozen=True)
class DataSet:
    """What a name stands for.

    Attributes
    ----------
    training, test : int
        How many images there are of either.
    shape : tuple of int
        Of one image: channels, height, width. Of a row of a table: how many numbers.
    read : function
        Of `train` or `test`; returns n images of that shape, uint8 from 0 to 255 or float32
        from 0 to 1, and labels, shape (n,), whole numbers from 0 on.
    """

    training: int
    test: int
    shape: tuple[int, ...]
    read: Callable[[Part], Content]


def _idx(of: files.FileSet) -> Callable[[Part], Content]:
    def read(part: Part) -> Content:
        images, labels = files.load(part, of)
        return images[:, None], labels

    return read


def _emnist(part: Part) -> Content:
    """EMNIST's files hold each image column by column."""
    images, labels = files.load(part, files.EMNIST)
    return np.ascontiguousarray(images.swapaxes(1, 2))[:, None], labels


def _digits(part: Part) -> Content:
    """scikit-learn's 8 x 8 digits in their own order; the last 297 are for tests."""
    digits = load_digits()
    found = hashlib.md5(digits.images.tobytes(), usedforsecurity=False).hexdigest()
    if found != DIGITS_CHECKSUM:
        raise files.DataUnavailable(
            "this version of scikit-learn holds other digits than the book's: install 1.5."
        )
    some = slice(DIGITS_TRAINING) if part == "train" else slice(DIGITS_TRAINING, None)
    return (digits.images[some, None] / 16).astype(np.float32), digits.target[some]


DATA_SETS = {
    FASHION_MNIST: DataSet(60_000, 10_000, (1, 28, 28), _idx(files.FASHION_MNIST)),
    MNIST: DataSet(60_000, 10_000, (1, 28, 28), _idx(files.MNIST)),
    KMNIST: DataSet(60_000, 10_000, (1, 28, 28), _idx(files.KMNIST)),
    EMNIST: DataSet(112_800, 18_800, (1, 28, 28), _emnist),
    DIGITS: DataSet(DIGITS_TRAINING, 297, (1, 8, 8), _digits),
}


def named(name: str) -> DataSet:
    """The data set of this name: one of `DATA_SETS`, or own data that were taken in.

    Raises
    ------
    ValueError
        If there is none; the message lists those that there are.
    """
    if found := own.about(name):
        return DataSet(
            found.training, found.test, found.shape, lambda part: own.content(name, part)
        )
    if own.PATTERN.fullmatch(name):
        raise ValueError(f"{name} is not in the cache folder: take the data in again.")
    checks.option("dataset", name, tuple(DATA_SETS))
    return DATA_SETS[name]
