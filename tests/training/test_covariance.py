"""The exact training of linear autoencoders, against autograd on samples and closed forms."""

from itertools import pairwise

import numpy as np
import pytest
import torch

from labcode import data
from labcode.models import LinearAutoencoder
from labcode.scores.metrics import principal_angles
from labcode.theory import denoising
from labcode.training.covariance import (
    CovarianceRunSpec,
    NestedDropoutRunSpec,
    mean_squared_error,
    nested_error,
)
from labcode.training.loop import TrainingDiverged

SPECTRUM = (5.0, 3.0, 2.0, 0.8, 0.4, 0.2, 0.1)


def axes(k: int) -> np.ndarray:
    """The components of made data whose covariance is diagonal."""
    return np.eye(len(SPECTRUM))[:, :k]


def test_the_loss_on_the_covariance_is_the_networks_loss_on_the_data():
    sample = data.gaussian(SPECTRUM, 200, seed=0)
    torch.manual_seed(0)
    network = LinearAutoencoder(3, shape=(len(SPECTRUM),)).double()
    centred = sample.x - sample.mean
    mean, covariance = data.moments(centred)
    assert mean.abs().max() < 1e-12
    found = mean_squared_error(network.encoder_weight, network.decoder_weight, covariance)
    assert found.item() == pytest.approx(network.loss(centred, centred).item(), rel=1e-10)


@pytest.mark.parametrize(("method", "steps"), [("LBFGS", 400), ("ALS", 120)])
@pytest.mark.parametrize("k", [1, 2, 3, 5])
def test_made_data_to_1e_6(method, steps, k):
    """Angles of decoder and of S W1', and the loss, where the gap is clear."""
    run = CovarianceRunSpec(k, method, steps, spectrum=SPECTRUM).train()
    w1, w2 = run.weights["W1"].numpy(), run.weights["W2"].numpy()
    assert principal_angles(w2, axes(k))[0] < 1e-6
    assert principal_angles(np.diag(SPECTRUM) @ w1.T, axes(k))[0] < 1e-6
    floor = sum(SPECTRUM[k:]) / len(SPECTRUM)
    assert run.history["loss"][-1].item() == pytest.approx(floor, rel=1e-9)


@pytest.mark.parametrize("noise", [0.0, 0.4])
def test_the_loss_with_noise_is_the_expected_error_of_the_map(noise):
    """Against the closed form for any linear map, and a sample with noise drawn."""
    x = data.gaussian(SPECTRUM, 300, seed=0).x.numpy()
    x -= x.mean(0)
    spec = CovarianceRunSpec(3, "LBFGS", 2, spectrum=SPECTRUM, noise=noise)
    run = spec.train()
    w1, w2 = run.weights["W1"], run.weights["W2"]
    w, covariance = (w2 @ w1).numpy(), np.cov(x.T, bias=True)
    exact = mean_squared_error(w1, w2, torch.from_numpy(covariance), noise).item()
    by_map = denoising.LinearDenoiser(w, np.zeros(7)).expected_error(
        x, denoising.gaussian_moments(x, noise)
    )
    assert exact == pytest.approx(by_map, rel=1e-10)
    assert exact == pytest.approx(denoising.tikhonov_loss(w, covariance, noise) / 7, rel=1e-10)
    many = np.repeat(x, 300, axis=0)
    drawn = many + noise * np.random.default_rng(0).normal(size=many.shape)
    assert np.mean((many - drawn @ w.T) ** 2) == pytest.approx(exact, rel=0.01)
    diagonal = torch.diag(torch.tensor(SPECTRUM, dtype=torch.float64))
    last = mean_squared_error(w1, w2, diagonal, noise)
    assert run.history["loss"][-1].item() == pytest.approx(last.item(), rel=1e-12)


@pytest.mark.parametrize("seed", [0, 1])
def test_with_noise_it_learns_wieners_gains(seed):
    spec = CovarianceRunSpec(4, "LBFGS", 300, seed, spectrum=SPECTRUM, noise=0.5)
    run = spec.train()
    gains = denoising.gains(np.array(SPECTRUM), 0.5)[:4]
    learned = (run.weights["W2"] @ run.weights["W1"]).numpy()
    np.testing.assert_allclose(np.diag(learned)[:4], gains, atol=1e-6)
    best = denoising.wiener_error(np.array(SPECTRUM), 0.5, 4) / 7
    assert run.history["loss"][-1].item() == pytest.approx(best, rel=1e-9)


def test_als_refuses_noise():
    with pytest.raises(ValueError, match="ALS solves without noise"):
        CovarianceRunSpec(2, "ALS", 5, spectrum=SPECTRUM, noise=0.1)


def test_als_shrinks_the_angle_by_the_ratio_of_neighbouring_eigenvalues():
    run = CovarianceRunSpec(2, "ALS", 40, spectrum=SPECTRUM, records=200).train()
    angles = [principal_angles(w2.numpy(), axes(2))[0] for w2 in run.history["W2"][15:30]]
    for before, after in pairwise(angles):
        assert after / before == pytest.approx(SPECTRUM[2] / SPECTRUM[1], rel=1e-3)


def test_records_start_at_zero_and_end_at_the_last_step():
    run = CovarianceRunSpec(2, "SGD", 50, spectrum=SPECTRUM, learning_rate=0.1).train()
    steps = run.history["step"].tolist()
    assert (steps[0], steps[-1]) == (0, 50)
    assert len(run.history["W1"]) == len(steps)


def test_equal_seeds_give_equal_runs():
    one, same = (CovarianceRunSpec(2, "LBFGS", 30, spectrum=SPECTRUM).train() for _ in range(2))
    other = CovarianceRunSpec(2, "LBFGS", 30, 1, spectrum=SPECTRUM).train()
    assert torch.equal(one.weights["W1"], same.weights["W1"])
    assert not torch.equal(one.history["W1"][0], other.history["W1"][0])


def test_a_step_that_is_too_long_ends_in_a_clear_error():
    with pytest.raises(TrainingDiverged, match="Lower the learning rate"):
        CovarianceRunSpec(2, "SGD", 500, spectrum=SPECTRUM, learning_rate=50.0).train()


@pytest.mark.parametrize("size", [0, 8])
def test_impossible_code_sizes_are_refused(size):
    with pytest.raises(ValueError, match="between 1 and 7"):
        CovarianceRunSpec(size, "LBFGS", 5, spectrum=SPECTRUM)


def test_the_saddle_start_is_a_saddle():
    """Close to it the gradient is small and the loss is that of the other components."""
    run = CovarianceRunSpec(2, "SGD", 1, spectrum=SPECTRUM, start="saddle").train()
    start = run.history["loss"][0].item()
    assert start == pytest.approx((sum(SPECTRUM) - 3.0 - 2.0) / len(SPECTRUM), rel=1e-4)


def test_nested_dropouts_loss_is_the_mean_over_all_cuts():
    """Against the loss of each cut code by itself."""
    generator = torch.Generator().manual_seed(0)
    w1, root = (torch.randn(n, 6, dtype=torch.float64, generator=generator) for n in (4, 6))
    w2 = torch.randn(6, 4, dtype=torch.float64, generator=generator)
    covariance = root @ root.T
    cuts = [mean_squared_error(w1[:b], w2[:, :b], covariance) for b in range(1, 5)]
    torch.testing.assert_close(nested_error(w1, w2, covariance), torch.stack(cuts).mean())


def test_trained_by_nested_dropout_each_unit_is_its_component():
    """The loss ends at the mean of PCA's floors, and each first part of the code is PCA."""
    run = NestedDropoutRunSpec(3, "LBFGS", 400, seed=1, spectrum=SPECTRUM).train()
    w1, w2 = run.weights["W1"], run.weights["W2"]
    floors = [sum(SPECTRUM[b:]) / len(SPECTRUM) for b in (1, 2, 3)]
    assert run.history["loss"][-1].item() == pytest.approx(np.mean(floors), rel=1e-9)
    directions = (w2 / w2.norm(dim=0)).abs().numpy()
    np.testing.assert_allclose(directions, axes(3), atol=1e-4)
    covariance = torch.diag(torch.tensor(SPECTRUM, dtype=torch.float64))
    for b, floor in enumerate(floors, 1):
        part = mean_squared_error(w1[:b], w2[:, :b], covariance).item()
        assert part == pytest.approx(floor, rel=1e-6)


@pytest.mark.parametrize("change", [{"method": "ALS"}, {"noise": 0.1}])
def test_nested_dropout_refuses_what_it_does_not_train(change):
    with pytest.raises(ValueError, match="nested dropout"):
        NestedDropoutRunSpec(**{"code_size": 2, "method": "LBFGS", "steps": 5} | change)
