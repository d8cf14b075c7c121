"""A density fitted to the codes of a trained autoencoder, so that it can generate."""

import torch
import xarray as xr
from sklearn.mixture import GaussianMixture
from torch import Tensor

from labcode.data import load, moments
from labcode.runs.measured import measured
from labcode.scores.latent_models import codes_of, encode, trained
from labcode.training.networks import RunSpec
from labcode.training.variational import VariationalRunSpec


@measured(cost=lambda autoencoder, **_: autoencoder.cost / 4)
def code_mixture(
    autoencoder: RunSpec | VariationalRunSpec, components: tuple[int, ...], codes: int
) -> xr.Dataset:
    """A mixture of Gaussians with full covariances, fitted to codes of training images.

    Density estimation after training, as Ghosh et al. (2020) do it, by scikit-learn's EM.

    Parameters
    ----------
    autoencoder : RunSpec or VariationalRunSpec
        Whose codes; it is trained first if it is not on disk.
    components : tuple of int
        Numbers of Gaussians to try. The one with the highest likelihood of the validation
        images' codes is kept.
    codes : int
        How many training images to fit to.

    Returns
    -------
    Dataset
        As `gaussian_mixture` makes it, and `validation_density` of each number that was tried,
        in nats a code.
    """
    split = load(autoencoder.data)
    with torch.random.fork_rng():
        torch.manual_seed(autoencoder.seed)
        network = trained(autoencoder)
        train = codes_of(network, split.train.pixels[:codes]).double().numpy()
        validation = codes_of(network, split.validation.pixels).double().numpy()
    mixtures = [
        GaussianMixture(count, tol=1e-2, max_iter=200, random_state=autoencoder.seed).fit(train)
        for count in components
    ]
    scores = torch.tensor([mixture.score(validation) for mixture in mixtures], dtype=torch.float64)
    best = mixtures[int(scores.argmax())]
    found = gaussian_mixture(
        *map(torch.from_numpy, (best.weights_, best.means_, best.covariances_))
    )
    about = {"units": "nats", "long_name": "log density of validation codes"}
    found["validation_density"] = ("tried", scores.numpy(), about)
    return found.assign_coords(tried=list(components))


@measured(cost=lambda autoencoder, **_: autoencoder.cost / 2)
def grown_mixture(
    autoencoder: RunSpec | VariationalRunSpec, first: int, most: int, codes: int
) -> xr.Dataset:
    """As `code_mixture`, with twice as many Gaussians as long as validation codes gain by it.

    So the number that is kept is at no edge: a smaller and a larger one were tried, and were worse,
    unless the largest was reached.

    Parameters
    ----------
    autoencoder : RunSpec or VariationalRunSpec
    first, most : int
        The smallest number of Gaussians to try, and the largest.
    codes : int
        How many training images to fit to.

    Returns
    -------
    Dataset
        As `gaussian_mixture` makes it, and `validation_density` of each number that was tried, in
        nats a code; `at_edge`, whether the number that was kept is the first or the largest.
    """
    split = load(autoencoder.data)
    with torch.random.fork_rng():
        network = trained(autoencoder)
        torch.manual_seed(autoencoder.seed)
        train = codes_of(network, split.train.pixels[:codes]).double().numpy()
        validation = codes_of(network, split.validation.pixels).double().numpy()
    tried: dict[int, float] = {}
    count = first
    while count <= most:
        mixture = GaussianMixture(
            count, tol=1e-2, max_iter=200, init_params="k-means++", random_state=autoencoder.seed
        ).fit(train)
        tried[count] = float(mixture.score(validation))
        if tried[count] < max(tried.values()):
            break
        best, kept = mixture, count
        count *= 2
    found = gaussian_mixture(
        *map(torch.from_numpy, (best.weights_, best.means_, best.covariances_))
    )
    about = {"units": "nats", "long_name": "log density of validation codes"}
    found["validation_density"] = ("tried", list(tried.values()), about)
    edge = kept == first or kept == max(tried)
    found["at_edge"] = (
        (),
        edge,
        {"units": "1", "long_name": "whether at the edge of what was tried"},
    )
    return found.assign_coords(tried=list(tried))


@measured
def code_gaussian(autoencoder: RunSpec | VariationalRunSpec, codes: int) -> xr.Dataset:
    """One Gaussian with the mean and covariance of training images' codes, without noise.

    Parameters
    ----------
    autoencoder : RunSpec or VariationalRunSpec
    codes : int
        How many training images.
    """
    mean, covariance = moments(encode(autoencoder, load(autoencoder.data).train.pixels[:codes]))
    return gaussian_mixture(torch.ones(1, dtype=torch.float64), mean[None], covariance[None])


def gaussian_mixture(weights: Tensor, means: Tensor, covariances: Tensor) -> xr.Dataset:
    """A mixture as a table: `weights`, `means`, `factors` and `components`, their number.

    Parameters
    ----------
    weights, means, covariances : Tensor, shapes (c,), (c, k) and (c, k, k)
        In double precision. `factors` are the covariances' Cholesky factors.
    """
    factors = torch.linalg.cholesky(covariances)
    return xr.Dataset(
        {
            "weights": ("component", weights.numpy(), {"units": "1", "long_name": "weight"}),
            "means": (
                ("component", "unit"),
                means.numpy(),
                {"units": "code units", "long_name": "mean"},
            ),
            "factors": (
                ("component", "unit", "noise"),
                factors.numpy(),
                {"units": "code units", "long_name": "Cholesky factor of the covariance"},
            ),
            "components": ((), len(weights), {"units": "1", "long_name": "number of Gaussians"}),
        }
    )


def sample_mixture(mixture: xr.Dataset, n: int, generator: torch.Generator) -> Tensor:
    """Draw n independent codes, shape (n, k), float32.

    Parameters
    ----------
    mixture : Dataset
        As `gaussian_mixture` makes it.
    n : int
    generator : torch.Generator
    """
    weights, means, factors = (
        torch.from_numpy(mixture[name].values) for name in ("weights", "means", "factors")
    )
    which = torch.multinomial(weights, n, replacement=True, generator=generator)
    noise = torch.randn(n, means.shape[1], 1, dtype=torch.float64, generator=generator)
    return (means[which] + (factors[which] @ noise).squeeze(-1)).float()
