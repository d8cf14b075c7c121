"""A gradient through a random number: two unbiased estimators of the same gradient."""

import torch
import xarray as xr

THROUGH, SCORE = "through the sample", "score function"
SHOWN = 9


def estimators(mean: float = 1.0, std: float = 0.4, n: int = 20_000) -> xr.Dataset:
    """Estimates of d/dnu of E z^2 at z ~ N(nu, sigma^2), both from the same noise.

    Parameters
    ----------
    mean, std : float
        nu and sigma.
    n : int
        Samples.

    Returns
    -------
    Dataset
        `noise`, some e ~ N(0, 1), and `code`, their z = nu + sigma e, dimension `example`;
        `gradient`, 2 nu; and `estimate`, dimensions `estimator` and `sample`: 2 z, by automatic
        differentiation, and z^2 (z - nu) / sigma^2.
    """
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(n, generator=generator, dtype=torch.float64)
    means = torch.full_like(noise, mean).requires_grad_()
    codes = means + std * noise
    (codes**2).sum().backward()
    z = codes.detach()
    assert means.grad is not None
    estimates = torch.stack([means.grad, z**2 * (z - mean) / std**2])
    return xr.Dataset(
        {
            "noise": ("example", noise[:SHOWN].numpy()),
            "code": ("example", z[:SHOWN].numpy()),
            "gradient": 2 * mean,
            "estimate": (("estimator", "sample"), estimates.numpy()),
        },
        {"estimator": [THROUGH, SCORE]},
    )
