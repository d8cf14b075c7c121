"""What dense versus convolutional's verdicts hang on, checked in small."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import xarray as xr
from scipy import stats
from sklearn.linear_model import Ridge
from sklearn.neighbors import KNeighborsClassifier

from labcode import data
from labcode.claims.rules import Outcome, outcome
from labcode.designs import profiles
from labcode.designs.contrast import ratio
from labcode.experiments import dense_versus_cnn as experiment
from labcode.experiments.dense_versus_cnn import (
    as_run,
    factorial,
    features,
    in_the_page,
    metrics,
    models,
    networks,
    sampling,
    sharing,
    space,
)
from labcode.models import ShallowAutoencoder
from labcode.models.conv import LabCNN
from labcode.models.counting import receptive_field
from labcode.scores.probes import chosen_on_validation, linear_accuracies, neighbour_accuracies
from labcode.training.networks import RunSpec

SMOKE, BOOK, FULL = (profiles.PROFILES[name] for name in ("smoke", "book", "full"))


def test_full_runs_what_the_lab_ran():
    """60,000 images, batch 32, Adam at 1e-3 with Keras's epsilon, 30 epochs: the report's."""
    for name, architecture in ((models.DENSE, ShallowAutoencoder), (models.CNN, LabCNN)):
        for seed in FULL.seeds:
            spec = as_run.replicas.spec(FULL, network=name, seed=seed)
            assert spec.model.architecture is architecture
            assert (spec.epochs, spec.batch_size) == (30, 32)
            assert spec.data == data.DataSpec(train=60_000, validation=0)
            assert (spec.optimiser.learning_rate, spec.optimiser.epsilon) == (1e-3, 1e-7)


@pytest.mark.parametrize("profile", [BOOK, FULL, SMOKE], ids=lambda profile: profile.name)
def test_the_profile_decides_epochs_and_seeds_of_every_network(profile):
    """Fewer are as good as more to tell; the longer run keeps its multiple."""
    changed = replace(profile, epochs=10 * profile.epochs, seeds=(7,))
    before, after = (
        [spec for spec in experiment.specs(each) if isinstance(spec, RunSpec)]
        for each in (profile, changed)
    )
    assert {spec.seed for spec in after} == {7}
    unchanged = {replace(spec, seed=7) for spec in before} & set(after)
    assert not unchanged
    assert experiment.specs(replace(profile, name="mine")) == experiment.specs(profile)


def test_plateau_reads_the_last_fifth(monkeypatch):
    losses = np.tile(np.r_[np.full(8, 2.0), 1.5, 1.0], (3, 1))
    made = xr.Dataset({"train_loss": xr.DataArray(losses, dims=("seed", "epoch"))})
    monkeypatch.setattr(as_run.longer, "table", lambda profile: made)
    assert sharing.last_fifth(SMOKE).mean == pytest.approx(0.5)
    spec = as_run.longer.spec(FULL, seed=0)
    assert spec == replace(as_run.replicas.spec(FULL, network=models.DENSE, seed=0), epochs=60)


def test_the_ratio_of_times_is_of_geometric_means(monkeypatch):
    seconds = xr.DataArray(
        [[1.0, 2.0, 9.0], [2.0, 8.0, 90.0]],
        {"network": [models.DENSE, models.CNN]},
        ("network", "seed"),
    )
    made = xr.Dataset({"seconds": seconds})
    monkeypatch.setattr(as_run.replicas, "table", lambda profile: made)
    assert ratio(sharing.slowdown(SMOKE)).mean == pytest.approx(80 ** (1 / 3))


def test_receptive_field_of_the_labs_cnn():
    """Two 3 x 3 layers of stride 2: 3 + 2 x (3 - 1) = 7 pixels. A dense layer sees all."""
    model = LabCNN()
    before = model.encoder[0].weight.clone()
    assert receptive_field(model) == 7
    assert torch.equal(model.encoder[0].weight, before)
    assert receptive_field(ShallowAutoencoder(3)) == 28


@pytest.fixture(scope="module")
def codes():
    torch.manual_seed(1)
    labels = [torch.randint(0, 4, (n,)) for n in (300, 100, 200)]
    centres, scales = torch.randn(4, 6), torch.tensor([10.0, 3.0, 1.0, 0.5, 0.2, 0.1])
    points = [scales * (centres[some] + 0.8 * torch.randn(len(some), 6)) for some in labels]
    return list(zip(points, labels, strict=True))


def test_classifiers_agree_with_scikit_learn(codes):
    """Each penalty and each k alone, so that nothing is left to choose."""
    train, _, test = codes
    (x, y), (x_test, y_test) = train, test
    targets = torch.nn.functional.one_hot(y).double().numpy()
    for strength in (1e-3, 3e-2, 0.3, 1.0):
        scale = x.double().var(0, correction=0).mean().item()
        theirs = Ridge(alpha=strength * scale * len(x)).fit(x.double(), targets)
        expected = (theirs.predict(x_test.double()).argmax(1) == y_test.numpy()).mean()
        assert linear_accuracies(train, test, [strength]) == pytest.approx([expected])
    for k in (1, 5):
        neighbours = KNeighborsClassifier(k, algorithm="brute").fit(x, y)
        expected = neighbours.score(x_test, y_test)
        assert neighbour_accuracies(train, test, [k]) == pytest.approx([expected])


@pytest.mark.parametrize(
    ("probe", "choices"),
    [(neighbour_accuracies, (1, 5, 20)), (linear_accuracies, (1e-3, 0.3, 10.0))],
)
def test_choices_are_made_on_validation_alone(codes, probe, choices):
    """Test labels turned around change the score, and never the choice."""
    train, validation, test = codes
    turned = test[0], (test[1] + 1) % 4
    best = int(np.argmax(probe(train, validation, choices)))
    for asked in (test, turned):
        chosen = chosen_on_validation(probe, choices, train, validation, asked)
        assert chosen == probe(train, asked, choices)[best]


def test_pca_errors_are_the_reference_values(fashion_mnist):
    errors = as_run.by_pca.table(SMOKE).sel(fitted_to=as_run.ALL)
    assert errors.plain.sel(code_size=64) == pytest.approx(0.010368, abs=1e-6)
    assert errors.plain.sel(code_size=392) == pytest.approx(0.001382, abs=1e-6)
    assert errors.clipped.sel(code_size=64) == pytest.approx(0.009836, abs=1e-6)


def test_shuffled_pixels_hurt_convolutions_alone(fashion_mnist):
    """A few hundred steps are enough to tell."""
    errors = {}
    for layers in networks.FACTORS["layers"]:
        for pixels in networks.FACTORS["pixels"]:
            spec = factorial.cell(BOOK, layers, networks.SHALLOW, 64, pixels, 0)
            small = replace(
                spec,
                epochs=3,
                batch_size=32,
                data=replace(spec.data, train=2000, validation=500),
            )
            errors[layers, pixels] = small.train().history["validation_loss"].min().item()
    dense, convolutional = (
        errors[layers, networks.SHUFFLED] / errors[layers, networks.IN_PLACE]
        for layers in networks.FACTORS["layers"]
    )
    assert dense == pytest.approx(1, abs=0.05)
    assert convolutional > 1.2


def test_evidence_and_tables_in_smoke(fashion_mnist):
    """The evidence suits every rule, every table is whole, on numbers that mean nothing."""
    assert [decision.claim for decision in experiment.DECIDES] == [f"C{i}" for i in range(3, 9)]
    for decision in experiment.DECIDES:
        found = decision.evidence(SMOKE)
        assert outcome(decision.claim, found.numbers) in Outcome and found.effect
    varied = {  # in length
        features.first_layers,
        features.gains,
        features.untrained_gains,
        in_the_page.weights,
    }
    for design in set(experiment.DESIGNS) - varied - {factorial.doubled}:
        for array in design.table(SMOKE).isel(seed=0, missing_dims="ignore").values():
            assert array.isel(epoch=0, missing_dims="ignore").notnull().all()
    probed = metrics.probed.table(SMOKE).linear
    assert probed.sel(coder=models.CNN).notnull().all()
    for once in ("pixels", "PCA, code 64"):
        assert probed.sel(coder=once).isnull().values.tolist() == [False, True]
    shown = metrics.reconstructions(SMOKE)
    by_pca = shown.mse.sel(coder="PCA, code 64").values
    assert by_pca[-1] > by_pca[0]
    errors = ((shown.restored - shown.original) ** 2).mean(("row", "column"))
    np.testing.assert_allclose(errors, shown.mse, rtol=0.05, atol=2e-5)  # 255 levels
    assert sampling.untrained.table(SMOKE).value.sel(sampling="stride; transposed 3x3") > 1
    assert sampling.originals.table(SMOKE).value < 1
    replicas = as_run.replicas.table(SMOKE)
    assert replicas.sizes["seed"] == 2 and replicas.dead.sel(network=models.CNN).max() <= 8
    opened = as_run.watched.table(SMOKE).opened
    assert opened.shape == (2, 2, 8) and opened.min() >= 0 and opened.max() <= 1
    share = features.gains.table(SMOKE).share
    assert share.sel(coder=models.CNN).median() > share.sel(coder=models.DENSE).median()


def test_what_a_shift_adds_is_compared_by_welch(monkeypatch):
    moved = {"coder": ["a", "b"], "seed": [0, 1, 2], "moved": list(space.SHIFTS)}
    made = xr.DataArray(np.random.default_rng(0).random((2, 3, 5)), moved, tuple(moved))
    monkeypatch.setattr(space.shifted, "table", lambda profile: xr.Dataset({"mse": made}))
    added = made.sel(moved=4) - made.sel(moved=0)
    theirs = stats.ttest_ind(*added, equal_var=False)
    found, ends = space.paid(SMOKE, "a", "b"), theirs.confidence_interval()
    assert (found.low, found.high) == pytest.approx((ends.low, ends.high))


def test_pca_is_clipped_beside_networks(fashion_mnist):
    for design in (metrics.scored, space.shifted, metrics.pictured):
        spec = design.spec(SMOKE, coder="PCA, code 64", seed=0)
        assert dict(spec.arguments)["coder"].clip
