"""A profile is what its fields say, whatever its name."""

from dataclasses import replace

import pytest

from labcode import experiments
from labcode.designs.profiles import PROFILES


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_no_chapter_asks_for_the_name(profile):
    assert experiments.specs(replace(profile, name="mine")) == experiments.specs(profile)


def test_a_chapter_takes_what_the_budget_allows():
    smoke, book, full = (PROFILES[name] for name in ("smoke", "book", "full"))
    found = [p.within(minutes="some", hours="all", token="few") for p in (smoke, book, full)]
    assert found == ["few", "some", "all"]
    passes = [p.passes(minutes=3 / 2, hours=1 / 3, token=0.1) for p in (smoke, book, full)]
    assert passes == [1, 6, 10]
