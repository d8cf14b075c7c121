"""The likelihood half of the VAE chapter: its references, and its measurements in small."""

import math

import numpy as np
import pytest
import torch

from labcode import data, runs
from labcode.baselines import pca as image_pca
from labcode.designs import profiles
from labcode.experiments import ae_versus_vae as experiment
from labcode.models.variational import LinearVAE
from labcode.theory import ppca

SMOKE = profiles.PROFILES["smoke"]


def test_references_of_binarised_images(fashion_mnist):
    floor, mean_image = experiment.binarised_references()
    assert floor == pytest.approx(189.858, abs=2e-3)
    assert mean_image == pytest.approx(385.018, abs=2e-3)


def test_both_gradients_are_unbiased_and_one_scatters_less():
    result = experiment.reparameterisation()
    for estimates in (result.through_sample, result.score_function):
        error = estimates.std() / math.sqrt(len(estimates))
        assert abs(estimates.mean() - result.gradient) < 4 * error
    assert result.through_sample.std() == pytest.approx(2 * result.std, rel=0.03)
    assert result.score_function.std() > 3 * result.through_sample.std()
    np.testing.assert_allclose(result.codes, result.mean + result.std * result.noise)


def test_the_bernoulli_formula_loses_up_to_half_a_pixel_and_more():
    result = experiment.normaliser()
    p = torch.from_numpy(result.p)
    expected = torch.distributions.ContinuousBernoulli(p).log_prob(torch.zeros_like(p)).exp()
    np.testing.assert_allclose(1 / result.integral, (expected / (1 - p)).numpy(), rtol=1e-4)
    assert result.integral.max() <= 0.5


def test_a_linear_vae_is_read_as_the_gaussian_that_it_is():
    torch.manual_seed(0)
    model = LinearVAE(3, variance=0.2)
    read = experiment.linear_as_ppca(model)
    x = torch.rand(4, 1, 28, 28)
    covariance = read.weights @ read.weights.T + read.variance * np.eye(784)
    expected = torch.distributions.MultivariateNormal(
        torch.from_numpy(read.mean), torch.from_numpy(covariance)
    ).log_prob(x.flatten(1).double())
    np.testing.assert_allclose(read.log_likelihood(x.flatten(1)), expected.numpy(), rtol=1e-8)
    z = torch.randn(4, 3)
    decoded = model.decode(z).flatten(1).detach().double().numpy()
    np.testing.assert_allclose(decoded, z.numpy() @ read.weights.T + read.mean, atol=1e-5)


def test_units_that_say_nothing_are_not_counted():
    torch.manual_seed(0)
    model = LinearVAE(4)
    model.encoder[1].weight.data[:2] = 0
    model.encoder[1].weight.data[2:] *= 10
    assert experiment.active_units(model, torch.rand(300, 1, 28, 28)) == 2


def test_popular_losses_have_the_levels_that_their_scaling_means():
    """The same gradient, up to a factor, as the popular loss: written out and compared."""
    torch.manual_seed(0)
    x, output = torch.rand(5, 784), torch.rand(5, 784)
    rate = torch.tensor(3.0)
    k = experiment.CODE_SIZE
    written = {
        "mean over pixels + KL": lambda out, r: ((out - x) ** 2).mean() + r,
        "mean over pixels + KL / k": lambda out, r: ((out - x) ** 2).mean() + r / k,
        "half the sum over pixels + KL": lambda out, r: ((out - x) ** 2).sum(1).mean() / 2 + r,
        "mean over pixels + 0.00025 KL": lambda out, r: ((out - x) ** 2).mean() + 0.00025 * r,
    }
    for name, level in experiment.LOSSES:
        if level is None:
            continue
        out, r = output.clone().requires_grad_(), rate.clone().requires_grad_()
        written[name](out, r).backward()
        # With squared errors summed over pixels, E / (2 v) + beta R has this ratio of slopes.
        slope = (2 * (output - x) / 5 / out.grad).mean()
        assert (r.grad * slope / 2).item() == pytest.approx(level, rel=1e-4), name


@pytest.fixture(scope="module")
def smoke(tmp_path_factory):
    """The chapter's smallest runs, in a cache of their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LABCODE_CACHE", str(tmp_path_factory.mktemp("vae")))
        runs.train_missing(experiment.specs(SMOKE), jobs=1, device="cpu")
        yield SMOKE


def test_every_run_has_its_own_key_and_every_measurement_its_numbers(smoke):
    keys = [runs.key(spec) for spec in experiment.specs(smoke)]
    assert len(set(keys)) == len(keys)
    fits = experiment.linear_fits(smoke)
    assert all(fit.log_likelihood <= fit.best + 1e-6 and fit.gap > 0 for fit in fits)
    assert [collapse.predicted_active for collapse in experiment.collapses(smoke)] == [2, 6]
    for bound in (*experiment.linear_bounds(smoke), experiment.outside_bounds(smoke)):
        assert bound.gap.shape == bound.error.shape == (len(bound.samples),)
    gaussian = experiment.gaussian_likelihoods(smoke)
    assert gaussian.gain.mean == pytest.approx(gaussian.vae.mean - gaussian.ppca)
    check = experiment.outside_check(smoke)
    assert check.floor < check.mean_image < check.nll


def test_rate_and_distortion_are_in_the_units_of_the_curve(smoke):
    """Squared errors recovered from nats, against squared errors measured."""
    plane = experiment.rate_distortion(smoke)
    assert [level.label for level in plane.popular] == [name for name, _ in experiment.LOSSES]
    levels = [level.level for level in plane.levels]
    assert levels == sorted(levels, reverse=True)
    run = runs.get(experiment._sweep_specs(smoke)[0])
    model = experiment.vae_of(run)
    x = data.fashion_mnist("test").pixels
    torch.manual_seed(0)
    with torch.no_grad():
        error = ((x - model.decode(model.posterior(x).sample())) ** 2).flatten(1).sum(1).mean()
    assert plane.levels[0].distortion == pytest.approx(error.item(), rel=2e-3)
    assert (np.diff(plane.curve[:, 0]) <= 0).all() and (np.diff(plane.curve[:, 1]) >= 0).all()


def test_what_is_said_of_the_curve_is_what_theory_says(smoke):
    plane = experiment.rate_distortion(smoke)
    fitted = image_pca.principal_components(experiment._everything(smoke))
    for level in plane.levels:
        expected = ppca.rate_and_distortion(fitted.eigenvalues, experiment.CODE_SIZE, level.level)
        assert (level.predicted_rate, level.predicted_distortion) == pytest.approx(expected)


def test_likelihood_table_has_a_row_for_each_likelihood(smoke):
    rows = experiment.likelihood_table(smoke)
    assert len({row.label for row in rows}) == 4
    gaussian, continuous, _, _ = rows
    assert gaussian.mse == gaussian.naive_mse
    assert continuous.mse != continuous.naive_mse
