"""Half of it is black: the grey values of the pixels."""

from typing import Literal

from labcode.designs.design import design
from labcode.designs.profiles import Profile
from labcode.runs.measured import Measurement
from labcode.scores.pixels import pixel_statistics


@design(part=("train", "test"))
def grey_values(profile: Profile, part: Literal["train", "test"]) -> Measurement:
    """All 60,000 training and all 10,000 test images, in every profile."""
    return pixel_statistics.spec(part)
