"""A reader's own data: what is read, how it is split, and one line for each thing that is wrong."""

import gzip
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.datasets import load_digits

from labcode import data
from labcode.data import own, readers
from labcode.data.files import DataUnavailable
from labcode.data.own import take_in
from labcode.data.readers import BadData

N = 60


@pytest.fixture(autouse=True)
def _in_a_cache_of_its_own(empty_cache):
    pass


def noise(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def folder_of(path: Path, images: np.ndarray, names=None) -> Path:
    """PNGs of grey (n, h, w) or colour (n, h, w, 3) images, in folders if names say so."""
    for place, image in enumerate(images):
        file = path / (names[place] if names else "") / f"{place:05}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(file)
    return path


def table_of(path: Path, lines: list[str]) -> Path:
    path.write_text("\n".join(lines))
    return path


def all_of(about: own.OwnData) -> torch.Tensor:
    """Training and test items together, whatever their order."""
    spec = data.DataSpec(about.training, 0, dataset=about.name)
    split = data.load(spec)
    return torch.cat([split.train.pixels, split.test.pixels])


def same_items(found: torch.Tensor, expected: np.ndarray) -> bool:
    rows = [sorted(map(tuple, np.asarray(x).reshape(len(x), -1).tolist())) for x in
            (found.numpy(), expected)]  # fmt: skip
    return rows[0] == rows[1]


# What is read


@pytest.mark.parametrize("shape", [(27, 29), (8, 8), (32, 32, 3), (64, 64)])
def test_a_folder_of_images(tmp_path, shape):
    images = noise(N, *shape)
    about = take_in(folder_of(tmp_path / "Mine é", images))
    channels_first = images[:, None] if len(shape) == 2 else images.transpose(0, 3, 1, 2)
    assert about.shape == channels_first.shape[1:]
    assert (about.training, about.test, about.classes) == (48, 12, ())
    assert about.name.startswith("mine-")
    assert same_items(all_of(about), (channels_first / np.float32(255)).astype(np.float32))


def test_folders_of_classes_are_labels(tmp_path):
    images, names = noise(N, 8, 8), ["cat", "dog"] * (N // 2)
    about = take_in(folder_of(tmp_path / "pets", images, names))
    assert about.classes == ("cat", "dog")
    split = data.load(data.DataSpec(about.training, 0, dataset=about.name))
    known = {image.tobytes(): names[place] for place, image in enumerate(images)}
    for part in (split.train, split.test):
        for pixels, label in zip(part.pixels, part.labels, strict=True):
            image = (pixels[0] * 255).round().to(torch.uint8).numpy()
            assert known[image.tobytes()] == about.classes[label]
        assert part.labels.unique().tolist() == [0, 1]  # shuffled: folders come one by one


def test_the_sources_own_split_is_kept(tmp_path):
    images = noise(N, 8, 8)
    names = [("test" if i % 3 == 0 else "train") + f"/{'ab'[i % 2]}" for i in range(N)]
    about = take_in(folder_of(tmp_path / "x", images, names))
    assert (about.training, about.test, about.split) == (40, 20, "the source's own")
    assert about.classes == ("a", "b")
    test = data.load(data.DataSpec(40, 0, dataset=about.name)).test
    assert same_items(test.pixels, (images[::3, None] / np.float32(255)).astype(np.float32))


@pytest.mark.parametrize("layout", ["keras", "medmnist", "one array", "channels first"])
def test_npz(tmp_path, layout):
    x, y = noise(N, 8, 8, 3), np.arange(N) % 2
    held = {
        "keras": {"x_train": x[:40], "x_test": x[40:], "y_train": y[:40], "y_test": y[40:]},
        "medmnist": {
            "train_images": x[:30], "val_images": x[30:40], "test_images": x[40:],
            "train_labels": y[:30, None], "val_labels": y[30:40, None],
            "test_labels": y[40:, None],
        },
        "one array": {"images": x, "labels": y},
        "channels first": {"x": x.transpose(0, 3, 1, 2), "y": y},
    }[layout]  # fmt: skip
    np.savez_compressed(tmp_path / "x.npz", **held)
    about = take_in(tmp_path / "x.npz")
    assert about.shape == (3, 8, 8)
    assert about.classes == ("0", "1")
    assert about.test == (20 if layout in ("keras", "medmnist") else 12)
    wanted = (x.transpose(0, 3, 1, 2) / np.float32(255)).astype(np.float32)
    assert same_items(all_of(about), wanted)


def test_npy_of_floats_and_of_rows(tmp_path):
    x = np.random.default_rng(0).random((N, 5, 7))
    np.save(tmp_path / "images.npy", x)
    assert same_items(all_of(take_in(tmp_path / "images.npy")), x.astype(np.float32))
    rows = np.random.default_rng(1).normal(size=(N, 4)) * [1, 10, 100, 1000]
    np.save(tmp_path / "rows.npy", rows)
    about = take_in(tmp_path / "rows.npy")
    assert about.shape == (4,)
    scaled = all_of(about)
    assert scaled.amin(0).tolist() == [0] * 4
    assert scaled.amax(0).tolist() == [1] * 4


def idx(array: np.ndarray) -> bytes:
    return struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.tobytes()


@pytest.mark.parametrize("gzipped", [False, True])
def test_idx_files_of_any_size(tmp_path, gzipped):
    """The header is read: 9 by 11, and not 28 by 28."""
    images, labels = noise(N, 9, 11), noise(N) % 3
    parts = {"train": slice(40), "t10k": slice(40, None)}
    for part, some in parts.items():
        for name, array in (("images-idx3", images), ("labels-idx1", labels)):
            content = idx(array[some])
            file = tmp_path / f"{part}-{name}-ubyte{'.gz' if gzipped else ''}"
            file.write_bytes(gzip.compress(content) if gzipped else content)
    about = take_in(tmp_path)
    assert (about.shape, about.training, about.test) == ((1, 9, 11), 40, 20)
    test = data.load(data.DataSpec(40, 0, dataset=about.name)).test
    assert same_items(test.pixels, (images[40:, None] / np.float32(255)).astype(np.float32))


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("header", [True, False])
def test_a_table(tmp_path, delimiter, header):
    rows = np.random.default_rng(0).normal(size=(N, 40)).round(4)
    lines = [delimiter.join(map(str, row)) for row in rows.tolist()]
    names = [f"nm {500 + 10 * i}" for i in range(40)]
    about = take_in(table_of(tmp_path / "x.csv", [delimiter.join(names)] * header + lines))
    assert about.shape == (40,)
    assert about.columns[0] == ("nm 500" if header else "column 1")
    scaled = (rows - rows.min(0)) / (rows.max(0) - rows.min(0))
    assert same_items(all_of(about), scaled.astype(np.float32))


def test_what_spectra_have_in_common_is_kept_if_asked(tmp_path):
    rows = np.random.default_rng(0).normal(size=(N, 5)) * [1, 2, 3, 4, 5]
    file = table_of(tmp_path / "x.csv", [",".join(map(str, row)) for row in rows.tolist()])
    scaled = all_of(take_in(file, units="all alike"))
    low, high = rows.min(), rows.max()
    assert same_items(scaled, ((rows - low) / (high - low)).astype(np.float32))


def test_a_column_of_labels(tmp_path):
    lines = ["a,kind,b"] + [f"{i},{'xy'[i % 2]},{i * i}" for i in range(N)]
    about = take_in(table_of(tmp_path / "x.csv", lines), label_column="kind")
    assert (about.classes, about.columns) == (("x", "y"), ("a", "b"))
    train = data.load(data.DataSpec(about.training, 0, dataset=about.name)).train
    assert ((train.pixels[:, 0] * (N - 1)).round().long() % 2).tolist() == train.labels.tolist()


def test_images_are_scaled_if_asked(tmp_path):
    images = np.repeat(np.repeat(noise(N, 8, 8), 4, 1), 4, 2)
    about = take_in(folder_of(tmp_path / "x", images), side=8)
    small = (images[:, ::4, ::4] / np.float32(255)).astype(np.float32)
    assert same_items(all_of(about), small[:, None])


# Names and splits


def test_the_name_says_the_content_and_the_split(tmp_path):
    images = noise(N, 8, 8)
    path = folder_of(tmp_path / "x", images)
    first, again = take_in(path), take_in(path)
    assert first == again
    assert take_in(path, seed=1).name != first.name
    Image.fromarray(images[0] ^ 1).save(path / "00000.png")
    assert take_in(path).name != first.name


def test_some_of_many(tmp_path):
    x = noise(200, 8, 8)
    np.save(tmp_path / "x.npy", x)
    about = take_in(tmp_path / "x.npy", items=100)
    assert about.training + about.test == 100
    whole = {image.tobytes() for image in x}
    taken = (all_of(about) * 255).round().to(torch.uint8).numpy()
    assert {image.tobytes() for image in taken} < whole
    assert take_in(tmp_path / "x.npy", items=100, seed=1).name != about.name


def test_duplicates_across_the_split_are_counted(tmp_path):
    x = noise(N, 8, 8)
    held = {"x_train": x[:40], "x_test": np.concatenate([x[40:], x[:7]])}
    np.savez(tmp_path / "x.npz", **held)
    assert take_in(tmp_path / "x.npz").duplicates == 7


def test_damaged_or_lost_data_are_not_used(tmp_path, empty_cache):
    about = take_in(folder_of(tmp_path / "x", noise(N, 8, 8)))
    [file] = (empty_cache / "own-data").iterdir()
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    with pytest.raises(DataUnavailable, match="is damaged"):
        own.content(about.name, "train")
    file.unlink()
    with pytest.raises(ValueError, match="not in the cache folder: take the data in again"):
        data.DataSpec(10, 0, dataset=about.name)


# What is wrong, in one line each


def png_of_16_bits(path: Path) -> None:
    Image.fromarray(noise(8, 8).astype(np.uint16) * 257).save(path / "bad.png")


def truncated(path: Path) -> None:
    Image.fromarray(noise(8, 8)).save(path / "bad.png")
    content = (path / "bad.png").read_bytes()
    (path / "bad.png").write_bytes(content[: len(content) // 2])


def huge(path: Path) -> None:
    Image.new("1", (10_000, 10_000)).save(path / "bad.png")


def transparent(path: Path) -> None:
    Image.new("RGBA", (8, 8), (1, 2, 3, 4)).save(path / "bad.png")


def moving(path: Path) -> None:
    frames = [Image.fromarray(noise(8, 8, seed=i)) for i in range(2)]
    frames[0].save(path / "bad.gif", save_all=True, append_images=frames[1:])


BAD_FILES = {
    "mixed sizes": (
        lambda p: Image.new("L", (8, 9)).save(p / "bad.png"),
        r"00000.png has 8 x 8 pixels and bad.png 8 x 9: .*--side",
    ),
    "colour among grey": (
        lambda p: Image.new("RGB", (8, 8)).save(p / "bad.png"),
        "is grey and bad.png is in colour: convert",
    ),
    "text": (lambda p: (p / "bad.txt").write_text("hello"), "bad.txt is no image: take it out"),
    "16 bit": (png_of_16_bits, "more than 8 bits a pixel: convert"),
    "CMYK": (
        lambda p: Image.new("CMYK", (8, 8)).save(p / "bad.jpg"),
        "stored as CMYK: convert all images to RGB or grey",
    ),
    "truncated": (truncated, r"bad.png cannot be read \(.*\): replace it"),
    "huge": (huge, "bad.png has 10000 x 10000 pixels: .*--side"),
    "transparent": (transparent, "partly transparent: put"),
    "frames": (moving, "bad.gif has 2 frames: save each"),
    "beside folders": (
        lambda p: (p / "a").mkdir() or Image.new("L", (8, 8)).save(p / "a" / "bad.png"),
        "lies beside folders: put each",
    ),
}


def one_line(problem: pytest.ExceptionInfo[BadData]) -> None:
    message = str(problem.value)
    assert "\n" not in message
    assert message.endswith(".")


@pytest.mark.parametrize("kind", BAD_FILES)
def test_a_bad_file_among_good_ones(tmp_path, kind):
    spoil, words = BAD_FILES[kind]
    path = folder_of(tmp_path / "x", noise(N, 8, 8))
    spoil(path)
    with pytest.raises(BadData, match=words) as problem:
        take_in(path)
    one_line(problem)


BAD_ARRAYS = {
    "one image": (noise(1, 8, 8), "has 1 items, and at least 50 are needed"),
    "all black": (np.zeros((N, 8, 8)), "every number is 0, so nothing varies"),
    "NaN": (np.full((N, 8, 8), np.nan), r"item 0 \(from 0 on\) holds NaN or infinity: fill it"),
    "0 to 255 as floats": (noise(N, 8, 8).astype(float), "pixels from 0 to 255 as float64: divide"),
    "16 bit": (noise(N, 8, 8).astype(np.uint16) * 257, "more than 8 bits a pixel: divide"),
    "negative": (np.random.default_rng(0).normal(size=(N, 8, 8)), "scale them to the range"),
    "ten thousand by ten thousand": (
        np.broadcast_to(np.uint8(0), (N, 10_000, 10_000)),
        "items of 1 x 10000 x 10000 have 100,000,000 numbers, .*--side 32",
    ),
    "too many": (
        np.broadcast_to(np.uint8(0), (10**6, 28, 28)),
        "have 784,000,000 numbers, .*--items 342000",
    ),
    "five dimensions": (np.zeros((N, 2, 8, 8, 3)), r"shape \(60, 2, 8, 8, 3\). Give images"),
    "text": (np.full((N, 3), "a"), "holds <U1, and rows are of numbers"),
    "a constant column": (np.eye(N)[:, :1] * [1.0, 0.0], "column 2 hold one number alone: leave"),
    "one column": (np.arange(N)[:, None], "has one column"),
    "tiny images": (noise(N, 2, 8), "images of 8 x 2 pixels are too small"),
}


@pytest.mark.parametrize("kind", BAD_ARRAYS)
def test_bad_arrays(tmp_path, kind, monkeypatch):
    array, words = BAD_ARRAYS[kind]
    file = tmp_path / "x.npy"
    if array.nbytes < 10**7:
        np.save(file, array)
    else:  # as large on paper as it says, and on disk nothing
        file.touch()
        monkeypatch.setattr(np.lib.format, "open_memmap", lambda *_, **__: array)
    with pytest.raises(BadData, match=words) as problem:
        take_in(file)
    one_line(problem)


GOOD = [f"{i},{i * i}" for i in range(N)]
BAD_TABLES = {
    "missing": (["a,b", *GOOD, "1,"], "line 62, b: the entry is missing: fill it"),
    "NaN": ([*GOOD, "nan,1"], "line 61, column 1: the entry is missing"),
    "infinite": ([*GOOD, "inf,1"], "the entry is infinite: leave the row out"),
    "words": ([*GOOD, "1,setosa"], "'setosa' is no number: .*--labels"),
    "another length": ([*GOOD, "1,2,3"], "line 61: 3 entries, and the table has 2 columns"),
    "constant": ([f"{line},5" for line in GOOD], "column 3 hold one number alone: leave out"),
    "empty": ([""], "has no row of numbers"),
    "few": (GOOD[:30], "has 30 items, and at least 50"),
}


@pytest.mark.parametrize("kind", BAD_TABLES)
def test_bad_tables(tmp_path, kind):
    lines, words = BAD_TABLES[kind]
    with pytest.raises(BadData, match=words) as problem:
        take_in(table_of(tmp_path / "x.csv", lines))
    one_line(problem)


BAD_PATHS = {
    "nothing": (lambda p: p / "none", "there is no"),
    "an empty folder": (lambda p: p, "has no file"),
    "a text": (lambda p: table_of(p / "x.txt", ["hello"]), "x.txt is no data that labcode reads"),
    "no NumPy": (lambda p: table_of(p / "x.npy", ["hello"]), "x.npy cannot be read"),
    "no zip": (lambda p: table_of(p / "x.npz", ["hello"]), "x.npz cannot be read"),
    "no IDX": (lambda p: table_of(p / "images-idx3-ubyte", ["hello"]), "is no IDX file"),
}


@pytest.mark.parametrize("kind", BAD_PATHS)
def test_bad_paths(tmp_path, kind):
    make, words = BAD_PATHS[kind]
    with pytest.raises(BadData, match=words) as problem:
        take_in(make(tmp_path))
    one_line(problem)


def test_a_table_that_is_not_in_utf8(tmp_path):
    (tmp_path / "x.csv").write_bytes("größe,b\n1,2\n".encode("latin-1"))
    with pytest.raises(BadData, match="no text in UTF-8"):
        take_in(tmp_path / "x.csv")


def test_an_idx_file_that_is_cut_short(tmp_path):
    (tmp_path / "images-idx3-ubyte").write_bytes(idx(noise(N, 8, 8))[:-1])
    with pytest.raises(BadData, match="cut short"):
        take_in(tmp_path / "images-idx3-ubyte")


def test_arrays_of_python_objects_are_refused(tmp_path):
    made = np.array([{}] * N, dtype=object)
    np.save(tmp_path / "x.npy", made)
    np.savez(tmp_path / "x.npz", x=made)
    for file in ("x.npy", "x.npz"):
        with pytest.raises(BadData, match="Python objects, and not numbers"):
            take_in(tmp_path / file)


def test_an_archive_that_unpacks_to_more_than_may_be(tmp_path, monkeypatch):
    monkeypatch.setattr(readers, "MOST_OF_ALL", 1000)
    with zipfile.ZipFile(tmp_path / "x.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", bytes(10**6))
    with pytest.raises(BadData, match="unpacks to more than"):
        take_in(tmp_path / "x.npz")


def test_a_full_disk_is_one_line(tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(own, "save_file", full)
    with pytest.raises(DataUnavailable, match="No space left .*LABCODE_CACHE"):
        take_in(folder_of(tmp_path / "x", noise(N, 8, 8)))


def test_digits_as_own_data_are_the_digits(tmp_path):
    digits = load_digits()
    np.savez(tmp_path / "x.npz", images=(digits.images / 16), labels=digits.target)
    about = take_in(tmp_path / "x.npz")
    assert about.classes == tuple("0123456789")
    assert same_items(all_of(about), (digits.images[:, None] / 16).astype(np.float32))
