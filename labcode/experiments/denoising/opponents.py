"""Opponents that train no network, on the same noisy images; and who of all was told what."""

import numpy as np
import xarray as xr

from labcode.baselines import denoisers
from labcode.baselines.denoisers import tuned
from labcode.designs.contrast import Contrast, holm, welch
from labcode.designs.design import design
from labcode.designs.profiles import Profile
from labcode.experiments.denoising import equal_terms
from labcode.experiments.denoising.corruptions import LAB_NOISE
from labcode.experiments.denoising.equal_terms import BLIND, CLEAN, JUDGED, LAB, OWN, STRENGTHS
from labcode.experiments.denoising.sizes import sizes, split
from labcode.runs import Spec

WIENER = "Wiener"
FACTS = (
    "clean training images",
    "their labels",
    "strength in training",
    "strength when asked",
    "settings chosen on validation images",
)
TOLD: dict[str, tuple[bool, bool, bool, bool, bool]] = {
    "median": (False, False, False, False, True),
    "total variation": (False, False, False, True, True),
    "non-local means": (False, False, False, True, True),
    "wavelets": (False, False, False, True, True),
    "PCA projection": (True, False, False, False, True),
    "Wiener, rank 64": (True, False, False, True, False),
    WIENER: (True, False, False, True, False),
    "ten Gaussians": (True, True, False, True, False),
    "Gaussians by EM": (True, False, False, True, True),
    "lab's CNN, plain": (True, False, False, False, True),
    LAB: (True, False, True, False, True),
    OWN: (True, False, True, False, True),
    "own design, blind": (True, False, False, False, True),
}


@design(denoiser=tuple(denoisers.OPPONENTS), std=STRENGTHS)
def opponents(profile: Profile, denoiser: str, std: float) -> Spec:
    """Every opponent at each strength of noise, on the images of the contest."""
    size, settings = sizes(profile), denoisers.OPPONENTS[denoiser]
    return tuned.spec(*settings, std, size.contest, size.tuning, split(profile))


@design(std=LAB_NOISE)
def wiener(profile: Profile, std: float) -> Spec:
    """Wiener's filter, clipped, on all test images, at the lab's strengths."""
    settings = denoisers.OPPONENTS[WIENER]
    return tuned.spec(*settings, std, profile.test, sizes(profile).tuning, split(profile))


def told() -> xr.DataArray:
    """Who was told what: dimensions `denoiser` and `fact`.

    A setting that is chosen at each strength, of a filter or of a network, tells the strength too.
    """
    levels = {"denoiser": list(TOLD), "fact": list(FACTS)}
    return xr.DataArray(np.array(list(TOLD.values())), levels, tuple(levels))


def below_wiener(profile: Profile) -> dict[str, Contrast]:
    """Test MSE of Wiener's filter minus the denoising CNN's, at the lab's strengths."""
    error = equal_terms.lab.table(profile).mse
    linear = wiener.table(profile).mse
    return {
        f"{std:g}": equal_terms.below(
            linear.sel(std=std).item(), error.sel(trained=f"{std:g}", std=std)
        )
        for std in LAB_NOISE
    }


def leads(profile: Profile) -> dict[str, Contrast]:
    """What the own design saves of each opponent's MSE, at the strengths it is judged at.

    By `opponent at strength`. Over seeds, on one set of test images with one draw of noise.
    """
    lab, own = (table.table(profile).contest_mse for table in (equal_terms.lab, equal_terms.own))
    fixed = opponents.table(profile).mse
    found = {}
    for trained in JUDGED:
        std = float(trained)
        judged = own.sel(trained=trained, std=std)
        for name in denoisers.OPPONENTS:
            other = fixed.sel(denoiser=name, std=std).item()
            found[f"{name} at {trained}"] = equal_terms.below(other, judged)
        rivals = {
            "lab's CNN, plain": lab.sel(trained=CLEAN, std=std),
            "own design, blind": own.sel(trained=BLIND, std=std),
        }
        if trained in lab.trained:
            rivals[LAB] = lab.sel(trained=trained, std=std)
        for name, rival in rivals.items():
            found[f"{name} at {trained}"] = welch(rival.dropna("seed").values, judged.values)
    return found


def standing(found: dict[str, Contrast]) -> dict[str, str]:
    """`ahead`, `behind` or `not told apart`, by Holm's correction over all."""
    sure = holm(found)
    return {
        name: ("ahead" if lead.mean > 0 else "behind") if sure[name] else "not told apart"
        for name, lead in found.items()
    }
