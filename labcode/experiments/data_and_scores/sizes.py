"""How many images the chapter compares in a profile."""

from labcode import data
from labcode.designs.profiles import Profile


def test_images(profile: Profile) -> int:
    """Test images: as many as the profile has for validation, which are all in `book`."""
    return profile.validation


def searched_images(profile: Profile) -> int:
    """Training images to search: those of the profile, or all 60,000 if its parts use all."""
    everything = profile.train + profile.validation == data.TRAINING_IMAGES
    return data.TRAINING_IMAGES if everything else profile.train
