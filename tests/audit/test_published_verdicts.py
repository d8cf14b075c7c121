"""The ledger reads the verdicts that labcode came with, until its own machine has decided."""

from types import SimpleNamespace

import pytest

from labcode import claims
from labcode.audit import ledger
from labcode.claims import Verdict
from labcode.claims.rules import Outcome
from labcode.designs import profiles

PROFILE = profiles.PROFILES["smoke"]


class Chapter(SimpleNamespace):
    """Decides one claim, and remembers how often it was asked."""

    def verdicts(self, profile):
        self.asked += 1
        return [Verdict(self.claim, Outcome.HOLDS, "rule", f"asked {self.asked}", 2, "", "")]


@pytest.fixture
def chapters(monkeypatch, empty_cache, tmp_path):
    """Two chapters, whose verdicts somebody else published."""
    two = [
        Chapter(__name__="labcode.experiments.denoising", claim="C9", asked=0),
        Chapter(__name__="labcode.experiments.latent_space", claim="C12", asked=0),
    ]
    monkeypatch.setattr(ledger, "DECIDING", two)
    monkeypatch.setattr(ledger, "PUBLISHED", tmp_path / "published")
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("LABCODE_CACHE", str(tmp_path / "elsewhere"))
        ledger.publish(PROFILE, ledger.PUBLISHED)
    return two


def effects(profile=PROFILE) -> dict[str, str]:
    return {verdict.claim: verdict.effect for verdict in ledger.verdicts(profile)}


def test_published_verdicts_are_read_and_nothing_is_decided(chapters):
    assert effects() == {"C9": "asked 1", "C12": "asked 1"}
    assert [v.claim for found in ledger.published(PROFILE).values() for v in found] == ["C9", "C12"]
    assert [chapter.asked for chapter in chapters] == [1, 1]


def test_a_chapter_that_was_decided_here_counts_instead(chapters):
    claims.decided(chapters[0], PROFILE)
    assert effects() == {"C9": "asked 2", "C12": "asked 1"}


def test_all_can_be_decided_here(chapters):
    ledger.decide_here(PROFILE)
    assert effects() == {"C9": "asked 2", "C12": "asked 2"}
    assert not ledger.published(PROFILE)


def test_another_profile_decides_by_itself(chapters):
    assert effects(profiles.PROFILES["book"]) == {"C9": "asked 2", "C12": "asked 2"}


def test_without_published_verdicts_all_are_decided_here(chapters, monkeypatch, tmp_path):
    monkeypatch.setattr(ledger, "PUBLISHED", tmp_path / "nothing")
    assert effects() == {"C9": "asked 2", "C12": "asked 2"}
