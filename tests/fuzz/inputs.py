"""Whatever may come: tensors, arrays and numbers that fit or do not; and what a door made of them.

`pytest -m fuzz` gives each door a few of them; `LABCODE_FUZZ=long pytest -m fuzz -n 0` gives them
more than fifty thousand in all, in minutes, and says at the end how many.
"""

import os
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from torch import Tensor

import labcode

PACKAGE = str(Path(labcode.__file__).parent)
COUNTS = {"answered": 0, "refused": 0}
T = TypeVar("T")


def tries(few: int = 20, many: int = 400) -> settings:
    """How many inputs a test takes, always the same ones: a fault is then the change's own."""
    return settings(
        max_examples=many if os.environ.get("LABCODE_FUZZ") == "long" else few,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


def outcome(door: Callable[[], T], *errors: type[Exception]) -> T | None:
    """What a door answers; None where it refuses with one of `errors`, in words of ours."""
    expected = errors or (ValueError, TypeError)
    try:
        with np.errstate(over="ignore", invalid="ignore"):  # at 1e300; what is small is looked at
            answer = door()
    except expected as refusal:
        last = traceback.extract_tb(refusal.__traceback__)[-1]
        ours = last.filename.startswith(PACKAGE) and (last.line or "").startswith("raise ")
        assert ours, f"{refusal!r} comes from {last.filename}:{last.lineno}: {last.line}"
        assert len(str(refusal)) > 10
        COUNTS["refused"] += 1
        return None
    COUNTS["answered"] += 1
    return answer


def finite(*values: Any) -> None:
    """Every number of an answer is one."""
    for value in values:
        assert np.isfinite(np.asarray(value)).all(), value


wrong_things = st.sampled_from(
    [
        None,
        "3",
        "",
        [1.0],
        (2,),
        {},
        b"x",
        True,
        1j,
        np.zeros((3, 1, 4, 4)),
        np.float32(0.5),
        object,
    ]
)
numbers = st.one_of(
    st.floats(0, 2),
    st.integers(-2, 9),
    st.floats(width=32),
    st.sampled_from([float("nan"), float("inf"), -0.0, 1e300, 2**70, True, np.int64(2)]),
    wrong_things,
)
sizes = st.one_of(
    st.integers(1, 4), st.integers(-1, 6), st.sampled_from([np.int64(2), 2.0, 2**70, True]), numbers
)
seeds = st.one_of(st.integers(0, 5), sizes)
DTYPES = [torch.float64, torch.float16, torch.int64, torch.uint8, torch.bool, torch.complex64]


@st.composite
def tensors(draw: st.DrawFn, *shape: int | None, good: float = 0.6, dtype=torch.float32) -> Any:
    """A tensor, mostly of this shape, with None for 1 to 4; sometimes another one, or none at all.

    Most hold numbers from 0 to 1.
    """
    if draw(st.floats(0, 1)) > 0.97:
        return draw(wrong_things)
    if draw(st.floats(0, 1)) > good:
        shape = tuple(draw(st.lists(st.sampled_from([0, 1, 2, 3, 4, 28]), max_size=5)))
    sizes_ = [draw(st.integers(1, 4)) if size is None else size for size in shape]
    generator = torch.Generator().manual_seed(draw(st.integers(0, 9)))
    x: Tensor = torch.rand(sizes_, generator=generator)
    kind = draw(st.integers(0, 19))
    if kind == 0 and x.numel():
        x.view(-1)[0] = draw(st.sampled_from([torch.nan, torch.inf, -torch.inf, 1e30, 300.0, -0.5]))
    elif kind == 1:
        x = draw(st.sampled_from([255 * x, x - 0.5, 0 * x, 1e-30 * x, 0 * x + 1, 1e20 * x]))
    x = x.to(dtype)
    if kind == 2:
        x = (255 * x).to(draw(st.sampled_from(DTYPES)))
    elif kind == 3 and x.ndim > 1:
        x = x.transpose(0, -1)
    return x


def arrays(*shape: int | None, good: float = 0.6) -> st.SearchStrategy[Any]:
    """The same as NumPy's arrays, float64 where they fit."""
    return tensors(*shape, good=good, dtype=torch.float64).map(
        lambda x: x.numpy() if isinstance(x, Tensor) else x
    )
