"""C1 and C2, decided by the rules of `labcode.claims.rules`."""

from labcode.baselines.linear_autoencoders import worst_alignment
from labcode.claims import Verdict, judge
from labcode.designs.profiles import Profile
from labcode.experiments.ae_versus_pca import axes, subspace

TESTS = "tests/experiments/test_ae_versus_pca.py::"


def c1(profile: Profile) -> Verdict:
    """The weights span the principal subspace."""
    exact, minibatch = (
        subspace.ends(design.table(profile)) for design in (subspace.exact, subspace.minibatch)
    )
    identified = max(float(exact[name].max()) for name in ("decoder", "encoder"))
    others = (exact.raw_encoder, minibatch.decoder, minibatch.raw_encoder)
    otherwise = max(float(angle.max()) for angle in others)
    return judge(
        "C1",
        {"at_convergence": identified, "otherwise": otherwise},
        f"largest angle {identified:.0e} rad at convergence, {otherwise:.2f} rad otherwise",
        len(profile.seeds),
        "fig-descents",
        TESTS + "test_linear_autoencoders_find_the_subspace",
    )


def c2(profile: Profile) -> Verdict:
    """The only difference to PCA is how the solution is found."""
    as_trained = float(worst_alignment(axes.recipes(profile)).sel(recipe=axes.SVD))
    ordered = float(worst_alignment(axes.own_columns(profile)).min())
    return judge(
        "C2",
        {"worst_cosine": as_trained},
        f"worst |cos| {as_trained:.2f} as trained, {ordered:.3f} with training made for it",
        len(profile.seeds),
        "fig-recoveries",
        TESTS + "test_plain_training_does_not_find_the_axes",
    )
