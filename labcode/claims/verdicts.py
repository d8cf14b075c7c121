"""The lab report's fourteen claims, how the book decides them, and what longer runs said."""

import hashlib
import json
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

from labcode.cache_folder import cache_folder
from labcode.claims.rules import RULES, Numbers, Outcome, outcome
from labcode.designs.contrast import Contrast, Interval
from labcode.designs.profiles import Profile
from labcode.runs.provenance import code_hash, describe

FULL = Path(__file__).with_name("full_verdicts.json")


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
    effect : str
        What was measured, with its interval.
    seeds : int
        How many seeds stand behind it.
    figure : str
        The label of the figure that shows it.
    test : str
        The test that fails if it changes, as `tests/FILE.py::NAME`.
    numbers : mapping of str to Interval or float
        Those that decided, by the names that the rule gives them: with them,
        `labcode.claims.rules.outcome` gives the outcome. Empty if recorded before numbers were
        kept.
    """

    claim: str
    outcome: Outcome
    rule: str
    effect: str
    seeds: int
    figure: str
    test: str
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


class Experiment(Protocol):
    """A module of `labcode.experiments` that decides claims."""

    @property
    def __name__(self) -> str: ...
    def verdicts(self, profile: Profile) -> Sequence[Verdict]: ...


def judge(claim: str, numbers: Numbers, effect: str, seeds: int, figure: str, test: str) -> Verdict:
    """The verdict that a claim's rule gives on these numbers; arguments as in `Verdict`."""
    rule = RULES[claim].words
    return Verdict(claim, outcome(claim, numbers), rule, effect, seeds, figure, test, numbers)


def decided(experiment: Experiment, profile: Profile) -> list[Verdict]:
    """The verdicts of a chapter's experiments, decided once for a profile and kept on disk.

    The chapter and the ledger of all claims both ask; whoever asks first computes. An edit to
    the code behind them decides anew.
    """
    file = cache_folder() / "verdicts" / file_name(experiment, profile)
    try:
        return list(recorded(file).values()) or _decide(experiment, profile, file)
    except (ValueError, KeyError, TypeError):  # a damaged file
        return _decide(experiment, profile, file)


def file_name(experiment: Experiment, profile: Profile) -> str:
    """The name of the file with these verdicts: it covers the profile and the deciding code."""
    what = json.dumps(describe(profile)) + code_hash([experiment.__name__])
    return f"{hashlib.sha256(what.encode()).hexdigest()[:32]}.json"


def _decide(experiment: Experiment, profile: Profile, file: Path) -> list[Verdict]:
    found = list(experiment.verdicts(profile))
    with suppress(OSError):  # a cache that holds the runs may be read-only
        file.parent.mkdir(parents=True, exist_ok=True)
        file.unlink(missing_ok=True)
        partial = file.with_name(f"{file.stem}.{os.getpid()}.partial")
        keep(found, partial)
        os.replace(partial, file)
    return found


def recorded(file: Path = FULL) -> dict[str, Verdict]:
    """The verdicts of the profile `full`, by claim, as they were measured and kept.

    A build in `book` cannot repeat those hours. `python -m labcode verdicts --keep` writes them.
    """
    kept = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    return {claim: verdict_from(found) for claim, found in kept.items()}


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


def in_full(claim: str) -> str:
    """What the record says of a claim, for a verdict's box."""
    found = recorded().get(claim)
    if found is None:
        return "not run yet"
    seeds = "one seed" if found.seeds == 1 else f"{found.seeds} seeds"
    return f"{found.outcome}; {found.effect}; {seeds}"


def keep(verdicts: Sequence[Verdict], file: Path = FULL) -> None:
    """Put verdicts into the record, in the place of older ones on the same claims."""
    kept = recorded(file) | {verdict.claim: verdict for verdict in verdicts}
    ordered = {claim: asdict(kept[claim]) for claim in CLAIMS if claim in kept}
    file.write_text(json.dumps(ordered, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
