"""How many images the chapter searches in a profile."""

from labcode import data
from labcode.designs.profiles import Profile


def searched_images(profile: Profile) -> int:
    """Training images to search: those of the profile, or all 60,000 if its parts use all."""
    everything = profile.train + profile.validation == data.TRAINING_IMAGES
    return data.TRAINING_IMAGES if everything else profile.train
