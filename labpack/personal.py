"""What is a student's own: numbers drawn from the student's ID, and images chosen by them.

The build writes `generator` and `digits` into each notebook, and puts this file into each
autograder. So it imports nothing of this repository.
"""

import hashlib
import os
from typing import Any

import numpy as np
from sklearn.datasets import load_digits

VARIABLE = "LABPACK_STUDENT"


def generator(student: str, task: str) -> np.random.Generator:
    """Random numbers that only this student has, in this task.

    Parameters
    ----------
    student : str
        The student's ID. Blanks around it and the case of letters do not matter.
    task : str

    Returns
    -------
    numpy.random.Generator
        Its seed is the start of the SHA-256 of both: the same on every machine.
    """
    digest = hashlib.sha256(f"{student.strip().lower()}/{task}".encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "big"))


def digits(rng: np.random.Generator, n: int) -> np.ndarray:
    """Draw images of scikit-learn's handwritten digits, each at most once.

    Parameters
    ----------
    rng : numpy.random.Generator
    n : int
        How many, from 1 to 1797.

    Returns
    -------
    ndarray, shape (n, 64)
        One row an image of 8 by 8 pixels, each from 0 to 1.
    """
    images = load_digits().data / 16
    return images[rng.choice(len(images), n, replace=False)]


def owner(env: dict[str, Any]) -> str:
    """Whose numbers are right: the student that the grader names, or else the notebook does.

    Parameters
    ----------
    env : dict
        What the notebook's cells have defined.
    """
    return os.environ.get(VARIABLE) or str(env.get("STUDENT"))
