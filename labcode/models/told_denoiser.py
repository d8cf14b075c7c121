"""A denoiser of images that is told how strong the noise is: enough to draw images with."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from labcode import checks
from labcode.models.autoencoder import Autoencoder, initialise
from labcode.models.layers import ConvTranspose2d

OCTAVES = (0.25, 0.5, 1.0, 2.0)


class ToldDenoiser(Autoencoder):
    """`ConvDenoiser`'s two scales, and features that the strength of the noise scales and shifts.

    Parameters
    ----------
    channels : tuple of two ints
        Feature maps at 14 x 14 and at 7 x 7.
    hidden : int
        Units of the dense layer, and of the one that reads the strength.
    low, high : float
        Range of s in training, uniform in its logarithm.

    Notes
    -----
    r(y, s) = c_skip y + c_out F(c_in y, log s), scaled so that F's inputs and outputs have about
    unit size at each s: Karras et al. (2022), table 1, with the mean and the standard deviation of
    the pixels of Fashion-MNIST. Strength enters by scales and shifts of each feature map (Perez et
    al., 2018). It draws its own noise in `loss`, so train it on clean images.
    """

    MEAN, SPREAD = 0.286, 0.353

    def __init__(
        self,
        channels: tuple[int, int] = (32, 64),
        hidden: int = 128,
        low: float = 0.01,
        high: float = 40.0,
    ) -> None:
        fine, coarse = channels
        super().__init__((1, 28, 28), fine * 196 + coarse * 49)
        checks.sizes(channels=channels, hidden=hidden)
        if not 0 < low <= high:
            raise ValueError(f"noise between {low} and {high}: give 0 < low <= high.")
        self.low, self.high = low, high
        self.strength = nn.Sequential(
            nn.Linear(2 * len(OCTAVES), hidden), nn.SiLU(), nn.Linear(hidden, 2 * (fine + coarse))
        )
        self.fine = nn.Conv2d(1, fine, 4, 2, 1)
        self.coarse = nn.Conv2d(fine, coarse, 4, 2, 1)
        self.everywhere = nn.Sequential(
            nn.Flatten(),
            nn.Linear(coarse * 49, hidden),
            nn.SiLU(),
            nn.Linear(hidden, coarse * 49),
            nn.Unflatten(1, (coarse, 7, 7)),
        )
        self.up = ConvTranspose2d(coarse, fine, 4, 2, 1)
        self.mix = nn.Conv2d(fine, fine, 3, 1, 1)
        self.pixels = nn.ConvTranspose2d(fine, 1, 4, 2, 1)
        initialise(self)
        # Faster in small batches on a CPU.
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def denoise(self, y: Tensor, std: Tensor | float) -> Tensor:
        """r(y, s), same shape as `y`: not clipped, since a mean of images need not be.

        Parameters
        ----------
        y : Tensor, shape (n, 1, 28, 28)
        std : Tensor, shape (n, 1), or float
            Above 0.
        """
        if not isinstance(std, Tensor):
            std = torch.full((len(y), 1), std, dtype=y.dtype, device=y.device)
        checks.batch(y, self.shape, self._weightless.dtype, "this denoiser is for images")
        checks.batch(std, (1,), self._weightless.dtype, "strengths of noise are")
        checks.strengths(std)
        s = std[..., None, None]
        total = self.SPREAD**2 + s**2
        step = self._features((y - self.MEAN) / total.sqrt(), std.log())
        centred = (self.SPREAD**2 * (y - self.MEAN)) / total
        return self.MEAN + centred + s * self.SPREAD / total.sqrt() * step

    def forward(self, x: Tensor) -> Tensor:
        """The image denoised as if its noise were the weakest: for a clean one, almost itself."""
        return self.denoise(self.checked(x), self.low)

    def loss(self, x: Tensor, target: Tensor) -> Tensor:
        """Weighted squared error at strengths drawn anew, so that each counts alike."""
        checks.alike(self.checked(x), target)
        share = torch.rand(len(x), 1, dtype=x.dtype, device=x.device)
        std = self.low * (self.high / self.low) ** share
        s = std[..., None, None]
        restored = self.denoise(x + s * torch.randn_like(x), std)
        weight = (self.SPREAD**2 + s**2) / (self.SPREAD * s) ** 2
        return (weight * (restored - target) ** 2).mean()

    def _features(self, image: Tensor, log_std: Tensor) -> Tensor:
        waves = torch.cat([octave * log_std for octave in OCTAVES], 1)
        by_strength = self.strength(torch.cat([waves.sin(), waves.cos()], 1))[..., None, None]
        scales, shifts = by_strength.chunk(2, 1)
        maps = [self.fine.out_channels, self.coarse.out_channels]
        fine_scale, coarse_scale = (1 + scales).split(maps, 1)
        fine_shift, coarse_shift = shifts.split(maps, 1)
        fine = functional.silu(fine_scale * self.fine(image) + fine_shift)
        coarse = functional.silu(coarse_scale * self.coarse(fine) + coarse_shift)
        coarse = functional.silu(coarse + self.everywhere(coarse))
        features = functional.silu(self.up(coarse) + fine)
        return self.pixels(functional.silu(features + self.mix(features)))
