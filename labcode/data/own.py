"""A reader's own data: taken in once, as one verified file whose name says its content.

The file lies in the cache folder, so that every process that trains finds it. Its name ends in a
hash of what is in it: a `DataSpec` of that name can only mean these numbers, in this split.
"""

import hashlib
import json
import os
import re
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import get_args

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import load_file, save_file

from labcode import checks
from labcode.cache_folder import cache_folder
from labcode.data.files import DataUnavailable, Part
from labcode.data.readers import BadData, Choice, Found, check_size, read

FEWEST = 50
TEST_SHARE = 0.2
PATTERN = re.compile(r"[a-z0-9-]{1,40}-[0-9a-f]{16}")
UNITS = ("each column", "all alike")


@dataclass(frozen=True)
class OwnData:
    """What is known of a data set that was taken in.

    Attributes
    ----------
    name : str
        For `DataSpec`.
    training, test : int
        How many items of either.
    shape : tuple of int
        Of one item: (channels, height, width), or (d,) for rows.
    classes : tuple of str
        None if the data have no labels.
    columns : tuple of str
        Names of a table's columns.
    split : str
        How test items were chosen, in words.
    duplicates : int
        Test items that are equal to a training item in every number.
    units : str
        How a table's columns were scaled, in words.
    """

    name: str
    training: int
    test: int
    shape: tuple[int, ...]
    classes: tuple[str, ...]
    columns: tuple[str, ...]
    split: str
    duplicates: int
    units: str


def take_in(
    path: Path | str,
    *,
    seed: int = 0,
    items: int | None = None,
    side: int | None = None,
    label_column: str | None = None,
    units: str = UNITS[0],
) -> OwnData:
    """Read own data, check them, split them and keep them under their name.

    Parameters
    ----------
    path : Path or str
        As `labcode.data.readers.read` takes it.
    seed : int
        Decides the order of the items, which of them are for tests where the source does not say
        so (a fifth), and which are taken, if not all.
    items : int, optional
        Take at most so many.
    side : int, optional
        Scale images to this side.
    label_column : str, optional
        Of a CSV table.
    units : str
        Rows of numbers are scaled to the range from 0 to 1: `each column` by its own smallest and
        largest number, or `all alike`, which keeps what spectra have in common.

    Raises
    ------
    BadData
        If the data cannot be used; the message says what to do.
    DataUnavailable
        If they cannot be kept.
    TypeError
        If `path` is neither a Path nor text.
    """
    if not isinstance(path, str | Path):
        raise TypeError(f"path must be a Path or text, and is of {type(path).__name__}.")
    if label_column is not None and not isinstance(label_column, str):
        raise TypeError(f"label_column must be text, and is of {type(label_column).__name__}.")
    checks.option("units", units, UNITS)
    checks.whole(seed=seed)
    checks.counts(**{name: n for name, n in (("items", items), ("side", side)) if n is not None})
    source = Path(os.path.expanduser(path))
    found = read(source, Choice(seed, items, side), label_column)
    _check(source, found)
    pixels, how = _from_zero_to_one(found, units)
    order = np.random.default_rng(seed).permutation(len(pixels))
    test, split = _for_tests(found, order, seed)
    train_items, test_items = order[~test[order]], order[test[order]]
    content = {
        "train": np.ascontiguousarray(pixels[train_items]),
        "test": np.ascontiguousarray(pixels[test_items]),
        "train_labels": found.labels[train_items],
        "test_labels": found.labels[test_items],
    }
    slug = re.sub(r"[^a-z0-9]+", "-", source.resolve().stem.lower()).strip("-")[:40] or "data"
    about = OwnData(
        f"{slug}-{_digest(content)}",
        len(train_items),
        len(test_items),
        pixels.shape[1:],
        found.classes,
        found.columns,
        split,
        _duplicates(content["train"], content["test"]),
        how,
    )
    _keep(about, content)
    return about


def about(name: str) -> OwnData | None:
    """What is known of a data set that was taken in; None if none of this name is kept.

    Parameters
    ----------
    name : str

    Raises
    ------
    TypeError
        If `name` is no text.
    """
    checks.instances(str, name=name)
    file = _file(name)
    return (
        _header(file, file.stat().st_mtime_ns)
        if PATTERN.fullmatch(name) and file.exists()
        else None
    )


def content(name: str, part: Part) -> tuple[np.ndarray, np.ndarray]:
    """Items and labels of a data set that was taken in, as kept, after a check of their hash.

    Parameters
    ----------
    name : str
    part : str
        `train` or `test`.

    Raises
    ------
    TypeError, ValueError
        If `name` is no text, or `part` another one.
    DataUnavailable
        If the file is not there, or is not what was kept under its name.
    """
    checks.instances(str, name=name)
    checks.option("part", part, get_args(Part))
    try:
        held = load_file(_file(name))
    except (OSError, SafetensorError) as problem:
        raise DataUnavailable(f"{name} cannot be read ({problem}): take it in again.") from None
    if not name.endswith(f"-{_digest(held)}"):
        raise DataUnavailable(f"{_file(name)} is damaged: delete it, and take it in again.")
    return held[part], held[f"{part}_labels"]


def _file(name: str) -> Path:
    return cache_folder() / "own-data" / f"{name}.safetensors"


@lru_cache
def _header(file: Path, changed: int) -> OwnData:
    with safe_open(file, framework="np") as opened:
        written = json.loads((opened.metadata() or {})["about"])
    lists = {name: tuple(value) for name, value in written.items() if isinstance(value, list)}
    return OwnData(**written | lists)


def _check(source: Path, found: Found) -> None:
    n, shape = len(found.items), found.items.shape[1:]
    check_size(n, shape)
    if n < FEWEST:
        raise BadData(f"{source.name} has {n} items, and at least {FEWEST} are needed.")
    if found.items.min() == found.items.max():
        raise BadData(f"{source.name}: every number is {found.items.min():g}, so nothing varies.")
    if len(shape) == 1:
        if shape[0] < 2:
            raise BadData(f"{source.name} has one column, and an autoencoder needs two or more.")
        still = np.flatnonzero(found.items.min(0) == found.items.max(0))
        if len(still):
            names = [found.columns[i] if found.columns else f"column {i + 1}" for i in still[:5]]
            raise BadData(
                f"{source.name}: {', '.join(names)}{' and others' if len(still) > 5 else ''} "
                "hold one number alone: leave out what is constant."
            )
    elif min(shape[1:]) < 4:
        raise BadData(f"{source.name}: images of {shape[2]} x {shape[1]} pixels are too small.")


def _from_zero_to_one(found: Found, units: str) -> tuple[np.ndarray, str]:
    if found.items.ndim == 4:
        return found.items, ""
    axis = 0 if units == UNITS[0] else None
    low, high = found.items.min(axis), found.items.max(axis)
    how = f"{units} scaled to the range from 0 to 1"
    return ((found.items - low) / (high - low)).astype(np.float32).clip(0, 1), how


def _for_tests(found: Found, order: np.ndarray, seed: int) -> tuple[np.ndarray, str]:
    """Which items are for tests, shape (n,), and how they were chosen."""
    if found.test is not None:
        return found.test, "the source's own"
    chosen = np.zeros(len(order), bool)
    chosen[order[: round(TEST_SHARE * len(order))]] = True
    return chosen, f"{TEST_SHARE:.0%} drawn at random, seed {seed}"


def _duplicates(train: np.ndarray, test: np.ndarray) -> int:
    seen = {hashlib.sha256(item.tobytes()).digest() for item in train}
    return sum(hashlib.sha256(item.tobytes()).digest() in seen for item in test)


def _digest(content: dict[str, np.ndarray]) -> str:
    digest = hashlib.sha256()
    for name in sorted(content):
        digest.update(f"{name} {content[name].dtype} {content[name].shape}".encode())
        digest.update(np.ascontiguousarray(content[name]).data)
    return digest.hexdigest()[:16]


def _keep(about: OwnData, content: dict[str, np.ndarray]) -> None:
    file = _file(about.name)
    partial = file.with_name(f"{file.stem}.{os.getpid()}.partial")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        save_file(content, partial, {"about": json.dumps(asdict(about))})
        os.replace(partial, file)
    except (OSError, SafetensorError) as problem:
        partial.unlink(missing_ok=True)
        raise DataUnavailable(
            f"the data cannot be kept in {file.parent}: {problem}. Make room there, or set "
            "LABCODE_CACHE to a folder with room in which you may write."
        ) from None
