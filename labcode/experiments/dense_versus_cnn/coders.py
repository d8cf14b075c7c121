"""What makes codes in this chapter: the lab's two networks, the cells with pixels in place, PCA."""

import itertools

from labcode.baselines.coders import Coder, Projection
from labcode.data import DataSpec
from labcode.designs.profiles import Profile
from labcode.experiments.dense_versus_cnn import as_run, factorial
from labcode.experiments.dense_versus_cnn.models import CNN as LAB_CNN
from labcode.experiments.dense_versus_cnn.models import DENSE as LAB_DENSE
from labcode.experiments.dense_versus_cnn.models import run, sizes
from labcode.experiments.dense_versus_cnn.networks import (
    CONVOLUTIONAL,
    DEEP,
    DENSE,
    IN_PLACE,
    SHALLOW,
)
from labcode.training.networks import RunSpec

PIXELS = "pixels"
CODE_SIZES = (64, 392)
PCA = {f"PCA, code {size}": size for size in CODE_SIZES}
CELLS = {
    f"{layers}, {depth}, code {size}": (layers, depth, size)
    for size, depth, layers in itertools.product(
        CODE_SIZES, (SHALLOW, DEEP), (DENSE, CONVOLUTIONAL)
    )
}
NETWORKS = (LAB_DENSE, LAB_CNN, *CELLS)
STUDIED = (*PCA, *NETWORKS)
SHOWN = tuple(
    f"{kind}, code {size}"
    for size in CODE_SIZES
    for kind in ("PCA", f"{DENSE}, {DEEP}", f"{CONVOLUTIONAL}, {DEEP}")
)


def images(profile: Profile) -> DataSpec:
    """The images that the cells train on, and that PCA beside them is fitted on."""
    return DataSpec(sizes(profile).design_images, 0)


def network_of(profile: Profile, coder: str, seed: int) -> RunSpec:
    """One of the lab's networks, or a cell with its pixels in place."""
    if coder in CELLS:
        return factorial.cell(profile, *CELLS[coder], IN_PLACE, seed)
    return as_run.watched_run(profile, seed) if coder == LAB_CNN else run(profile, coder, seed)


def coder_of(profile: Profile, coder: str, seed: int) -> Coder:
    """A network, clipped PCA of the images that the cells train on, or else the pixels."""
    if coder in NETWORKS:
        return network_of(profile, coder, seed)
    if coder in PCA:
        return Projection(images(profile), PCA[coder], clip=True)
    return None


def repeated(profile: Profile, coder: str, seed: int) -> bool:
    """Whether nothing depends on the seed, and the first one has it already."""
    return coder in (PIXELS, *PCA) and seed != profile.seeds[0]
