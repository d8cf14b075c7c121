"""Reads a reader's own data: folders of images, .npy, .npz, IDX files and CSV tables.

What does not fit is refused in one line that says what to do. Nothing read is executed: arrays of
Python objects are refused, and images are bounded before they are unpacked.
"""

import contextlib
import csv
import gzip
import itertools
import math
import struct
import warnings
import zipfile
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

MOST_NUMBERS = 4096  # of one item: PCA's covariance has the square of that
MOST_OF_ALL = 2**28  # numbers of all items together: 1 GiB in single precision
MOST_PIXELS = 2**26  # of an image that is scaled down
CHANNELS = (1, 3)
MODES = {"L": 1, "RGB": 3}
IDX_TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
FOR_TESTS = ("test", "t10k")
IGNORED = ("Thumbs.db", "desktop.ini", "__MACOSX")
PARTS = {"train", "training", "val", "valid", "validation", *FOR_TESTS}


class BadData(ValueError):
    """The data cannot be used as they are; the message says what to do."""


@dataclass(frozen=True)
class Choice:
    """Which items are wanted, and how large.

    Attributes
    ----------
    seed : int
        Decides which, if not all.
    items : int, optional
        At most so many.
    side : int, optional
        Images are cropped to a square about their middle and scaled to this side.

    Raises
    ------
    BadData
        If images of that side are larger than they may be.
    """

    seed: int = 0
    items: int | None = None
    side: int | None = None

    def __post_init__(self) -> None:
        if self.side is not None and self.side**2 > MOST_NUMBERS:
            raise BadData(
                f"side={self.side}: at most {MOST_NUMBERS:,} numbers are taken, so have images "
                f"scaled to {math.isqrt(MOST_NUMBERS)} or less."
            )

    def of(self, n: int) -> np.ndarray:
        """Places of the items that are taken, in their order, shape (at most n,)."""
        if self.items is None or self.items >= n:
            return np.arange(n)
        return np.sort(np.random.default_rng(self.seed).choice(n, self.items, replace=False))


@dataclass(frozen=True, eq=False)
class Found:
    """Data as they were read.

    Attributes
    ----------
    items : ndarray
        Images, shape (n, channels, height, width), uint8 or float32 from 0 to 1; or rows of
        numbers, shape (n, d), float64, in any units.
    labels : ndarray
        Shape (n,), int64: the place in `classes`; zeros without classes.
    classes : tuple of str
        None if the data have no labels.
    columns : tuple of str
        Names of a table's columns.
    test : ndarray or None
        Shape (n,), bool: which items the source itself keeps for tests, if it says so.
    """

    items: np.ndarray
    labels: np.ndarray
    classes: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    test: np.ndarray | None = None


def read(path: Path, choice: Choice, label_column: str | None = None) -> Found:
    """Read whatever lies at a path.

    Parameters
    ----------
    path : Path
        A folder of images, with or without a folder for each class; a folder of IDX files, or one
        such file; a file that ends in .npy, .npz, .csv or .tsv.
    choice : Choice
    label_column : str, optional
        Of a CSV table.

    Raises
    ------
    BadData
        If it is none of these, or holds what cannot be used.
    """
    if not path.exists():
        raise BadData(f"there is no {path}.")
    if path.is_dir():
        is_idx = any("idx" in file.name and "images" in file.name for file in path.iterdir())
        return _idx_folder(path, choice) if is_idx else _image_folder(path, choice)
    if not path.is_file():
        raise BadData(f"{path} is neither a file nor a folder.")
    if label_column and path.suffix.lower() not in (".csv", ".tsv"):
        raise BadData(f"{path.name} has no columns: a column of labels is a CSV table's.")
    match path.suffix.lower():
        case ".csv" | ".tsv":
            return _table(path, choice, label_column)
        case ".npy":
            with _readable(path):
                mapped = np.lib.format.open_memmap(path, mode="r")
            return _arrays(path, [(mapped, None, False)], choice)
        case ".npz":
            return _npz(path, choice)
    if "idx" in path.name:
        return _arrays(path, [(_idx(path), None, False)], choice)
    raise BadData(
        f"{path.name} is no data that labcode reads. Give a folder of images, an .npy or .npz "
        "file, IDX files, or a .csv table of rows."
    )


def check_size(n: int, shape: Sequence[int]) -> None:
    """Refuse what would take more memory than there may be.

    Raises
    ------
    BadData
        If an item or all items have too many numbers.
    """
    numbers, what = int(np.prod(shape)), " x ".join(map(str, shape))
    if numbers > MOST_NUMBERS:
        mend = "have them scaled with --side 32" if len(shape) == 3 else "keep fewer columns"
        raise BadData(
            f"items of {what} have {numbers:,} numbers, and at most {MOST_NUMBERS:,} are taken, "
            f"since PCA needs the square of that: {mend}."
        )
    if n * numbers > MOST_OF_ALL:
        raise BadData(
            f"{n:,} items of {what} have {n * numbers:,} numbers, and at most {MOST_OF_ALL:,} are "
            f"taken: have some drawn with --items {MOST_OF_ALL // numbers // 1000 * 1000}."
        )


# Folders of images


def _image_folder(path: Path, choice: Choice) -> Found:
    files = list(_files(path))
    if not files:
        raise BadData(f"the folder {path} has no file.")
    places = [file.relative_to(path).parts[:-1] for file in files]
    test = None
    if all(place and place[0].lower() in PARTS for place in places):
        own = np.array([place[0].lower() in FOR_TESTS for place in places])
        test, places = (own if 0 < own.sum() < len(own) else None), [p[1:] for p in places]
    names = ["/".join(place) for place in places]
    classes = tuple(sorted(set(names))) if len(set(names)) > 1 else ()
    if classes and "" in classes:
        stray = files[names.index("")]
        raise BadData(
            f"{stray.name} lies beside folders: put each image in the folder of its class, or all "
            "in one folder."
        )
    taken = choice.of(len(files))
    labels = np.array([classes.index(name) if classes else 0 for name in names], np.int64)
    items = _images([files[i] for i in taken], choice.side)
    return Found(items, labels[taken], classes, (), None if test is None else test[taken])


def _files(folder: Path) -> Iterator[Path]:
    for file in sorted(folder.rglob("*")):
        parts = file.relative_to(folder).parts
        if file.is_dir() or any(part.startswith(".") or part in IGNORED for part in parts):
            continue
        yield file


def _images(files: Sequence[Path], side: int | None) -> np.ndarray:
    first = _image(files[0], side)
    check_size(len(files), first.shape)
    items = np.empty((len(files), *first.shape), np.uint8)
    for place, file in enumerate(files):
        image = _image(file, side)
        if image.shape != first.shape:
            raise BadData(_mixed(files[0], first, file, image))
        items[place] = image
    return items


def _mixed(one: Path, first: np.ndarray, other: Path, second: np.ndarray) -> str:
    if len(first) != len(second):
        kinds = {1: "grey", 3: "in colour"}
        return (
            f"{one.name} is {kinds[len(first)]} and {other.name} is {kinds[len(second)]}: convert "
            "all images to one kind."
        )
    sizes = [" x ".join(map(str, reversed(image.shape[1:]))) for image in (first, second)]
    return (
        f"{one.name} has {sizes[0]} pixels and {other.name} {sizes[1]}: crop or scale all images "
        "to one size, or have them scaled with --side 32."
    )


def _image(file: Path, side: int | None) -> np.ndarray:
    """One image, shape (channels, height, width), uint8."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of size: it is checked below, before any pixel
            with Image.open(file) as opened:
                _check_header(file, opened, side)
                upright = ImageOps.exif_transpose(opened)
                return _pixels(file, _scaled(_plain(file, upright), side))
    except UnidentifiedImageError:
        raise BadData(f"{file.name} is no image: take it out of the folder.") from None
    except Image.DecompressionBombError:
        raise BadData(f"{file.name} is too large an image: {_larger_than(side)}.") from None
    except (OSError, SyntaxError, ValueError, EOFError, struct.error) as problem:
        if isinstance(problem, BadData):
            raise
        raise BadData(
            f"{file.name} cannot be read ({problem}): replace it, or take it out of the folder."
        ) from None


def _check_header(file: Path, image: Image.Image, side: int | None) -> None:
    width, height = image.size
    if width * height > (MOST_NUMBERS if side is None else MOST_PIXELS):
        raise BadData(f"{file.name} has {width} x {height} pixels: {_larger_than(side)}.")
    if (frames := getattr(image, "n_frames", 1)) > 1:
        raise BadData(f"{file.name} has {frames} frames: save each as an image.")
    if image.mode.startswith(("I", "F")):
        raise BadData(
            f"{file.name} has more than 8 bits a pixel: convert all images to 8 bits, or give an "
            ".npy file of numbers from 0 to 1."
        )
    if image.mode not in (*MODES, "1", "P", "LA", "RGBA", "PA"):
        raise BadData(f"{file.name} is stored as {image.mode}: convert all images to RGB or grey.")


def _larger_than(side: int | None) -> str:
    if side is None:
        return f"at most {MOST_NUMBERS:,} are taken, so have all scaled with --side 32"
    return f"at most {MOST_PIXELS:,} are scaled, so make it smaller"


def _plain(file: Path, image: Image.Image) -> Image.Image:
    """Grey or RGB, without a palette and without transparency."""
    if image.mode in ("P", "PA"):
        image = image.convert("RGBA" if "transparency" in image.info else "RGB")
    if image.mode in ("LA", "RGBA"):
        if image.getchannel("A").getextrema()[0] != 255:
            raise BadData(f"{file.name} is partly transparent: put all images on a background.")
        return image.convert("L" if image.mode == "LA" else "RGB")
    return image.convert("L") if image.mode == "1" else image


def _scaled(image: Image.Image, side: int | None) -> Image.Image:
    return image if side is None else ImageOps.fit(image, (side, side), Image.Resampling.BOX)


def _pixels(file: Path, image: Image.Image) -> np.ndarray:
    pixels = np.asarray(image)
    return pixels[None] if pixels.ndim == 2 else pixels.transpose(2, 0, 1)


# Arrays


# Items, their labels, and whether the source keeps them for tests.
Piece = tuple[np.ndarray, np.ndarray | None, bool]
TRAIN, TEST, ONE = (
    ("x_train", "train_images", "val_images", "train"),
    ("x_test", "test_images", "test"),
    ("x", "images", "data", "X", "arr_0"),
)


def _npz(path: Path, choice: Choice) -> Found:
    with _readable(path):
        held = _members(path)
    parts: list[Piece] = [(held[name], _labels(held, name), name in TEST) for name in TRAIN + TEST
                         if name in held]  # fmt: skip
    if not parts:
        alone = [name for name in ONE if name in held] or (list(held) if len(held) == 1 else [])
        parts = [(held[name], _labels(held, name), False) for name in alone[:1]]
    if not parts:
        raise BadData(
            f"{path.name} has the arrays {', '.join(held) or 'none'}. Name the data x, and their "
            "labels y; or x_train, x_test, y_train and y_test."
        )
    return _arrays(path, parts, choice)


def _members(path: Path) -> dict[str, np.ndarray]:
    held = {}
    with zipfile.ZipFile(path) as archive:
        if sum(member.file_size for member in archive.infolist()) > 8 * MOST_OF_ALL:
            raise BadData(f"{path.name} unpacks to more than {8 * MOST_OF_ALL:,} bytes: split it.")
        for member in archive.infolist():
            if member.filename.endswith(".npy"):
                with archive.open(member) as stream:
                    held[member.filename.removesuffix(".npy")] = np.lib.format.read_array(stream)
    return held


def _labels(held: dict[str, np.ndarray], name: str) -> np.ndarray | None:
    """The labels that belong to an array of this name."""
    of = {"x_train": "y_train", "x_test": "y_test"}
    wanted = [of.get(name, name.replace("images", "labels"))]
    if name in ONE or len(held) <= 2:
        wanted += ["y", "labels", "label", "target"]
    return next((held[one] for one in wanted if one in held and one != name), None)


def _arrays(path: Path, parts: Sequence[Piece], choice: Choice) -> Found:
    arrays = [_channels_first(path, array) for array, _, _ in parts]
    if any(array.shape[1:] != arrays[0].shape[1:] for array in arrays):
        shapes = " and ".join(str(array.shape) for array in arrays)
        raise BadData(f"{path.name} has items of several shapes, {shapes}: give one shape.")
    sizes = [len(array) for array in arrays]
    taken = choice.of(sum(sizes))
    if choice.side is None:
        check_size(len(taken), arrays[0].shape[1:])
    elif arrays[0].ndim != 4:
        raise BadData(f"{path.name} has rows of numbers: only images are scaled with --side.")
    starts = np.cumsum([0, *sizes])
    pieces = []
    for held, start, end in zip(arrays, starts, starts[1:], strict=False):
        rows = held[taken[(taken >= start) & (taken < end)] - start]
        pieces.append(_resized(_of_pixels(path, rows), choice.side) if rows.ndim == 4
                      else _rows(path, rows))  # fmt: skip
    items = np.concatenate(pieces)
    test = np.concatenate([np.full(n, kept) for n, (_, _, kept) in zip(sizes, parts, strict=True)])
    labels, classes = _classes(path, [labels for _, labels, _ in parts], sizes)
    chosen = test[taken]
    return Found(
        items, labels[taken], classes, (), chosen if 0 < chosen.sum() < len(chosen) else None
    )


def _channels_first(path: Path, array: np.ndarray) -> np.ndarray:
    """Images as (n, channels, height, width), rows as (n, d)."""
    if array.ndim == 2:
        return array
    if array.ndim == 3:
        return array[:, None]
    if array.ndim == 4 and array.shape[3] in CHANNELS:
        return array.transpose(0, 3, 1, 2)
    if array.ndim == 4 and array.shape[1] in CHANNELS:
        return array
    raise BadData(
        f"{path.name} has an array of shape {array.shape}. Give images of shape (n, height, "
        "width) or (n, height, width, 3), or rows of shape (n, numbers)."
    )


def _of_pixels(path: Path, images: np.ndarray) -> np.ndarray:
    """Images as uint8, or as float32 from 0 to 1."""
    if images.dtype == bool:
        return images.astype(np.uint8) * np.uint8(255)
    if images.dtype.kind not in "uif":
        raise BadData(f"{path.name} holds {images.dtype}, and pixels are numbers.")
    low, high = _range(path, images)
    if images.dtype.kind in "ui":
        if low < 0 or high > 255:
            raise BadData(
                f"{path.name} has whole numbers from {low:g} to {high:g}, more than 8 bits a "
                "pixel: divide them by the largest possible one, to floats from 0 to 1."
            )
        return images.astype(np.uint8)
    if low >= 0 and high <= 1:
        return images.astype(np.float32)
    if low >= 0 and 1 < high <= 255:
        raise BadData(
            f"{path.name} has pixels from {low:g} to {high:g} as {images.dtype}: divide them by "
            "255, or store them as uint8."
        )
    raise BadData(
        f"{path.name} has pixels from {low:g} to {high:g}: scale them to the range from 0 to 1."
    )


def _rows(path: Path, rows: np.ndarray) -> np.ndarray:
    if rows.dtype.kind not in "buif":
        raise BadData(f"{path.name} holds {rows.dtype}, and rows are of numbers.")
    found = rows.astype(np.float64)
    _range(path, found)
    return found


def _range(path: Path, array: np.ndarray) -> tuple[float, float]:
    if not array.size:
        raise BadData(f"{path.name} has an array of shape {array.shape}, which holds nothing.")
    if not np.isfinite(array).all():
        item = int(np.argmin(np.isfinite(array).reshape(len(array), -1).all(1)))
        raise BadData(
            f"{path.name}: item {item} (from 0 on) holds NaN or infinity: fill it, or leave the "
            "item out."
        )
    return float(array.min()), float(array.max())


def _resized(images: np.ndarray, side: int | None) -> np.ndarray:
    if side is None:
        return images
    if images.dtype != np.uint8:
        raise BadData("only images of 8 bits are scaled with --side: store them as uint8.")
    found = np.empty((len(images), images.shape[1], side, side), np.uint8)
    for place, image in enumerate(images):
        picture = Image.fromarray(image[0] if len(image) == 1 else image.transpose(1, 2, 0))
        found[place] = _pixels(Path(), _scaled(picture, side))
    return found


def _classes(
    path: Path, labels: Sequence[np.ndarray | None], sizes: Sequence[int]
) -> tuple[np.ndarray, tuple[str, ...]]:
    if any(one is None for one in labels):
        return np.zeros(sum(sizes), np.int64), ()
    flat = [np.asarray(one).reshape(-1) for one in labels]
    if [len(one) for one in flat] != list(sizes):
        raise BadData(
            f"{path.name} has {sum(map(len, flat))} labels for {sum(sizes)} items: give one each."
        )
    return _numbered([str(label) for one in flat for label in one])


def _numbered(words: Sequence[str]) -> tuple[np.ndarray, tuple[str, ...]]:
    """The place of each label among the classes, which are sorted as numbers where they are."""
    different = set(words)
    as_numbers = all(_is_number(word) for word in different)
    classes = tuple(sorted(different, key=float if as_numbers else None))
    place = {word: number for number, word in enumerate(classes)}
    return np.array([place[word] for word in words], np.int64), classes


# IDX files


def _idx_folder(folder: Path, choice: Choice) -> Found:
    parts: list[Piece] = []
    for file in _files(folder):
        if "images" in file.name:
            labels = file.with_name(
                file.name.replace("images", "labels")
                .replace("idx3", "idx1")
                .replace("idx4", "idx1")
            )
            held = _idx(labels) if labels.exists() else None
            parts.append((_idx(file), held, any(word in file.name for word in FOR_TESTS)))
    return _arrays(folder, parts, choice)


def _idx(file: Path) -> np.ndarray:
    """An IDX file: two zeros, a type, the number of dimensions, the sizes, the numbers."""
    with _readable(file):
        content = file.read_bytes()
        if content.startswith(b"\x1f\x8b"):
            with gzip.open(file) as stream:
                content = stream.read(8 * MOST_OF_ALL)
        if len(content) < 4 or content[:2] != b"\0\0" or content[2] not in IDX_TYPES:
            raise BadData(f"{file.name} is no IDX file: it does not begin as one.")
        dims = content[3]
        shape = struct.unpack(f">{dims}I", content[4 : 4 + 4 * dims])
        kind = np.dtype(IDX_TYPES[content[2]])
        if len(content) - 4 - 4 * dims != int(np.prod(shape, dtype=object)) * kind.itemsize:
            raise BadData(f"{file.name} is cut short or damaged: get it again.")
        return np.frombuffer(content, kind, offset=4 + 4 * dims).reshape(shape)


# Tables


def _table(path: Path, choice: Choice, label_column: str | None) -> Found:
    with _readable(path), path.open(encoding="utf-8-sig", newline="") as stream:
        start = stream.readline()
        stream.seek(0)
        lines = csv.reader(stream, delimiter=max("\t;,", key=start.count))
        return _rows_of_table(path, lines, choice, label_column)


def _rows_of_table(
    path: Path, lines: Iterator[list[str]], choice: Choice, label_column: str | None
) -> Found:
    first = next(lines, [])
    header = not any(_is_number(cell) for cell in first)
    names = [cell.strip() if header else f"column {i}" for i, cell in enumerate(first, start=1)]
    if label_column is not None and label_column not in names:
        raise BadData(f"{path.name} has no column {label_column!r}. It has {_some(names)}.")
    at = names.index(label_column) if label_column is not None else None
    kept = tuple(name for column, name in enumerate(names) if column != at)
    numbers, words = array("d"), []
    for line, row in enumerate(lines if header else itertools.chain([first], lines), 1 + header):
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != len(names):
            raise BadData(
                f"{path.name}, line {line}: {len(row)} entries, and the table has {len(names)} "
                "columns."
            )
        if at is not None:
            words.append(row.pop(at).strip())
        numbers.extend(_numbers(path, line, kept, row))
        if len(numbers) > MOST_OF_ALL:
            raise BadData(f"{path.name} has more than {MOST_OF_ALL:,} numbers: split it.")
    if not numbers:
        raise BadData(f"{path.name} has no row of numbers.")
    rows = np.frombuffer(numbers).reshape(-1, len(kept))
    taken = choice.of(len(rows))
    if at is None:
        return Found(rows[taken], np.zeros(len(taken), np.int64), (), kept)
    labels, classes = _numbered(words)
    return Found(rows[taken], labels[taken], classes, kept)


def _numbers(path: Path, line: int, names: Sequence[str], row: Sequence[str]) -> list[float]:
    with contextlib.suppress(ValueError):
        if all(map(math.isfinite, found := list(map(float, row)))):
            return found
    return [_number(path, line, name, cell) for name, cell in zip(names, row, strict=True)]


def _number(path: Path, line: int, name: str, cell: str) -> float:
    where = f"{path.name}, line {line}, {name}"
    if not cell.strip() or cell.strip().lower() in ("na", "n/a", "nan", "null", "?"):
        raise BadData(
            f"{where}: the entry is missing: fill it, or leave out the row or the column."
        )
    if not _is_number(cell):
        raise BadData(
            f"{where}: {cell.strip()[:40]!r} is no number: leave the column out, or name it with "
            "--labels if it says the class."
        )
    if not math.isfinite(value := float(cell)):
        raise BadData(f"{where}: the entry is infinite: leave the row out.")
    return value


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _some(names: Iterable[str]) -> str:
    every = list(names)
    return ", ".join(every[:10]) + (f" and {len(every) - 10} more" if len(every) > 10 else "")


@contextlib.contextmanager
def _readable(path: Path) -> Iterator[None]:
    """One line for whatever is wrong with a file."""
    try:
        yield
    except BadData:
        raise
    except UnicodeDecodeError:
        raise BadData(f"{path.name} is no text in UTF-8: save it as that.") from None
    except Exception as problem:  # of the disk, of NumPy, zip, gzip and csv
        if "ython objects" in str(problem) or "Object arrays" in str(problem):
            problem = ValueError("it holds Python objects, and not numbers")
        reason = " ".join(str(problem).split()) or type(problem).__name__
        raise BadData(f"{path.name} cannot be read: {reason}.") from None
