"""The evidence on C9, C10 and C11."""

from labcode.claims import Evidence, decides
from labcode.designs.contrast import contrast, interval
from labcode.designs.profiles import Profile
from labcode.experiments.denoising import clipping, contest
from labcode.experiments.denoising.contest import LAB, PLAIN, WIENER

CONTEST_TEST = (
    "tests/experiments/test_denoising.py::test_the_denoiser_wins_on_noise_and_not_on_clean"
)


@decides("C9", "fig-contest", CONTEST_TEST)
def c9(profile: Profile) -> Evidence:
    """The denoising autoencoder outperforms the plain one."""
    error = contest.decisive.table(profile).mse
    less, more = (
        contrast(error.sel(denoiser=[PLAIN, LAB], std=std), paired=True, denoiser=(PLAIN, LAB))
        for std in (0.3, 0.6)
    )
    clean = interval(contest.plain.table(profile).test)
    plain, denoising = (interval(error.sel(denoiser=name, std=0.3)) for name in (PLAIN, LAB))
    return Evidence(
        {
            "plain_minus_denoising_03": less,
            "plain_minus_denoising_06": more,
            "denoising_loss": denoising,
            "plain_clean_loss": clean,
        },
        f"MSE {plain.mean:.4f} (plain) against {denoising:.4f} (denoising) "
        f"on noisy images at 0.3; the plain CNN's loss on clean images is {clean.mean:.4f}",
        denoising.n,
    )


@decides("C10", "fig-lab-curves", "tests/experiments/test_denoising.py::test_the_gap_is_the_clip")
def c10(profile: Profile) -> Evidence:
    """The validation gap shows overfitting."""
    gaps = clipping.gaps(profile)
    numbers = {
        f"{name}_{digits}": interval(gaps.sel(std=std, made=made, met=met))
        for name, made, met in (
            ("as_run", "unclipped", "clipped"),
            ("unclipped", "unclipped", "unclipped"),
            ("clipped", "clipped", "clipped"),
        )
        for digits, std in (("03", 0.3), ("06", 0.6))
    }
    weak, strong = numbers["as_run_03"], numbers["as_run_06"]
    return Evidence(
        numbers,
        f"gap {100 * weak.mean:.0f}% at 0.3 and {100 * strong.mean:.0f}% at 0.6 as the lab "
        f"measured; {100 * numbers['unclipped_03'].mean:.1f}% and "
        f"{100 * numbers['unclipped_06'].mean:.1f}% with the same weights on unclipped noise",
        weak.n,
    )


@decides("C11", "fig-contest", CONTEST_TEST)
def c11(profile: Profile) -> Evidence:
    """The plain autoencoder does well."""
    losses = contest.plain.table(profile)
    train, validation = losses.train.mean().item(), losses.validation.isel(epoch=-1).astype(float)
    noisy = interval(contest.decisive.table(profile).mse.sel(denoiser=PLAIN, std=0.3))
    wiener = contest.closed_forms.table(profile).mse.sel(denoiser=WIENER, std=0.3).item()
    return Evidence(
        {"gap": contest.clean_gap(profile), "noisy_loss": noisy, "wiener_loss": wiener},
        f"loss {train:.4f} in training, {validation.mean().item():.4f} in validation, "
        f"on clean images; {noisy.mean:.4f} on noisy images at 0.3, against {wiener:.4f} of the "
        "Wiener filter",
        len(profile.seeds),
    )
