"""A convolutional autoencoder for images of any size."""

from torch import nn

from labcode.models.autoencoder import Autoencoder
from labcode.models.conv import DeepConvAutoencoder

HALVED = 4


class PaddedConvAutoencoder(Autoencoder):
    """`DeepConvAutoencoder` on images with a border of zeros, which is cut off again.

    The border fills height and width up to multiples of 4, so that they can be halved twice. Where
    they are such already, this is `DeepConvAutoencoder`, weight for weight.

    Parameters
    ----------
    code_size : int
        k, how many numbers a code holds.
    channels : tuple of int
        As in `DeepConvAutoencoder`.
    shape : tuple of int
        Channels, height and width of one image.

    Raises
    ------
    ValueError
        If the shape is no image's, or there is no hidden layer.
    """

    def __init__(
        self,
        code_size: int,
        channels: tuple[int, ...] = (16, 16),
        shape: tuple[int, ...] = (1, 28, 28),
    ) -> None:
        super().__init__(shape, code_size)
        if len(shape) != 3:
            raise ValueError(f"shape={shape}: an image has (channels, height, width).")
        border = _border(shape[1:])
        padded = (shape[0], shape[1] + border[2] + border[3], shape[2] + border[0] + border[1])
        inner = DeepConvAutoencoder(code_size, channels, padded)
        self.encoder = nn.Sequential(nn.ZeroPad2d(border), inner.encoder)
        cut = tuple(-side for side in border)
        self.decoder = nn.Sequential(inner.decoder, nn.ZeroPad2d(cut))  # type: ignore[arg-type]


def _border(size: tuple[int, ...]) -> tuple[int, int, int, int]:
    """Pixels to add on the left, the right, the top and the bottom."""
    height, width = (-side % HALVED for side in size)
    return width // 2, width - width // 2, height // 2, height - height // 2
