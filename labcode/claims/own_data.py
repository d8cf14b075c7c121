"""The rule that reads a comparison on a reader's own data."""

from collections.abc import Mapping
from dataclasses import dataclass

from labcode.claims.crossings import Side, sides
from labcode.claims.rules import Outcome
from labcode.designs.contrast import Contrast

SAME = 0.05
OUTCOMES = {
    Side.BELOW: Outcome.HOLDS,
    Side.LEVEL: Outcome.FAILS,
    Side.ABOVE: Outcome.FAILS,
    Side.UNDECIDED: Outcome.UNDECIDED,
}


@dataclass(frozen=True)
class Question:
    """What is asked of a data set, and the contrast that answers it.

    Attributes
    ----------
    words : str
        A question that `holds` answers with yes.
    contrast : Contrast
        Logarithm of an error, the asked one's minus the other's. Below 0 speaks for yes.
    shown : str
        The same for readers, as a ratio with its interval.
    """

    words: str
    contrast: Contrast
    shown: str


RULE = (
    "Yes if the lower error is shown; no if the higher one is, or if the whole interval lies "
    f"within {SAME:.0%} on both sides of equality, which is no difference that matters; else "
    "undecided. "
    "Welch's test of logarithms between networks, Student's against what has no seed, Holm over "
    "all questions."
)


def answers(questions: Mapping[str, Question]) -> dict[str, Outcome]:
    """The outcome of each question, by name, corrected for their number.

    Parameters
    ----------
    questions : mapping of str to Question
    """
    found = sides({name: question.contrast for name, question in questions.items()}, SAME)
    return {name: OUTCOMES[side] for name, side in found.items()}
