"""The likelihood half of the VAE chapter: its designs, and its measurements in small."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from labcode import data, runs
from labcode.baselines import pca as image_pca
from labcode.designs import profiles
from labcode.designs.contrast import interval
from labcode.experiments import likelihood
from labcode.experiments.likelihood import (
    bounds,
    likelihoods,
    linear_vae,
    nonlinear_vae,
    outside_check,
    rate_distortion,
    reparameterisation,
    sizes,
)
from labcode.scores.variational import trained_vae
from labcode.theory import ppca
from labcode.training.variational import VariationalRunSpec

SMOKE = profiles.PROFILES["smoke"]


def test_both_gradients_are_unbiased_and_one_scatters_less():
    mean, std = 1.5, 0.3
    table = reparameterisation.estimators(mean, std)
    assert table.gradient == 2 * mean
    through, score = (
        table.estimate.sel(estimator=name).values
        for name in (reparameterisation.THROUGH, reparameterisation.SCORE)
    )
    for estimates in (through, score):
        error = estimates.std() / math.sqrt(len(estimates))
        assert abs(estimates.mean() - table.gradient) < 4 * error
    assert through.std() == pytest.approx(2 * std, rel=0.03)
    assert score.std() > 3 * through.std()
    np.testing.assert_allclose(table.code, mean + std * table.noise)


def test_the_bernoulli_formula_loses_up_to_half_a_pixel_and_more():
    integral = likelihoods.normaliser()
    p = torch.tensor(integral.p.values)
    expected = torch.distributions.ContinuousBernoulli(p).log_prob(torch.zeros_like(p)).exp()
    np.testing.assert_allclose(1 / integral, (expected / (1 - p)).numpy(), rtol=1e-4)
    assert integral.max() <= 0.5


def test_popular_losses_have_the_levels_that_their_scaling_means():
    """The same gradient, up to a factor, as the popular loss: written out and compared."""
    torch.manual_seed(0)
    x, output = torch.rand(5, 784), torch.rand(5, 784)
    rate = torch.tensor(3.0)
    k = nonlinear_vae.CODE_SIZE
    written = {
        "mean over pixels + KL": lambda out, r: ((out - x) ** 2).mean() + r,
        "mean over pixels + KL / k": lambda out, r: ((out - x) ** 2).mean() + r / k,
        "half the sum over pixels + KL": lambda out, r: ((out - x) ** 2).sum(1).mean() / 2 + r,
        "mean over pixels + 0.00025 KL": lambda out, r: ((out - x) ** 2).mean() + 0.00025 * r,
    }
    assert set(written) == set(rate_distortion.LEVELS)
    for name, level in rate_distortion.LEVELS.items():
        out, r = output.clone().requires_grad_(), rate.clone().requires_grad_()
        written[name](out, r).backward()
        # With squared errors summed over pixels, E / (2 v) + beta R has this ratio of slopes.
        slope = (2 * (output - x) / 5 / out.grad).mean()
        assert (r.grad * slope / 2).item() == pytest.approx(level, rel=1e-4), name


@pytest.fixture(scope="module")
def smoke(tmp_path_factory):
    """The chapter's smallest runs, in a cache of their own, and tables of their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LABCODE_CACHE", str(tmp_path_factory.mktemp("vae")))
        runs.train_missing(likelihood.specs(SMOKE), jobs=1, device="cpu")
        yield SMOKE


def test_every_run_is_listed_once_and_has_its_own_key():
    listed = likelihood.specs(SMOKE)
    assert len({runs.key(spec) for spec in listed}) == len(listed)


def networks(profile):
    return {spec for spec in likelihood.specs(profile) if isinstance(spec, VariationalRunSpec)}


@pytest.mark.parametrize("change", [{"epochs": 40}, {"seeds": (7,)}])
@pytest.mark.parametrize("profile", profiles.PROFILES.values(), ids=profiles.PROFILES)
def test_every_network_follows_the_profile(profile, change):
    changed = networks(replace(profile, **change))
    assert changed and not changed & networks(profile)


def test_no_linear_vae_is_above_probabilistic_pca(smoke):
    fits = linear_vae.fits.table(smoke)
    assert (fits.log_likelihood < fits.best).all()
    assert linear_vae.collapses.table(smoke).predicted_active.values.tolist() == [2, 6]


@pytest.mark.parametrize("brightness", [0.1, 1.0, 30.0])
def test_trial_collapse_levels_follow_the_data(brightness, monkeypatch):
    """Before: 7.0 and 1.9 for any data, and where no eigenvalue is above, `IndexError`."""
    components = linear_vae.principal_components(sizes.everything(SMOKE))
    theirs = replace(components, eigenvalues=components.eigenvalues * brightness**2)
    monkeypatch.setattr(linear_vae, "principal_components", lambda spec: theirs)
    levels = linear_vae.inside_gaps(SMOKE)
    above = [ppca.active_units(theirs.eigenvalues, 12, level) for level in levels]
    assert above == list(linear_vae.UNITS_IN_USE)
    assert all(float(f"{level:.1e}") == level for level in levels)  # two digits, as quoted


def test_gaps_are_of_each_image_to_the_truth_or_to_the_best_bound(smoke):
    """The truth by torch's Gaussian of the network's own weights."""
    gap = bounds.linear_gap(smoke).sel(seed=1)
    table = bounds.linear.table(smoke).sel(seed=1)
    model = trained_vae(linear_vae.fits.spec(smoke, seed=1))
    weights = model.decoder[0].weight.detach().double()
    covariance = weights @ weights.T + model.likelihood.variance.item() * torch.eye(784).double()
    exact = torch.distributions.MultivariateNormal(
        model.decoder[0].bias.detach().double(), covariance
    ).log_prob(data.fashion_mnist("test").pixels[table.place.values].flatten(1).double())
    np.testing.assert_allclose(gap.transpose("samples", "image") + table.bound, [exact] * 2)
    bound = outside_check.many.table(smoke).bound
    outside = bounds.over_images(bounds.outside_gap(smoke))
    assert outside["mean"][-1] == outside.half_width[-1] == 0
    below = (bound[-1] - bound[0]).values
    assert outside["mean"][0] == pytest.approx(below.mean(), rel=1e-12)
    assert outside.half_width[0] == pytest.approx(1.96 * below.std(ddof=1) / math.sqrt(len(below)))


def test_the_convolutional_vae_has_one_seed_and_none_in_the_book(smoke):
    elbo = nonlinear_vae.networks.table(smoke).elbo
    assert elbo.sel(network=nonlinear_vae.DENSE).notnull().all()
    assert elbo.sel(network=nonlinear_vae.CONV).notnull().values.tolist() == [True, False]
    book = nonlinear_vae.networks.combinations(profiles.PROFILES["book"])
    assert {levels["network"] for levels, _ in book} == {nonlinear_vae.DENSE}


def test_the_outside_check_adds_the_gain_of_a_part_to_all_images(smoke):
    here = outside_check.negative_log_likelihood(smoke)
    few, many = outside_check.few.table(smoke).bound, outside_check.many.table(smoke).bound
    gain = (many.sel(samples=10) - many.sel(samples=5)).values
    on_all = -few.sel(samples=5).values
    assert (few.sizes["image"], many.sizes["image"], here.n) == (200, 25, 200)
    assert here.mean == pytest.approx(on_all.mean() - gain.mean())
    errors = [interval(values) for values in (on_all, gain)]
    assert 0 < here.high - here.mean < sum(error.high - error.mean for error in errors)


def test_rate_and_distortion_are_in_the_units_of_the_curve(smoke):
    """Squared errors recovered from nats, against squared errors measured."""
    plane = rate_distortion.losses.table(smoke)
    first = rate_distortion.POPULAR[0]
    model = trained_vae(rate_distortion.losses.spec(smoke, loss=first))
    x = data.fashion_mnist("test").pixels
    torch.manual_seed(0)
    with torch.no_grad():
        error = ((x - model.decode(model.posterior(x).sample())) ** 2).flatten(1).sum(1).mean()
    assert plane.squared_error.sel(loss=first).item() == pytest.approx(error.item(), rel=2e-3)
    curve = rate_distortion.curve(smoke)
    assert (np.diff(curve.rate) <= 0).all() and (np.diff(curve.squared_error) >= 0).all()


def test_what_is_said_of_linear_vaes_is_what_theory_says(smoke):
    level = rate_distortion.losses.table(smoke).level
    linear = rate_distortion.linear(smoke, level)
    fitted = image_pca.principal_components(sizes.everything(smoke))
    for loss in level.loss.values:
        at, one = level.sel(loss=loss).item(), linear.sel(loss=loss)
        expected = ppca.rate_and_distortion(fitted.eigenvalues, nonlinear_vae.CODE_SIZE, at)
        assert (one.rate.item(), one.squared_error.item()) == pytest.approx(expected)
        assert one.active == (fitted.eigenvalues[: nonlinear_vae.CODE_SIZE] > at).sum()


def test_warm_up_is_all_that_tells_the_starts_apart():
    cold, warm = (
        rate_distortion.starts.spec(SMOKE, start=start)
        for start in (rate_distortion.COLD, rate_distortion.WARM)
    )
    assert cold.warm_up == 0 and warm.warm_up == (warm.epochs + 1) // 2
    assert replace(warm, warm_up=0) == cold
    assert cold == rate_distortion.losses.spec(SMOKE, loss=rate_distortion.POPULAR[1])


def test_each_likelihood_has_its_errors(smoke):
    table = likelihoods.likelihoods.table(smoke)
    naive = dict(zip(table.likelihood.values, (table.naive_mse == table.mse).values, strict=True))
    assert [name for name, same in naive.items() if not same] == ["continuous Bernoulli"]
    gaussian = nonlinear_vae.networks.table(smoke).elbo.sel(network=nonlinear_vae.DENSE, seed=0)
    assert table.elbo.sel(likelihood=likelihoods.GAUSSIAN) == gaussian
