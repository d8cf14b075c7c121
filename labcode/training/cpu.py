"""How torch computes on the CPU while the book's runs train."""

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import torch

# From glibc's malloc.h.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3


@contextmanager
def one_thread() -> Iterator[None]:
    """Inside, torch computes on one CPU thread, and numbers below 1e-38 count as zero.

    A run's numbers are then the same however many cores there are, and runs side by side
    don't compete for cores. Such small numbers (denormal ones) are what Adam's averages of an
    unused unit's gradient become; a processor takes many times longer to compute with them.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    _keep_freed_memory()
    try:
        yield
    finally:
        torch.set_flush_denormal(False)
        torch.set_num_threads(before)


@cache
def _keep_freed_memory() -> None:
    """Have glibc keep freed memory for the next batch.

    It gives large blocks back to the system otherwise, and each batch waits for new pages.
    """
    if sys.platform == "linux" and hasattr(libc := ctypes.CDLL(None), "mallopt"):
        libc.mallopt(M_MMAP_THRESHOLD, 32 << 20)
        libc.mallopt(M_TRIM_THRESHOLD, 1 << 30)
