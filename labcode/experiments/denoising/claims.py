"""The evidence on C9, C10 and C11."""

from labcode.claims import Evidence, decides
from labcode.designs.contrast import interval
from labcode.designs.profiles import Profile
from labcode.experiments.denoising import clipping, equal_terms, opponents

CONTEST_TEST = (
    "tests/experiments/test_denoising.py::test_the_denoiser_wins_on_noise_and_not_on_clean"
)
CLEAN_TEST = "tests/experiments/test_equal_terms.py::test_one_set_of_weights_on_three_sets"


@decides("C9", "fig-contest", CONTEST_TEST)
def c9(profile: Profile) -> Evidence:
    """The denoising autoencoder outperforms the plain one."""
    gains = equal_terms.gains(profile)
    low = opponents.below_wiener(profile)
    numbers = {f"gain_{_digits(std)}": gain for std, gain in gains.items()}
    numbers |= {f"below_wiener_{_digits(std)}": lead for std, lead in low.items()}
    behind, ahead = equal_terms.crossing(equal_terms.gains_of(profile, "0.3"))
    return Evidence(
        numbers,
        "MSE of the plain CNN minus the denoising one's, each trained at the noise that it meets: "
        + ", ".join(f"{gain:.4f} at {std}" for std, gain in gains.items())
        + f"; the one trained at 0.3 is shown behind up to {behind:g}, and ahead from {ahead:g} on",
        min(number.n for number in numbers.values()),
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


@decides("C11", "fig-contest", CLEAN_TEST)
def c11(profile: Profile) -> Evidence:
    """The plain autoencoder does well."""
    gap, below_pca = equal_terms.clean_gap(profile), equal_terms.below_pca(profile)
    losses = equal_terms.plain.table(profile).mean("seed")
    train, validation = losses.train.item(), losses.validation.min().item()
    return Evidence(
        {"gap": gap, "below_pca": below_pca},
        f"loss on clean images {train:.5f} in training and {validation:.5f} in validation, a gap "
        f"of {gap.percent()}; on test images, clipped PCA with as large a code has "
        f"{below_pca:+.5f} more",
        gap.n,
    )


def _digits(std: str) -> str:
    return std.replace(".", "")
