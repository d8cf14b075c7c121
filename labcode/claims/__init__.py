"""The lab report's claims: the rules that decide them, and the verdicts."""

from labcode.claims.verdicts import CLAIMS, Decision, Evidence, Verdict, decides, verdict_from

__all__ = ["CLAIMS", "Decision", "Evidence", "Verdict", "decides", "verdict_from"]
