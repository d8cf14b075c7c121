"""The book's autoencoders. A model knows its shape and its loss, and no data set."""

from labcode.models.autoencoder import Autoencoder
from labcode.models.dense import DeepAutoencoder, ReluCodeAutoencoder, ShallowAutoencoder
from labcode.models.linear import LinearAutoencoder, NestedDropoutAutoencoder

__all__ = [
    "Autoencoder",
    "DeepAutoencoder",
    "LinearAutoencoder",
    "NestedDropoutAutoencoder",
    "ReluCodeAutoencoder",
    "ShallowAutoencoder",
]
