"""A small classifier of garments, whose last hidden layer measures images by what they show."""

import torch
from torch import Tensor, nn

from labcode import checks
from labcode.models.autoencoder import initialise


class GarmentClassifier(nn.Module):
    """Two convolutions, each with pooling, one hidden layer of features, and ten scores.

    Parameters
    ----------
    feature_size : int
        Units of the hidden layer.
    channels : tuple of two ints
        Feature maps of the convolutions.
    dropout : float
        Share of the features that training hides from the scores, at least 0 and below 1.
    """

    def __init__(
        self, feature_size: int = 64, channels: tuple[int, int] = (16, 32), dropout: float = 0.0
    ) -> None:
        super().__init__()
        checks.counts(feature_size=feature_size)
        checks.sizes(channels=channels)
        checks.from_zero_to_one(dropout=dropout)
        first, second = channels
        self.hidden = nn.Sequential(
            nn.Conv2d(1, first, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(first, second, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(second * 7 * 7, feature_size),
            nn.ReLU(),
        )
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(feature_size, 10)
        initialise(self)

    def forward(self, x: Tensor) -> Tensor:
        """Scores of the ten classes (logits), shape (n, 10).

        Parameters
        ----------
        x : Tensor, shape (n, 1, 28, 28)
        """
        return self.output(self.dropout(self.hidden(self._checked(x))))

    @torch.no_grad()
    def features(self, x: Tensor) -> Tensor:
        """Values of the hidden layer, at least 0, shape (n, feature_size), without gradient."""
        return torch.cat([self.hidden(some) for some in self._checked(x).split(1000)])

    def _checked(self, x: Tensor) -> Tensor:
        checks.batch(x, (1, 28, 28), self.output.weight.dtype, "this classifier is for images")
        checks.noisy_pixels(x)
        return x
