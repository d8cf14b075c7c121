"""Images that are no garments."""

import torch
from sklearn.datasets import load_digits
from torch import Tensor
from torch.nn import functional

from labcode import checks

DIGITS = 1797
KINDS = ("digits", "noise", "constant")


def outside_images(kind: str, n: int) -> Tensor:
    """Images of one kind, shape (n, 1, 28, 28), from 0 to 1; always the same.

    Parameters
    ----------
    kind : str
        `digits` are scikit-learn's 8 x 8 handwritten digits, enlarged by bilinear interpolation
        (at most 1,797); `noise` has independent uniform pixels; `constant` has one grey level an
        image.
    n : int

    Raises
    ------
    ValueError
        If there is no such kind, or it has not so many images.
    """
    checks.option("kind", kind, KINDS)
    checks.counts(n=n)
    if kind == "digits":
        if n > DIGITS:
            raise ValueError(f"n={n}: there are {DIGITS} digits.")
        digits = torch.from_numpy(load_digits().images[:n] / 16).float().unsqueeze(1)
        return functional.interpolate(digits, size=(28, 28), mode="bilinear")
    generator = torch.Generator().manual_seed(KINDS.index(kind))
    if kind == "noise":
        return torch.rand(n, 1, 28, 28, generator=generator)
    return torch.rand(n, 1, 1, 1, generator=generator).expand(n, 1, 28, 28)
