"""C1 and C2: what theorems say of them, seen in training."""

from labcode.baselines.linear_autoencoders import worst_alignment
from labcode.claims import Evidence, decides
from labcode.designs.profiles import Profile
from labcode.experiments.ae_versus_pca import axes, subspace

TESTS = "tests/experiments/test_ae_versus_pca.py::"


@decides("C1", "fig-descents", TESTS + "test_linear_autoencoders_find_the_subspace")
def c1(profile: Profile) -> Evidence:
    """The weights span the principal subspace."""
    exact, minibatch = (
        subspace.ends(design.table(profile)) for design in (subspace.exact, subspace.minibatch)
    )
    identified = max(float(exact[name].max()) for name in ("decoder", "encoder"))
    others = (exact.raw_encoder, minibatch.decoder, minibatch.raw_encoder)
    otherwise = max(float(angle.max()) for angle in others)
    return Evidence(
        {"at_convergence": identified, "otherwise": otherwise},
        f"largest angle {identified:.0e} rad at convergence, {otherwise:.2f} rad otherwise",
        len(profile.seeds),
    )


@decides("C2", "fig-recoveries", TESTS + "test_plain_training_does_not_find_the_axes")
def c2(profile: Profile) -> Evidence:
    """The only difference to PCA is how the solution is found."""
    as_trained = worst_alignment(axes.recipes(profile)).sel(recipe=axes.SVD).max().item()
    made_for_it = worst_alignment(axes.own_columns(profile))
    ordered = float(made_for_it.sel(recipe=[axes.UNEVEN, axes.NESTED]).min())
    return Evidence(
        {"worst_cosine": as_trained},
        f"worst |cos| {as_trained:.2f} as trained, in the seed where it is largest; "
        f"{ordered:.3f} with training made for it",
        len(profile.seeds),
    )
