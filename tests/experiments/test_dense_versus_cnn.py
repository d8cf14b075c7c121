"""What Chapter 3's verdicts hang on, checked in small."""

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
from labcode.designs.contrast import interval
from labcode.experiments import dense_versus_cnn as experiment
from labcode.experiments.dense_versus_cnn import (
    as_run,
    claims,
    features,
    matched,
    metrics,
    models,
    sampling,
    sharing,
    space,
)
from labcode.models import ShallowAutoencoder
from labcode.models.conv import LabCNN
from labcode.models.counting import parameters, receptive_field
from labcode.scores.probes import chosen_on_validation, linear_accuracies, neighbour_accuracies
from labcode.training.networks import RunSpec

SMOKE, BOOK, FULL = (profiles.PROFILES[name] for name in ("smoke", "book", "full"))


def test_full_runs_what_the_lab_ran():
    """60,000 images, batch 32, Adam at 1e-3 with Keras's epsilon, 30 epochs: the report's."""
    for name, architecture in ((models.DENSE, ShallowAutoencoder), (models.CNN, LabCNN)):
        for seed in FULL.seeds:
            spec = models.networks.spec(FULL, network=name, seed=seed)
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


def test_matched_networks_match():
    """Equal is equal to within half a per cent (parameters) or exactly (the rest)."""
    built = {name: spec.build() for name, spec in models.NETWORKS.items()}
    count = {name: parameters(model) for name, model in built.items()}
    size = {name: model.code_size for name, model in built.items()}
    assert count[models.CNN_64] == pytest.approx(count[models.DENSE], rel=0.005)
    assert count[models.DENSE_2] == pytest.approx(count[models.CNN], rel=0.25)
    assert size[models.CNN_64] == size[models.DENSE] == 64
    assert size[models.CNN] == size[models.DENSE_392] == 392


def test_the_winner_is_decided_by_the_interval():
    dense, near, lower = [3.0, 3.1, 2.9], [3.1, 2.9, 2.9], [1.0, 1.0, 1.0]

    def difference(dense, cnn):
        return matched.difference(
            xr.DataArray([dense, cnn], {"layers": ["dense", "CNN"]}, ("layers", "seed"))
        )

    found = difference(dense, lower)
    low, high = stats.ttest_1samp([-2.0, -2.1, -1.9], 0).confidence_interval()
    assert (found.low, found.high) == pytest.approx((low, high))
    assert matched.ahead(found) == "CNN"
    assert matched.ahead(difference(lower, dense)) == "dense"
    assert matched.ahead(difference(dense, near)) == "undecided"


def networks(**arrays):
    """A table of `models.networks` with other numbers: name of a network to numbers by seed."""
    by_score = {}
    for score, levels in arrays.items():
        dims = ("network", "seed", "epoch")[: np.ndim(list(levels.values()))]
        by_score[score] = xr.DataArray([*levels.values()], {"network": [*levels]}, dims)
    return xr.Dataset(by_score)


def test_each_pair_has_its_two_networks(monkeypatch):
    errors = {name: [i + 0.1, i + 0.2] for i, name in enumerate(models.NETWORKS)}
    sizes = {name: [i, i] for i, name in enumerate(models.NETWORKS)}
    made = networks(test_mse=errors, code_size=sizes)
    monkeypatch.setattr(models.networks, "table", lambda profile: made)
    pairs = matched.pairs(SMOKE)
    for equal, (dense, cnn) in matched.PAIRS.items():
        for layers, name in (("dense", dense), ("CNN", cnn)):
            pair = pairs.sel(equal=equal, layers=layers)
            assert pair.test_mse.values.tolist() == errors[name]
            assert pair.code_size.values.tolist() == sizes[name]


def test_plateau_reads_the_last_fifth(monkeypatch):
    losses = np.tile(np.r_[np.full(8, 2.0), 1.5, 1.0], (3, 1))
    errors = np.array([1.0, 1.1, 0.9])
    made = networks(
        train_loss={models.DENSE_LONG: losses},
        test_mse={models.DENSE_LONG: errors, models.DENSE_392: errors / 4},
    )
    monkeypatch.setattr(models.networks, "table", lambda profile: made)
    fall, wider = sharing.last_fifth(SMOKE), sharing.wider_code(SMOKE)
    assert fall.mean == pytest.approx(0.5)
    assert wider.mean == pytest.approx(0.25)
    assert claims.c7.claim == "C7"
    assert claims.c7.evidence(SMOKE).numbers == {"last_fifth": fall, "larger_code": wider}


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


def test_the_ratio_of_times_is_a_geometric_mean_and_never_negative(monkeypatch):
    made = networks(seconds={models.CNN: [2.0, 8.0, 90.0], models.DENSE: [1.0, 2.0, 9.0]})
    monkeypatch.setattr(models.networks, "table", lambda profile: made)
    ratio = sharing.slowdown(SMOKE)
    assert ratio.mean == pytest.approx(80 ** (1 / 3))
    assert 0 < ratio.low < ratio.mean < ratio.high
    assert ratio.low * ratio.high == pytest.approx(ratio.mean**2)


def test_the_permutation_hurts_the_cnn_alone(fashion_mnist):
    """A few hundred steps are enough to tell: shuffled pixels double the CNN's error."""
    errors = {}
    for name in (models.DENSE, models.CNN):
        for pixels in (space.ORIGINAL, space.PERMUTED):
            spec = space.permuted.spec(BOOK, network=name, pixels=pixels, seed=0)
            images = replace(spec.data, train=2000, validation=500)
            rate = replace(spec.optimiser, learning_rate=2e-3)
            small = replace(spec, epochs=3, data=images, optimiser=rate)
            errors[name, pixels] = small.train().history["validation_loss"][-1].item()
    dense, cnn = (
        errors[name, space.PERMUTED] / errors[name, space.ORIGINAL]
        for name in (models.DENSE, models.CNN)
    )
    assert dense == pytest.approx(1, abs=0.05)
    assert cnn > 2


def test_ratios_are_permuted_over_original_and_paired(monkeypatch):
    made = xr.DataArray(
        [[[1.0, 2.0, 4.0], [2.0, 4.0, 8.0]]],
        {"network": [models.CNN], "pixels": [space.ORIGINAL, space.PERMUTED]},
        ("network", "pixels", "seed"),
    )
    table = xr.Dataset({"test_mse": made})
    monkeypatch.setattr(space.permuted, "table", lambda profile: table)
    assert interval(space.ratio(SMOKE).sel(network=models.CNN)) == interval([2.0, 2.0, 2.0])


def test_evidence_and_tables_in_smoke(fashion_mnist):
    """The evidence suits every rule, every table is whole, on numbers that mean nothing."""
    assert [decision.claim for decision in experiment.DECIDES] == [f"C{i}" for i in range(3, 9)]
    for decision in experiment.DECIDES:
        found = decision.evidence(SMOKE)
        assert outcome(decision.claim, found.numbers) in Outcome and found.effect
    for design in set(experiment.DESIGNS) - {features.first_layers}:  # dense and 3 by 3
        for array in design.table(SMOKE).isel(seed=0, missing_dims="ignore").values():
            assert array.isel(epoch=0, missing_dims="ignore").notnull().all()
    probed = metrics.probed.table(SMOKE).linear
    assert probed.sel(coder=models.CNN).notnull().all()
    for once in ("pixels", models.PCA_64):
        assert probed.sel(coder=once).isnull().values.tolist() == [False, True]
    shown = metrics.reconstructions(SMOKE)
    by_pca = shown.mse.sel(coder=models.PCA_64).values
    assert (np.diff(by_pca) >= 0).all()
    assert sampling.untrained.table(SMOKE).value.sel(sampling="stride; transposed 3x3") > 1
    replicas = as_run.replicas.table(SMOKE)
    assert replicas.sizes["seed"] == 2 and replicas.dead.sel(network=models.CNN).max() <= 8


def test_pca_is_clipped_where_scores_are_compared(fashion_mnist):
    scored, shifted = (
        dict(design.spec(SMOKE, coder=models.PCA_64, seed=0).arguments)["coder"]
        for design in (metrics.scored, space.shifted)
    )
    assert scored.clip and not shifted.clip
    found = metrics.scored.table(SMOKE).mse.sel(coder=models.PCA_64, seed=0)
    expected = as_run.by_pca.table(SMOKE).clipped.sel(fitted_to=as_run.THEIRS, code_size=64)
    assert found.item() == pytest.approx(expected.item(), rel=1e-5)
