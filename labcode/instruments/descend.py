"""Descend: gradient descent of a linear autoencoder, exact and live, under the reader's hand.

The squared error sees the data through their covariance alone, and in coordinates along the
components that is diagonal: 784 numbers. So a page can train a linear autoencoder on all 60,000
images without one of them. Gradient descent and alternating least squares take the same path in
those coordinates as in pixels. Adam does not: it scales each coordinate by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from torch import Tensor

from labcode import checks, data
from labcode.baselines.pca import principal_components
from labcode.figures.ae_versus_pca import descent_of_singular_values
from labcode.instruments.embedding import drawn, embedded, payload, picture
from labcode.theory import pca

SHOWN = 128
CODE_SIZE = 8
RATE = 10.0
START_SCALE = 0.1
STEPS = 600
LARGEST = 2**7 - 1


@dataclass(frozen=True, eq=False)
class Descend:
    """A linear autoencoder that learns a covariance in the page, step by step.

    Show it as the value of a notebook's cell. The reader chooses code size, start, optimiser,
    learning rate and weight decay, and sees the loss above PCA's, the largest angle to the
    principal subspace, the singular values of W2 W1 beside those of the minimum, and a garment.

    Attributes
    ----------
    fitted : PCA
        Of images with 784 pixels.
    images : Tensor, shape (n, 784)
        What the reader can choose from, pixels from 0 to 1.
    names : sequence of str, n of them

    Raises
    ------
    ValueError
        If PCA is of other images, or there are no images, or not a name for each.
    """

    fitted: pca.PCA
    images: Tensor
    names: Sequence[str]

    def __post_init__(self) -> None:
        checks.dimensions("images", self.images, ("images", "pixels"))
        if len(self.fitted.mean) != 784 or self.images.shape[1] != 784:
            raise ValueError("the page draws images of 28 x 28 pixels: give 784 numbers each.")
        if len(self.names) != len(self.images):
            raise ValueError(
                f"there are {len(self.names)} names for {len(self.images)} images: give each one."
            )

    def payload(self) -> str:
        """Eigenvalues, mean, the first components in 8 bits, and images: packed for the page."""
        pixels = self.images.double().numpy()
        components = self.fitted.components[:, :SHOWN].T
        scale = (np.abs(components).max(axis=1, keepdims=True) / LARGEST).astype("<f4")
        header = {
            "d": 784,
            "shown": SHOWN,
            "garments": list(self.names),
            "code_size": CODE_SIZE,
            "rate": RATE,
        }
        return payload(
            header,
            [
                self.fitted.eigenvalues.astype("<f8"),
                self.fitted.mean.astype("<f4"),
                scale,
                np.rint(components / scale).astype("i1"),
                self.fitted.project(pixels, 784).astype("<f4"),
                np.rint(255 * pixels.clip(0, 1)).astype("u1"),
            ],
        )

    def still(self) -> bytes:
        """An SVG of the run that the instrument begins with, from another draw of its start."""
        steps, excess, values = descent(self.fitted)
        return drawn(descent_of_singular_values(steps, excess, values))

    def _repr_html_(self) -> str:
        alternative = (
            f"Left: the loss above PCA's falls in {CODE_SIZE} stairs. Right: one after the other, "
            f"{CODE_SIZE} singular values rise from zero to one."
        )
        still = picture(self.still(), alternative, "svg+xml")
        return embedded("descend", payload=self.payload(), still=still)


def descent(
    fitted: pca.PCA, steps: int = STEPS, records: int = 40
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gradient descent from a small random start, exact, with the instrument's first settings.

    Returns
    -------
    ndarray, shape (r,)
        Steps so far, about evenly spaced in their logarithm.
    ndarray, shape (r,)
        Loss relative to PCA's, minus one.
    ndarray, shape (r, k)
        Singular values of W2 W1, the largest first.
    """
    l, d, k = fitted.eigenvalues, len(fitted.mean), CODE_SIZE
    bound = START_SCALE * np.sqrt(6 / (d + k))
    draw = np.random.default_rng(0)
    w1, w2 = draw.uniform(-bound, bound, (k, d)), draw.uniform(-bound, bound, (d, k))
    kept = sorted(set(np.geomspace(1, steps, records).round().astype(int).tolist()))
    excess, values = [], []
    for step in range(steps + 1):
        gram, codes = w2.T @ w2, (w1 * l) @ w1.T
        if step in kept:
            loss = l.sum() - 2 * (w1 * l * w2.T).sum() + (gram * codes).sum()
            excess.append(loss / fitted.floor(k) - 1)
            values.append(np.linalg.svd(w2 @ np.linalg.qr(w1.T).R.T, compute_uv=False))
        by_w1, by_w2 = (gram @ w1 - w2.T) * l, w2 @ codes - (w1 * l).T
        w1, w2 = w1 - 2 * RATE / d * by_w1, w2 - 2 * RATE / d * by_w2
    return np.array(kept), np.array(excess), np.array(values)


@cache
def descend() -> Descend:
    """Fashion-MNIST's covariance, and the first test image of each class."""
    test = data.fashion_mnist("test")
    first = [int((test.labels == k).nonzero()[0]) for k in range(len(data.CLASS_NAMES))]
    images = test.pixels[first].flatten(1)
    return Descend(principal_components(), images, data.CLASS_NAMES)
