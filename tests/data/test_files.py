"""Every source of the data set, and every fault. Small stand-ins take the place of the files."""

import errno
import gzip
import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
import urllib.error
import zipfile
from pathlib import Path

import numpy as np
import platformdirs
import pytest

from labcode.cache_folder import cache_folder
from labcode.data import files, sets
from labcode.data.files import DataUnavailable

TRAIN_IMAGES = "train-images-idx3-ubyte"
TEST_LABELS = "t10k-labels-idx1-ubyte"


@pytest.fixture
def stand_ins(tmp_path, monkeypatch) -> dict[str, bytes]:
    """Contents of four small files, with their checksums expected instead of Fashion-MNIST's."""
    rng = np.random.default_rng(0)
    contents = {}
    for part, n in (("train", 60), ("t10k", 10)):
        images = rng.integers(0, 256, n * 784, dtype=np.uint8).tobytes()
        labels = rng.integers(0, 10, n, dtype=np.uint8).tobytes()
        contents[f"{part}-images-idx3-ubyte"] = bytes(16) + images
        contents[f"{part}-labels-idx1-ubyte"] = bytes(8) + labels
    checksums = {name: hashlib.md5(content).hexdigest() for name, content in contents.items()}
    for name, checksum in checksums.items():
        monkeypatch.setitem(files.CHECKSUMS, name, checksum)
    return contents


@pytest.fixture
def bare_machine(tmp_path, monkeypatch, empty_cache, stand_ins) -> Path:
    """A machine with no data, no network and no apt-get; returns its home folder."""
    home = tmp_path / "home"
    home.mkdir()
    (tmp_path / "bin").mkdir()
    monkeypatch.chdir(home)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("TORCH_HOME", str(home / "torch"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.delenv("LABCODE_DATA")
    monkeypatch.setattr(files, "DEBIAN_FOLDER", tmp_path / "usr/share/datasets/fashion-mnist")
    download_with(monkeypatch, no_network)
    return home


def no_network(root: str) -> None:
    raise urllib.error.URLError("Name or service not known")


def download_with(monkeypatch, download) -> None:
    """Have torchvision's data set call `download(root)`."""
    from labcode.data._torchvision import torchvision

    class Downloading:
        def __init__(self, root: str, download: bool) -> None:
            assert download
            type(self).fetch(root)

        fetch = staticmethod(download)

    monkeypatch.setattr(torchvision.datasets, "FashionMNIST", Downloading)


def put(folder: Path, contents: dict[str, bytes], gzipped: bool = False) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        if gzipped:
            (folder / f"{name}.gz").write_bytes(gzip.compress(content))
        else:
            (folder / name).write_bytes(content)
    return folder


def put_command(folder: Path, name: str, script: str) -> None:
    command = folder / name
    command.write_text(f"#!/bin/sh\nPATH=/usr/bin:/bin\n{script}\n")
    command.chmod(0o755)


def put_debian_tools(folder: Path, package: Path, log: Path, lists: bool = True) -> None:
    """An apt-get that `downloads` a package, and a dpkg that unpacks it."""
    needs_lists = "" if lists else 'case "$*" in *Dir::State::Lists=*) ;; *) exit 100;; esac'
    put_command(
        folder,
        "apt-get",
        f"""
        echo "$@" >> "{log}"
        {needs_lists}
        case "$*" in *download*) touch dataset-fashion-mnist_1_all.deb;; esac""",
    )
    unpacked = str(files.DEBIAN_FOLDER).lstrip("/")
    put_command(
        folder,
        "dpkg",
        f"""
        test "$1" = -x && test -f "$2" && mkdir -p "$3/{unpacked}"
        cp "{package}"/* "$3/{unpacked}" """,
    )


def kept(name: str) -> Path:
    return cache_folder() / "fashion-mnist" / name


def assert_loads(stand_ins: dict[str, bytes]) -> None:
    for part, prefix in (("train", "train"), ("test", "t10k")):
        images, labels = files.load(part)
        assert images.shape == (len(labels), 28, 28)
        assert images.tobytes() == stand_ins[f"{prefix}-images-idx3-ubyte"][16:]
        assert labels.tobytes() == stand_ins[f"{prefix}-labels-idx1-ubyte"][8:]


def assert_kept(stand_ins: dict[str, bytes]) -> None:
    for name, content in stand_ins.items():
        assert kept(name).read_bytes() == content
    assert {file.name for file in kept("").iterdir()} == {*stand_ins, ".lock"}


# The folder that LABCODE_DATA names


@pytest.mark.parametrize("gzipped", [False, True])
def test_named_folder_is_used_where_it_is(
    bare_machine, stand_ins, tmp_path, monkeypatch, empty_cache, gzipped
):
    monkeypatch.setenv("LABCODE_DATA", str(put(tmp_path / "mine", stand_ins, gzipped)))
    assert_loads(stand_ins)
    assert files.folder() == tmp_path / "mine"
    assert not empty_cache.exists()


@pytest.mark.parametrize("fault", ["absent", "altered", "one file short"])
def test_named_folder_without_the_files_is_an_error_even_if_another_has_them(
    bare_machine, stand_ins, tmp_path, monkeypatch, fault
):
    put(kept(""), stand_ins)
    named = tmp_path / "mine"
    if fault != "absent":
        put(named, stand_ins)
    if fault == "altered":
        alter(named / TRAIN_IMAGES)
    if fault == "one file short":
        (named / TEST_LABELS).unlink()
    monkeypatch.setenv("LABCODE_DATA", str(named))
    with pytest.raises(DataUnavailable, match="LABCODE_DATA") as caught:
        files.load("train")
    assert str(named) in str(caught.value)
    assert "unset the variable" in str(caught.value)


@pytest.mark.parametrize("layout", ["one .zip", "a .zip each", "of gzipped files in folders"])
def test_trial_zip_archives_are_read(bare_machine, stand_ins, tmp_path, monkeypatch, layout):
    """Before: the README said "zipped or not", and no .zip was read."""
    named = tmp_path / "mine"
    named.mkdir()
    for name, content in stand_ins.items():
        archive = named / (f"{name}.zip" if layout == "a .zip each" else "archive.zip")
        with zipfile.ZipFile(archive, "a", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr(f"__MACOSX/._{name}", b"of a Mac")
            if layout == "of gzipped files in folders":
                packed.writestr(f"data/fashion/{name}.gz", gzip.compress(content))
            else:
                packed.writestr(name, content)
    monkeypatch.setenv("LABCODE_DATA", str(named))
    assert_loads(stand_ins)


def test_trial_right_content_under_a_wrong_gz_name_is_used(
    bare_machine, stand_ins, tmp_path, monkeypatch
):
    """Browsers unpack a download and leave its name; before, such a file was refused."""
    named = tmp_path / "mine"
    named.mkdir()
    for i, (name, content) in enumerate(stand_ins.items()):
        if i % 2:
            (named / f"{name}.gz").write_bytes(content)
        else:
            (named / name).write_bytes(gzip.compress(content))
    monkeypatch.setenv("LABCODE_DATA", str(named))
    assert_loads(stand_ins)


def test_trial_a_folder_that_is_missing_is_not_reported_as_a_missing_file(
    bare_machine, tmp_path, monkeypatch
):
    monkeypatch.setenv("LABCODE_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(DataUnavailable, match="but there is no folder .*nowhere"):
        files.load("train")
    (tmp_path / "a-file").write_text("")
    monkeypatch.setenv("LABCODE_DATA", str(tmp_path / "a-file"))
    with pytest.raises(DataUnavailable, match="but .*a-file is no folder"):
        files.load("train")


@pytest.mark.parametrize("wrong", ["not an archive", "a bomb", "cut short"])
def test_an_archive_that_cannot_be_read_is_named(
    bare_machine, stand_ins, tmp_path, monkeypatch, wrong
):
    named = tmp_path / "mine"
    named.mkdir()
    with zipfile.ZipFile(named / "archive.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in stand_ins.items():
            packed.writestr(name, bytes(10**8) if wrong == "a bomb" else content)
    if wrong == "not an archive":
        (named / "archive.zip").write_bytes(b"PK but not really")
    if wrong == "cut short":
        truncate(named / "archive.zip")
    monkeypatch.setenv("LABCODE_DATA", str(named))
    with pytest.raises(DataUnavailable, match=r"archive\.zip (cannot be read|does not have)"):
        files.load("train")


# The other sources


def test_installed_debian_package(bare_machine, stand_ins):
    put(files.DEBIAN_FOLDER, stand_ins, gzipped=True)
    assert_loads(stand_ins)
    assert_kept(stand_ins)


@pytest.mark.parametrize("root", ["data", "torch"])
@pytest.mark.parametrize("gzipped", [False, True])
def test_what_torchvision_left(bare_machine, stand_ins, root, gzipped):
    put(bare_machine / root / "FashionMNIST" / "raw", stand_ins, gzipped)
    assert_loads(stand_ins)
    assert_kept(stand_ins)


def test_what_torchvision_left_in_the_current_folder(
    bare_machine, stand_ins, tmp_path, monkeypatch
):
    put(tmp_path / "project" / "data" / "FashionMNIST" / "raw", stand_ins)
    monkeypatch.chdir(tmp_path / "project")
    assert_loads(stand_ins)


def test_torchvision_download(bare_machine, stand_ins, monkeypatch):
    calls = []

    def download(root: str) -> None:
        calls.append(root)
        assert socket.getdefaulttimeout() == files.NETWORK_TIMEOUT
        put(Path(root) / "FashionMNIST" / "raw", stand_ins, gzipped=True)

    download_with(monkeypatch, download)
    assert_loads(stand_ins)
    assert_kept(stand_ins)
    assert socket.getdefaulttimeout() is None
    assert len(calls) == 1
    assert Path(calls[0]).is_relative_to(cache_folder())


@pytest.mark.parametrize("lists", [True, False])
def test_debian_download(bare_machine, stand_ins, tmp_path, lists):
    package = put(tmp_path / "package", stand_ins, gzipped=True)
    put_debian_tools(tmp_path / "bin", package, tmp_path / "log", lists)
    assert_loads(stand_ins)
    assert_kept(stand_ins)
    commands = [line.split() for line in (tmp_path / "log").read_text().splitlines()]
    assert [("update" in words, "download" in words) for words in commands] == (
        [(False, True)] if lists else [(False, True), (True, False), (False, True)]
    )


def test_each_source_is_asked_only_when_those_before_it_have_nothing(
    bare_machine, stand_ins, tmp_path, monkeypatch
):
    """Each earlier source is added in turn, and none after it is read."""
    asked = []

    def watch(name, source):
        def watched(of, workplace):
            asked.append(name)
            return source(of, workplace)

        return watched

    for sources in (files.IN_PLACE, files.BY_NETWORK):
        for name, source in sources.items():
            monkeypatch.setitem(sources, name, watch(name, source))
    order = [*files.IN_PLACE, *files.BY_NETWORK]
    put_debian_tools(tmp_path / "bin", put(tmp_path / "package", stand_ins), tmp_path / "log")
    arrivals = [
        lambda: None,
        lambda: download_with(
            monkeypatch, lambda root: put(Path(root) / "FashionMNIST" / "raw", stand_ins)
        ),
        lambda: put(bare_machine / "data" / "FashionMNIST" / "raw", stand_ins),
        lambda: put(files.DEBIAN_FOLDER, stand_ins),
    ]
    for position, arrive in zip((4, 3, 2, 1), arrivals, strict=True):
        arrive()
        asked.clear()
        assert_loads(stand_ins)
        assert asked == order[:position]
        shutil.rmtree(cache_folder())
    assert_loads(stand_ins)
    asked.clear()
    assert_loads(stand_ins)  # from the cache
    assert not asked


def test_a_source_with_wrong_files_is_passed_over(bare_machine, stand_ins, tmp_path):
    put(files.DEBIAN_FOLDER, stand_ins, gzipped=True)
    alter(files.DEBIAN_FOLDER / f"{TRAIN_IMAGES}.gz")
    raw = put(bare_machine / "data" / "FashionMNIST" / "raw", stand_ins)
    truncate(raw / TEST_LABELS)
    put_debian_tools(tmp_path / "bin", put(tmp_path / "package", stand_ins), tmp_path / "log")
    assert_loads(stand_ins)
    assert_kept(stand_ins)


def test_wrong_download_is_not_used(bare_machine, stand_ins, monkeypatch):
    def download(root: str) -> None:
        raw = put(Path(root) / "FashionMNIST" / "raw", stand_ins)
        alter(raw / TRAIN_IMAGES)

    download_with(monkeypatch, download)
    with pytest.raises(DataUnavailable, match=f"{TRAIN_IMAGES} does not have .* checksum"):
        files.load("test")
    assert not kept(TRAIN_IMAGES).exists()


def test_gzipped_copy_serves_where_the_unpacked_one_is_cut_short(bare_machine, stand_ins):
    raw = bare_machine / "data" / "FashionMNIST" / "raw"
    put(raw, stand_ins)
    put(raw, stand_ins, gzipped=True)
    truncate(raw / TRAIN_IMAGES)
    assert_loads(stand_ins)


def test_nothing_anywhere_is_one_error_that_lists_what_was_tried(bare_machine):
    with pytest.raises(DataUnavailable) as caught:
        files.load("train")
    message = str(caught.value)
    for words in (
        "labcode's cache folder: there is no folder",
        "Debian's package, installed: there is no folder",
        "files that torchvision left: there is no folder",
        str(bare_machine / "data" / "FashionMNIST" / "raw"),
        "torchvision's download: <urlopen error Name or service not known>",
        "Debian's package, downloaded: there is no apt-get on this machine",
        "Connect to the network",
        "LABCODE_DATA",
    ):
        assert words in message
    assert message.count("\n") == 6
    assert caught.value.__cause__ is None


def test_apt_get_without_network_says_why(bare_machine, tmp_path):
    put_command(tmp_path / "bin", "apt-get", "echo 'E: Unable to fetch' >&2; exit 100")
    put_command(tmp_path / "bin", "dpkg", "exit 1")
    with pytest.raises(DataUnavailable, match="apt-get: E: Unable to fetch"):
        files.load("train")


# Other data sets


def kuzushiji(stand_ins, monkeypatch) -> dict[str, bytes]:
    """The four files gzipped, with the checksums that KMNIST's are then expected to have."""
    packed = {name: gzip.compress(content, mtime=0) for name, content in stand_ins.items()}
    for name, content in packed.items():
        monkeypatch.setitem(files.KMNIST.checksums, name, hashlib.md5(content).hexdigest())
    return packed


def assert_kmnist_loads(stand_ins) -> None:
    for part, prefix in (("train", "train"), ("test", "t10k")):
        images, labels = files.load(part, files.KMNIST)
        assert images.tobytes() == stand_ins[f"{prefix}-images-idx3-ubyte"][16:]
        assert labels.tobytes() == stand_ins[f"{prefix}-labels-idx1-ubyte"][8:]


def test_checksums_of_gzipped_files_are_torchvisions_own():
    from labcode.data._torchvision import torchvision

    resources = {Path(url).stem: md5 for url, md5 in torchvision.datasets.KMNIST.resources}
    assert resources == files.KMNIST.checksums


@pytest.mark.parametrize("unpacked_beside", [False, True])
def test_files_whose_checksums_are_of_the_gzipped_ones(
    bare_machine, stand_ins, monkeypatch, unpacked_beside
):
    """As torchvision leaves them, unpacked copies beside the gzipped files."""
    packed = kuzushiji(stand_ins, monkeypatch)
    raw = bare_machine / "data" / "KMNIST" / "raw"
    raw.mkdir(parents=True)
    for name, content in packed.items():
        (raw / f"{name}.gz").write_bytes(content)
    if unpacked_beside:
        put(raw, stand_ins)
    assert_kmnist_loads(stand_ins)
    shutil.rmtree(bare_machine / "data")
    assert_kmnist_loads(stand_ins)  # from the cache
    assert not kept(TRAIN_IMAGES).exists()


def test_unpacked_files_cannot_pass_for_the_gzipped_ones(bare_machine, stand_ins, monkeypatch):
    kuzushiji(stand_ins, monkeypatch)
    put(bare_machine / "data" / "KMNIST" / "raw", stand_ins)
    with pytest.raises(DataUnavailable, match="does not have KMNIST's checksum") as caught:
        files.load("train", files.KMNIST)
    assert "Fashion-MNIST's; KMNIST has none" in str(caught.value)
    assert files.KMNIST.home in str(caught.value)


def test_another_data_set_lies_in_a_folder_within_the_named_one(
    bare_machine, stand_ins, tmp_path, monkeypatch
):
    """Their files have the same names."""
    packed = kuzushiji(stand_ins, monkeypatch)
    monkeypatch.setenv("LABCODE_DATA", str(put(tmp_path / "mine", stand_ins)))
    put(tmp_path / "mine" / "kmnist", packed)
    assert_loads(stand_ins)
    assert_kmnist_loads(stand_ins)
    alter(tmp_path / "mine" / "kmnist" / TRAIN_IMAGES)
    with pytest.raises(DataUnavailable, match="LABCODE_DATA names .*kmnist"):
        files.load("train", files.KMNIST)


def test_emnists_members_are_read_from_its_one_archive(bare_machine, tmp_path, monkeypatch):
    """And its images, which are stored column by column, stand upright."""
    image = np.arange(784, dtype=np.uint8).reshape(28, 28)
    contents = {}
    for name in files.EMNIST.checksums:
        raw = bytes(16) + image.T.tobytes() if "images" in name else bytes(8) + bytes([46])
        contents[name] = gzip.compress(raw, mtime=0)
        monkeypatch.setitem(
            files.EMNIST.checksums, name, hashlib.sha256(contents[name]).hexdigest()
        )
    raw = bare_machine / "data" / "EMNIST" / "raw"
    raw.mkdir(parents=True)
    with zipfile.ZipFile(raw / "gzip.zip", "w") as archive:
        for name, content in contents.items():
            archive.writestr(f"gzip/{name}.gz", content)
    for part in ("train", "test"):
        images, labels = sets.named("emnist").read(part)
        assert images.shape == (1, 1, 28, 28)
        assert (images[0, 0] == image).all()
        assert labels.tolist() == [46]


def test_torchvision_is_told_which_part_of_emnist(bare_machine, monkeypatch):
    from labcode.data._torchvision import torchvision

    asked = []
    monkeypatch.setattr(
        torchvision.datasets, "EMNIST", lambda root, **options: asked.append(options)
    )
    with pytest.raises(DataUnavailable, match="EMNIST's balanced split is not on this machine"):
        files.load("train", files.EMNIST)
    assert asked == [{"download": True, "split": "balanced"}]


def test_mnist_if_it_is_here(monkeypatch):
    """Its files are in a folder `mnist` where `LABCODE_DATA` says, or in torchvision's layout."""
    monkeypatch.setattr(files, "BY_NETWORK", {})
    try:
        images, labels = files.load("train", files.MNIST)
    except DataUnavailable:
        pytest.skip("MNIST is not on this machine")
    assert images.shape == (60_000, 28, 28)
    assert np.bincount(labels).tolist() == [
        5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949
    ]  # fmt: skip
    assert images.mean() / 255 == pytest.approx(0.1307, abs=5e-5)


# Damage in the cache


def alter(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def truncate(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-5])


@pytest.mark.parametrize("damage", [alter, truncate, Path.unlink])
@pytest.mark.parametrize("name", [TRAIN_IMAGES, TEST_LABELS])
@pytest.mark.parametrize("gzipped", [False, True])
def test_damaged_cache_is_noticed_and_fetched_anew(
    bare_machine, stand_ins, caplog, damage, name, gzipped
):
    put(files.DEBIAN_FOLDER, stand_ins, gzipped=True)
    put(kept(""), stand_ins)
    damage(kept(name))
    if gzipped:  # and a gzipped file beside it is no better
        put(kept(""), {name: stand_ins[name]}, gzipped=True)
        truncate(kept(f"{name}.gz"))
    assert_loads(stand_ins)
    assert kept(name).read_bytes() == stand_ins[name]
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert name in caplog.text
    assert "fetched anew" in caplog.text


def test_damaged_cache_is_not_read_where_nothing_replaces_it(bare_machine, stand_ins):
    put(kept(""), stand_ins)
    alter(kept(TRAIN_IMAGES))
    with pytest.raises(DataUnavailable, match="checksum"):
        files.load("train")


def test_sound_cache_is_read_without_a_word_and_without_writing(
    bare_machine, stand_ins, caplog, monkeypatch
):
    put(kept(""), stand_ins)
    monkeypatch.setattr(files, "_fetch", None)
    assert_loads(stand_ins)
    assert not caplog.records
    assert not kept(".lock").exists()


# A cache that cannot be written


def unwritable_by_permission(monkeypatch, tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("permissions do not bind root")
    folder = tmp_path / "cache"
    folder.mkdir()
    folder.chmod(0o555)


def unwritable_as_a_file_is_there(monkeypatch, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("")


def unwritable_on_a_read_only_disk(monkeypatch, tmp_path: Path) -> None:
    def refuse(*_args, **_kwargs):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(files.Path, "mkdir", refuse)


def unwritable_as_the_disk_is_full(monkeypatch, tmp_path: Path) -> None:
    def refuse(_descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(files.os, "fsync", refuse)


UNWRITABLE = [
    unwritable_by_permission,
    unwritable_as_a_file_is_there,
    unwritable_on_a_read_only_disk,
    unwritable_as_the_disk_is_full,
]


@pytest.mark.parametrize("prevent", UNWRITABLE)
def test_unwritable_cache_uses_the_files_in_place(
    bare_machine, stand_ins, tmp_path, monkeypatch, caplog, prevent
):
    put(files.DEBIAN_FOLDER, stand_ins, gzipped=True)
    prevent(monkeypatch, tmp_path)
    assert_loads(stand_ins)
    assert files.folder() == files.DEBIAN_FOLDER
    assert "cannot write" in caplog.text


@pytest.mark.parametrize("prevent", UNWRITABLE)
def test_unwritable_cache_and_no_files_is_a_clear_error(
    bare_machine, stand_ins, tmp_path, monkeypatch, prevent
):
    def download(root: str) -> None:
        put(Path(root) / "FashionMNIST" / "raw", stand_ins)

    download_with(monkeypatch, download)
    prevent(monkeypatch, tmp_path)
    with pytest.raises(DataUnavailable, match="set LABCODE_CACHE to a folder with room"):
        files.load("train")


@pytest.mark.parametrize("where", ["in the download", "while they are kept"])
def test_trial_a_full_disk_is_named_when_the_data_are_fetched(
    bare_machine, stand_ins, tmp_path, monkeypatch, where
):
    """Before, the advice was to connect to the network."""

    def download(root: str) -> None:
        if where == "in the download":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        put(Path(root) / "FashionMNIST" / "raw", stand_ins)

    download_with(monkeypatch, download)
    if where == "while they are kept":
        unwritable_as_the_disk_is_full(monkeypatch, tmp_path)
    with pytest.raises(DataUnavailable, match="there is no room on the disk") as caught:
        files.load("train")
    assert "Make room, or set LABCODE_CACHE" in str(caught.value)
    assert "Connect to the network" not in str(caught.value)


# Several processes

FETCH = """
import json, os, sys
from pathlib import Path
from labcode.data import files
files.CHECKSUMS.update(json.loads(os.environ["CHECKSUMS"]))
files.DEBIAN_FOLDER = Path(os.environ["DEBIAN_FOLDER"])
files.BY_NETWORK.pop("torchvision's download")
"""


def fetch_in_a_process(more: str = "") -> subprocess.Popen[str]:
    environment = os.environ | {
        "CHECKSUMS": json.dumps(files.CHECKSUMS),
        "DEBIAN_FOLDER": str(files.DEBIAN_FOLDER),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    script = f"{FETCH}\n{more}\nprint(files.load('train')[0].sum())"
    return subprocess.Popen(
        [sys.executable, "-c", script], env=environment, stdout=subprocess.PIPE, text=True
    )


def test_two_processes_at_once_fetch_once(bare_machine, stand_ins, tmp_path):
    package = put(tmp_path / "package", stand_ins)
    put_debian_tools(tmp_path / "bin", package, tmp_path / "log")
    with (tmp_path / "bin" / "apt-get").open("a") as slow:
        slow.write("sleep 2\n")
    processes = [fetch_in_a_process() for _ in range(2)]
    printed = [process.communicate(timeout=120)[0] for process in processes]
    expected = np.frombuffer(stand_ins[TRAIN_IMAGES][16:], np.uint8).sum()
    assert printed == [f"{expected}\n"] * 2
    assert len((tmp_path / "log").read_text().splitlines()) == 1
    assert_kept(stand_ins)


def test_killed_while_keeping_the_files(bare_machine, stand_ins):
    put(files.DEBIAN_FOLDER, stand_ins, gzipped=True)
    killed = fetch_in_a_process("files.os.fsync = lambda _: os.kill(os.getpid(), 9)")
    killed.communicate(timeout=120)
    assert killed.returncode == -9
    assert kept("unfinished").exists()
    assert_loads(stand_ins)
    assert_kept(stand_ins)


# The cache folder and torchvision


def test_cache_folder(monkeypatch, tmp_path):
    monkeypatch.delenv("LABCODE_CACHE")
    assert cache_folder() == Path(platformdirs.user_cache_dir("labcode"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LABCODE_CACHE", "here")
    assert cache_folder() == tmp_path / "here"
    monkeypatch.setenv("LABCODE_CACHE", "~/there")
    assert cache_folder() == Path.home() / "there"


def test_trial_a_cache_folder_that_the_locale_cannot_express_is_one_message(tmp_path):
    """Before, in an ASCII locale: "surrogates not allowed", after the training."""
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(sys.path),
        "LABCODE_CACHE": str(tmp_path / "Müller"),
        "LC_ALL": "POSIX",
        "PYTHONCOERCECLOCALE": "0",
        "PYTHONUTF8": "0",
    }
    script = "from labcode.cache_folder import cache_folder; print(ascii(cache_folder()))"

    def asked(**more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", script], env=environment | more, capture_output=True, text=True
        )

    refused = asked()
    assert "ValueError: the cache folder" in refused.stderr and "PYTHONUTF8=1" in refused.stderr
    assert asked(PYTHONUTF8="1").returncode == 0


def python(script: str, *path: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([*map(str, path), *sys.path])}
    return subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True
    )


def test_torchvision_imports_in_a_fresh_process():
    done = python(
        "from labcode.data._torchvision import torchvision\n"
        "import torch, torchvision.transforms.v2\n"
        "print(torchvision.datasets.FashionMNIST.__name__)\n"
        "print(torchvision.utils.make_grid(torch.zeros(4, 1, 28, 28)).shape[0])\n"
    )
    assert done.stdout == "FashionMNIST\n3\n", done.stderr


def test_torchvision_whose_parts_outlive_the_failed_import(tmp_path):
    """The import order of torchvision 0.19 to 0.22."""
    package = tmp_path / "torchvision"
    package.mkdir()
    (package / "__init__.py").write_text(
        "from .extension import has_operators\nfrom torchvision import meta\n"
    )
    (package / "extension.py").write_text("has_operators = False\n")
    (package / "meta.py").write_text(
        "import torch, torchvision.extension\n"
        "torchvision.extension.has_operators\n"
        "@torch.library.register_fake('torchvision::nms')\n"
        "def meta_nms(dets, scores, iou_threshold): ...\n"
    )
    done = python(
        "from labcode.data._torchvision import torchvision; print(torchvision.meta)", tmp_path
    )
    assert done.returncode == 0, done.stderr


def test_torchvision_that_imports_is_left_alone(tmp_path):
    (tmp_path / "torchvision.py").write_text("")
    done = python(
        "import torch, labcode.data._torchvision; print(hasattr(torch.ops.torchvision, 'nms'))",
        tmp_path,
    )
    assert done.stdout == "False\n", done.stderr


def test_torchvision_with_another_fault_says_so(tmp_path):
    (tmp_path / "torchvision.py").write_text("raise RuntimeError('another fault')")
    done = python("import labcode.data._torchvision", tmp_path)
    assert done.returncode == 1
    assert done.stderr.endswith("RuntimeError: another fault\n")
