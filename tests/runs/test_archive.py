"""Runs that travel in one archive: the same numbers arrive, and nothing else does."""

import zipfile

import pytest
import torch

from labcode import runs
from labcode.runs import archive as run_archive
from labcode.runs.archive import BadArchive
from labcode.training.covariance import CovarianceRunSpec


def quick(seed: int) -> CovarianceRunSpec:
    return CovarianceRunSpec(1, "LBFGS", 5, seed, spectrum=(3.0, 2.0, 1.0))


SPECS = [quick(0), quick(1)]


@pytest.fixture
def archive(tmp_path, monkeypatch):
    """Two runs, exported; the machine they are then imported on has none."""
    monkeypatch.setenv("LABCODE_CACHE", str(tmp_path / "there"))
    runs.get_all(SPECS, jobs=1)
    assert run_archive.export(SPECS, tmp_path / "runs.zip") == 2
    monkeypatch.setenv("LABCODE_CACHE", str(tmp_path / "here"))
    monkeypatch.setattr(CovarianceRunSpec, "train", lambda *_: pytest.fail("trained again"))
    return tmp_path / "runs.zip"


def rewritten(archive, change) -> None:
    with zipfile.ZipFile(archive) as packed:
        contents = {name: packed.read(name) for name in packed.namelist()}
    with zipfile.ZipFile(archive, "w") as packed:
        for name, content in change(contents).items():
            packed.writestr(name, content)


def test_the_same_numbers_arrive(archive, monkeypatch, tmp_path):
    assert run_archive.take_in(SPECS, archive) == 2
    here = runs.get(quick(1)).weights
    monkeypatch.setenv("LABCODE_CACHE", str(tmp_path / "there"))
    there = runs.get(quick(1)).weights
    assert all(torch.equal(here[name], there[name]) for name in there)


def test_only_what_is_asked_for_is_taken(archive):
    rewritten(archive, lambda contents: contents | {"../outside.safetensors": b"anything"})
    assert run_archive.take_in([quick(0)], archive) == 1
    assert runs.is_kept(quick(0)) and not runs.is_kept(quick(1))
    assert not list(archive.parent.glob("outside*"))


def test_altered_numbers_are_refused(archive):
    def alter(contents):
        return {name: content[:-3] + b"\x00\x01\x02" for name, content in contents.items()}

    rewritten(archive, alter)
    with pytest.raises(BadArchive, match="not those that were written"):
        run_archive.take_in(SPECS, archive)
    assert not runs.is_kept(quick(0))
    assert not list((archive.parent / "here" / "runs").glob("*.partial"))


def test_a_run_under_another_runs_name_is_refused(archive):
    def swap(contents):
        return dict(zip(contents, reversed(contents.values()), strict=True))

    rewritten(archive, swap)
    with pytest.raises(BadArchive, match="another spec"):
        run_archive.take_in(SPECS, archive)


def test_a_truncated_archive_is_refused(archive):
    archive.write_bytes(archive.read_bytes()[:-100])
    with pytest.raises(BadArchive, match="export it again"):
        run_archive.take_in(SPECS, archive)


def test_what_is_not_trained_cannot_be_exported(archive, tmp_path):
    with pytest.raises(ValueError, match="2 of 2 runs are not on disk"):
        run_archive.export(SPECS, tmp_path / "more.zip")
    assert not (tmp_path / "more.zip").exists()
