"""What the images are, and what a score says of them. Nothing is trained here.

One module a section of the page, in its order.
"""

from labcode.baselines import pca
from labcode.designs.profiles import Profile
from labcode.experiments.data_and_scores import averages, baseline, copies, damages, pixels
from labcode.runs import Spec

DESIGNS = (
    pixels.grey_values,
    copies.exact,
    copies.nearest,
    damages.equal_error,
    averages.by_image,
    baseline.by_pca,
)


def specs(profile: Profile) -> list[Spec]:
    """No network, for this chapter trains nothing, but what takes seconds to measure."""
    tables = [spec for design in DESIGNS for spec in design.specs(profile)]
    return list(dict.fromkeys([pca.image_moments.spec(), pca.error_by_code_size.spec(), *tables]))
