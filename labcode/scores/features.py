"""The classifier whose features score images."""

from labcode import data, runs
from labcode.models.classifier import GarmentClassifier
from labcode.runs.measured import measured
from labcode.training.classifier import ClassifierRunSpec, accuracy


def trained_classifier(spec: ClassifierRunSpec) -> GarmentClassifier:
    """The trained classifier of a spec, on the CPU, in evaluation mode."""
    classifier = spec.build()
    classifier.load_state_dict(runs.get(spec).weights)
    return classifier.eval()


@measured
def classifier_accuracy(classifier: ClassifierRunSpec) -> float:
    """Share of test images that a trained classifier names correctly, 0 to 1."""
    test = data.images_of(classifier.data, "test")
    return accuracy(trained_classifier(classifier), test.pixels, test.labels)
