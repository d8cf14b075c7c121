"""The networks that readers give moved, shuffled and drawn images: their weights, kept.

Three deep networks with a code of 64 and about as many parameters. A dense network that was trained
on shuffled pixels is one whose wires are exchanged, so there is no need to keep it.
"""

from labcode.baselines import kept_networks
from labcode.designs.design import design
from labcode.designs.profiles import Profile
from labcode.experiments.dense_versus_cnn import factorial
from labcode.experiments.dense_versus_cnn.networks import (
    CONVOLUTIONAL,
    DEEP,
    DENSE,
    EQUAL,
    IN_PLACE,
    SHUFFLED,
)
from labcode.models import Autoencoder
from labcode.runs.measured import Measurement
from labcode.training.networks import RunSpec

CODE_SIZE = 64
CNN_SHUFFLED = f"{CONVOLUTIONAL}, {SHUFFLED}"
NETWORKS = (DENSE, CONVOLUTIONAL, CNN_SHUFFLED)


def run_of(profile: Profile, network: str) -> RunSpec:
    """The first seed's run: a cell, or the dense network with as many parameters as that cell."""
    seed = profile.seeds[0]
    if network == DENSE:
        found = factorial.matched.spec(
            profile, depth=DEEP, code_size=CODE_SIZE, equal=EQUAL[0], seed=seed
        )
        assert isinstance(found, RunSpec)
        return found
    pixels = SHUFFLED if network == CNN_SHUFFLED else IN_PLACE
    return factorial.cell(profile, CONVOLUTIONAL, DEEP, CODE_SIZE, pixels, seed)


@design(network=NETWORKS, seed=factorial.first_seed)
def weights(profile: Profile, network: str, seed: int) -> Measurement:
    """The weights, in 16 bits."""
    return kept_networks.weights.spec(run_of(profile, network))


def networks(profile: Profile) -> dict[str, Autoencoder]:
    """Each of `NETWORKS`, with its kept weights."""
    return {network: kept_networks.kept(run_of(profile, network)) for network in NETWORKS}
