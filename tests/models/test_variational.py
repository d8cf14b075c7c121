"""Variational autoencoders: KL, sampling and gradients, against torch.distributions and theory."""

import math

import pytest
import torch
from torch import distributions

from labcode.models.conv import ConvAutoencoder
from labcode.models.dense import DeepAutoencoder
from labcode.models.likelihoods import Bernoulli, ContinuousBernoulli, Gaussian
from labcode.models.variational import (
    ConvVAE,
    DenseVAE,
    GatedVAE,
    LinearVAE,
    Posterior,
    VariationalAutoencoder,
    standard_normal_log_density,
)
from labcode.theory import ppca


@pytest.fixture
def posterior() -> Posterior:
    generator = torch.Generator().manual_seed(0)
    mean = torch.randn(4, 3, dtype=torch.float64, generator=generator)
    return Posterior(mean, torch.randn(4, 3, dtype=torch.float64, generator=generator))


def _normal(posterior: Posterior) -> distributions.Normal:
    return distributions.Normal(posterior.mean, (posterior.log_variance / 2).exp())


def test_rate_is_the_divergence_from_the_prior(posterior):
    expected = distributions.kl_divergence(_normal(posterior), distributions.Normal(0.0, 1.0))
    torch.testing.assert_close(posterior.rate(), expected)
    collapsed = Posterior(torch.zeros(1, 2), torch.zeros(1, 2))
    assert collapsed.rate().abs().max() == 0


def test_rate_is_what_monte_carlo_measures(posterior):
    torch.manual_seed(0)
    z = posterior.sample(100_000)
    estimates = posterior.log_density(z) - standard_normal_log_density(z)
    error = estimates.std(0) / math.sqrt(len(z))
    assert ((estimates.mean(0) - posterior.rate().sum(1)).abs() < 4 * error).all()


def test_samples_have_the_density_of_the_posterior(posterior):
    torch.manual_seed(0)
    z = posterior.sample(50_000)
    assert z.shape == (50_000, 4, 3)
    torch.testing.assert_close(z.mean(0), posterior.mean, atol=0.03, rtol=0)
    torch.testing.assert_close(z.var(0), posterior.log_variance.exp(), atol=0.1, rtol=0.05)
    expected = _normal(posterior).log_prob(z[:5]).sum(-1)
    torch.testing.assert_close(posterior.log_density(z[:5]), expected)


MODELS = [
    DenseVAE(3, hidden=(16,)),
    DenseVAE(3, hidden=(16,), likelihood=ContinuousBernoulli),
    ConvVAE(3, channels=(4, 2), likelihood=Bernoulli),
    GatedVAE(3, hidden=8, likelihood=Bernoulli),
    LinearVAE(3),
    LinearVAE(3, variance=0.5),
]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)
def test_shapes(model: VariationalAutoencoder):
    x = torch.rand(5, 1, 28, 28).round()
    posterior = model.posterior(x)
    assert posterior.mean.shape == posterior.log_variance.shape == (5, 3)
    assert model.encode(x).shape == (5, 3)
    assert model(x).shape == x.shape
    assert model.log_likelihood(x, posterior.sample()).shape == (5,)
    assert model.log_likelihood(x, posterior.sample(7)).shape == (7, 5)
    assert model.loss(x, x).shape == ()


def test_decoders_and_encoders_are_those_of_the_autoencoders():
    dense, conv = DenseVAE(3, hidden=(16,)), ConvVAE(3, channels=(4, 2))
    assert str(dense.decoder) == str(DeepAutoencoder(3, hidden=(16,)).decoder)
    assert str(conv.decoder) == str(ConvAutoencoder(3, channels=(4, 2)).decoder)
    assert str(dense.encoder) == str(DeepAutoencoder(6, hidden=(16,)).encoder)
    assert str(conv.encoder) == str(ConvAutoencoder(6, channels=(4, 2)).encoder)


def test_several_codes_for_an_image_are_scored_one_by_one():
    model = DenseVAE(3, hidden=(16,))
    x, z = torch.rand(5, 1, 28, 28), torch.randn(7, 5, 3)
    one_by_one = torch.stack([model.log_likelihood(x, some) for some in z])
    torch.testing.assert_close(model.log_likelihood(x, z), one_by_one)


@pytest.mark.parametrize("likelihood", [Gaussian, ContinuousBernoulli, Bernoulli])
def test_gradient_of_the_reparameterised_elbo(likelihood):
    """Against central finite differences, with the same random numbers on either side."""
    torch.manual_seed(0)
    model = DenseVAE(2, hidden=(5,), likelihood=likelihood, shape=(6,)).double()
    x = torch.rand(8, 6, dtype=torch.float64)
    x = x.round() if likelihood is Bernoulli else x

    def loss() -> torch.Tensor:
        torch.manual_seed(1)
        return model.loss(x, x)

    loss().backward()
    for name, weight in model.named_parameters():
        place = 0  # one number of each weight and bias
        flat = weight.data.view(-1)
        start, step = flat[place].item(), 1e-6
        flat[place] = start + step
        above = loss().item()
        flat[place] = start - step
        below = loss().item()
        flat[place] = start
        slope = weight.grad.view(-1)[place].item()
        assert slope == pytest.approx((above - below) / (2 * step), rel=1e-5, abs=1e-7), name


def test_gradient_reaches_the_encoder_through_the_sample():
    """E z^2 of z ~ N(m, s^2) is m^2 + s^2: its gradient, averaged over samples, is (2 m, s^2)."""
    torch.manual_seed(0)
    mean = torch.tensor([[0.7]], dtype=torch.float64, requires_grad=True)
    log_variance = torch.tensor([[-0.5]], dtype=torch.float64, requires_grad=True)
    (Posterior(mean, log_variance).sample(200_000) ** 2).mean().backward()
    assert mean.grad.item() == pytest.approx(1.4, abs=0.02)
    assert log_variance.grad.item() == pytest.approx(math.exp(-0.5), abs=0.02)


def test_a_linear_vae_at_the_optimum_has_the_log_likelihood_as_its_elbo():
    """The loss, averaged over many draws, equals minus probabilistic PCA's log-likelihood."""
    torch.manual_seed(0)
    model = LinearVAE(2, variance=0.4, shape=(5,)).double()
    w = torch.linalg.qr(torch.randn(5, 2, dtype=torch.float64)).Q * torch.tensor([2.0, 1.0])
    exact = ppca.ProbabilisticPCA(torch.zeros(5).numpy(), w.numpy(), 0.4)
    x = torch.randn(40, 5, dtype=torch.float64)
    inner = w.T @ w + 0.4 * torch.eye(2)  # diagonal, since the columns of W are orthogonal
    model.decoder[0].weight.data = w
    model.encoder[1].weight.data = torch.linalg.solve(inner, w.T)
    model.tenth_of_log.data = (0.4 / inner.diagonal()).log() / 10
    mean, covariance = exact.posterior(x.numpy())
    torch.testing.assert_close(model.posterior(x).mean, torch.from_numpy(mean))
    variances = model.posterior(x).log_variance.exp()
    torch.testing.assert_close(variances[0], torch.from_numpy(covariance).diagonal())
    draws = torch.stack([model.loss(x, x).detach() for _ in range(4000)])
    error = draws.std().item() / math.sqrt(len(draws))
    assert abs(draws.mean().item() + exact.log_likelihood(x.numpy()).mean()) < 4 * error
    assert error < 0.01


def test_only_a_gaussian_has_a_variance_to_fix():
    with pytest.raises(ValueError, match="no variance to fix"):
        DenseVAE(3, likelihood=Bernoulli, variance=0.1)
