"""A small classifier of garments, whose last hidden layer measures images by what they show."""

import torch
from torch import Tensor, nn

from labcode import checks
from labcode.models.autoencoder import initialise


class GarmentClassifier(nn.Module):
    """Two strided convolutions, one hidden layer of features, and ten scores.

    Parameters
    ----------
    feature_size : int
        Units of the hidden layer.
    """

    def __init__(self, feature_size: int = 64) -> None:
        super().__init__()
        checks.counts(feature_size=feature_size)
        self.hidden = nn.Sequential(
            nn.Conv2d(1, 16, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(16, 32, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(32 * 7 * 7, feature_size),
            nn.ReLU(),
        )
        self.output = nn.Linear(feature_size, 10)
        initialise(self)

    def forward(self, x: Tensor) -> Tensor:
        """Scores of the ten classes (logits), shape (n, 10).

        Parameters
        ----------
        x : Tensor, shape (n, 1, 28, 28)
        """
        return self.output(self.hidden(self._checked(x)))

    @torch.no_grad()
    def features(self, x: Tensor) -> Tensor:
        """Values of the hidden layer, at least 0, shape (n, feature_size), without gradient."""
        return torch.cat([self.hidden(some) for some in self._checked(x).split(1000)])

    def _checked(self, x: Tensor) -> Tensor:
        checks.batch(x, (1, 28, 28), self.output.weight.dtype, "this classifier is for images")
        checks.noisy_pixels(x)
        return x
