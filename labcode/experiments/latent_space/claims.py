"""The evidence on C12, C13 and C14."""

from labcode.claims import Evidence, decides
from labcode.designs.contrast import contrast, interval
from labcode.designs.profiles import Profile
from labcode.experiments.latent_space.generators import MIXTURE, PRIOR, generators
from labcode.experiments.latent_space.models import AE, PPCA, VAE
from labcode.experiments.latent_space.posteriors import aggregated_posteriors
from labcode.experiments.latent_space.walks import LINE, walks

TESTS = "tests/experiments/test_latent_space.py::"


@decides("C12", "fig-latent-scores", TESTS + "test_the_vae_is_nearer_to_its_prior")
def c12(profile: Profile) -> Evidence:
    """The VAE organises its latent space."""
    codes = aggregated_posteriors.table(profile)
    as_trained = contrast(codes["discrepancy"], paired=True, model=(AE, VAE))
    whitened = contrast(codes["whitened"], paired=True, model=(AE, VAE))
    classes = contrast(codes["neighbour_accuracy"], paired=True, model=(VAE, AE))
    return Evidence(
        {"as_trained": as_trained, "whitened": whitened, "classes": classes},
        f"discrepancy of the AE minus the VAE's {as_trained:.4f} as trained and "
        f"{whitened:.4f} whitened; accuracy of the VAE minus the AE's {classes:.3f}",
        len(profile.seeds),
    )


@decides("C13", "fig-sample-scores", TESTS + "test_an_autoencoder_with_a_mixture_generates")
def c13(profile: Profile) -> Evidence:
    """Only the VAE can generate."""
    frechet = generators.table(profile)["frechet"]
    mixture = frechet.sel(model=AE, sampler=MIXTURE).values
    over_vae = interval(mixture - frechet.sel(model=VAE, sampler=PRIOR).values)
    over_linear = interval(mixture - frechet.sel(model=PPCA, sampler=PRIOR).values)
    return Evidence(
        {"over_vae": over_vae, "over_linear": over_linear},
        f"Fréchet distance of the AE with a mixture minus the VAE's {over_vae:.2f}, and minus "
        f"probabilistic PCA's {over_linear:.2f}",
        len(profile.seeds),
    )


@decides("C14", "fig-walk-scores", TESTS + "test_walks_of_the_vae_are_even")
def c14(profile: Profile) -> Evidence:
    """The VAE gives smooth transitions."""
    lines = walks.table(profile).sel(path=LINE)
    steps = contrast(lines["unevenness"], paired=True, model=(AE, VAE))
    middles = contrast(lines["middle"], paired=True, model=(AE, VAE))
    return Evidence(
        {"steps": steps, "middles": middles},
        f"unevenness {steps:.3f}, and distance of the middle image to the nearest real one "
        f"{middles:.3f}, each of the AE minus the VAE's",
        len(profile.seeds),
    )
