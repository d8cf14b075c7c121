"""The rule that reads comparisons on a reader's own data."""

import numpy as np
import pytest

from labcode.claims.own_data import Question, answers
from labcode.claims.rules import Outcome
from labcode.designs.contrast import welch


def asked(difference: float, spread: float) -> Question:
    """Five networks of each kind whose mean logarithms differ by this much."""
    around = np.linspace(-spread, spread, 5)
    return Question("?", welch(around + difference, around), "")


@pytest.mark.parametrize(
    ("difference", "spread", "outcome"),
    [
        (-0.5, 0.01, Outcome.HOLDS),
        (0.5, 0.01, Outcome.FAILS),
        (-0.01, 0.001, Outcome.FAILS),  # shown, and smaller than what matters
        (-0.2, 0.5, Outcome.UNDECIDED),
        (0.0, 0.5, Outcome.UNDECIDED),
    ],
)
def test_an_answer(difference, spread, outcome):
    assert answers({"one": asked(difference, spread)}) == {"one": outcome}


def test_many_questions_ask_for_more():
    """Shown alone, with p of about 0.02; not among ten that show nothing."""
    one = asked(-0.3, 0.2)
    assert 0.005 < one.contrast.p_value < 0.05
    assert answers({"one": one})["one"] is Outcome.HOLDS
    many = {"one": one} | {f"other {i}": asked(0.0, 0.5) for i in range(10)}
    assert answers(many)["one"] is Outcome.UNDECIDED
