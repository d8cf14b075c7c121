"""On which side of an opponent a network's error lies, and where it changes sides.

Pure functions of contrasts, as the rules of the claims are. A contrast here is a difference of
logarithms of errors: that of a network minus that of its opponent, or the effect of a factor.
"""

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby, pairwise
from typing import TypeVar

from labcode.designs.contrast import Contrast, holm

MARGIN = math.log(1.02)
Key = TypeVar("Key", bound=Hashable)


class Side(StrEnum):
    """What a contrast of errors says."""

    BELOW = "below"
    ABOVE = "above"
    LEVEL = "level"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Crossing:
    """Neighbouring code sizes with a side, between which the side changes.

    Attributes
    ----------
    before, after : int
        Code sizes. Those between them, if any, are level or undecided.
    side : Side
        `BELOW` or `ABOVE`, at `before`; at `after` it is the other.
    """

    before: int
    after: int
    side: Side


def sides(contrasts: Mapping[Key, Contrast], margin: float = MARGIN) -> dict[Key, Side]:
    """The side of each of several contrasts that are read together.

    Parameters
    ----------
    contrasts : mapping of Contrast
        All that one question takes: Holm's correction is over these.
    margin : float
        Of a difference of logarithms that does not matter; log 1.02 is 2% of the error.

    Returns
    -------
    dict of Side
        `LEVEL` where the whole interval lies inside the margin; else `BELOW` or `ABOVE` where a
        difference is shown; else `UNDECIDED`, which is no finding.
    """
    names = {str(number): contrast for number, contrast in enumerate(contrasts.values())}
    shown = holm(names)
    found = {}
    for key, (name, contrast) in zip(contrasts, names.items(), strict=True):
        if contrast.within(margin):
            found[key] = Side.LEVEL
        elif shown[name]:
            found[key] = Side.BELOW if contrast.mean < 0 else Side.ABOVE
        else:
            found[key] = Side.UNDECIDED
    return found


def crossings(found: Mapping[int, Side]) -> list[Crossing]:
    """Where a network changes sides; an empty list if that is not shown anywhere.

    Parameters
    ----------
    found : mapping of int to Side
        By code size, in ascending order.
    """
    decided = [(k, side) for k, side in found.items() if side in (Side.BELOW, Side.ABOVE)]
    return [
        Crossing(k, after, side) for (k, side), (after, other) in pairwise(decided) if side != other
    ]


def in_words(found: Mapping[int, str]) -> str:
    """Sides, or other words, as text: `below at 2, 4 and 8; level at 16; above at 32`.

    Parameters
    ----------
    found : mapping of int to str
        By code size, in ascending order.
    """
    parts = []
    for side, group in groupby(found, key=found.__getitem__):
        *others, last = [str(k) for k in group]
        parts.append(f"{side} at {', '.join(others)} and {last}" if others else f"{side} at {last}")
    return "; ".join(parts)
