"""A reader's own data and their names: arrays, tables and files of any kind, and any setting."""

import io
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from labcode.data import DataSpec, own, sets
from labcode.data.files import DataUnavailable
from tests.fuzz.inputs import arrays, finite, numbers, outcome, sizes, tries, wrong_things

REFUSED = (ValueError, TypeError, DataUnavailable)
ITEMS = np.random.default_rng(0).integers(0, 256, (60, 5, 4), dtype=np.uint8)
names = st.one_of(
    wrong_things,
    st.text(max_size=8),
    st.sampled_from(["../x", "digits", "a-0123456789abcdef", "fashion-mnist", "Digits"]),
)


def whole(found: own.OwnData) -> None:
    """What was taken in is there, all of it, from 0 to 1, and under its name."""
    parts = {part: own.content(found.name, part) for part in ("train", "test")}
    assert [len(x) for x, _ in parts.values()] == [found.training, found.test]
    for x, labels in parts.values():
        finite(x)
        assert x.shape[1:] == found.shape and len(labels) == len(x)
        assert x.dtype == np.uint8 or (x.min() >= 0 and x.max() <= 1)
        assert labels.min() >= 0 and labels.max() < max(1, len(found.classes))


def taken_in(name: str, content: bytes, **settings: object) -> own.OwnData | None:
    with TemporaryDirectory() as folder:
        file = Path(folder) / name
        file.write_bytes(content)
        found = outcome(lambda: own.take_in(file, **settings), *REFUSED)
    if found is not None:
        whole(found)
    return found


def as_file(save, *content, **more) -> bytes:
    file = io.BytesIO()
    save(file, *content, **more)
    return file.getvalue()


@tries(30, 400)
@given(
    st.one_of(
        arrays(None, 4, 5).map(lambda x: np.tile(x, (20, 1, 1)) if np.ndim(x) == 3 else x),
        arrays(None, 3).map(lambda x: np.tile(x, (30, 1)) if np.ndim(x) == 2 else x),
        st.sampled_from([ITEMS, ITEMS > 99, ITEMS.astype("U"), ITEMS[..., None], ITEMS.view("V4")]),
    ),
    st.one_of(st.none(), arrays(60), st.just(np.arange(60) % 3), st.just(np.array(["a", 1] * 30))),
    st.booleans(),
)
def test_arrays_are_taken_in_whole_or_refused(x, labels, alone):
    x = np.asarray(x)
    if x.dtype == object or np.asarray(labels).dtype == object:
        x, labels = ITEMS, None
    held = {"x": x} | ({} if labels is None else {"y": labels})
    found = taken_in(
        *(("a.npy", as_file(np.save, x)) if alone else ("a.npz", as_file(np.savez, **held)))
    )
    if found is not None:
        assert found.training + found.test == len(x)


cells = st.one_of(
    st.floats(-9, 9).map(str),
    st.sampled_from(["", "nan", "inf", "x", '"', "1e999", "1_0", " 2 ", "NA", "1;2", "\0", "é"]),
)


@tries(40, 500)
@given(
    st.lists(st.lists(cells, min_size=1, max_size=3), max_size=4),
    st.sampled_from([",", ";", "\t"]),
    st.one_of(st.none(), st.sampled_from(["a", "b", "c"]), wrong_things),
    st.sampled_from([*own.UNITS, "other", None]),
)
def test_tables_are_taken_in_whole_or_refused(odd, between, label_column, units):
    good = [[str(i * i % 7), str(i % 5), str(i)] for i in range(60)]
    text = "\n".join(between.join(row) for row in [["a", "b", "c"], *good, *odd])
    taken_in("a.csv", text.encode(), label_column=label_column, units=units)


SETTINGS = {"seed": numbers, "items": sizes, "side": sizes, "label_column": wrong_things}


@tries(40, 500)
@given(
    st.dictionaries(st.sampled_from(sorted(SETTINGS)), numbers | sizes | wrong_things, max_size=2)
)
def test_any_setting_is_kept_or_refused(settings):
    found = taken_in("a.npy", as_file(np.save, ITEMS), **settings)
    if found is not None and settings.get("side") is not None:
        assert found.shape == (1, settings["side"], settings["side"])


GOOD = {
    "a.npy": as_file(np.save, ITEMS),
    "a.npz": as_file(np.savez_compressed, x=ITEMS, y=np.arange(60) % 3),
    "a.csv": b"a,b\n" + b"".join(b"%d,%d\n" % (i, i * i) for i in range(60)),
    "a-images-idx3-ubyte": b"\0\0\x08\x03"
    + np.array(ITEMS.shape, ">u4").tobytes()
    + ITEMS.tobytes(),
}


@tries(60, 900)
@given(
    st.sampled_from(sorted(GOOD)),
    st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=3)), max_size=3),
    st.one_of(st.none(), st.floats(0, 1)),
)
def test_files_with_other_bytes_are_taken_in_whole_or_refused(name, edits, cut):
    content = bytearray(GOOD[name])
    for place, some in edits:
        at = int(place**4 * (len(content) - len(some)))  # mostly near the start, where headers are
        content[at : at + len(some)] = some
    taken_in(name, bytes(content[: None if cut is None else int(cut * len(content))]))


PICTURE = as_file(Image.fromarray(ITEMS[0]).save, format="PNG")


@tries(30, 400)
@given(st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=3)), max_size=2), sizes)
def test_a_folder_with_a_damaged_image_is_taken_in_whole_or_refused(edits, side):
    content = bytearray(PICTURE)
    for place, some in edits:
        at = int(place * (len(content) - len(some)))
        content[at : at + len(some)] = some
    with TemporaryDirectory() as folder:
        for i, item in enumerate(ITEMS[:50]):
            Image.fromarray(item).save(Path(folder) / f"{i}.png")
        (Path(folder) / "last.png").write_bytes(content)
        found = outcome(lambda: own.take_in(folder, side=side), *REFUSED)
    if found is not None:
        whole(found)


@tries(40, 400)
@given(names, st.one_of(wrong_things, st.sampled_from(["train", "test", "validation"])))
def test_a_name_is_that_of_a_data_set_or_refused(name, part):
    outcome(lambda: own.take_in(name), *REFUSED)
    assert outcome(lambda: own.about(name)) is None
    assert outcome(lambda: own.content(name, part), *REFUSED) is None
    found = outcome(lambda: sets.named(name))
    assert found is None or name in sets.DATA_SETS
    assert (outcome(lambda: DataSpec(10, 5, dataset=name)) is None) == (found is None)
