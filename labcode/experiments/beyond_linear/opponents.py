"""Opponents without a network: mixtures of local PCAs, and kernel PCA.

They train on the same images as the networks of `nonlinear`, at the same code sizes. Clusters and
kernel width are chosen on validation images at each code size. One seed each: k-means begins, or
landmarks are drawn, once; so they stand in the table as PCA does, as a number without an interval.
"""

import xarray as xr

from labcode.baselines.kernel_pca import KernelPCASpec, kernel_pca_errors
from labcode.baselines.local_pca import LocalPCASpec, local_pca_errors
from labcode.claims.crossings import Side, sides
from labcode.designs.design import design
from labcode.designs.profiles import Profile
from labcode.experiments.beyond_linear.nonlinear import (
    CODE_SIZES,
    DEEP,
    against_pca,
    by_pca,
    images,
    networks,
)

PCA, LOCAL, KERNEL = "PCA", "local PCAs", "kernel PCA"
CLUSTERS = (10, 30)
WIDTHS = (0.3, 1.0, 3.0)


def _one(profile: Profile) -> tuple[int, ...]:
    return profile.seeds[:1]


def _clusters(profile: Profile) -> tuple[int, ...]:
    return profile.within(minutes=CLUSTERS, hours=CLUSTERS, token=(2, 3))


@design(scores={"errors": local_pca_errors}, clusters=_clusters, code_size=CODE_SIZES, seed=_one)
def mixtures(profile: Profile, clusters: int, code_size: int, seed: int) -> LocalPCASpec:
    """PCA in each of ten or thirty clusters."""
    return LocalPCASpec(clusters, code_size, seed, images(profile))


@design(scores={"errors": kernel_pca_errors}, width=WIDTHS, code_size=CODE_SIZES, seed=_one)
def kernels(profile: Profile, width: float, code_size: int, seed: int) -> KernelPCASpec:
    """Kernels of three widths, a factor of three apart."""
    landmarks = min(1000, profile.train)
    return KernelPCASpec(code_size, width, seed, images(profile), landmarks)


def clipped_errors(profile: Profile) -> xr.DataArray:
    """Test MSE per pixel, clipped to [0, 1], by `opponent` and `code_size`."""
    found = {
        PCA: by_pca.table(profile).clipped,
        LOCAL: chosen(mixtures.table(profile), "clusters"),
        KERNEL: chosen(kernels.table(profile), "width"),
    }
    names = xr.DataArray(list(found), dims="opponent", name="opponent")
    return xr.concat(list(found.values()), names, coords="minimal", compat="override")


def deep_beside_local(profile: Profile) -> dict[int, Side]:
    """By code size, on which side of local PCAs the deep network with a linear code lies."""
    deep = networks.table(profile).clipped.sel(network=DEEP)
    return sides(against_pca(deep, clipped_errors(profile).sel(opponent=LOCAL)))


def chosen(table: xr.Dataset, setting: str) -> xr.DataArray:
    """The clipped test error at the setting whose validation error is the lowest.

    Parameters
    ----------
    table : Dataset, dimensions `code_size`, `seed`, of one, and the setting
        With `validation` and `clipped`.
    """
    one = table.isel(seed=0, drop=True)
    return one.clipped.isel({setting: one.validation.argmin(setting)}).drop_vars(setting)
