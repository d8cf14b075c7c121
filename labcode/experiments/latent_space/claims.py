"""The evidence on C12, C13 and C14."""

import numpy as np
import xarray as xr

from labcode.claims import Evidence, decides
from labcode.designs.contrast import Contrast, contrast, welch
from labcode.designs.profiles import Profile
from labcode.experiments.latent_space.models import AE, VAE
from labcode.experiments.latent_space.networks import LONG
from labcode.experiments.latent_space.organisation import codes
from labcode.experiments.latent_space.samples import MIXTURE, PRIOR, generators, of_the_chosen
from labcode.experiments.latent_space.transitions import LINE, walked

TESTS = "tests/experiments/test_latent_claims.py::"


@decides("C12", "fig-latent-scores", TESTS + "test_only_a_change_of_shape_or_classes_moves_c12")
def c12(profile: Profile) -> Evidence:
    """The VAE organises its latent space."""
    found = codes.table(profile).sel(budget=LONG)
    shape = contrast(found.told_whitened, model=(AE, VAE))
    classes = contrast(found.neighbours_whitened, model=(VAE, AE))
    return Evidence(
        {"shape": shape, "classes": classes},
        f"after whitening, the share told from N(0, I) of the AE minus the VAE's {shape:.3f}; "
        f"nearest-neighbour accuracy of the VAE minus the AE's {classes:.3f}",
        len(profile.seeds),
    )


@decides("C13", "fig-sample-scores", TESTS + "test_c13_compares_two_opponents_with_the_vae")
def c13(profile: Profile) -> Evidence:
    """Only the VAE can generate."""
    frechet = generators.table(profile).frechet.sel(budget=LONG)
    opponents = {
        "ae": frechet.sel(model=AE, sampler=MIXTURE), "linear": of_the_chosen(profile).frechet
    }  # fmt: skip
    vae = {sampler: frechet.sel(model=VAE, sampler=sampler) for sampler in (PRIOR, MIXTURE)}
    numbers = {
        f"{name}_to_{'prior' if sampler == PRIOR else 'mixture'}": ratio(opponent, vae[sampler])
        for sampler in (PRIOR, MIXTURE)
        for name, opponent in opponents.items()
    }
    words = {"ae": "the AE with a mixture", "linear": "the mixture of probabilistic PCA"}
    said = [
        f"{words[name]} over the VAE's {sampler} {numbers[f'{name}_to_{sampler}']:.2f}"
        for sampler in ("prior", "mixture")
        for name in words
    ]
    return Evidence(
        numbers, "logarithms of ratios of Fréchet distances: " + "; ".join(said), len(profile.seeds)
    )


@decides("C14", "fig-walk-scores", TESTS + "test_c14_compares_ratios_of_independent_networks")
def c14(profile: Profile) -> Evidence:
    """The VAE gives smooth transitions."""
    lines = walked.table(profile).sel(path=LINE, budget=LONG)
    steps, middles = (
        ratio(lines[name].sel(model=AE), lines[name].sel(model=VAE))
        for name in ("unevenness", "middle")
    )
    return Evidence(
        {"steps": steps, "middles": middles},
        f"logarithms of ratios, the AE over the VAE: unevenness {steps:.3f}, distance of the "
        f"middle image to the nearest real one {middles:.3f}",
        len(profile.seeds),
    )


def ratio(one: xr.DataArray, other: xr.DataArray) -> Contrast:
    """Logarithm of a ratio of means of independent networks, dimension `seed` each, by Welch."""
    return welch(*(np.log(values.values.astype(float)) for values in (one, other)))
