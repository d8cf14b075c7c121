"""Mixtures fitted to codes: against scikit-learn's own fit, sampling, and the choice of size."""

import numpy as np
import pytest
import torch
from sklearn.mixture import GaussianMixture
from torch.distributions import MultivariateNormal

from labcode import runs
from labcode.baselines.code_density import (
    code_gaussian,
    code_mixture,
    gaussian_mixture,
    grown_mixture,
    sample_mixture,
)
from labcode.data import DataSpec, load, moments
from labcode.models import DeepAutoencoder
from labcode.models.variational import DenseVAE
from labcode.scores.latent_models import codes_of
from labcode.training.networks import RunSpec, model_spec
from labcode.training.variational import VariationalRunSpec

DATA = DataSpec(train=2000, validation=500)
AE = RunSpec(model_spec(DeepAutoencoder, code_size=3, hidden=(32,)), 2, 0, DATA)
VAE = VariationalRunSpec(model_spec(DenseVAE, code_size=3, hidden=(32,)), 2, 0, DATA)
COMPONENTS = (1, 5)


@pytest.fixture(scope="module")
def fitted():
    return code_mixture(AE, COMPONENTS, codes=1500)


def test_the_likelier_mixture_on_validation_codes_is_kept(fitted):
    model = runs.model_of(runs.get(AE))
    with torch.no_grad():
        train, validation = (
            model.encode(part.pixels).double() for part in (load(DATA).train, load(DATA).validation)
        )
    scores = [
        GaussianMixture(c, tol=1e-2, max_iter=200, random_state=0)
        .fit(train[:1500].numpy())
        .score(validation.numpy())
        for c in COMPONENTS
    ]
    assert fitted["validation_density"].values.tolist() == pytest.approx(scores)
    assert scores[1] > scores[0] + 0.1
    assert fitted["components"] == len(fitted["weights"]) == 5


def test_what_is_kept_is_the_density_that_was_scored(fitted):
    model = runs.model_of(runs.get(AE))
    with torch.no_grad():
        codes = model.encode(load(DATA).validation.pixels).double()
    weights, means, factors = (
        torch.from_numpy(fitted[name].values) for name in ("weights", "means", "factors")
    )
    parts = MultivariateNormal(means, scale_tril=factors)
    log_density = (parts.log_prob(codes[:, None]) + weights.log()).logsumexp(1)
    expected = fitted["validation_density"].max().item()
    assert log_density.mean().item() == pytest.approx(expected, rel=1e-6)


def test_one_gaussian_has_the_codes_moments_and_so_do_its_samples():
    with torch.no_grad():
        codes = runs.model_of(runs.get(AE)).encode(load(DATA).train.pixels[:500])
    drawn = sample_mixture(code_gaussian(AE, 500), 200_000, torch.Generator().manual_seed(2))
    assert drawn.dtype == torch.float32
    (mean, covariance), expected = moments(drawn), moments(codes)
    scale = expected[1].diagonal().sqrt()
    torch.testing.assert_close(mean / scale, expected[0] / scale, atol=0.03, rtol=0)
    unit = scale[:, None] * scale
    torch.testing.assert_close(covariance / unit, expected[1] / unit, atol=0.03, rtol=0)


def test_samples_of_a_mixture_come_from_its_parts_by_weight():
    factor = torch.tensor([[1.0, 0.0], [0.5, 2.0]], dtype=torch.float64)
    mixture = gaussian_mixture(
        torch.tensor([0.8, 0.2], dtype=torch.float64),
        torch.tensor([[0.0, 0.0], [100.0, 0.0]], dtype=torch.float64),
        (factor @ factor.T).expand(2, 2, 2),
    )
    drawn = sample_mixture(mixture, 50_000, torch.Generator().manual_seed(0)).double()
    far = drawn[:, 0] > 50
    assert far.double().mean().item() == pytest.approx(0.2, abs=0.01)
    torch.testing.assert_close(moments(drawn[~far])[1], factor @ factor.T, atol=0.1, rtol=0)


def test_a_vaes_codes_are_drawn_from_its_posterior(fashion_mnist):
    model = runs.model_of(runs.get(VAE))
    x = fashion_mnist.test.pixels[:1]
    torch.manual_seed(0)
    codes = codes_of(model, x.expand(20_000, -1, -1, -1)).double()
    with torch.no_grad():
        posterior = model.posterior(x)
    mean, covariance = moments(codes)
    torch.testing.assert_close(mean, posterior.mean[0].double(), atol=0.03, rtol=0)
    variance = posterior.log_variance[0].double().exp()
    torch.testing.assert_close(covariance.diagonal(), variance, atol=1e-3, rtol=0.05)


def test_one_spec_gives_one_mixture(fitted):
    again = code_mixture.spec(AE, COMPONENTS, 1500).train("cpu")
    for name in ("weights", "means", "factors"):
        kept = torch.from_numpy(fitted[name].values)
        torch.testing.assert_close(kept, again.weights[name], rtol=1e-12, atol=0)


def test_a_mixture_grows_while_validation_codes_gain():
    found = grown_mixture(AE, 2, 512, codes=1500)
    densities = found["validation_density"].values
    assert found["tried"].values.tolist() == [2 * 2**step for step in range(len(densities))]
    assert (np.diff(densities)[:-1] > 0).all() and densities[-1] < densities[-2]
    assert found["components"] == found["tried"][-2] and not found["at_edge"]
    assert grown_mixture(AE, 2, 4, codes=1500)["at_edge"]
