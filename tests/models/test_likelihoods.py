"""Densities of pixels, against torch.distributions."""

import pytest
import torch
from torch import distributions

from labcode.models.likelihoods import (
    Bernoulli,
    BernoulliOnGrey,
    ContinuousBernoulli,
    Gaussian,
    continuous_bernoulli_mean,
)


@pytest.fixture
def pixels() -> torch.Tensor:
    return torch.rand(5, 1, 4, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def outputs() -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    output = 0.001 + 0.998 * torch.rand(3, 5, 1, 4, 4, dtype=torch.float64, generator=generator)
    output[0, 0, 0, 0] = torch.tensor([0.5, 0.4999, 0.481, 0.519])  # where the series is used
    return output


def _sum(log_prob: torch.Tensor) -> torch.Tensor:
    return log_prob.flatten(-3).sum(-1)


def test_gaussian(pixels, outputs):
    density = Gaussian(0.3).double()
    expected = distributions.Normal(outputs, 0.3**0.5).log_prob(pixels)
    torch.testing.assert_close(
        density.log_density(pixels, outputs), _sum(expected), rtol=1e-6, atol=1e-5
    )


def test_bernoulli(pixels, outputs):
    binary = pixels.round()
    expected = distributions.Bernoulli(outputs).log_prob(binary)
    torch.testing.assert_close(Bernoulli().log_density(binary, outputs), _sum(expected))


def test_continuous_bernoulli(pixels, outputs):
    expected = distributions.ContinuousBernoulli(outputs, lims=(0.4999, 0.5001)).log_prob(pixels)
    measured = ContinuousBernoulli().log_density(pixels, outputs)
    torch.testing.assert_close(measured, _sum(expected), rtol=1e-8, atol=1e-7)
    single = ContinuousBernoulli().log_density(pixels.float(), outputs.float())
    torch.testing.assert_close(single.double(), measured, rtol=1e-4, atol=1e-4)


def test_continuous_bernoulli_reference_values():
    p = torch.tensor([[0.1]], dtype=torch.float64)
    zero = torch.zeros_like(p)
    constant = ContinuousBernoulli().log_density(zero, p) - torch.log1p(-p).sum(1)
    assert constant.item() == pytest.approx(1.01034, abs=1e-4)
    assert continuous_bernoulli_mean(p).item() == pytest.approx(0.33012, abs=1e-4)


@pytest.mark.parametrize("p", [0.02, 0.3, 0.49, 0.5, 0.9])
def test_only_a_likelihood_integrates_to_one(p):
    x = torch.linspace(0, 1, 20_001, dtype=torch.float64)[:, None]
    output = torch.full_like(x, p)
    right = torch.trapezoid(ContinuousBernoulli().log_density(x, output).exp(), x[:, 0])
    wrong = torch.trapezoid(BernoulliOnGrey().log_density(x, output).exp(), x[:, 0])
    assert right.item() == pytest.approx(1, abs=1e-6)
    assert wrong.item() < 0.51


def test_binarised_pixels_are_drawn_anew_with_the_grey_value_as_probability(pixels):
    torch.manual_seed(0)
    density = Bernoulli()
    draws = torch.stack([density.observe(pixels) for _ in range(4000)])
    assert set(draws.unique().tolist()) == {0.0, 1.0}
    assert not torch.equal(draws[0], draws[1])
    torch.testing.assert_close(draws.mean(0), pixels, atol=0.04, rtol=0)
    torch.testing.assert_close(Gaussian().observe(pixels), pixels)


def test_densities_stay_finite_at_the_ends():
    x = torch.tensor([[0.0, 1.0]])
    for output in (torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 1.0]])):
        for density in (Bernoulli(), ContinuousBernoulli()):
            assert density.log_density(x, output).isfinite().all()


def test_a_variance_is_positive_and_can_be_learned():
    assert [p.requires_grad for p in Gaussian().parameters()] == [True]
    fixed = Gaussian(0.02)
    assert [p.requires_grad for p in fixed.parameters()] == [False]
    assert fixed.variance.item() == pytest.approx(0.02)
    with pytest.raises(ValueError, match="above 0"):
        Gaussian(0.0)


def test_the_formula_on_grey_pixels_is_the_mean_over_binarisations():
    """All eight binarisations of three pixels, each with its probability."""
    x, output = torch.tensor([[0.2, 0.9, 0.5]]), torch.tensor([[0.4, 0.7, 0.1]])
    black_or_white = torch.cartesian_prod(*[torch.tensor([0.0, 1.0])] * 3)
    probability = (x * black_or_white + (1 - x) * (1 - black_or_white)).prod(1)
    values = Bernoulli().log_density(black_or_white, output.expand(8, 3))
    on_grey = BernoulliOnGrey().log_density(x, output)
    torch.testing.assert_close(on_grey[0], probability @ values)
