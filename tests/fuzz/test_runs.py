"""Descriptions of specs; the record, archives and data files, whatever bytes they hold."""

import gzip
import hashlib
import io
import json
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save
from torch import nn

from labcode import runs
from labcode.data import files
from labcode.instruments.packing import UnsupportedLayer, pack
from labcode.models.dense import DeepAutoencoder, ShallowAutoencoder
from labcode.models.fixed_point import fixed_point
from labcode.runs import archive, record
from labcode.runs.provenance import describe
from labcode.training.covariance import CovarianceRunSpec
from tests.fuzz.inputs import finite, outcome, tensors, tries

# What tells whether something was executed: a pickle of this would call it.
EXECUTED: list[str] = []


class Bomb:
    def __reduce__(self):
        return EXECUTED.append, ("executed",)


@dataclass(frozen=True)
class One:
    value: Any
    other: Any = None


@dataclass(frozen=True)
class Other:
    value: Any
    other: Any = None


def named():
    """A function in a spec."""


leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.floats(-3, 3),
    st.sampled_from([float("nan"), float("inf"), 1.0, 0.1 + 0.2, 0.3, 2**70]),
    st.text(max_size=3),
    st.sampled_from([named, One, ShallowAutoencoder, DeepAutoencoder, lambda: 1, lambda: 2]),
    st.just("labcode.models.dense:ShallowAutoencoder"),
    st.just(f"{__name__}:One"),
    st.sampled_from([[1], {1: 2}, {3}, b"x", 1j, np.int64(2), np.float32(1), np.zeros(2)]),
)
specs = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(tuple),
        st.builds(One, inner, inner),
        st.builds(Other, inner, inner),
    ),
    max_leaves=6,
)


def exactly(spec):
    """A spec with the types of its numbers, so that 1 and 1.0 are two."""
    if isinstance(spec, One | Other):
        return type(spec), exactly(spec.value), exactly(spec.other)
    if isinstance(spec, tuple):
        return "tuple", *map(exactly, spec)
    return type(spec), repr(spec) if isinstance(spec, float) else spec


@tries(150, 2500)
@given(specs, specs)
def test_different_specs_have_different_descriptions(one, other):
    texts = [outcome(lambda spec=spec: json.dumps(describe(spec))) for spec in (one, other)]
    if None not in texts:
        assert (texts[0] == texts[1]) == (exactly(one) == exactly(other))


# The record


def as_line(**changes):
    history = {"loss": {"dtype": "float32", "shape": [2], "values": [0.5, 1.5]}}
    row = {"key": "abc", "title": "t", "profile": "full", "seed": 0, "seconds": 1.0}
    row |= {"processor": "p", "versions": {"torch": "2"}, "history": history}
    return json.dumps(row | changes)


def nested(leaf):
    return st.recursive(
        leaf,
        lambda inner: st.one_of(
            st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)
        ),
        max_leaves=5,
    )


anything = nested(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5))
)
arrays = st.fixed_dictionaries(
    {
        "dtype": st.sampled_from(
            ["float32", "float64", "int64", "uint8", "bool", "O", "U3", "M8", "V4", "c8", "f2", "x"]
        ),
        "shape": st.one_of(
            st.just([2]), st.just([-1]), st.lists(st.integers(-1, 3), max_size=2), anything
        ),
        "values": st.one_of(
            st.lists(
                st.one_of(
                    st.floats(width=32),
                    st.integers(-1, 300),
                    st.booleans(),
                    st.sampled_from([1e300, 2**70, "1", None, [1], 0.5]),
                ),
                min_size=2,
                max_size=2,
            ),
            anything,
        ),
    }
)
changes = st.dictionaries(
    st.sampled_from(
        [
            "key",
            "title",
            "profile",
            "seed",
            "seconds",
            "versions",
            "rules",
            "history",
            "result",
            "x",
        ]
    ),
    st.one_of(anything, st.dictionaries(st.sampled_from(["loss", "../a"]), arrays, max_size=2)),
    max_size=2,
)
lines = st.one_of(
    changes.map(lambda c: as_line(**c).encode()),
    st.dictionaries(st.just("history"), st.fixed_dictionaries({"loss": arrays})).map(
        lambda c: as_line(**c).encode()
    ),
    st.binary(max_size=40),
    st.tuples(st.integers(0, 150), st.binary(max_size=3)).map(
        lambda cut: as_line().encode()[: cut[0]] + cut[1] + as_line().encode()[cut[0] + 1 :]
    ),
    st.sampled_from([b"[" * 100_000, as_line().encode() + b"\n" + as_line().encode(), b"\xff\xfe"]),
    st.sampled_from([as_line()[:-1].encode() + b', "seed": 1}']),
)


def signed(folder: Path) -> None:
    sums = (f"{record._digest(f)}  {record._name(f, folder)}\n" for f in record._files(folder))
    (folder / record.SUMS).write_text("".join(sums), "utf-8")
    record._rows.cache_clear()
    record._keys_of.cache_clear()


@tries(150, 3000)
@given(lines)
def test_a_line_is_a_row_to_the_letter_or_refused(line):
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "chapter.jsonl").write_bytes(line + b"\n")
        signed(folder)
        rows = outcome(lambda: record.rows("chapter", folder), record.AlteredRecord)
    for row in rows or []:
        written = json.loads(line)
        assert (row.key, row.title, row.seed) == (
            written["key"],
            written["title"],
            written.get("seed"),
        )
        for part in ("history", "result"):
            for kind, array in written.get(part, {}).items():
                if "json" in array:
                    continue
                found = getattr(row, part)[kind]
                assert list(found.shape) == array["shape"] or -1 in array["shape"]
                np.testing.assert_array_equal(
                    found.double().ravel(),
                    np.array(array["values"], dtype=array["dtype"]).astype(float),
                )


@tries(40, 400)
@given(st.binary(max_size=60), st.binary(max_size=60))
def test_sums_and_arrays_of_any_bytes_are_refused(sums, content):
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "arrays").mkdir()
        (folder / "arrays" / "abc.safetensors").write_bytes(content)
        (folder / "chapter.jsonl").write_text(as_line(history={"loss": None}) + "\n")
        signed(folder)
        assert outcome(lambda: record.rows("chapter", folder), record.AlteredRecord) is None
        (folder / record.SUMS).write_bytes(sums)
        record._rows.cache_clear()
        assert outcome(lambda: record.rows("chapter", folder), record.AlteredRecord) is None


# Archives

SPEC = CovarianceRunSpec(1, "LBFGS", 5, 0, spectrum=(3.0, 2.0, 1.0))


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """A good archive's bytes; the cache is then another one."""
    folder = tmp_path_factory.mktemp("archive")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LABCODE_CACHE", str(folder / "there"))
        runs.get(SPEC)
        archive.export([SPEC], folder / "runs.zip")
        patch.setenv("LABCODE_CACHE", str(folder / "here"))
        yield (folder / "runs.zip").read_bytes(), runs.get(SPEC).weights


edits = st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=4)), max_size=4)
runs_files = st.one_of(
    st.binary(max_size=50),
    st.builds(
        lambda name, x, about: save({name: x}, about),
        st.sampled_from(["weights/a", "a", "history/b", "x/y", "../z"]),
        st.sampled_from([torch.zeros(2), torch.zeros(2).bfloat16(), torch.zeros(2, dtype=int)]),
        st.sampled_from([None, {"checksum": "0"}, {"checksum": "", "spec": "{}"}]),
    ),
)


@tries(80, 1200)
@given(edits, st.booleans(), st.one_of(st.none(), runs_files), st.sampled_from([0, 8, 12, 14]))
def test_an_archive_brings_the_run_or_nothing(exported, edit, truncate, content, method):
    good, weights = exported
    changed = bytearray(good)
    for place, some in edit:
        at = int(place * (len(changed) - len(some)))
        changed[at : at + len(some)] = some
    if content is not None:
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", method) as packed:
            packed.writestr(runs.path(SPEC).name, content)
        changed = bytearray(file.getvalue())
    if truncate and edit:
        del changed[int(edit[0][0] * len(changed)) :]
    runs.path(SPEC).unlink(missing_ok=True)
    with TemporaryDirectory() as name:
        file = Path(name) / "runs.zip"
        file.write_bytes(changed)
        taken = outcome(lambda: archive.take_in([SPEC], file), archive.BadArchive)
    if taken:
        found = runs.get(SPEC).weights
        assert all(torch.equal(found[part], weights[part]) for part in weights)
    else:
        assert not runs.path(SPEC).exists()


# Data files

NAME = "train-images-idx3-ubyte"
TRUE = bytes(range(200))


ONE_FILE = replace(
    files.FASHION_MNIST, checksums={NAME: hashlib.md5(TRUE).hexdigest()}, largest=10_000
)


def zipped(content, member, method=8):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as packed:
        packed.writestr(member, content)
    return file.getvalue()


contents = st.one_of(
    st.just(TRUE),
    st.binary(max_size=60),
    st.binary(max_size=20).map(lambda b: b"PK\x03\x04" + b),
    st.binary(max_size=20).map(lambda b: b"\x1f\x8b\x08" + b),
    st.just(bytes(100_000)),
)
packed = st.recursive(
    contents,
    lambda inner: st.one_of(
        inner.map(gzip.compress),
        st.builds(
            zipped,
            inner,
            st.sampled_from([NAME, f"{NAME}.gz", f"../../{NAME}", "other"]),
            st.sampled_from([0, 8, 14]),
        ),
        st.tuples(inner, st.integers(0, 60), st.binary(min_size=1, max_size=2)).map(
            lambda cut: cut[0][: cut[1]] + cut[2] + cut[0][cut[1] + len(cut[2]) :]
        ),
    ),
    max_leaves=3,
)


@tries(100, 1500)
@given(packed, st.sampled_from([NAME, f"{NAME}.gz", "some.zip"]))
def test_a_data_folder_gives_the_true_bytes_or_nothing(content, name):
    with TemporaryDirectory() as folder:
        (Path(folder) / name).write_bytes(content)
        found = outcome(lambda: files._read(Path(folder), ONE_FILE), files._Unusable)
        assert [file.name for file in Path(folder).iterdir()] == [name]
    assert found is None or found == {NAME: TRUE}


# Networks in a page


layers = st.one_of(
    st.sampled_from([nn.ReLU(), nn.Sigmoid(), nn.Tanh(), nn.Identity(), nn.Dropout(), nn.GELU()]),
    st.builds(nn.Linear, st.sampled_from([1, 2, 3]), st.sampled_from([2, 3, 784]), st.booleans()),
    st.sampled_from([nn.Flatten(), nn.Unflatten(1, (1, 28, 28)), None, "layer"]),
)
scales = st.sampled_from([0, 1e-38, 1e-3, 1, 1e3, 1e30, 1e38, float("nan"), float("inf")])


@st.composite
def decoders(draw):
    if draw(st.integers(0, 20)) == 0:
        return draw(st.sampled_from([nn.Linear(2, 784), None, "x", nn.ModuleList([nn.ReLU()])]))
    middle = draw(st.lists(layers, max_size=2))
    ends = [nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 784)] if draw(st.booleans()) else []
    model = nn.Sequential(*[layer for layer in [*ends, *middle] if isinstance(layer, nn.Module)])
    with torch.no_grad():
        for weight in model.parameters():
            weight.mul_(draw(scales))
    return model.double() if draw(st.integers(0, 5)) == 0 else model


@tries(60, 1000)
@given(decoders())
def test_a_packed_network_is_the_network_or_refused(model):
    found = outcome(lambda: pack(model), UnsupportedLayer, ValueError)
    if found is None:
        return
    parts = iter(found.parts)
    linear = [layer for layer in model if isinstance(layer, nn.Linear)]
    kept = [layer for layer in found.layers if layer["kind"] == "linear"]
    assert [(x.in_features, x.out_features) for x in linear] == [
        (x["inputs"], x["outputs"]) for x in kept
    ]
    for layer in linear:
        scale, bias = (np.frombuffer(next(parts), "<f4") for _ in range(2))
        low, high = np.frombuffer(next(parts), "u1"), np.frombuffer(next(parts), "i1")
        weight = (high * 256.0 + low).reshape(layer.weight.shape) * scale[:, None].astype(float)
        exact = layer.weight.detach().double().numpy()
        finite(scale, bias, weight)
        assert (
            np.abs(weight - exact) <= 0.51 * scale[:, None] + 1e-7 * np.abs(exact) + 1e-37
        ).all()


@tries(40, 500)
@given(tensors(None, None))
def test_fixed_point_is_within_half_a_scale(weight):
    found = outcome(lambda: fixed_point(weight))
    if found is not None:
        whole, scale = found
        exact = weight.double().numpy()
        error = np.abs(whole * scale[:, None].astype(float) - exact)
        assert (error <= 0.51 * scale[:, None] + 1e-37).all()
