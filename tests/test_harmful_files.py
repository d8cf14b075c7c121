"""Files made to do harm: reading the record, an archive or data runs no code and fills no memory.

SECURITY.md promises it. The doors are given arbitrary bytes in tests/fuzz/test_runs.py.
"""

import gzip
import json
import os
import pickle
import struct
import subprocess
import sys
import tracemalloc
import zipfile
from pathlib import Path

import pytest
import torch
from safetensors.torch import save

from labcode import runs
from labcode.data import files
from labcode.runs import archive, record
from labcode.runs.archive import BadArchive
from labcode.training.covariance import CovarianceRunSpec

SPEC = CovarianceRunSpec(1, "LBFGS", 5, 0, spectrum=(3.0, 2.0, 1.0))
NAME = "train-images-idx3-ubyte"
ROOT = Path(__file__).parents[1]


class Harm:
    """Unpickled, it writes a file."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self):
        return Path.write_text, (self.file, "executed")


@pytest.fixture
def harm(tmp_path):
    """Pickles, plain and torch's, that would write a file; none has when the test ends."""
    file = tmp_path / "executed"
    torch.save(Harm(file), tmp_path / "harm.pt")
    yield [pickle.dumps(Harm(file)), (tmp_path / "harm.pt").read_bytes()]
    assert not file.exists()
    pickle.loads(pickle.dumps(Harm(file)))  # it would have been seen
    assert file.exists()


@pytest.fixture
def packed(tmp_path, empty_cache):
    """Writes an archive of one member, by default of the run's own name."""

    def pack(content: bytes, name: str | None = None, method=zipfile.ZIP_STORED) -> Path:
        with zipfile.ZipFile(tmp_path / "runs.zip", "w", method) as opened:
            opened.writestr(name or runs.path(SPEC).name, content)
        return tmp_path / "runs.zip"

    return pack


def signed_record(folder: Path, line: str = "", array: bytes | None = None) -> Path:
    """A record whose checksums are right, whatever it holds."""
    (folder / record.ARRAYS).mkdir(parents=True)
    (folder / "chapter.jsonl").write_text(line + "\n" if line else "")
    if array is not None:
        (folder / record.ARRAYS / "abc.safetensors").write_bytes(array)
    found = record._files(folder)
    sums = "".join(f"{record._digest(f)}  {record._name(f, folder)}\n" for f in found)
    (folder / record.SUMS).write_text(sums)
    return folder


ROW = {"key": "abc", "title": "", "profile": "", "processor": "", "versions": {}}
LARGE = json.dumps(ROW | {"history": {"loss": None}})


def claiming(size: int, shape: list[int] | None = None) -> bytes:
    """A safetensors file whose header is, or speaks of, more than there is."""
    about = {"history/loss": {"dtype": "F32", "shape": shape or [1], "data_offsets": [0, size]}}
    header = json.dumps(about).encode()
    return struct.pack("<Q", len(header)) + header + bytes(4)


HUGE = {
    "data": claiming(2**40, [2**38]),
    "header": struct.pack("<Q", 2**60) + b"{}",
    "shape": claiming(4, [2**62]),
}


# Pickles


def test_a_pickle_is_no_row_and_no_array(harm, tmp_path):
    for i, content in enumerate(harm):
        folder = signed_record(tmp_path / str(i), LARGE, content)
        with pytest.raises(record.AlteredRecord, match="cannot be read"):
            record.find("abc", folder)
        (folder / "chapter.jsonl").write_bytes(content)
        record._rows.cache_clear()
        with pytest.raises(record.AlteredRecord):
            record.find("abc", folder)


def test_a_pickle_is_no_run(harm, packed):
    for content in harm:
        with pytest.raises(BadArchive):
            archive.take_in([SPEC], packed(content))
        runs.path(SPEC).parent.mkdir(parents=True, exist_ok=True)
        runs.path(SPEC).write_bytes(content)
        assert not runs.is_kept(SPEC)
        runs.path(SPEC).unlink()


def test_a_pickle_is_no_data(harm, tmp_path):
    (tmp_path / "data").mkdir()
    for content in harm:
        for some in (content, gzip.compress(content)):
            (tmp_path / "data" / NAME).write_bytes(some)
            with pytest.raises(files._Unusable):
                files._read_file(tmp_path / "data", NAME, files.FASHION_MNIST)


def test_no_reader_can_unpickle():
    """Only safetensors' reader and JSON's read what comes from outside."""
    for file in (ROOT / "labcode").rglob("*.py"):
        code = file.read_text("utf-8")
        for word in ("pickle", "torch.load(", "np.load(", "eval(", "exec(", "marshal", "yaml"):
            assert word not in code.replace(".eval(", ""), f"{file}: {word}"


# Where files are written


@pytest.mark.parametrize("name", ["../../out", "/tmp/out-of-archive", "a\\..\\out", "x/../../out"])
def test_no_name_in_an_archive_decides_where_a_file_is(packed, tmp_path, name):
    before = set(tmp_path.rglob("*"))
    file = packed(b"harm", f"{name}.safetensors")
    assert archive.take_in([SPEC], file) == 0
    own = packed(b"harm", f"{name}/{runs.path(SPEC).name}")
    assert archive.take_in([SPEC], own) == 0
    assert set(tmp_path.rglob("*")) == before | {file}


@pytest.mark.parametrize("name", ["../" + NAME, "/" + NAME, NAME])
def test_no_name_in_a_zip_of_data_writes_anything(tmp_path, name):
    (tmp_path / "data").mkdir()
    with zipfile.ZipFile(tmp_path / "data" / "some.zip", "w") as opened:
        opened.writestr(name, b"harm")
    before = set(tmp_path.rglob("*"))
    with pytest.raises(files._Unusable):
        files._read_file(tmp_path / "data", NAME, files.FASHION_MNIST)
    assert set(tmp_path.rglob("*")) == before


def test_a_key_with_a_path_is_no_key(tmp_path):
    folder = signed_record(tmp_path / "record", LARGE.replace("abc", "../secret"))
    (tmp_path / "record" / "secret.safetensors").write_bytes(save({"history/loss": torch.ones(1)}))
    with pytest.raises(record.AlteredRecord, match="is no key"):
        record.find("../secret", folder)


# Links and devices


@pytest.mark.parametrize("target", ["/dev/zero", "secret.txt"])
def test_the_record_follows_no_link(tmp_path, target):
    (tmp_path / "secret.txt").write_text(json.dumps(ROW) + "\n")
    folder = signed_record(tmp_path / "record")
    (folder / "other.jsonl").symlink_to(tmp_path / target)
    with (folder / record.SUMS).open("a") as sums:
        sums.write("no file  other.jsonl\n")
    assert record._digest(folder / "other.jsonl") == "no file"
    with pytest.raises(record.AlteredRecord):
        record.find("abc", folder)


def test_data_are_not_read_from_a_device_or_a_pipe(tmp_path):
    os.mkfifo(tmp_path / NAME)
    (tmp_path / f"{NAME}.gz").symlink_to("/dev/zero")
    with pytest.raises(files._Unusable, match="it is no file"):
        files._read_file(tmp_path, NAME, files.FASHION_MNIST)


# Sizes


def little_memory(call) -> None:
    """Run it, and see that it asked for no more than a few times what the files have."""
    tracemalloc.start()
    try:
        call()
        assert tracemalloc.get_traced_memory()[1] < 3 * files.LARGEST
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("content", HUGE.values(), ids=HUGE)
def test_sizes_that_are_only_declared_are_refused(packed, tmp_path, content):
    folder = signed_record(tmp_path / "record", LARGE, content)

    def read() -> None:
        with pytest.raises(record.AlteredRecord, match="cannot be read"):
            record.find("abc", folder)
        with pytest.raises(BadArchive):
            archive.take_in([SPEC], packed(content))

    little_memory(read)


def test_an_archive_that_unpacks_to_more_than_it_is_is_refused(packed):
    bomb = packed(bytes(300 * 2**20), method=zipfile.ZIP_DEFLATED)
    assert bomb.stat().st_size < 2**20

    def read() -> None:
        with pytest.raises(BadArchive, match="is larger than the archive"):
            archive.take_in([SPEC], bomb)

    little_memory(read)


def test_an_archive_that_declares_more_than_it_has_is_refused(packed):
    file = packed(b"1234")
    content = bytearray(file.read_bytes())
    at = content.index(b"PK\x01\x02") + 20
    content[at : at + 8] = struct.pack("<II", 2**31, 2**31)
    file.write_bytes(content)
    with pytest.raises(BadArchive, match="larger than the archive"):
        archive.take_in([SPEC], file)


@pytest.mark.parametrize("layout", ["gzip", "zip", "gzip in zip", "zip in zip"])
def test_data_that_unpack_to_more_than_there_can_be_are_cut_off(tmp_path, layout):
    content = bytes(4 * files.LARGEST)
    if layout.startswith("gzip"):
        content = gzip.compress(content, 1)
    for _ in range(layout.count("zip") - layout.count("gzip")):
        with zipfile.ZipFile(tmp_path / "made", "w", zipfile.ZIP_DEFLATED, True, 1) as opened:
            opened.writestr(NAME, content)
        content = (tmp_path / "made").read_bytes()
    (tmp_path / NAME).write_bytes(content)
    del content

    def read() -> None:
        with pytest.raises(files._Unusable):
            files._read_file(tmp_path, NAME, files.FASHION_MNIST)

    little_memory(read)


def test_of_many_members_of_one_name_a_few_are_unpacked(tmp_path, monkeypatch):
    with zipfile.ZipFile(tmp_path / "some.zip", "w") as opened:
        for i in range(50):
            opened.writestr(f"{i}/{NAME}", bytes([i]))
    read = []
    monkeypatch.setattr(files.hashlib, "md5", lambda x, **_: read.append(x) or _Digest())
    with pytest.raises(files._Unusable):
        files._read_file(tmp_path, NAME, files.FASHION_MNIST)
    assert len(read) == files.MEMBERS


class _Digest:
    def hexdigest(self) -> str:
        return "another"


def test_a_line_of_numbers_is_bounded_by_its_own_length(tmp_path):
    array = {"dtype": "float32", "shape": [2**40, 2**20], "values": [0]}
    folder = signed_record(tmp_path / "record", json.dumps(ROW | {"history": {"loss": array}}))

    def read() -> None:
        with pytest.raises(record.AlteredRecord, match="cannot be read"):
            record.find("abc", folder)

    little_memory(read)


def test_a_build_imports_nothing_from_the_folder_of_data_or_of_runs(tmp_path):
    """Python's own way in: a module beside the data."""
    (tmp_path / "json.py").write_text("raise SystemExit('executed')")
    (tmp_path / NAME).write_bytes(b"")
    code = "from labcode.data import files; files.load('train')"
    env = os.environ | {"LABCODE_DATA": str(tmp_path), "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True)
    assert "DataUnavailable" in done.stderr and "executed" not in done.stderr
