"""The latent explorer of AE versus VAE: three models side by side, under the reader's hand."""

from functools import cache

from labcode import data
from labcode.designs.profiles import Profile
from labcode.experiments.latent_space.planes import SHOWN, panels
from labcode.instruments.page import Explorer


@cache
def explorer(profile: Profile) -> Explorer:
    """PCA, AE and VAE side by side, with the codes of the first 2,000 test images."""
    labels = data.fashion_mnist("test").labels[:SHOWN]
    return Explorer(panels(profile), labels, data.CLASS_NAMES)
