"""Variational autoencoders: the book's autoencoders with a distribution for a code."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from labcode import checks
from labcode.models.autoencoder import Autoencoder, initialise, size
from labcode.models.conv import ConvAutoencoder
from labcode.models.dense import DeepAutoencoder
from labcode.models.likelihoods import Gaussian, Likelihood
from labcode.models.linear import LinearAutoencoder


@dataclass(frozen=True, eq=False)
class Posterior:
    """q(z | x): a Gaussian with diagonal covariance for each image.

    Attributes
    ----------
    mean, log_variance : Tensor, shape (n, k)
    """

    mean: Tensor
    log_variance: Tensor

    def sample(self, *shape: int) -> Tensor:
        """z = mean + standard deviation * e, e ~ N(0, I), shape (*shape, n, k).

        Kingma and Welling (2014), section 2.4: the randomness is in e, so z has a
        gradient with respect to mean and variance.
        """
        noise = torch.randn(
            *shape, *self.mean.shape, dtype=self.mean.dtype, device=self.mean.device
        )
        return self.mean + (0.5 * self.log_variance).exp() * noise

    def rate(self) -> Tensor:
        """KL(q(z_j | x) || N(0, 1)) of each unit in nats, shape (n, k).

        Source: Kingma and Welling (2014), appendix B.
        """
        return (self.mean**2 + self.log_variance.exp() - 1 - self.log_variance) / 2

    def log_density(self, z: Tensor) -> Tensor:
        """log q(z | x), shape (..., n).

        Parameters
        ----------
        z : Tensor, shape (..., n, k)
        """
        standard = (z - self.mean) / (0.5 * self.log_variance).exp()
        return standard_normal_log_density(standard) - self.log_variance.sum(-1) / 2


def standard_normal_log_density(z: Tensor) -> Tensor:
    """log N(z; 0, I), summed over the last dimension."""
    return torch.distributions.Normal(0.0, 1.0).log_prob(z).sum(-1)


class VariationalAutoencoder(Autoencoder):
    """An autoencoder whose encoder puts out a Gaussian over codes.

    `encode` gives the posterior's mean, so that it can stand wherever an autoencoder can. A
    concrete model sets `decoder`, and an `encoder` that puts out k means, then k log-variances.

    Parameters
    ----------
    shape, code_size
        As in `Autoencoder`.
    likelihood : class
        What the decoder's output means, from `labcode.models.likelihoods`.
    variance : float, optional
        Fixes the variance of a Gaussian likelihood, which is learned otherwise.

    Raises
    ------
    ValueError
        If another likelihood than the Gaussian is given a variance.
    """

    def __init__(
        self,
        shape: tuple[int, ...],
        code_size: int,
        likelihood: type[Likelihood] = Gaussian,
        variance: float | None = None,
    ) -> None:
        super().__init__(shape, code_size)
        if variance is None:
            self.likelihood = likelihood()
        elif issubclass(likelihood, Gaussian):
            self.likelihood = likelihood(variance)
        else:
            raise ValueError(f"{likelihood.__name__} has no variance to fix: leave variance out.")

    def posterior(self, x: Tensor) -> Posterior:
        """q(z | x) of each input."""
        return Posterior(*self.encoder(self.checked(x)).chunk(2, dim=1))

    def encode(self, x: Tensor) -> Tensor:
        """Means of q(z | x), shape (n, k)."""
        return self.posterior(x).mean

    def log_likelihood(self, x: Tensor, z: Tensor) -> Tensor:
        """log p(x | z) in nats, shape (..., n).

        Parameters
        ----------
        x : Tensor, shape (n, *shape)
            What `likelihood.observe` returned.
        z : Tensor, shape (..., n, k)
            Codes, one or several for each input.
        """
        decoded = self.decode(z.flatten(0, -2)).unflatten(0, z.shape[:-1])
        return self.likelihood.log_density(x, decoded)

    def loss(self, x: Tensor, target: Tensor) -> Tensor:
        """Minus the ELBO with one sample: nats an image, summed over pixels and units.

        Parameters
        ----------
        x, target : Tensor, shape (n, *shape)
            What the encoder sees, and what the decoder should give back.
        """
        checks.alike(x, target)
        posterior = self.posterior(x)
        reconstruction = self.log_likelihood(target, posterior.sample())
        return (posterior.rate().sum(1) - reconstruction).mean()


class DenseVAE(VariationalAutoencoder):
    """The encoder of `DeepAutoencoder`, with twice as many outputs, and its decoder.

    Parameters
    ----------
    code_size : int
        k.
    hidden : tuple of int
        Units of the encoder's hidden layers; the decoder mirrors them.
    likelihood, variance
        As in `VariationalAutoencoder`.
    shape : tuple of int
        Shape of one input.
    """

    def __init__(
        self,
        code_size: int,
        hidden: tuple[int, ...] = (256, 64),
        likelihood: type[Likelihood] = Gaussian,
        variance: float | None = None,
        shape: tuple[int, ...] = (1, 28, 28),
    ) -> None:
        super().__init__(shape, code_size, likelihood, variance)
        self.encoder = DeepAutoencoder(2 * code_size, hidden, shape).encoder
        self.decoder = DeepAutoencoder(code_size, hidden, shape).decoder


class ConvVAE(VariationalAutoencoder):
    """The encoder of `ConvAutoencoder`, with twice as many outputs, and its decoder.

    Parameters
    ----------
    code_size : int
        k.
    channels : tuple of two ints
        As in `ConvAutoencoder`.
    likelihood, variance
        As in `VariationalAutoencoder`.
    shape : tuple of int
        Channels, height and width of one image; height and width are multiples of 4.
    """

    def __init__(
        self,
        code_size: int,
        channels: tuple[int, int] = (16, 8),
        likelihood: type[Likelihood] = Gaussian,
        variance: float | None = None,
        shape: tuple[int, int, int] = (1, 28, 28),
    ) -> None:
        super().__init__(shape, code_size, likelihood, variance)
        self.encoder = ConvAutoencoder(2 * code_size, channels, shape=shape).encoder
        self.decoder = ConvAutoencoder(code_size, channels, shape=shape).decoder


class GatedVAE(VariationalAutoencoder):
    """Two hidden layers on either side, each h * sigmoid(g) of two linear maps h and g.

    The network behind published likelihoods of binarised images (Tomczak and Welling, 2018;
    Norouzi, Fleet and Norouzi, 2020).

    Parameters
    ----------
    code_size : int
        k.
    hidden : int
        Units of each hidden layer.
    likelihood, variance
        As in `VariationalAutoencoder`.
    shape : tuple of int
        Shape of one input.
    """

    def __init__(
        self,
        code_size: int = 40,
        hidden: int = 300,
        likelihood: type[Likelihood] = Gaussian,
        variance: float | None = None,
        shape: tuple[int, ...] = (1, 28, 28),
    ) -> None:
        super().__init__(shape, code_size, likelihood, variance)
        checks.sizes(hidden=hidden)
        self.encoder = nn.Sequential(
            nn.Flatten(),
            *_gated(size(shape), hidden),
            *_gated(hidden, hidden),
            nn.Linear(hidden, 2 * code_size),
        )
        self.decoder = nn.Sequential(
            *_gated(code_size, hidden),
            *_gated(hidden, hidden),
            nn.Linear(hidden, size(shape)),
            nn.Sigmoid(),
            nn.Unflatten(1, shape),
        )
        initialise(self)


def _gated(inputs: int, outputs: int) -> list[nn.Module]:
    return [nn.Linear(inputs, 2 * outputs), nn.GLU()]


class LinearVAE(VariationalAutoencoder):
    """q(z | x) = N(V x + b, D) and p(x | z) = N(W z + c, v I), D diagonal and the same for all x.

    Its ELBO has the maximum of probabilistic PCA's log-likelihood (Lucas et al., 2019).

    Parameters
    ----------
    code_size : int
        k.
    variance : float, optional
        v, fixed; learned if not given.
    shape : tuple of int
        Shape of one input.
    """

    def __init__(
        self,
        code_size: int,
        variance: float | None = None,
        shape: tuple[int, ...] = (1, 28, 28),
    ) -> None:
        super().__init__(shape, code_size, Gaussian, variance)
        linear = LinearAutoencoder(code_size, shape)
        self.encoder, self.decoder = linear.encoder, linear.decoder
        # A tenth, for the reason given in `Gaussian`.
        self.tenth_of_log = nn.Parameter(torch.zeros(code_size))

    def posterior(self, x: Tensor) -> Posterior:
        """q(z | x) of each input; the variance does not depend on it."""
        mean = self.encoder(self.checked(x))
        return Posterior(mean, (10 * self.tenth_of_log).expand_as(mean))
