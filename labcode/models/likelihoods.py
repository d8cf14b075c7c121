"""What a decoder's output means: densities of pixels given a decoded image.

Each sums over pixels and works on a batch, so its values are in nats an image. They are densities
with respect to different measures, and values of two different likelihoods must not be compared.
"""

import math

import torch
from torch import Tensor, nn

from labcode import checks

START_VARIANCE = 0.05


class Likelihood(nn.Module):
    """p(x | z), given the decoder's output for z."""

    def observe(self, x: Tensor) -> Tensor:
        """The data that this density is of, made from grey pixels in [0, 1]: here, themselves."""
        return x

    def log_density(self, x: Tensor, output: Tensor) -> Tensor:
        """log p(x | z), summed over the pixels of each image, in nats.

        Parameters
        ----------
        x : Tensor, shape (n, *shape)
            What `observe` returned.
        output : Tensor, shape (..., n, *shape)
            Decoded images; several for each x if there are leading dimensions.

        Returns
        -------
        Tensor, shape (..., n)

        Raises
        ------
        TypeError
            If one of the two is no tensor.
        ValueError
            If their shapes or types do not fit, or a number lies where there is no density.
        """
        raise NotImplementedError


class Gaussian(Likelihood):
    """N(output, v I): one variance v for all pixels and all images.

    Parameters
    ----------
    variance : float, optional
        v, fixed. Without it v is learned, with the weights, from 0.05 on.

    Notes
    -----
    One global v, as in probabilistic PCA. A variance for each pixel would let border pixels that
    are nearly always 0 earn any number of nats (Mattei and Frellsen, 2018). Even with one v the
    likelihood has no upper bound: a decoder that gives every training image back exactly earns
    any number as v goes to 0 (Dai and Wipf, 2019). It gives some probability to grey values
    outside [0, 1].
    """

    def __init__(self, variance: float | None = None) -> None:
        super().__init__()
        if variance is not None and not 0 < variance < math.inf:
            raise ValueError(f"variance={variance}: a Gaussian's variance must be above 0.")
        start = math.log(START_VARIANCE if variance is None else variance)
        # Adam's steps are all of one size. Ten of them in ln v for each one in a weight let v
        # keep pace with the reconstructions.
        self.tenth_of_log = nn.Parameter(torch.tensor(start / 10), requires_grad=variance is None)

    @property
    def log_variance(self) -> Tensor:
        """ln v, shape ()."""
        return 10 * self.tenth_of_log

    @property
    def variance(self) -> Tensor:
        """v, in squared pixel units, shape ()."""
        return self.log_variance.exp()

    def log_density(self, x: Tensor, output: Tensor) -> Tensor:
        """-(|x - output|^2 / v + d ln(2 pi v)) / 2."""
        checks.decoded(x, output)
        pixels = x[0].numel()
        squares = _over_pixels((x - output) ** 2, x)
        return -(squares / self.variance + pixels * (math.log(2 * math.pi) + self.log_variance)) / 2


class Bernoulli(Likelihood):
    """Black or white: each pixel is 1 with the probability that the decoder puts out.

    It is a probability of binarised images. `observe` draws them, each pixel 1 with its grey
    value as probability, anew at each call ("dynamic binarisation", Salakhutdinov and Murray,
    2008).
    """

    def observe(self, x: Tensor) -> Tensor:
        """Binarised images, drawn from torch's global random numbers."""
        checks.pixels(x)
        return torch.bernoulli(x)

    def log_density(self, x: Tensor, output: Tensor) -> Tensor:
        """The sum of x ln p + (1 - x) ln(1 - p), p the output clamped to [1e-6, 1 - 1e-6]."""
        p = _probabilities(x, output)
        return _over_pixels(torch.log1p(-p) + x * torch.logit(p), x)


class BernoulliOnGrey(Bernoulli):
    """The Bernoulli formula on grey pixels: a mistake, if it is taken for a likelihood of them.

    Over x in [0, 1] it does not integrate to 1. But ln p(b | z) is linear in b, so its value at a
    grey x is the mean of the Bernoulli's over binarisations b of x. An ELBO with it is a valid
    bound on the mean of ln p(b), the binarised images' log-likelihood.
    """

    def observe(self, x: Tensor) -> Tensor:
        """The grey pixels themselves."""
        return x


class ContinuousBernoulli(Likelihood):
    """A density on [0, 1], C(p) p^x (1 - p)^(1 - x), with the constant that the mistake forgets.

    Source: Loaiza-Ganem and Cunningham (2019). p is the decoder's output, and
    not the mean of x.
    """

    def log_density(self, x: Tensor, output: Tensor) -> Tensor:
        """The Bernoulli formula plus the sum of ln C(p), p clamped to [1e-6, 1 - 1e-6]."""
        p = _probabilities(x, output)
        return _over_pixels(torch.log1p(-p) + x * torch.logit(p) + _log_constant(p), x)


def continuous_bernoulli_mean(p: Tensor) -> Tensor:
    """The mean of a continuous Bernoulli pixel with parameter p: what to show as its image."""
    checks.probabilities(p)
    return torch.distributions.ContinuousBernoulli(probs=p.clamp(1e-6, 1 - 1e-6)).mean


def _probabilities(x: Tensor, output: Tensor) -> Tensor:
    checks.decoded(x, output)
    checks.pixels(x)
    checks.probabilities(output)
    return output.clamp(1e-6, 1 - 1e-6)


def _log_constant(p: Tensor) -> Tensor:
    """ln C(p), C(p) = 2 atanh(1 - 2p) / (1 - 2p); its Taylor series where p is near 1/2."""
    near = (p - 0.5).abs() < 0.02
    away = torch.where(near, torch.full_like(p, 0.25), p)
    far = torch.log(torch.logit(away) / (2 * away - 1))
    square = (p - 0.5) ** 2
    return torch.where(near, math.log(2) + (4 / 3 + 104 / 45 * square) * square, far)


def _over_pixels(values: Tensor, x: Tensor) -> Tensor:
    return values.sum(tuple(range(1 - x.ndim, 0)))
