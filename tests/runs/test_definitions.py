"""A run's key covers the definitions that it reaches: all of them, and nothing beside them."""

import ast

import pytest

from labcode import experiments, runs
from labcode.baselines import pca
from labcode.data import DataSpec
from labcode.data.corruption import GaussianNoise
from labcode.designs.profiles import PROFILES
from labcode.models import ShallowAutoencoder
from labcode.models.conv import LabCNN
from labcode.runs import definitions, provenance
from labcode.runs.definitions import code_of, reached
from labcode.scores.reconstruction import reconstruction_error
from labcode.training.networks import RunSpec, model_spec

CNN = RunSpec(model_spec(LabCNN), epochs=1, seed=0, data=DataSpec(100, 0))


@pytest.fixture
def edit(monkeypatch):
    """Changes the source of a module, for this test."""

    def change(module: str, old: str, new: str) -> None:
        source = provenance.SOURCES[module]
        assert old in source, f"{module} has no {old!r}"
        monkeypatch.setitem(provenance.SOURCES, module, source.replace(old, new, 1))

    return change


@pytest.mark.parametrize(
    ("module", "old", "new"),
    [
        ("labcode.models.conv", "class LabCNN(", "class Wider:\n    size = 3\n\n\nclass LabCNN("),
        ("labcode.models.conv", '"""', '"""Another sentence. '),
        ("labcode.models.dense", "layers[:-1]", "layers[:-2]"),
        ("labcode.training.loop", "raise TrainingDiverged(", "raise TrainingDiverged('Oh. '"),
        ("labcode.training.networks", "checks.plain_counts(", "checks.at_least_zero("),
        ("labcode.training.networks", "epochs: int", "epochs: float"),
        ("labcode.training.networks", 'return f"{self.model.arch', 'return f"the {self.model.arch'),
        ("labcode.runs.store", "def get(", "def got(): ...\n\n\ndef get("),
        ("labcode.data.files", "CHECKSUMS", "SUMS"),
        ("labcode.scores.reconstruction", "return mse(", "return 2 * mse("),
    ],
)
def test_what_a_run_does_not_reach_leaves_its_key(edit, module, old, new):
    before = code_of(CNN)
    edit(module, old, new)
    assert code_of(CNN) == before


@pytest.mark.parametrize(
    ("module", "old", "new"),
    [
        ("labcode.models.conv", "class LabCNN(Autoencoder):", "class LabCNN(nn.Module):"),
        ("labcode.models.autoencoder", "def loss(self", "def lost(self"),
        ("labcode.models.layers", "class ConvTranspose2d(", "class ConvTranspose2d(int, "),
        ("labcode.training.loop", "NOISE_SEED = 50_000", "NOISE_SEED = 60_000"),
        ("labcode.training.loop", "value.backward()", "value.forward()"),
        ("labcode.training.networks", "batch_size: int = 128", "batch_size: int = 64"),
        ("labcode.data.images", "def load(", "@cache\ndef load("),
    ],
)
def test_what_a_run_reaches_changes_its_key(edit, module, old, new):
    before = code_of(CNN)
    edit(module, old, new)
    assert code_of(CNN) != before


def test_a_measurement_reaches_its_function_and_its_network():
    found = reached(
        {
            "labcode.scores.reconstruction:reconstruction_error",
            "labcode.training.networks:RunSpec",
        }
    )
    assert ("labcode.scores.metrics", "mse") in found
    assert ("labcode.training.loop", "descend") in found
    assert not {module for module, _ in found if module.startswith("labcode.runs")}


def test_a_changed_score_changes_what_is_measured_and_not_the_network(edit):
    measured = reconstruction_error.spec(CNN)
    before, network = code_of(measured), code_of(CNN)
    edit("labcode.scores.metrics", "def mse(", "@cache\ndef mse(")
    assert code_of(measured) != before
    assert code_of(CNN) == network


def test_what_a_measured_function_costs_does_not_count(edit):
    spec = pca.error_on_test_images.spec(3)
    before = code_of(spec)
    edit(
        "labcode.baselines.pca",
        "@measured\ndef error_on",
        "@measured(cost=lambda **_: 3)\ndef error_on",
    )
    assert code_of(spec) == before


def test_a_corruption_is_part_of_the_key(edit):
    noisy = RunSpec(
        model_spec(ShallowAutoencoder, code_size=2), 1, 0, corruption=GaussianNoise(0.3)
    )
    before, clean = code_of(noisy), code_of(CNN)
    edit("labcode.data.corruption", "self.std * torch.randn_like(x)", "torch.randn_like(x)")
    assert code_of(noisy) != before
    assert code_of(CNN) == clean


def test_names_behind_a_package_lead_to_where_they_are_defined():
    """`data.load` is defined in `labcode.data.images` and named through its package."""
    assert ("labcode.data.images", "load") in reached({"labcode.training.networks:RunSpec"})


def test_every_spec_of_the_book_reaches_the_loop_or_a_closed_form():
    """No spec's definitions are lost on the way: each reaches its own class or function."""
    for spec in experiments.specs(PROFILES["smoke"]):
        named = set(definitions._named(provenance.describe(spec)))
        found = {f"{module}:{name}" for module, name in reached(named)}
        assert {n for n in named if not n.startswith("labcode.runs")} <= found
        assert len(runs.key(spec)) == 32


def test_labcode_imports_nothing_of_its_own_inside_a_function():
    """Such an import would hide what a run reaches."""
    hidden = {
        module
        for module, source in provenance.SOURCES.items()
        if not module.startswith(definitions.DECIDE_NOTHING)
        for definition in ast.parse(source).body
        if isinstance(definition, ast.FunctionDef | ast.ClassDef)
        for node in ast.walk(definition)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("labcode")
    }
    assert not hidden
