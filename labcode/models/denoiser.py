"""The book's own denoisers: one for images, two for points in the plane."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from labcode import checks
from labcode.models.autoencoder import Autoencoder, initialise
from labcode.models.layers import ConvTranspose2d


class ConvDenoiser(Autoencoder):
    """A convolutional denoising autoencoder that passes two scales of features to its decoder.

    Strided convolutions halve the image to 14 x 14 and to 7 x 7. At the coarse scale a small
    dense layer lets every place see every other: which garment is this? The decoder goes back
    up and meets the fine features on its way.

    Parameters
    ----------
    channels : tuple of two ints
        Feature maps at 14 x 14 and at 7 x 7.
    hidden : int
        Units of the dense layer.

    Notes
    -----
    The code is both scales together, with the default sizes 4,704 numbers for 784 pixels. As a
    plain autoencoder it could copy its input. Trained to denoise it cannot: a copy carries the
    noise (Vincent et al., 2010, section 2.2). The skip from encoder to decoder is that of Mao,
    Shen and Yang (2016) and of Ronneberger, Fischer and Brox (2015).
    """

    def __init__(self, channels: tuple[int, int] = (16, 32), hidden: int = 128) -> None:
        fine, coarse = channels
        super().__init__((1, 28, 28), fine * 196 + coarse * 49)
        checks.sizes(channels=channels, hidden=hidden)
        self.fine = nn.Sequential(nn.Conv2d(1, fine, 4, 2, 1), nn.ReLU())
        self.coarse = nn.Sequential(nn.Conv2d(fine, coarse, 4, 2, 1), nn.ReLU())
        self.everywhere = nn.Sequential(
            nn.Flatten(),
            nn.Linear(coarse * 49, hidden),
            nn.ReLU(),
            nn.Linear(hidden, coarse * 49),
            nn.Unflatten(1, (coarse, 7, 7)),
        )
        self.up = ConvTranspose2d(coarse, fine, 4, 2, 1)
        self.mix = nn.Conv2d(fine, fine, 3, 1, 1)
        self.pixels = nn.Sequential(nn.ConvTranspose2d(fine, 1, 4, 2, 1), nn.Sigmoid())
        initialise(self)
        # Faster in small batches on a CPU.
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def encode(self, x: Tensor) -> Tensor:
        """Features at both scales, flattened and joined, the fine ones first."""
        return torch.cat([features.flatten(1) for features in self._scales(x)], 1)

    def decode(self, z: Tensor) -> Tensor:
        """Images from the features of both scales."""
        z = self.checked_codes(z)
        channels = self.up.out_channels
        fine = z[:, : channels * 196].unflatten(1, (channels, 14, 14))
        coarse = z[:, channels * 196 :].unflatten(1, (-1, 7, 7))
        return self._image(fine, coarse)

    def forward(self, x: Tensor) -> Tensor:
        """Decode the code, without joining its two scales on the way: a third faster."""
        return self._image(*self._scales(x))

    def _scales(self, x: Tensor) -> tuple[Tensor, Tensor]:
        fine = self.fine(self.checked(x))
        coarse = self.coarse(fine)
        return fine, functional.relu(coarse + self.everywhere(coarse))

    def _image(self, fine: Tensor, coarse: Tensor) -> Tensor:
        features = functional.relu(self.up(coarse) + fine)
        features = functional.relu(features + self.mix(features))
        return self.pixels(features)


class PlaneDenoiser(Autoencoder):
    """r(y) = y + MLP(y) for points in the plane; the MLP learns the step back, r(y) - y.

    Parameters
    ----------
    hidden : int
        Units of each of the two hidden layers.
    """

    def __init__(self, hidden: int = 64) -> None:
        super().__init__((2,), hidden)
        self.encoder = nn.Sequential(
            nn.Linear(2, hidden), nn.SiLU(), nn.Linear(hidden, hidden), nn.SiLU()
        )
        self.decoder = nn.Linear(hidden, 2)
        initialise(self)

    def forward(self, x: Tensor) -> Tensor:
        """Denoised points, shape (n, 2)."""
        return x + self.decode(self.encode(x))


class AnyNoiseDenoiser(Autoencoder):
    """A denoiser of points in the plane that is told the strength of the noise.

    Parameters
    ----------
    low, high : float
        Range of s in training, uniform in its logarithm.
    hidden : int
        Units of each of the two hidden layers.

    Notes
    -----
    r(y, s) = c_skip y + c_out MLP(c_in y, log s), scaled so that the MLP's inputs and outputs
    have about unit size at each s: Karras et al. (2022), table 1, with the data's standard
    deviation taken as 1. It draws its own noise in `loss`, so train it on clean points.
    """

    def __init__(self, low: float = 0.02, high: float = 5.0, hidden: int = 64) -> None:
        super().__init__((2,), hidden)
        if not 0 < low <= high:
            raise ValueError(f"noise between {low} and {high}: give 0 < low <= high.")
        self.low, self.high = low, high
        self.encoder = nn.Sequential(
            nn.Linear(3, hidden), nn.SiLU(), nn.Linear(hidden, hidden), nn.SiLU()
        )
        self.decoder = nn.Linear(hidden, 2)
        initialise(self)

    def denoise(self, y: Tensor, std: Tensor) -> Tensor:
        """r(y, s).

        Parameters
        ----------
        y : Tensor, shape (n, 2)
        std : Tensor, shape (n, 1)
        """
        checks.batch(std, (1,), self._weightless.dtype, "strengths of noise are")
        checks.strengths(std)
        total = 1 + std**2
        inputs = torch.cat([self.checked(y) / total.sqrt(), std.log()], 1)
        step = self.decoder(self.encoder(inputs))
        return y / total + std / total.sqrt() * step

    def loss(self, x: Tensor, target: Tensor) -> Tensor:
        """Weighted squared error at strengths drawn anew, so that each counts alike."""
        checks.alike(self.checked(x), target)
        share = torch.rand(len(x), 1, dtype=x.dtype, device=x.device)
        std = self.low * (self.high / self.low) ** share
        restored = self.denoise(x + std * torch.randn_like(x), std)
        return ((restored - target) ** 2 * (1 + std**2) / std**2).mean()
