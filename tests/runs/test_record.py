"""The record gives back what was written, to the bit, and notices any altered digit."""

import json

import numpy as np
import pytest
import torch
import xarray as xr

from labcode import runs
from labcode.runs import record
from labcode.runs.measured import measured, result_of
from labcode.runs.provenance import spec_hash
from labcode.training.covariance import CovarianceRunSpec

SPEC = CovarianceRunSpec(1, "LBFGS", 5, 0, spectrum=(3.0, 2.0, 1.0))


@measured
def errors(n: int) -> xr.Dataset:
    values = xr.DataArray(np.arange(n) / 3, dims="image", attrs={"units": "squared pixel units"})
    return xr.Dataset({"mse": values, "name": ("kind", ["plain", "é"])}, attrs={"n": n})


def row(spec=SPEC, **fields) -> record.Row:
    about = {"title": spec.title, "profile": "full", "seed": 0, "seconds": 1.5}
    about |= {"spec": spec_hash(spec), "date": "2026-11-26"}
    made_by = {"processor": record.processor(), "versions": record.versions()}
    return record.Row(**{"key": runs.key(spec)} | about | made_by | fields)


@pytest.fixture
def folder(tmp_path, empty_cache, monkeypatch):
    """A record of its own, asked as a reader's is, with no profile named."""
    monkeypatch.setattr(record, "FOLDER", tmp_path / "record")
    monkeypatch.setattr("labcode.runs.store.code_of", lambda spec: "code")
    monkeypatch.delenv("LABCODE_PROFILE", raising=False)
    (tmp_path / "record").mkdir()
    return tmp_path / "record"


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.int64, torch.uint8])
@pytest.mark.parametrize("shape", [(), (3,), (2, 5), (60, 70)])
def test_arrays_come_back_to_the_bit(folder, dtype, shape):
    torch.manual_seed(0)
    numbers = (100 * torch.rand(shape, dtype=torch.float64)).to(dtype)
    record.write("chapter", [row(history={"train_loss": numbers}, rules={"C1": "abc"})])
    found = record.find(runs.key(SPEC))
    assert found is not None
    assert found.history["train_loss"].dtype == dtype
    assert torch.equal(found.history["train_loss"], numbers)
    assert (found.title, found.seconds, found.rules) == (SPEC.title, 1.5, {"C1": "abc"})
    assert list((folder / "arrays").iterdir()) == [] or numbers.numel() > record.LONGEST


def test_what_is_not_a_number_comes_back(folder):
    numbers = torch.tensor([float("nan"), float("inf"), 0.1])
    record.write("chapter", [row(history={"loss": numbers})])
    found = record.find(runs.key(SPEC)).history["loss"]
    assert torch.isnan(found[0]) and torch.equal(found[1:], numbers[1:])


def test_a_number_is_written_with_the_digits_that_it_needs(folder):
    record.write("chapter", [row(history={"loss": torch.tensor([0.1, 1 / 3])})])
    written = json.loads((folder / "chapter.jsonl").read_text())
    assert written["history"]["loss"]["values"] == [0.1, 0.33333334]


def test_a_measurement_is_read_from_the_record_and_not_measured(folder):
    spec = errors.spec(4)
    expected = errors.function(4)
    record.write("chapter", [row(spec, result=dict(spec.train().weights))])
    assert not runs.path(spec).exists()
    xr.testing.assert_identical(result_of(spec), expected)
    assert not runs.path(spec).exists()
    assert runs.train_missing([spec]) == 0


def test_where_a_profile_is_named_everything_is_computed_here(folder, monkeypatch):
    spec = errors.spec(4)
    record.write("chapter", [row(spec, result=dict(spec.train().weights))])
    monkeypatch.setenv("LABCODE_PROFILE", "smoke")
    result_of(spec)
    assert runs.path(spec).exists()


def test_how_a_network_learned_is_read_without_its_weights(folder):
    record.write("chapter", [row(history={"loss": torch.tensor([3.0, 2.0])})])
    assert runs.history_of(SPEC)["loss"].tolist() == [3, 2]
    assert not runs.path(SPEC).exists()
    assert "W1" in runs.get(SPEC).weights  # these are trained when somebody asks
    assert runs.path(SPEC).exists()


def test_a_run_of_other_code_is_not_in_the_record(folder, monkeypatch):
    record.write("chapter", [row(history={"loss": torch.tensor([3.0])})])
    assert runs.recorded(SPEC)
    monkeypatch.setattr("labcode.runs.store.code_of", lambda spec: "edited")
    assert runs.recorded(SPEC) is None


def test_chapters_keep_their_own_rows_and_arrays(folder):
    large = torch.rand(record.LONGEST + 1)
    other = CovarianceRunSpec(1, "LBFGS", 6, 0, spectrum=(3.0, 2.0, 1.0))
    record.write("one", [row(history={"loss": large})])
    record.write("two", [row(other, history={"loss": large})])
    assert [found.title for found in record.rows("one")] == [SPEC.title]
    assert len(list((folder / "arrays").iterdir())) == 2
    record.write("one", [])
    assert [file.stem for file in (folder / "arrays").iterdir()] == [runs.key(other)]
    assert record.find(runs.key(SPEC)) is None


@pytest.mark.parametrize("damage", ["digit", "array", "row gone", "file gone", "one too many"])
def test_an_altered_record_is_refused_and_named(folder, damage):
    large = torch.rand(record.LONGEST + 1)
    record.write("chapter", [row(history={"loss": torch.tensor([0.125]), "large": large})])
    file = folder / "chapter.jsonl"
    [array] = (folder / "arrays").iterdir()
    if damage == "digit":
        file.write_text(file.read_text().replace("0.125", "0.126"))
    elif damage == "array":
        array.write_bytes(array.read_bytes()[:-1] + b"\x01")
    elif damage == "row gone":
        file.write_text("")
    elif damage == "file gone":
        array.unlink()
    else:
        (folder / "other.jsonl").write_text("")
    record._rows.cache_clear()
    assert record.altered(folder)
    with pytest.raises(record.AlteredRecord, match="not as it was written"):
        record.find(runs.key(SPEC))


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        '{"key": "abc"}',
        '{"key": "abc", "title": "", "profile": "", "processor": "", "versions": {}, '
        '"history": {"loss": {"dtype": "float32", "shape": [1000000000000], "values": [1]}}}',
        '{"key": "abc", "title": "", "profile": "", "processor": "", "versions": {}, '
        '"history": {"loss": {"dtype": "O", "shape": [1], "values": [{"__reduce__": 1}]}}}',
        '{"key": "../../k", "title": "", "profile": "", "processor": "", "versions": {}, '
        '"history": {"loss": null}}',
    ],
)
def test_what_is_no_row_is_refused_with_a_message_of_ours(folder, line):
    (folder / "arrays").mkdir()
    (folder / "chapter.jsonl").write_text(line + "\n")
    sums = "".join(
        f"{record._digest(f)}  {record._name(f, folder)}\n" for f in record._files(folder)
    )
    (folder / record.SUMS).write_text(sums)
    with pytest.raises(record.AlteredRecord, match="cannot be read"):
        record.find("k")


def test_the_books_own_record_is_as_it_was_written():
    assert record.altered() == []


def test_two_chapters_may_share_a_row_if_it_is_the_same(folder):
    same = row(history={"loss": torch.tensor([0.5])})
    record.write("data", [same])
    record.write("denoising", [same])
    assert record.rows("data")[0].key == record.rows("denoising")[0].key == same.key
    record.write("denoising", [row(history={"loss": torch.tensor([0.6])})])
    with pytest.raises(record.AlteredRecord, match="is there twice, with other content"):
        record.rows("data")


@pytest.mark.parametrize(
    ("lines", "model"),
    [
        (
            "vendor_id\t: AuthenticAMD\ncpu family\t: 25\nmodel\t\t: 17\n\nmodel\t: 9",
            "AuthenticAMD 25 17",
        ),
        ("CPU implementer\t: 0x41\nCPU part\t: 0xd0c\n", "0x41 0xd0c"),
    ],
)
def test_two_models_of_a_processor_are_two_kinds(tmp_path, monkeypatch, lines, model):
    monkeypatch.setattr(record, "CPUINFO", tmp_path / "cpuinfo")
    assert not record.processor().endswith(model)
    record.CPUINFO.write_text(lines)
    assert record.processor().endswith(f", {model}")


def test_elsewhere_a_validation_curve_is_not_held_against_the_record(monkeypatch):
    curve = torch.tensor([1.0, 0.5])
    found = row(history={"seconds": curve, "train_loss": curve, "validation_loss": curve})
    assert list(record.comparable(found)) == ["train_loss", "validation_loss"]
    monkeypatch.setattr(record, "processor", lambda: "another")
    assert list(record.comparable(found)) == ["train_loss"]
