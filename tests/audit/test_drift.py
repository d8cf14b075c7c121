"""How far training drifts is measured in processes that compute with other instructions."""

import json
import os
from dataclasses import replace

import pytest

from labcode import experiments, runs
from labcode.audit import drift, recording
from labcode.runs import record
from labcode.training.covariance import CovarianceRunSpec

EXACT = CovarianceRunSpec(1, "LBFGS", 5, 0, spectrum=(3.0, 2.0, 1.0))


@pytest.fixture
def recorded(tmp_path, empty_cache, monkeypatch):
    """One run in a record of its own."""
    monkeypatch.delenv("LABCODE_PROFILE", raising=False)
    monkeypatch.setattr(record, "FOLDER", tmp_path / "record")
    (tmp_path / "record").mkdir()
    monkeypatch.setattr(recording, "_deciding", lambda _: {})
    for module in (recording, drift):
        monkeypatch.setattr(module, "recordable", lambda _, chapter: [EXACT][chapter != "data" :])
    runs.train_missing([EXACT], jobs=1)
    record.write("data", recording.rows(experiments.RECORDED, "data"))


def test_another_process_trains_it_again_and_finds_what_was_altered(recorded, monkeypatch):
    monkeypatch.setattr(drift, "available", lambda: [drift.INSTRUCTION_SETS["DEFAULT"]])
    monkeypatch.delenv("ATEN_CPU_CAPABILITY", raising=False)
    (row,) = record.rows("data")
    loss = row.history["loss"] * (1 + 1e-3)
    record.write("data", [replace(row, history={**row.history, "loss": loss})])
    found = drift.measure(longest=60.0)
    assert found == {record.START: 0.0, record.END: pytest.approx(1e-3, rel=0.01)}
    assert "ATEN_CPU_CAPABILITY" not in os.environ
    assert drift.measure(longest=-1.0) == {record.START: 0.0, record.END: 0.0}


@pytest.mark.parametrize(("newest", "count"), [("DEFAULT", 1), ("AVX2", 2), ("VSX", 0)])
def test_no_process_is_told_what_the_processor_has_not(monkeypatch, newest, count):
    monkeypatch.setattr("torch.backends.cpu.get_cpu_capability", lambda: newest)
    assert drift.available() == list(drift.INSTRUCTION_SETS.values())[:count]


def test_what_was_measured_is_kept_under_the_records_checksum(recorded):
    record.write_drift({record.START: 1e-4, record.END: 1e-9})
    assert record.drift() == {record.START: 1e-4, record.END: 1e-9}
    assert not record.altered()
    file = record.FOLDER / record.DRIFT
    assert json.loads(file.read_text())["processor"] == record.processor()
    file.write_text(file.read_text().replace("0.0001", "0.1"))
    assert record.altered() == [record.DRIFT]


def test_the_books_record_has_its_drift():
    assert set(record.drift()) == {record.START, record.END}
    assert 0 < record.drift()[record.START] < 0.01
