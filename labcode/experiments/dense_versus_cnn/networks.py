"""The networks of the factorial: two kinds of layers, at two depths and two sizes of code."""

from labcode.designs.design import Level
from labcode.models import DeepAutoencoder
from labcode.models.conv import DeepConvAutoencoder
from labcode.training.networks import ModelSpec, model_spec

DENSE, CONVOLUTIONAL = "dense", "convolutional"
SHALLOW, DEEP = "shallow", "deep"
IN_PLACE, SHUFFLED = "in place", "shuffled"
FACTORS: dict[str, tuple[Level, Level]] = {
    "layers": (DENSE, CONVOLUTIONAL),
    "depth": (SHALLOW, DEEP),
    "code_size": (64, 392),
    "pixels": (IN_PLACE, SHUFFLED),
}
HIDDEN_LAYERS = {SHALLOW: 1, DEEP: 3}
WIDTH, CHANNELS = 256, {SHALLOW: 8, DEEP: 16}
EQUAL = ("parameters", "multiply-adds")
# Of dense hidden layers, so that a network has as many parameters, or multiply-adds, as the
# convolutional one of the same depth and code.
MATCHED_WIDTHS = {
    (SHALLOW, 64): (119, 135),
    (SHALLOW, 392): (523, 535),
    (DEEP, 64): (57, 232),
    (DEEP, 392): (198, 312),
}


def dense(depth: str, code_size: int, width: int = WIDTH) -> ModelSpec:
    """A dense network with hidden layers of one width."""
    hidden = (width,) * HIDDEN_LAYERS[depth]
    return model_spec(DeepAutoencoder, code_size=code_size, hidden=hidden)


def matched_model(depth: str, code_size: int, equal: str) -> ModelSpec:
    """The dense network that has as much of `EQUAL` as the convolutional one of its pair."""
    return dense(depth, code_size, MATCHED_WIDTHS[depth, code_size][EQUAL.index(equal)])


def network(layers: str, depth: str, code_size: int) -> ModelSpec:
    """The model of a cell."""
    if layers == DENSE:
        return dense(depth, code_size)
    channels = (CHANNELS[depth],) * HIDDEN_LAYERS[depth]
    return model_spec(DeepConvAutoencoder, code_size=code_size, channels=channels)
