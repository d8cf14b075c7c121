"""The lab report's claims: the rules that decide them, and the verdicts."""

from labcode.claims.verdicts import (
    CLAIMS,
    Experiment,
    Verdict,
    decided,
    file_name,
    in_full,
    judge,
    keep,
    recorded,
    verdict_from,
)

__all__ = [
    "CLAIMS",
    "Experiment",
    "Verdict",
    "decided",
    "file_name",
    "in_full",
    "judge",
    "keep",
    "recorded",
    "verdict_from",
]
