"""The lab report's fourteen claims, the evidence on each, and the verdicts."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from labcode.claims.rules import RULES, Numbers, Outcome, outcome
from labcode.designs.contrast import Contrast, Interval
from labcode.designs.profiles import DECIDING_SEEDS, Profile


@dataclass(frozen=True)
class Verdict:
    """One claim, decided.

    Attributes
    ----------
    claim : str
        Its number, `C1` to `C14`.
    outcome : Outcome
    rule : str
        The rule that decided, in words.
    figure : str
        The label of the figure that shows it.
    test : str
        The test that fails if it changes, as `tests/FILE.py::NAME`.
    effect : str
        What was measured, with its interval.
    seeds : int
        How many seeds stand behind it.
    numbers : mapping of str to Interval or float
        Those that decided, by the names that the rule gives them: with them,
        `labcode.claims.rules.outcome` gives the outcome. The last three are empty where short
        runs decide nothing.
    """

    claim: str
    outcome: Outcome
    rule: str
    figure: str
    test: str
    effect: str = ""
    seeds: int = 0
    numbers: Numbers = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.claim not in CLAIMS:
            raise ValueError(f"there is no claim {self.claim!r}; the book knows C1 to C14.")


CLAIMS = {
    "C1": "The weights of a linear autoencoder span the same subspace as the principal components.",
    "C2": "Linear autoencoder and PCA really differ only in how the solution is found.",
    "C3": "The CNN autoencoder reaches a lower loss than the dense autoencoder.",
    "C4": "Dense layers learn global features, convolutional layers local ones.",
    "C5": "Weight sharing means fewer parameters, and so easier training.",
    "C6": "The CNN wins because it keeps the spatial arrangement of the pixels.",
    "C7": "The dense autoencoder reaches a plateau as the epochs increase.",
    "C8": "The CNN autoencoder has the higher accuracy.",
    "C9": "The denoising autoencoder outperforms the plain one, with a low loss.",
    "C10": "The validation gap, and its growth with the noise, show overfitting.",
    "C11": "The plain autoencoder does well in training and in validation.",
    "C12": "The VAE organises its latent space; the autoencoder puts no structure on it.",
    "C13": "Only the VAE can generate new images, by sampling.",
    "C14": "The VAE gives smooth transitions between points of its latent space.",
}


@dataclass(frozen=True)
class Evidence:
    """What was measured on a claim: the numbers of its rule, and the same in words.

    Attributes
    ----------
    numbers : mapping of str to Interval or float
    effect : str
    seeds : int
    """

    numbers: Numbers
    effect: str
    seeds: int


class Decision:
    """How a claim comes to its verdict; made by `decides`.

    Attributes
    ----------
    claim, figure, test : str
        As in `Verdict`.
    """

    def __init__(
        self, claim: str, figure: str, test: str, measure: Callable[[Profile], Evidence]
    ) -> None:
        self.claim, self.figure, self.test, self._measure = claim, figure, test, measure
        self.__module__, self.__qualname__ = measure.__module__, measure.__qualname__
        self.__doc__ = measure.__doc__

    def evidence(self, profile: Profile) -> Evidence:
        """What the runs of a profile show; those that are missing are trained now."""
        return self._measure(profile)

    def verdict(self, profile: Profile) -> Verdict:
        """The verdict; of short runs, or of fewer than five seeds, that they decide nothing."""
        rule = RULES[self.claim].words
        found = self.evidence(profile) if profile.decides else None
        if found is None or found.seeds < DECIDING_SEEDS:
            return Verdict(self.claim, Outcome.OPEN, rule, self.figure, self.test)
        return Verdict(
            self.claim,
            outcome(self.claim, found.numbers),
            rule,
            self.figure,
            self.test,
            found.effect,
            found.seeds,
            found.numbers,
        )


def decides(
    claim: str, figure: str, test: str
) -> Callable[[Callable[[Profile], Evidence]], Decision]:
    """Make a decision of a function that gathers the evidence on a claim in a profile."""
    return lambda measure: Decision(claim, figure, test, measure)


def verdict_from(written: dict[str, Any]) -> Verdict:
    """A verdict from its fields as JSON holds them, where an interval is an object.

    Raises
    ------
    ValueError, TypeError, KeyError
        If these are not the fields of a verdict.
    """
    numbers = {
        name: number_from(number) if isinstance(number, dict) else number
        for name, number in written.get("numbers", {}).items()
    }
    return Verdict(**written | {"outcome": Outcome(written["outcome"]), "numbers": numbers})


def number_from(written: dict[str, Any]) -> Interval:
    """An interval, or a contrast with its p, from its fields."""
    return Contrast(**written) if "p_value" in written else Interval(**written)
