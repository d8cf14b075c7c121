"""The four files of Fashion-MNIST: found or fetched, verified, and kept in the cache folder.

The files are looked for in this order, and the first that pass their checksums are used:

1. the folder that the environment variable `LABCODE_DATA` names; if it is set, no other is tried
2. labcode's own cache folder, where what is found or fetched below is kept
3. Debian's package `dataset-fashion-mnist`, if it is installed
4. torchvision's layout, `FashionMNIST/raw`, in `data`, `~/data` and torch's cache folder
5. torchvision's download
6. Debian's package, downloaded by `apt-get` and unpacked by `dpkg`; neither needs root
"""

import errno
import gzip
import hashlib
import logging
import os
import shutil
import socket
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Literal

import numpy as np
import torch
from filelock import FileLock

from labcode import checks
from labcode.cache_folder import cache_folder

logger = logging.getLogger(__name__)

# MD5 of the unpacked files. The gzipped ones differ from mirror to mirror.
CHECKSUMS = {
    "train-images-idx3-ubyte": "f4a8712d7a061bf5bd6d2ca38dc4d50a",
    "train-labels-idx1-ubyte": "9018921c3c673c538a1fc5bad174d6f9",
    "t10k-images-idx3-ubyte": "8181f5470baa50b63fa0f6fddb340f0a",
    "t10k-labels-idx1-ubyte": "15d484375f8d13e6eb1aabb0c3f46965",
}
DEBIAN_FOLDER = Path("/usr/share/datasets/fashion-mnist")
DEBIAN_PACKAGE = "dataset-fashion-mnist"
NETWORK_TIMEOUT = 20  # seconds without an answer
LARGEST = 2**26  # bytes that are unpacked at most: more than any of the four files has
MEMBERS = 4  # of an archive, that may be one of the four files
NO_ROOM = [os.strerror(code) for code in (errno.ENOSPC, errno.EDQUOT)]
AS_FILES = "unpacked, gzipped or in a .zip,"

Contents = dict[str, bytes]
# Takes an empty folder to work in and returns the folder of the files, or raises.
Source = Callable[[Path], Path]


class DataUnavailable(RuntimeError):
    """Fashion-MNIST is not on this machine and cannot be fetched; the message says what to do."""


class _Unusable(Exception):
    """A source does not have the four files, or has them damaged."""


def load(part: Literal["train", "test"]) -> tuple[np.ndarray, np.ndarray]:
    """Images and labels, as stored in files that have just passed their checksums.

    Parameters
    ----------
    part : str
        `train`, n = 60,000, or `test`, n = 10,000.

    Returns
    -------
    images : ndarray
        Shape (n, 28, 28), uint8, 0 (background) to 255.
    labels : ndarray
        Shape (n,), uint8, 0 to 9.

    Raises
    ------
    ValueError
        If the part is none of the two.
    DataUnavailable
        If no source has the files.
    """
    prefixes = {"train": "train", "test": "t10k"}
    checks.option("part", part, tuple(prefixes))
    prefix = prefixes[part]
    _, contents = _find()
    images = bytearray(contents[f"{prefix}-images-idx3-ubyte"])
    labels = bytearray(contents[f"{prefix}-labels-idx1-ubyte"])
    return (
        np.frombuffer(images, np.uint8, offset=16).reshape(-1, 28, 28),
        np.frombuffer(labels, np.uint8, offset=8),
    )


def folder() -> Path:
    """The folder of the four verified files, which are fetched if need be.

    Raises
    ------
    DataUnavailable
        If no source has the files.
    """
    return _find()[0]


def _find() -> tuple[Path, Contents]:
    if named := os.environ.get("LABCODE_DATA"):
        chosen = Path(named).expanduser()
        try:
            return chosen, _read(chosen)
        except _Unusable as problem:
            raise DataUnavailable(
                f"the environment variable LABCODE_DATA names {chosen} as the folder of "
                f"Fashion-MNIST's four files, but {problem}. Put the files there, {AS_FILES} "
                "or unset the variable to have them found or fetched."
            ) from None
    kept = cache_folder() / "fashion-mnist"
    try:
        return kept, _read(kept)
    except _Unusable as problem:
        if any(os.path.lexists(kept / name) for name in CHECKSUMS):
            logger.warning("Fashion-MNIST in the cache is fetched anew: %s.", problem)
        return _fetch(kept, {"labcode's cache folder": str(problem)})


def _fetch(kept: Path, tried: dict[str, str]) -> tuple[Path, Contents]:
    """Keep a copy of the first source that has the files; if that is impossible, use it there."""
    try:
        with _workplace(kept) as workplace:
            with suppress(_Unusable):
                return kept, _read(kept)  # another process fetched them while this one waited
            _, contents = _first_source(IN_PLACE | BY_NETWORK, workplace, tried)
            for name, content in contents.items():
                _write(content, workplace / name)
                os.replace(workplace / name, kept / name)
            return kept, contents
    except OSError as problem:
        tried["keeping a copy"] = (
            f"{problem}; set LABCODE_CACHE to a folder with room, in which you may write"
        )
        found = _first_source(IN_PLACE, kept, tried)
        logger.warning("Fashion-MNIST is used in %s: cannot write to %s.", found[0], kept)
        return found


@contextmanager
def _workplace(kept: Path) -> Iterator[Path]:
    """An empty folder on the disk of the kept files, for one process at a time."""
    kept.mkdir(parents=True, exist_ok=True)
    with FileLock(kept / ".lock"):
        workplace = kept / "unfinished"
        shutil.rmtree(workplace, ignore_errors=True)
        workplace.mkdir()
        try:
            yield workplace
        finally:
            shutil.rmtree(workplace, ignore_errors=True)


def _first_source(
    sources: dict[str, Source], workplace: Path, tried: dict[str, str]
) -> tuple[Path, Contents]:
    for name, source in sources.items():
        try:
            found = source(workplace)
            return found, _read(found)
        except Exception as problem:  # whatever is wrong with one source, the next may do
            tried[name] = " ".join(str(problem).split()) or type(problem).__name__
    full = any(text in reason for reason in tried.values() for text in NO_ROOM)
    raise DataUnavailable(
        "Fashion-MNIST is not on this machine and could not be "
        + ("kept: there is no room on the disk.\n" if full else "fetched.\n")
        + "".join(f"  - {name}: {reason}\n" for name, reason in tried.items())
        + (
            "Make room, or set LABCODE_CACHE to a folder with room, and try again. "
            if full
            else "Connect to the network and try again. "
        )
        + f"Or put the four files ({', '.join(CHECKSUMS)}), {AS_FILES} "
        + "in a folder and name that folder in the "
        + "environment variable LABCODE_DATA. They are at "
        + "https://github.com/zalandoresearch/fashion-mnist."
    )


def _debian_installed(_: Path) -> Path:
    return DEBIAN_FOLDER


def _torchvision_layout(_: Path) -> Path:
    roots = [Path("data"), Path.home() / "data", Path(torch.hub.get_dir()).parent]
    folders = [root.absolute() / "FashionMNIST" / "raw" for root in roots]
    problems = []
    for candidate in folders:
        try:
            _read(candidate)
            return candidate
        except _Unusable as problem:
            problems.append(str(problem))
    raise _Unusable("; ".join(problems))


def _torchvision_download(workplace: Path) -> Path:
    from labcode.data._torchvision import torchvision

    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(NETWORK_TIMEOUT)
    try:
        torchvision.datasets.FashionMNIST(str(workplace), download=True)
    finally:
        socket.setdefaulttimeout(before)
    return workplace / "FashionMNIST" / "raw"


def _debian_download(workplace: Path) -> Path:
    for tool in ("apt-get", "dpkg"):
        if shutil.which(tool) is None:
            raise _Unusable(f"there is no {tool} on this machine")
    apt = ["apt-get", "-o", f"Acquire::http::Timeout={NETWORK_TIMEOUT}", "-o", "Acquire::Retries=0"]
    try:
        _run(*apt, "download", DEBIAN_PACKAGE, folder=workplace)
    except subprocess.SubprocessError:  # no package lists, or old ones: use lists of its own
        (workplace / "lists" / "partial").mkdir(parents=True)
        (workplace / "cache" / "archives" / "partial").mkdir(parents=True)
        apt += ["-o", f"Dir::State::Lists={workplace / 'lists'}"]
        apt += ["-o", f"Dir::Cache={workplace / 'cache'}", "-o", "APT::Sandbox::User=root"]
        with suppress(subprocess.SubprocessError):  # one list that fails may not be the one needed
            _run(*apt, "update", folder=workplace)
        _run(*apt, "download", DEBIAN_PACKAGE, folder=workplace)
    package = next(workplace.glob(f"{DEBIAN_PACKAGE}_*.deb"))
    _run("dpkg", "-x", str(package), "unpacked", folder=workplace)
    return workplace / "unpacked" / DEBIAN_FOLDER.relative_to("/")


IN_PLACE: dict[str, Source] = {
    "Debian's package, installed": _debian_installed,
    "files that torchvision left": _torchvision_layout,
}
BY_NETWORK: dict[str, Source] = {
    "torchvision's download": _torchvision_download,
    "Debian's package, downloaded": _debian_download,
}


def _run(*command: str, folder: Path) -> None:
    """Run a command; if it fails, raise with the last line of its errors."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600)
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise subprocess.SubprocessError(f"{command[0]}: {lines[-1]}")


def _read(folder: Path) -> Contents:
    """The four files, unpacked, each with the right checksum; `_Unusable` otherwise."""
    if not folder.is_dir():
        raise _Unusable(
            f"{folder} is no folder" if folder.exists() else f"there is no folder {folder}"
        )
    return {name: _read_file(folder, name) for name in CHECKSUMS}


def _read_file(folder: Path, name: str) -> bytes:
    """One file, unpacked: what has its checksum is it, however it is packed."""
    problem = f"there is no {name} in {folder}"
    for file in (folder / name, folder / f"{name}.gz", *sorted(folder.glob("*.zip"))):
        try:
            if file.exists() and not file.is_file():  # opening a pipe would wait for ever
                raise OSError("it is no file")
            with file.open("rb") as stream:
                for content in _unpacked(stream, name):
                    if hashlib.md5(content, usedforsecurity=False).hexdigest() == CHECKSUMS[name]:
                        return content
                    problem = f"{file} does not have Fashion-MNIST's checksum"
        except FileNotFoundError:
            pass
        except Exception as reason:  # of the disk, of gzip, of zip archives
            problem = f"{file} cannot be read ({reason})"
    raise _Unusable(problem)


def _unpacked(stream: IO[bytes], name: str, within: bool = False) -> Iterator[bytes]:
    """What may be the file `name`; whether it is packed is seen by its content, not by its name.

    An archive within an archive is not opened, and of many members of one name the first few are.
    """
    start = stream.read(2)
    stream.seek(0)
    if start == b"PK" and not within:
        with zipfile.ZipFile(stream) as archive:
            fitting = [
                member
                for member in archive.infolist()
                if Path(member.filename).name in (name, f"{name}.gz")
            ]
            for member in fitting[:MEMBERS]:
                with archive.open(member) as packed:
                    yield from _unpacked(packed, name, within=True)
    elif start == b"\x1f\x8b":
        yield gzip.GzipFile(fileobj=stream).read(LARGEST)
    else:
        yield stream.read(LARGEST)


def _write(content: bytes, file: Path) -> None:
    with file.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
