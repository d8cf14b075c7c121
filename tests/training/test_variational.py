"""Training a VAE: what decides it, what it learns, and that beta, warm-up and free bits act."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from labcode import data, runs
from labcode.models.dense import DeepAutoencoder
from labcode.models.likelihoods import Bernoulli, ContinuousBernoulli
from labcode.models.variational import DenseVAE, LinearVAE
from labcode.theory import pca, ppca
from labcode.training.loop import Optimiser, TrainingDiverged, share_of_rate
from labcode.training.networks import model_spec
from labcode.training.variational import VariationalRunSpec, rate_and_distortion

SMALL = data.DataSpec(600, 200)
SPEC = VariationalRunSpec(
    model_spec(DenseVAE, code_size=4, hidden=(32,)), 3, 0, SMALL, batch_size=50
)


def _total(fit, part="train"):
    return (fit.history[f"{part}_rate"] + fit.history[f"{part}_distortion"]).tolist()


def test_same_spec_same_numbers():
    first, second, other = SPEC.train(), SPEC.train(), replace(SPEC, seed=1).train()
    assert all(torch.equal(first.weights[name], second.weights[name]) for name in first.weights)
    assert not torch.equal(first.history["train_rate"], other.history["train_rate"])
    for name in ("train_distortion", "validation_rate", "validation_distortion", "seconds"):
        assert first.history[name].shape == (3,)


@pytest.mark.parametrize("likelihood", [None, ContinuousBernoulli, Bernoulli])
def test_the_elbo_rises(likelihood):
    arguments = {} if likelihood is None else {"likelihood": likelihood}
    model = model_spec(DenseVAE, code_size=4, hidden=(32,), **arguments)
    losses = _total(replace(SPEC, model=model, epochs=8).train(), "validation")
    assert losses[-1] < losses[0] - 10


def test_its_run_is_kept_and_its_model_comes_back(empty_cache):
    run = runs.get(SPEC)
    model = runs.model_of(run)
    x = data.load(SMALL).validation.pixels
    torch.manual_seed(0)
    measured = sum(rate_and_distortion(model, x))
    assert measured == pytest.approx(_total(run, "validation")[-1], abs=3)
    assert torch.equal(runs.get(SPEC).weights["encoder.1.weight"], run.weights["encoder.1.weight"])


def test_a_linear_vae_reaches_probabilistic_pca():
    """With v chosen so that exactly two directions survive."""
    split = data.load(SMALL)
    fitted = pca.fit(split.train.pixels.flatten(1).double().numpy())
    level = 7.0
    assert fitted.eigenvalues[1] > 1.4 * level > 1.4 * fitted.eigenvalues[2]
    spec = VariationalRunSpec(
        model_spec(LinearVAE, code_size=4, variance=level),
        epochs=100,
        seed=0,
        data=SMALL,
        optimiser=Optimiser(learning_rate=1e-2),
        batch_size=100,
    )
    model = runs.model_of(runs.Run(spec, *vars(spec.train()).values()))
    x = split.train.pixels
    lengths = model.decoder[0].weight.detach().pow(2).sum(0).sort(descending=True).values
    assert lengths[2] < 0.02 < 3 < lengths[1]
    weights, mean = model.decoder[0].weight, model.decoder[0].bias
    trained = ppca.ProbabilisticPCA(
        mean.detach().double().numpy(), weights.detach().double().numpy(), level
    )
    reached = trained.log_likelihood(x.flatten(1).double().numpy()).mean()
    rate, distortion = ppca.rate_and_distortion(fitted.eigenvalues, 4, level)
    best = -rate - distortion / (2 * level) - 784 / 2 * np.log(2 * np.pi * level)
    assert best - 0.2 < reached <= best + 1e-3
    rates = model.posterior(x).rate().mean(0).sort(descending=True).values
    predicted = ppca.unit_rates(fitted.eigenvalues, 4, level)
    torch.testing.assert_close(
        rates.detach().double(), torch.from_numpy(predicted), atol=0.1, rtol=0
    )


def test_a_large_beta_collapses_and_free_bits_and_warm_up_prevent_it():
    collapsed = replace(SPEC, beta=1000.0, epochs=8).train()
    assert collapsed.history["train_rate"][-1] < 0.05
    free = replace(SPEC, beta=1000.0, epochs=8, free_bits=0.5).train()
    assert free.history["train_rate"][-1] > 0.8
    warm = replace(SPEC, beta=1000.0, epochs=3, warm_up=10_000_000).train()
    assert warm.history["train_rate"][-1] > 5


def test_a_cosine_schedule_ends_at_rest():
    long = replace(SPEC, epochs=12).train().weights["decoder.0.weight"]
    constant = replace(SPEC, epochs=12, schedule="constant").train().weights["decoder.0.weight"]
    assert not torch.equal(long, constant)
    assert share_of_rate("cosine", 100)(99) < 1e-3


def test_what_it_cannot_train_it_says():
    with pytest.raises(TypeError, match="no VariationalAutoencoder"):
        replace(SPEC, model=model_spec(DeepAutoencoder, code_size=4)).train()
    with pytest.raises(TrainingDiverged, match="learning rate"):
        replace(SPEC, optimiser=Optimiser("SGD", learning_rate=1e3)).train()


def test_the_best_epoch_is_kept():
    """Thirty images are soon learned by heart, and then validation images lose."""
    few = data.DataSpec(30, 200)
    spec = replace(SPEC, epochs=60, beta=3.0, best=True, data=few, schedule="constant")
    spec = replace(spec, batch_size=10, optimiser=Optimiser(learning_rate=0.01))
    fit = spec.train()
    rate, distortion, loss = (
        fit.history[f"validation_{name}"] for name in ("rate", "distortion", "loss")
    )
    torch.testing.assert_close(loss, 3 * rate + distortion)
    best = int(loss.argmin())
    assert best < 59
    stopped = replace(spec, epochs=best + 1).train()
    assert all(torch.equal(fit.weights[name], stopped.weights[name]) for name in fit.weights)


def test_the_best_epoch_needs_validation_images():
    with pytest.raises(ValueError, match="validation"):
        replace(SPEC, best=True, data=data.DataSpec(600, 0))
