"""A data set's four IDX files: found or fetched, verified, and kept in the cache folder.

The files are looked for in this order, and the first that pass their checksums are used:

1. the folder that the environment variable `LABCODE_DATA` names; if it is set, no other is tried.
   Those of other data sets than Fashion-MNIST lie in a folder within it, such as `mnist`
2. labcode's own cache folder, where what is found or fetched below is kept
3. Debian's package `dataset-fashion-mnist`, if it is installed
4. torchvision's layout, such as `FashionMNIST/raw`, in `data`, `~/data` and torch's cache folder
5. torchvision's download
6. Debian's package, downloaded by `apt-get` and unpacked by `dpkg`; neither needs root
"""

import errno
import gzip
import hashlib
import io
import logging
import os
import shutil
import socket
import subprocess
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
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
LARGEST = 2**26  # bytes that are unpacked at most: more than any file of MNIST's size has
MEMBERS = 4  # of an archive, that may be one of the four files
GZIP = b"\x1f\x8b"
NO_ROOM = [os.strerror(code) for code in (errno.ENOSPC, errno.EDQUOT)]
AS_FILES = "unpacked, gzipped or in a .zip,"

Part = Literal["train", "test"]
Contents = dict[str, bytes]


@dataclass(frozen=True)
class FileSet:
    """Four IDX files of 28 x 28 grey images that belong together.

    Attributes
    ----------
    title : str
        For messages.
    folder : str
        Of the kept files in the cache folder, and of the files in `LABCODE_DATA`.
    checksums : mapping of str to str
        Of each file: MD5, or SHA-256 if it has 64 digits.
    as_packed : bool
        Whether these are the checksums of the gzipped files, as torchvision has them.
    prefixes : mapping of str to str
        How the names of training and of test files begin.
    torchvision : str
        The class in `torchvision.datasets`.
    options : mapping
        What else this class takes.
    largest : int
        Bytes of a file that are read or unpacked at most.
    home : str
        Where people find the files.
    """

    title: str
    folder: str
    checksums: Mapping[str, str]
    torchvision: str
    home: str
    as_packed: bool = False
    prefixes: Mapping[Part, str] = field(default_factory=lambda: {"train": "train", "test": "t10k"})
    options: Mapping[str, str] = field(default_factory=dict)
    largest: int = LARGEST


FASHION_MNIST = FileSet(
    "Fashion-MNIST",
    "fashion-mnist",
    CHECKSUMS,
    "FashionMNIST",
    "https://github.com/zalandoresearch/fashion-mnist",
)
MNIST = FileSet(
    "MNIST",
    "mnist",
    {
        "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
        "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
        "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
        "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
    },
    "MNIST",
    "https://ossci-datasets.s3.amazonaws.com/mnist",
)
KMNIST = FileSet(
    "KMNIST",
    "kmnist",
    {
        "train-images-idx3-ubyte": "bdb82020997e1d708af4cf47b453dcf7",
        "train-labels-idx1-ubyte": "e144d726b3acfaa3e44228e80efcd344",
        "t10k-images-idx3-ubyte": "5c965bf0a639b31b8f53240b1b52f4d7",
        "t10k-labels-idx1-ubyte": "7320c461ea6c1c855c0b718fb2a4b134",
    },
    "KMNIST",
    "https://github.com/rois-codh/kmnist",
    as_packed=True,
)
_BALANCED = "emnist-balanced"
EMNIST = FileSet(
    "EMNIST's balanced split",
    "emnist",
    {
        f"{_BALANCED}-train-images-idx3-ubyte": (
            "74295e75e4e9fa2c102147460ee7eb763653d5132d883a84fb88932bfb8d2db4"
        ),
        f"{_BALANCED}-train-labels-idx1-ubyte": (
            "b46d41e5156a0a8aaaa4d18979fdd1588850fa8571018acffd5d93b325a7d6ed"
        ),
        f"{_BALANCED}-test-images-idx3-ubyte": (
            "117fc12b015e37ea98bfb2cbba3f77c3782c056cdbd219b87abfc8661d7135db"
        ),
        f"{_BALANCED}-test-labels-idx1-ubyte": (
            "a67cac948379b67270b9a4d0a01c8ec661598accf2f2b1964340b7c83cb175cd"
        ),
    },
    "EMNIST",
    "https://www.nist.gov/itl/products-and-services/emnist-dataset",
    as_packed=True,
    prefixes={"train": f"{_BALANCED}-train", "test": f"{_BALANCED}-test"},
    options={"split": "balanced"},
    largest=2 * LARGEST,
)

# Takes the files that are wanted and an empty folder to work in, and returns the folder that has
# them, or raises.
Source = Callable[[FileSet, Path], Path]


class DataUnavailable(RuntimeError):
    """A data set is not on this machine and cannot be fetched; the message says what to do."""


class _Unusable(Exception):
    """A source does not have the four files, or has them damaged."""


def load(part: Part, of: FileSet = FASHION_MNIST) -> tuple[np.ndarray, np.ndarray]:
    """Images and labels, as stored in files that have just passed their checksums.

    Parameters
    ----------
    part : str
        `train` or `test`; of Fashion-MNIST n = 60,000 and n = 10,000.
    of : FileSet

    Returns
    -------
    images : ndarray
        Shape (n, 28, 28), uint8, 0 (background) to 255.
    labels : ndarray
        Shape (n,), uint8, from 0 on.

    Raises
    ------
    ValueError
        If the part is none of the two.
    DataUnavailable
        If no source has the files.
    """
    checks.option("part", part, tuple(of.prefixes))
    prefix = of.prefixes[part]
    _, contents = _find(of)
    images = bytearray(_gunzipped(contents[f"{prefix}-images-idx3-ubyte"], of.largest))
    labels = bytearray(_gunzipped(contents[f"{prefix}-labels-idx1-ubyte"], of.largest))
    return (
        np.frombuffer(images, np.uint8, offset=16).reshape(-1, 28, 28),
        np.frombuffer(labels, np.uint8, offset=8),
    )


def folder(of: FileSet = FASHION_MNIST) -> Path:
    """The folder of the four verified files, which are fetched if need be.

    Parameters
    ----------
    of : FileSet

    Raises
    ------
    DataUnavailable
        If no source has the files.
    """
    return _find(of)[0]


def _find(of: FileSet) -> tuple[Path, Contents]:
    if chosen := _named(of):
        try:
            return chosen, _read(chosen, of)
        except _Unusable as problem:
            raise DataUnavailable(
                f"the environment variable LABCODE_DATA names {chosen} as the folder of "
                f"{of.title}'s four files, but {problem}. Put the files there, {AS_FILES} "
                "or unset the variable to have them found or fetched."
            ) from None
    kept = cache_folder() / of.folder
    try:
        return kept, _read(kept, of)
    except _Unusable as problem:
        if any(os.path.lexists(kept / name) for name in of.checksums):
            logger.warning("%s in the cache is fetched anew: %s.", of.title, problem)
        return _fetch(of, kept, {"labcode's cache folder": str(problem)})


def _named(of: FileSet) -> Path | None:
    """The folder that `LABCODE_DATA` names for these files.

    Fashion-MNIST's lie in it. Other data sets' files may have the same names, so that they have a
    folder within; where there is none, the variable does not speak of them.
    """
    if not (named := os.environ.get("LABCODE_DATA")):
        return None
    chosen = Path(named).expanduser()
    if of is FASHION_MNIST:
        return chosen
    return chosen / of.folder if (chosen / of.folder).exists() else None


def _fetch(of: FileSet, kept: Path, tried: dict[str, str]) -> tuple[Path, Contents]:
    """Keep a copy of the first source that has the files; if that is impossible, use it there."""
    try:
        with _workplace(kept) as workplace:
            with suppress(_Unusable):
                return kept, _read(kept, of)  # another process fetched them meanwhile
            _, contents = _first_source(IN_PLACE | BY_NETWORK, of, workplace, tried)
            for name, content in contents.items():
                _write(content, workplace / name)
                os.replace(workplace / name, kept / name)
            return kept, contents
    except OSError as problem:
        tried["keeping a copy"] = (
            f"{problem}; set LABCODE_CACHE to a folder with room, in which you may write"
        )
        found = _first_source(IN_PLACE, of, kept, tried)
        logger.warning("%s is used in %s: cannot write to %s.", of.title, found[0], kept)
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
    sources: dict[str, Source], of: FileSet, workplace: Path, tried: dict[str, str]
) -> tuple[Path, Contents]:
    for name, source in sources.items():
        try:
            found = source(of, workplace)
            return found, _read(found, of)
        except Exception as problem:  # whatever is wrong with one source, the next may do
            tried[name] = " ".join(str(problem).split()) or type(problem).__name__
    full = any(text in reason for reason in tried.values() for text in NO_ROOM)
    raise DataUnavailable(
        f"{of.title} is not on this machine and could not be "
        + ("kept: there is no room on the disk.\n" if full else "fetched.\n")
        + "".join(f"  - {name}: {reason}\n" for name, reason in tried.items())
        + (
            "Make room, or set LABCODE_CACHE to a folder with room, and try again. "
            if full
            else "Connect to the network and try again. "
        )
        + f"Or put the four files ({', '.join(of.checksums)}), {AS_FILES} "
        + f"in a folder{'' if of is FASHION_MNIST else f' {of.folder} within a folder'} "
        + "and name that folder in the environment variable LABCODE_DATA. They are at "
        + f"{of.home}."
    )


def _debian_installed(of: FileSet, _: Path) -> Path:
    _needs_package(of)
    return DEBIAN_FOLDER


def _torchvision_layout(of: FileSet, _: Path) -> Path:
    roots = [Path("data"), Path.home() / "data", Path(torch.hub.get_dir()).parent]
    folders = [root.absolute() / of.torchvision / "raw" for root in roots]
    problems = []
    for candidate in folders:
        try:
            _read(candidate, of)
            return candidate
        except _Unusable as problem:
            problems.append(str(problem))
    raise _Unusable("; ".join(problems))


def _torchvision_download(of: FileSet, workplace: Path) -> Path:
    from labcode.data._torchvision import torchvision

    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(NETWORK_TIMEOUT)
    try:
        kind = getattr(torchvision.datasets, of.torchvision)
        kind(str(workplace), download=True, **of.options)
    finally:
        socket.setdefaulttimeout(before)
    return workplace / of.torchvision / "raw"


def _needs_package(of: FileSet) -> None:
    if of is not FASHION_MNIST:
        raise _Unusable(f"it is Fashion-MNIST's; {of.title} has none")


def _debian_download(of: FileSet, workplace: Path) -> Path:
    _needs_package(of)
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


def _read(folder: Path, of: FileSet) -> Contents:
    """The four files as their checksums are of them; `_Unusable` if one has another."""
    if not folder.is_dir():
        raise _Unusable(
            f"{folder} is no folder" if folder.exists() else f"there is no folder {folder}"
        )
    return {name: _read_file(folder, name, of) for name in of.checksums}


def _read_file(folder: Path, name: str, of: FileSet) -> bytes:
    """One file: what has its checksum is it, whatever it is packed in."""
    problem = f"there is no {name} in {folder}"
    for file in (folder / name, folder / f"{name}.gz", *sorted(folder.glob("*.zip"))):
        try:
            if file.exists() and not file.is_file():  # opening a pipe would wait for ever
                raise OSError("it is no file")
            with file.open("rb") as stream:
                for content in _candidates(stream, name, of.largest):
                    if not of.as_packed:
                        content = _gunzipped(content, of.largest)
                    if _has_checksum(content, of.checksums[name]):
                        return content
                    problem = f"{file} does not have {of.title}'s checksum"
        except FileNotFoundError:
            pass
        except Exception as reason:  # of the disk, of gzip, of zip archives
            problem = f"{file} cannot be read ({reason})"
    raise _Unusable(problem)


def _candidates(stream: IO[bytes], name: str, largest: int) -> Iterator[bytes]:
    """What may be the file `name`: all of a file, or members of an archive.

    Whether it is an archive is seen by its content, not by its name. An archive within an archive
    is not opened, and of many members of one name the first few are.
    """
    start = stream.read(2)
    stream.seek(0)
    if start != b"PK":
        yield stream.read(largest)
        return
    with zipfile.ZipFile(stream) as archive:
        fitting = [
            member
            for member in archive.infolist()
            if Path(member.filename).name in (name, f"{name}.gz")
        ]
        for member in fitting[:MEMBERS]:
            with archive.open(member) as packed:
                yield packed.read(largest)


def _gunzipped(content: bytes, largest: int) -> bytes:
    """The content itself, unpacked if it is gzipped."""
    if not content.startswith(GZIP):
        return content
    return gzip.GzipFile(fileobj=io.BytesIO(content)).read(largest)


def _has_checksum(content: bytes, checksum: str) -> bool:
    if len(checksum) == hashlib.sha256().digest_size * 2:
        return hashlib.sha256(content).hexdigest() == checksum
    return hashlib.md5(content, usedforsecurity=False).hexdigest() == checksum


def _write(content: bytes, file: Path) -> None:
    with file.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
