"""Points near a curve in the plane, and a code of one number: what may bend, and what may not."""

from labcode.designs.design import design
from labcode.designs.profiles import Profile
from labcode.models import DeepAutoencoder, LinearAutoencoder
from labcode.scores.curve import bent
from labcode.training.curve import CurveSpec
from labcode.training.networks import model_spec

LINEAR, NONLINEAR = "linear", "nonlinear"
MODELS = {
    LINEAR: model_spec(LinearAutoencoder, code_size=1, shape=(2,)),
    NONLINEAR: model_spec(DeepAutoencoder, code_size=1, hidden=(32, 32), shape=(2,)),
}


@design(scores={"bent": bent}, network=(LINEAR, NONLINEAR))
def networks(profile: Profile, network: str, seed: int) -> CurveSpec:
    """A linear and a deep autoencoder of the same points."""
    epochs = profile.within(minutes=100, hours=100, token=2)
    return CurveSpec(MODELS[network], epochs, seed)


def least() -> float:
    """What a code of one number leaves of points about a curve: the noise across it.

    Mean squared error per coordinate, half of the noise's variance; the curve's bend is left out.
    """
    return CurveSpec(MODELS[NONLINEAR], 1, 0).noise ** 2 / 2
