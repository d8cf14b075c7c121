"""The linear chapter's facts on real Fashion-MNIST, each in small, and how its tables are read."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import xarray as xr

from labcode import data, runs
from labcode.baselines.linear_autoencoders import learning_curves, worst_alignment
from labcode.data import DataSpec
from labcode.designs import profiles
from labcode.experiments import ae_versus_pca as experiment
from labcode.experiments.ae_versus_pca import (
    axes,
    centring,
    claims,
    dynamics,
    floor,
    subspace,
    weight_decay,
)
from labcode.models import DeepAutoencoder, NestedDropoutAutoencoder, ShallowAutoencoder
from labcode.scores.metrics import mse, principal_angles
from labcode.theory import linear_autoencoder as theory
from labcode.theory import pca
from labcode.training.covariance import CovarianceRunSpec
from labcode.training.loop import Optimiser
from labcode.training.networks import RunSpec, model_spec

SMOKE, BOOK = profiles.PROFILES["smoke"], profiles.PROFILES["book"]
PACKAGE = "labcode.experiments.ae_versus_pca"


STEPS = {2: 200, 8: 600, 32: 1500}  # at most the book's, and enough for what is asked here


@pytest.fixture
def fitted(fashion_mnist_pca) -> pca.PCA:
    return fashion_mnist_pca


def exact(k: int) -> CovarianceRunSpec:
    """The chapter's own run at this code size, or the beginning of a like one."""
    return replace(subspace.exact.spec(BOOK, code_size=k, seed=0), steps=STEPS[k])


@pytest.mark.parametrize("k", [2, 8])
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
    run = runs.get(CovarianceRunSpec(8, "LBFGS", 500, weight_decay=1e-4))
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
    assert floor.spectrum((16,)).test.item() == pytest.approx(error, rel=1e-8)


@pytest.mark.parametrize(
    "model",
    [
        model_spec(ShallowAutoencoder, code_size=4, sigmoid_output=False),
        model_spec(NestedDropoutAutoencoder, code_size=4),
    ],
)
def test_an_affine_decoder_never_passes_the_floor(model):
    """Bourlard and Kamp, on the images that it was trained on: a bound no seed can break."""
    images = DataSpec(train=150, validation=0)
    run = runs.get(RunSpec(model, epochs=60, seed=0, data=images, batch_size=50))
    split = data.load(images)
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
    split = data.load(images)
    floor = pca.fit(split.train.pixels.flatten(1).double().numpy()).floor_per_pixel(2)
    with torch.no_grad():
        error = mse(split.train.pixels, runs.model_of(run)(split.train.pixels)).mean().item()
    assert error < 0.9 * floor


def test_measured_stability_agrees_with_the_closed_form():
    table = centring.stability.table(SMOKE)
    np.testing.assert_allclose(table.measured, table.predicted, rtol=0.01)
    assert table.predicted.sel(images="centred") > 2 * table.predicted.sel(images="not centred")


def test_learning_curves_follow_the_closed_form_up_to_the_lag():
    spec = replace(dynamics.starts.spec(SMOKE, start="aligned"), steps=300)
    curves = learning_curves(spec, (1,))
    late = curves.measured - curves.predicted
    assert abs(late).max() > 0.01
    assert abs(late + curves.lag).max() < 0.002


def test_biases_are_worth_at_most_one_unit(fitted):
    bounds = centring.bias_bounds().floor
    assert bounds.sel(model="biases") == pytest.approx(fitted.floor_per_pixel(2))
    assert bounds.sel(model="no biases, one more unit") < bounds.sel(model="biases")
    assert bounds.sel(model="biases") < bounds.sel(model="no biases")


def test_half_steps_are_where_the_closed_form_is_one_half(fitted):
    steps = dynamics.half_steps((1, 16))
    time = theory.time_of_step(steps.values, dynamics.RATE, 784)
    curve = theory.learning_curve(time, fitted.eigenvalues[[0, 15]], dynamics.START_SCALE**2)
    np.testing.assert_allclose(curve, 0.5)


def test_survivors_are_the_singular_values_above_zero(fitted):
    for decay, count in weight_decay.survivors().to_series().items():
        assert (theory.decayed_singular_values(fitted.eigenvalues, decay, 784) > 0).sum() == count


def test_small_tables_hold_what_the_runs_of_their_cells_show(fitted):
    table = weight_decay.optimisers.table(SMOKE)
    run = runs.get(weight_decay.optimisers.spec(SMOKE, optimiser="Adam"))
    found = np.linalg.svd(run.weights["W2"].numpy(), compute_uv=False)
    np.testing.assert_array_equal(table.measured.sel(optimiser="Adam"), found)
    recovery, recipes = axes.recovery.table(SMOKE), axes.recipes(SMOKE)
    penalised = runs.get(axes.recovery.spec(SMOKE, decay=axes.L2, seed=1)).weights["W2"].numpy()
    expected = theory.alignment(theory.svd_directions(penalised), fitted.components[:, :8])
    np.testing.assert_allclose(recipes.sel(recipe=axes.SVD_WITH_L2, seed=1), expected, atol=1e-9)
    assert (recovery.encoder_angle > 0).all()
    for array in (*table.data_vars.values(), recipes):
        assert array.attrs["units"] and array.attrs["long_name"]


def test_the_worst_alignment_is_the_smallest_on_the_diagonal_that_is_there():
    cosines = np.array([[[0.9, 0.1], [0.2, 0.8]], [[0.7, np.nan], [np.nan, np.nan]]])
    array = xr.DataArray(cosines, dims=("recipe", "direction", "component"))
    np.testing.assert_array_equal(worst_alignment(array), [0.8, 0.7])


def descents(last: dict[int, float]) -> xr.Dataset:
    """Two records for each code size; the second is missing where the run was shorter."""
    angle = [[[3.0, value]] for value in last.values()]
    step = [[[0.0, value if np.isnan(value) else 1.0]] for value in last.values()]
    dims = ("code_size", "seed", "record")
    names = ("decoder", "encoder", "raw_encoder")
    return xr.Dataset(
        {"step": (dims, step), **dict.fromkeys(names, (dims, angle))},
        {"code_size": list(last)},
    )


def test_a_descent_ends_at_its_own_last_record():
    ends = subspace.ends(descents({2: 0.5, 8: np.nan}))
    np.testing.assert_array_equal(ends.decoder, [[0.5], [3.0]])


def test_c1_takes_the_largest_angle_at_the_end_of_each_descent(monkeypatch):
    exact, minibatch = descents({2: 1e-5, 8: 2e-5}), descents({10: 0.4, 32: 0.3})
    exact["raw_encoder"] = exact.raw_encoder + 0.1
    for design, table in ((subspace.exact, exact), (subspace.minibatch, minibatch)):
        monkeypatch.setattr(design, "table", lambda _, table=table: table)
    found = claims.c1.evidence(SMOKE)
    assert found.numbers == {"at_convergence": 2e-5, "otherwise": 0.4}


def test_c2_reads_the_plain_recipe_in_the_seed_where_it_does_best(monkeypatch):
    as_trained = xr.DataArray(
        [[np.full((2, 2), value), np.full((2, 2), value - 0.1)] for value in (0.6, 0.9, 0.2)],
        {"recipe": [axes.SVD, axes.SVD_WITH_COVARIANCE, axes.SVD_WITH_L2]},
        ("recipe", "seed", "direction", "component"),
    )
    made_for_it = xr.DataArray(
        [np.full((2, 2), value) for value in (0.7, 0.3, 0.1)],
        {"recipe": [axes.UNEVEN, axes.NESTED, axes.IN_BATCHES]},
        ("recipe", "direction", "component"),
    )
    monkeypatch.setattr(axes, "recipes", lambda _: as_trained)
    monkeypatch.setattr(axes, "own_columns", lambda _: made_for_it)
    found = claims.c2.evidence(SMOKE)
    assert found.numbers == {"worst_cosine": 0.6}
    assert "0.300 with training made for it" in found.effect


def test_every_run_is_listed_once():
    specs = experiment.specs(BOOK)
    assert len(specs) == len(set(specs))


@pytest.mark.parametrize("change", [{"epochs": 40}, {"seeds": (7,)}])
def test_another_profile_changes_every_network_trained_in_mini_batches(change):
    def networks(profile):
        return {spec for spec in experiment.specs(profile) if isinstance(spec, RunSpec)}

    assert len(networks(BOOK)) == len(BOOK.seeds) * (2 + 1)
    assert not networks(BOOK) & networks(replace(BOOK, **change))
