"""What Chapter 3's verdicts hang on, checked in small."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from scipy import stats
from sklearn.linear_model import Ridge
from sklearn.neighbors import KNeighborsClassifier

from labcode import data
from labcode.designs import profiles
from labcode.designs.contrast import interval
from labcode.experiments import dense_versus_cnn as experiment
from labcode.figures import dense_versus_cnn as figures
from labcode.models import ShallowAutoencoder
from labcode.models.conv import LabCNN

SMOKE = profiles.PROFILES["smoke"]


def a_network(errors, train_loss=((0.1,),), parameters=10, seconds=1.0):
    errors = np.array(errors)
    return experiment.Network(
        "dense, code 64",
        64,
        parameters,
        20,
        errors,
        np.array(train_loss),
        np.full(len(errors), seconds),
    )


def test_full_runs_what_the_lab_ran():
    """60,000 images, batch 32, Adam at 1e-3 with Keras's epsilon, 30 epochs: the report's."""
    full = profiles.PROFILES["full"]
    for name, architecture in ((experiment.DENSE, ShallowAutoencoder), (experiment.CNN, LabCNN)):
        for spec in experiment._specs(name, full):
            assert spec.model.architecture is architecture
            assert (spec.epochs, spec.batch_size) == (30, 32)
            assert spec.data == data.DataSpec(train=60_000, validation=0)
            assert (spec.optimiser.learning_rate, spec.optimiser.epsilon) == (1e-3, 1e-7)


def test_matched_networks_match():
    """Equal is equal to within half a per cent (parameters) or exactly (the rest)."""
    built = {name: spec.build() for name, spec in experiment.NETWORKS.items()}
    count = {
        name: sum(weight.numel() for weight in model.parameters()) for name, model in built.items()
    }
    size = {name: experiment.code_size(model) for name, model in built.items()}
    assert count[experiment.CNN_64] == pytest.approx(count[experiment.DENSE], rel=0.005)
    assert count[experiment.DENSE_2] == pytest.approx(count[experiment.CNN], rel=0.25)
    assert size[experiment.CNN_64] == size[experiment.DENSE] == 64
    assert size[experiment.CNN] == size[experiment.DENSE_392] == 392


def test_the_winner_is_decided_by_the_interval():
    dense, near, lower = (
        a_network([3.0, 3.1, 2.9]),
        a_network([3.1, 2.9, 2.9]),
        a_network([1, 1, 1]),
    )
    match = experiment._match("code", dense, lower)
    assert match.winner == "CNN"
    assert match.p_value == pytest.approx(stats.ttest_1samp([-2.0, -2.1, -1.9], 0).pvalue)
    assert experiment._match("code", lower, dense).winner == "dense"
    assert experiment._match("code", dense, near).winner == "undecided"


def test_plateau_reads_the_last_fifth(monkeypatch):
    losses = np.tile(np.r_[np.full(8, 2.0), 1.5, 1.0], (3, 1))
    long = a_network([1.0, 1.1, 0.9], losses)
    wide = replace(long, errors=long.errors / 4)
    monkeypatch.setattr(
        experiment,
        "network",
        lambda name, profile: long if name == experiment.DENSE_LONG else wide,
    )
    fall, wider = experiment.plateau(SMOKE)
    assert fall.mean == pytest.approx(0.5)
    assert wider.mean == pytest.approx(0.25)
    c7 = experiment._c7(SMOKE)
    assert c7.claim == "C7"
    assert c7.numbers == {"last_fifth": fall, "larger_code": wider}


def test_receptive_field_of_the_labs_cnn():
    """Two 3 x 3 layers of stride 2: 3 + 2 x (3 - 1) = 7 pixels. A dense layer sees all."""
    assert experiment.receptive_field(LabCNN()) == 7
    assert experiment.receptive_field(ShallowAutoencoder(3)) == 28


def test_locality_of_filters_whose_answer_is_known():
    spread, point, block = np.ones((28, 28)), np.zeros((28, 28)), np.zeros((28, 28))
    point[3, 4] = -2.0
    block[5:12, 9:16] = 1.0
    found = experiment._locality("made", np.stack([spread, point, block]))
    assert found.share == pytest.approx([49 / 784, 1, 1])
    assert found.pixels == pytest.approx([784, 1, 49])


def test_images_move_right_and_background_comes_in():
    images = torch.arange(1.0, 9.0).view(1, 1, 2, 4)
    assert experiment._move_right(images, 1).tolist() == [[[[0, 1, 2, 3], [0, 5, 6, 7]]]]
    assert torch.equal(experiment._move_right(images, 0), images)


def test_checkerboard_sees_period_two_and_nothing_else():
    torch.manual_seed(0)
    noise = torch.randn(2000, 1, 28, 28)
    assert experiment.checkerboard(noise) == pytest.approx(1, rel=0.02)
    board = torch.tensor([1.0, -1.0]).repeat(14)
    assert experiment.checkerboard(noise + board) > 5
    beside = torch.cos(torch.arange(28) * 2 * torch.pi * 13 / 28)
    assert experiment.checkerboard(noise + beside) < 0.5
    smooth = torch.cos(torch.arange(28) * 2 * torch.pi / 28)
    assert experiment.checkerboard(noise + 5 * smooth) == pytest.approx(1, rel=0.05)


@pytest.fixture(scope="module")
def codes():
    torch.manual_seed(1)
    labels = [torch.randint(0, 4, (n,)) for n in (300, 100, 200)]
    centres, scales = torch.randn(4, 6), torch.tensor([10.0, 3.0, 1.0, 0.5, 0.2, 0.1])
    points = [scales * (centres[some] + 0.8 * torch.randn(len(some), 6)) for some in labels]
    return points, labels


def test_classifiers_agree_with_scikit_learn(codes):
    """Each penalty and each k alone, so that nothing is left to choose."""
    points, labels = codes
    (x, _, x_test), (y, _, y_test) = points, labels
    targets = torch.nn.functional.one_hot(y).double().numpy()
    for strength in (1e-3, 3e-2, 0.3, 1.0):
        scale = x.double().var(0, correction=0).mean().item()
        theirs = Ridge(alpha=strength * scale * len(x)).fit(x.double(), targets)
        expected = (theirs.predict(x_test.double()).argmax(1) == y_test.numpy()).mean()
        assert experiment.linear_probe(points, labels, [strength]) == pytest.approx(expected)
    for k in (1, 5):
        neighbours = KNeighborsClassifier(k, algorithm="brute").fit(x, y)
        expected = neighbours.score(x_test, y_test)
        assert experiment.nearest_neighbours(points, labels, [k]) == pytest.approx(expected)


def test_choices_are_made_on_validation_alone(codes):
    """Test labels turned around change the score, and never the choice."""
    points, labels = codes
    turned = [labels[0], labels[1], (labels[2] + 1) % 4]
    choices = (1, 5, 20)
    alone = {k: experiment.nearest_neighbours(points, labels, [k]) for k in choices}
    alone_turned = {k: experiment.nearest_neighbours(points, turned, [k]) for k in choices}
    chosen = experiment.nearest_neighbours(points, labels, choices)
    chosen_turned = experiment.nearest_neighbours(points, turned, choices)
    assert any(chosen == alone[k] and chosen_turned == alone_turned[k] for k in choices)


def test_binary_accuracy_is_nearly_blind(fashion_mnist):
    """Black and perfect images, as Keras scores them: 0.4999 and 0.5079."""
    images = fashion_mnist.test.pixels
    assert experiment.binary_accuracy(images, torch.zeros_like(images)) == pytest.approx(
        0.499896, abs=1e-6
    )
    assert experiment.binary_accuracy(images, images) == pytest.approx(0.507904, abs=1e-6)


def test_pca_errors_are_the_reference_values(fashion_mnist):
    errors = experiment.pca_errors(SMOKE, everything=True)
    assert errors.plain[64] == pytest.approx(0.010368, abs=1e-6)
    assert errors.plain[392] == pytest.approx(0.001382, abs=1e-6)
    assert errors.clipped[64] == pytest.approx(0.009836, abs=1e-6)


def test_the_ratio_of_times_is_a_geometric_mean_and_never_negative(monkeypatch):
    times = {
        experiment.CNN: np.array([2.0, 8.0, 90.0]),
        experiment.DENSE: np.array([1.0, 2.0, 9.0]),
    }
    monkeypatch.setattr(
        experiment, "network", lambda name, profile: SimpleNamespace(seconds=times[name])
    )
    ratio = experiment.slowdown(SMOKE)
    assert ratio.mean == pytest.approx(80 ** (1 / 3))
    assert 0 < ratio.low < ratio.mean < ratio.high
    assert ratio.low * ratio.high == pytest.approx(ratio.mean**2)


def test_the_permutation_hurts_the_cnn_alone(fashion_mnist):
    """A few hundred steps are enough to tell: shuffled pixels double the CNN's error."""
    errors = {}
    for name in (experiment.DENSE, experiment.CNN):
        for order in (None, experiment.PERMUTATION_SEED):
            images = data.DataSpec(4000, 500, order)
            spec = experiment._run(experiment.NETWORKS[name], 3, 2e-3, 0, images)
            errors[name, order is None] = spec.train().history["validation_loss"][-1].item()
    dense, cnn = (
        errors[name, False] / errors[name, True] for name in (experiment.DENSE, experiment.CNN)
    )
    assert dense == pytest.approx(1, abs=0.05)
    assert cnn > 2


def test_the_page_runs_in_smoke(fashion_mnist):
    """Every verdict is decided, every figure drawn, on numbers that mean nothing."""
    verdicts = experiment.verdicts(SMOKE)
    assert [verdict.claim for verdict in verdicts] == ["C3", "C4", "C5", "C6", "C7", "C8"]
    networks = [experiment.network(name, SMOKE) for name in experiment.NETWORKS]
    floor = experiment.pca_errors(SMOKE)
    figures.as_the_lab_ran_it(networks[:2], floor)
    figures.matched(experiment.matches(SMOKE), floor)
    figures.pareto(networks, floor)
    figures.epochs(networks, floor)
    figures.designs(experiment.designs(SMOKE))
    figures.reconstructions(experiment.reconstructions(SMOKE))


def test_intervals_of_ratios_are_paired():
    result = experiment.Permuted("dense", np.array([1.0, 2.0, 4.0]), np.array([2.0, 4.0, 8.0]))
    assert result.ratio == interval([2.0, 2.0, 2.0])


def test_a_map_whose_relu_never_opens_is_counted_dead(fashion_mnist, monkeypatch):
    model = LabCNN()
    with torch.no_grad():
        model.encoder[2].weight[3] = 0
        model.encoder[2].bias.fill_(0.1)
        model.encoder[2].bias[3] = -0.1
    monkeypatch.setattr(experiment.runs, "get_all", lambda specs: [None])
    monkeypatch.setattr(experiment.runs, "model_of", lambda run: model)
    assert experiment.dead_maps(SMOKE)[0] >= 1
    with torch.no_grad():
        model.encoder[2].bias.fill_(100.0)
    assert experiment.dead_maps(SMOKE) == [0]
