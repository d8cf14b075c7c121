"""Chapter 2's facts on real Fashion-MNIST, each in small, and the numbers of its verdicts."""

import numpy as np
import pytest
import torch

from labcode import runs
from labcode.baselines import pca as image_pca
from labcode.data import DataSpec
from labcode.designs import profiles
from labcode.experiments import ae_versus_pca as experiment
from labcode.models import DeepAutoencoder, NestedDropoutAutoencoder, ShallowAutoencoder
from labcode.scores.metrics import mse, principal_angles
from labcode.theory import linear_autoencoder as theory
from labcode.theory import pca
from labcode.training.covariance import CovarianceRunSpec
from labcode.training.loop import Optimiser
from labcode.training.networks import RunSpec, model_spec

SMOKE = profiles.PROFILES["smoke"]


@pytest.fixture(scope="module")
def fitted(fashion_mnist_pca) -> pca.PCA:
    return fashion_mnist_pca


def exact(k: int) -> CovarianceRunSpec:
    """The chapter's own run at this code size."""
    specs = experiment._exact_specs(profiles.PROFILES["book"])
    return next(spec for spec in specs if spec.code_size == k)


@pytest.mark.parametrize("k", [2, 8, 10])
def test_linear_autoencoders_find_the_subspace(fitted, k):
    """C1: by gradients, decoder and S W1' within 1e-3 rad of PCA; the raw encoder not."""
    run = runs.get(exact(k))
    w1, w2 = run.weights["W1"].numpy(), run.weights["W2"].numpy()
    components = fitted.components[:, :k]
    assert principal_angles(w2, components)[0] < 1e-3
    assert principal_angles(fitted.covariance @ w1.T, components)[0] < 1e-3
    assert principal_angles(w1.T, components)[0] > 0.02
    excess = run.history["loss"][-1].item() / fitted.floor_per_pixel(k) - 1
    assert -1e-9 < excess < 1e-6


def test_alternating_least_squares_finds_it_at_k_32(fitted):
    run = runs.get(exact(32))
    w1, w2 = run.weights["W1"].numpy(), run.weights["W2"].numpy()
    components = fitted.components[:, :32]
    assert principal_angles(w2, components)[0] < 1e-3
    assert principal_angles(fitted.covariance @ w1.T, components)[0] < 1e-3


def test_with_weight_decay_the_raw_encoder_follows(fitted):
    run = runs.get(CovarianceRunSpec(8, "LBFGS", 1000, weight_decay=1e-4))
    assert principal_angles(run.weights["W1"].numpy().T, fitted.components[:, :8])[0] < 1e-3


def test_plain_training_does_not_find_the_axes(fitted):
    """C2: singular vectors of the decoder fail; with the codes' covariance they succeed."""
    run = runs.get(exact(8))
    w1, w2 = run.weights["W1"].numpy(), run.weights["W2"].numpy()
    components = fitted.components[:, :8]
    plain = theory.alignment(theory.svd_directions(w2), components).diagonal()
    repaired = theory.reconstruction_directions(w1, w2, fitted.covariance)
    assert plain.min() < 0.95
    assert theory.alignment(repaired, components).diagonal().min() > 0.999


def test_the_floor_agrees_with_scikit_learns_pca(fashion_mnist, fitted):
    from sklearn.decomposition import PCA

    train, test = (
        part.pixels.flatten(1).double().numpy()
        for part in (fashion_mnist.train, fashion_mnist.test)
    )
    theirs = PCA(n_components=16, svd_solver="covariance_eigh").fit(train)
    error = np.mean((test - theirs.inverse_transform(theirs.transform(test))) ** 2)
    assert experiment.floor((16,)).test[0] == pytest.approx(error, rel=1e-8)


@pytest.mark.parametrize(
    "model",
    [
        model_spec(ShallowAutoencoder, code_size=4, sigmoid_output=False),
        model_spec(NestedDropoutAutoencoder, code_size=4),
    ],
)
def test_an_affine_decoder_never_passes_the_floor(model):
    """Bourlard and Kamp, on the images that it was trained on: a bound no seed can break."""
    images = DataSpec(train=300, validation=0)
    run = runs.get(RunSpec(model, epochs=60, seed=0, data=images, batch_size=50))
    split = experiment.data.load(images)
    floor = pca.fit(split.train.pixels.flatten(1).double().numpy()).floor_per_pixel(4)
    with torch.no_grad():
        error = mse(split.train.pixels, runs.model_of(run)(split.train.pixels)).mean().item()
    assert error >= floor - 1e-7


def test_a_deep_autoencoder_passes_it():
    """What the affine decoder cannot do, a nonlinear one does, on few images and at small k."""
    images = DataSpec(train=300, validation=0)
    model = model_spec(DeepAutoencoder, code_size=2)
    optimiser = Optimiser(learning_rate=2e-3)
    run = runs.get(RunSpec(model, 150, 0, images, optimiser=optimiser, batch_size=50))
    split = experiment.data.load(images)
    floor = pca.fit(split.train.pixels.flatten(1).double().numpy()).floor_per_pixel(2)
    with torch.no_grad():
        error = mse(split.train.pixels, runs.model_of(run)(split.train.pixels)).mean().item()
    assert error < 0.9 * floor


def test_measured_stability_agrees_with_the_closed_form(fashion_mnist, empty_cache, monkeypatch):
    """On images of 7 x 7 pixels; that the mean makes the step smaller shows which is which."""
    few = torch.nn.functional.avg_pool2d(fashion_mnist.train.pixels[:2000], 4)
    small = pca.fit(few.flatten(1).double().numpy())
    monkeypatch.setattr(experiment, "principal_components", lambda: small)
    centred, raw = experiment.stability()
    assert (centred.label, raw.label) == ("centred", "not centred")
    assert raw.predicted < 0.5 * centred.predicted
    for result in (centred, raw):
        assert result.measured == pytest.approx(result.predicted, rel=0.01)


def test_learning_curves_follow_the_closed_form_up_to_the_lag():
    spec = experiment._dynamics_specs(SMOKE)[0]
    run = runs.get(CovarianceRunSpec(**{**spec.__dict__, "steps": 300}))
    fitted = image_pca.principal_components()
    measured = experiment._mode_strengths(run, fitted.components[:, :1])[:, 0]
    time = theory.time_of_step(run.history["step"].numpy(), spec.learning_rate, 784)
    start, top = spec.start_scale**2, fitted.eigenvalues[:1]
    curve = theory.learning_curve(time[:, None], top, start)[:, 0]
    lag = theory.learning_curve_lag(time[:, None], top, start, time[-1] / 300)[:, 0]
    assert np.abs(measured - curve).max() > 0.01
    assert np.abs(measured - curve + lag).max() < 0.002


def descent(decoder: float, encoder: float, raw: float) -> experiment.Descent:
    """One that ends at these angles, after larger ones."""
    steps = np.array([0.0, 1.0])
    angles = (np.array([1.5, last]) for last in (decoder, encoder, raw))
    return experiment.Descent("", 8, 0, steps, steps, *angles)


MILD = descent(1e-6, 1e-6, 1e-6)


@pytest.mark.parametrize(
    ("exact", "minibatch", "numbers"),
    [
        ((1e-5, 2e-5, 0.3), (0.1, 1.0, 0.2), (2e-5, 0.3)),
        ((3e-5, 2e-5, 0.1), (0.4, 1.0, 0.2), (3e-5, 0.4)),
        ((3e-5, 2e-5, 0.1), (0.2, 1.0, 0.5), (3e-5, 0.5)),
    ],
)
def test_c1_is_decided_by_the_worst_angles_at_the_end(monkeypatch, exact, minibatch, numbers):
    """At convergence those of decoder and seen encoder; the raw encoder, and mini-batches, else."""
    monkeypatch.setattr(experiment, "exact_descents", lambda _: [descent(*exact), MILD])
    monkeypatch.setattr(experiment, "minibatch_descents", lambda _: [MILD, descent(*minibatch)])
    any_axes = [experiment.Recovery("SVD of W2", np.eye(8))]
    monkeypatch.setattr(experiment, "recoveries", lambda _: any_axes)
    monkeypatch.setattr(experiment, "ordered_axes", lambda _: any_axes)
    c1, _ = experiment.verdicts(SMOKE)
    assert c1.claim == "C1"
    assert tuple(c1.numbers[name] for name in ("at_convergence", "otherwise")) == numbers


def test_c2_is_decided_by_the_worst_axis_of_plain_training(monkeypatch):
    monkeypatch.setattr(experiment, "exact_descents", lambda _: [MILD])
    monkeypatch.setattr(experiment, "minibatch_descents", lambda _: [MILD])
    plain = experiment.Recovery("SVD of W2", np.diag([1.0, 0.7, 0.9]))
    others = [experiment.Recovery(label, np.diag([0.1, 0.2])) for label in ("other", "ordered")]
    monkeypatch.setattr(experiment, "recoveries", lambda _: [others[0], plain])
    monkeypatch.setattr(experiment, "ordered_axes", lambda _: others[1:])
    _, c2 = experiment.verdicts(SMOKE)
    assert c2.claim == "C2"
    assert c2.numbers == {"worst_cosine": 0.7}
