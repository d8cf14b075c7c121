"""How probable are images under a variational autoencoder? Lower bounds on log p(x)."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from labcode import checks
from labcode.models.variational import VariationalAutoencoder, standard_normal_log_density

NUMBERS_AT_ONCE = 4_000_000


@torch.no_grad()
def importance_bounds(
    model: VariationalAutoencoder, x: Tensor, samples: Sequence[int], seed: int = 0
) -> Tensor:
    """The importance-weighted bounds L_K of each image, in nats.

    L_K = log of the mean over K samples z ~ q(z | x) of p(x | z) p(z) / q(z | x): Burda, Grosse
    and Salakhutdinov (2016), equation 8. Its expectation does not fall with K, is the ELBO at
    K = 1, and goes to log p(x).

    Parameters
    ----------
    model : VariationalAutoencoder
    x : Tensor, shape (n, *shape)
        What `model.likelihood.observe` returned.
    samples : sequence of int
        The numbers K, increasing. The bound for each is made from the first K of one draw.
    seed : int
        Decides the draw.

    Returns
    -------
    Tensor, shape (len(samples), n), float64

    Raises
    ------
    ValueError
        If the numbers of samples are not increasing from at least 1.
    """
    checks.seeds(seed=seed)
    counts = list(samples)
    if not counts or counts[0] < 1 or counts != sorted(set(counts)):
        raise ValueError(f"samples={counts}: give increasing numbers of samples, from 1 on.")
    model.eval()
    pixels = x[0].numel()
    images = max(1, min(len(x), NUMBERS_AT_ONCE // (pixels * min(counts[-1], 200))))
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        blocks = [_bounds(model, block, counts, pixels) for block in x.split(images)]
    return torch.cat(blocks, 1)


def _bounds(model: VariationalAutoencoder, x: Tensor, counts: list[int], pixels: int) -> Tensor:
    posterior = model.posterior(x)
    at_once = max(1, NUMBERS_AT_ONCE // (pixels * len(x)))
    total = torch.full((len(x),), -math.inf, dtype=torch.float64)
    bounds, drawn = [], 0
    for count in counts:
        while drawn < count:
            number = min(at_once, count - drawn)
            z = posterior.sample(number)
            weight = (
                model.log_likelihood(x, z)
                + standard_normal_log_density(z)
                - posterior.log_density(z)
            )
            total = torch.logaddexp(total, weight.double().logsumexp(0))
            drawn += number
        bounds.append(total - math.log(count))
    return torch.stack(bounds)
