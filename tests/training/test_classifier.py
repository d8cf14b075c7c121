"""The classifier that scores generated images: it learns, repeats itself, and gives features."""

from dataclasses import replace

import pytest
import torch
from sklearn.metrics import accuracy_score, log_loss

from labcode.data import DataSpec
from labcode.models.classifier import GarmentClassifier
from labcode.training.classifier import ClassifierRunSpec, accuracy

SMALL = ClassifierRunSpec(epochs=5, seed=0, data=DataSpec(train=3000, validation=500))


@pytest.fixture(scope="module")
def trained():
    fit = SMALL.train("cpu")
    model = GarmentClassifier()
    model.load_state_dict(fit.weights)
    return fit, model


def test_features_are_what_the_scores_are_made_from(fashion_mnist):
    torch.manual_seed(0)
    model, x = GarmentClassifier(feature_size=32), fashion_mnist.test.pixels[:1100]
    features = model.features(x)
    assert features.shape == (1100, 32)
    assert features.min() >= 0
    torch.testing.assert_close(model.output(features[:5]), model(x[:5]))


def test_it_learns_from_few_images(fashion_mnist, trained):
    _, model = trained
    test = fashion_mnist.test
    right = accuracy(model, test.pixels, test.labels)
    assert right > 0.75
    with torch.no_grad():
        predicted = model(test.pixels).argmax(1)
    assert right == pytest.approx(accuracy_score(test.labels, predicted))


def test_its_loss_is_cross_entropy(fashion_mnist, trained):
    fit, model = trained
    images = fashion_mnist.train
    with torch.no_grad():
        scores = model(images.pixels[:3000]).double().softmax(1)
    loss = log_loss(images.labels[:3000], scores.numpy(), labels=list(range(10)))
    assert 0.5 * loss < fit.history["train_loss"][-1].item() < 1.5 * loss
    assert len(fit.history["validation_accuracy"]) == 5


def test_one_seed_gives_one_classifier(trained):
    again = SMALL.train("cpu")
    for name, weight in trained[0].weights.items():
        torch.testing.assert_close(weight, again.weights[name], rtol=0, atol=0)


def test_it_trains_without_validation_images():
    spec = ClassifierRunSpec(epochs=1, seed=0, data=DataSpec(train=100, validation=0))
    assert "validation_accuracy" not in spec.train("cpu").history


def test_dropout_acts_in_training_only(fashion_mnist):
    spec = replace(SMALL, dropout=0.5, channels=(4, 8), schedule="cosine")
    torch.manual_seed(0)
    model, x = spec.build(), fashion_mnist.test.pixels[:20]
    assert not torch.equal(model.train()(x), model(x))
    assert torch.equal(model.eval()(x), model(x))
    assert accuracy(model.train(), x, fashion_mnist.test.labels[:20]) == accuracy(
        model.eval(), x, fashion_mnist.test.labels[:20]
    )


def test_a_cosine_schedule_ends_at_rest():
    short = replace(SMALL, data=DataSpec(300, 0), epochs=30)
    constant, cosine = (replace(short, schedule=s).train() for s in ("constant", "cosine"))
    assert cosine.history["train_loss"][-5:].std() < 0.5 * constant.history["train_loss"][-5:].std()
