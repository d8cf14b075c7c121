"""Descriptions and hashes: equal for what is equal, different for what decides a result."""

from dataclasses import dataclass, field

import pytest

from labcode.data import DataSpec
from labcode.models import ShallowAutoencoder
from labcode.runs import provenance


@dataclass(frozen=True)
class Spec:
    sizes: tuple[int, ...]
    kind: type = ShallowAutoencoder
    note: str | None = None


def test_descriptions_are_plain_values():
    assert provenance.describe(Spec((1, 2))) == {
        "class": f"{__name__}:Spec",
        "sizes": [1, 2],
        "kind": "labcode.models.dense:ShallowAutoencoder",
        "note": None,
    }


def test_a_value_that_cannot_be_compared_is_refused():
    with pytest.raises(TypeError, match="holds .* of type dict"):
        provenance.describe(Spec({}))  # type: ignore[arg-type]


def test_imports_are_followed_in_turn():
    found = provenance.imported_modules("from labcode.experiments import ae_versus_pca")
    assert {"labcode.runs.store", "labcode.theory.pca", "labcode.models.linear"} <= found
    assert "labcode.figures.style" not in found


def test_what_checksums_pin_and_what_only_types_need_is_left_out():
    found = provenance.imported_modules("import labcode.training.networks")
    assert "labcode.data.files" not in found
    assert "labcode.data.corruption" not in found


def test_strange_imports_are_no_modules_of_ours():
    assert provenance.imported_modules("import torch\nfrom . import x\nimport labcodex") == set()


@pytest.mark.parametrize(
    ("edit", "changes"),
    [
        ("\n\n# a comment\n", False),
        ('\n\ndef f():\n    """Documented."""\n', True),
        ("\nX = 1\n", True),
    ],
)
def test_the_hash_covers_what_runs(monkeypatch, edit, changes):
    modules = ["labcode.scores.metrics"]
    before = provenance.code_hash(modules)
    source = provenance.SOURCES["labcode.scores.metrics"]
    monkeypatch.setitem(provenance.SOURCES, "labcode.scores.metrics", source + edit)
    assert (provenance.code_hash(modules) != before) == changes


def test_a_changed_docstring_does_not_count(monkeypatch):
    before = provenance.code_hash(["labcode.scores.metrics"])
    source = provenance.SOURCES["labcode.scores.metrics"]
    edited = source.replace("0 for equal images", "zero for equal images")
    assert edited != source
    monkeypatch.setitem(provenance.SOURCES, "labcode.scores.metrics", edited)
    assert provenance.code_hash(["labcode.scores.metrics"]) == before


def test_the_hash_of_what_is_asked_leaves_out_defaults_and_nothing_else():
    @dataclass(frozen=True)
    class Spec:
        size: int
        rate: float = 0.1
        data: DataSpec = field(default_factory=DataSpec)

    before = provenance.spec_hash(Spec(3))

    @dataclass(frozen=True)
    class Later:
        size: int
        rate: float = 0.1
        data: DataSpec = field(default_factory=DataSpec)
        source: str = "here"

    Later.__module__, Later.__qualname__ = Spec.__module__, Spec.__qualname__
    assert provenance.spec_hash(Later(3)) == before
    others = [
        Spec(4),
        Spec(3, 0.2),
        Spec(3, data=DataSpec(10)),
        Later(3, source="there"),
        Spec(3.0),
    ]
    assert len({provenance.spec_hash(other) for other in others} | {before}) == 6
