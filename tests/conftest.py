"""What every test may rely on: the data set, a cache folder that is not the user's, a browser.

Tests that take a browser are marked as `browser` here. Where several processes test side by side
(`pytest -n`), the tests of a file stay together: they share its fixtures and the runs that it kept.
"""

import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import torch
from threadpoolctl import threadpool_limits
from xdist.scheduler import LoadScopeScheduling

from labcode import data
from labcode.data import files
from labcode.theory import pca

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


class WholeFiles(LoadScopeScheduling):
    """Each file to one process, and those that may share the built book all to the same one.

    The files are named here since xdist 3.8 groups no tests by their marks with pytest 9.2.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = Path(nodeid.partition("::")[0])
        shares_book = file.parent.name == "book" and file.name != "test_faults.py"
        return "the book" if shares_book else str(file)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> WholeFiles | None:
    return WholeFiles(config, log) if config.getoption("dist") == "loadfile" else None


def pytest_itemcollected(item: pytest.Item) -> None:
    if "browser" in getattr(item, "fixturenames", ()):
        item.add_marker("browser")


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Find the data set as a reader's machine would; keep all else out of the user's cache."""
    with pytest.MonkeyPatch.context() as patch:
        with suppress(files.DataUnavailable):  # tests that need it will say so
            patch.setenv("LABCODE_DATA", str(files.folder()))
        patch.setenv("LABCODE_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session", autouse=True)
def _no_workers() -> Iterator[None]:
    """What is not told how many runs train side by side trains them here, one after the other.

    A test's runs take moments, and a worker takes seconds before it has imported torch.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("joblib.cpu_count", lambda **_: 1)
        yield


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> Iterator[None]:
    """Torch and NumPy compute on one thread: the processes that test share the cores already."""
    torch.set_num_threads(1)
    with threadpool_limits(1):
        yield


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder for one test, not yet made."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("LABCODE_CACHE", str(folder))
    return folder


@dataclass(frozen=True)
class FashionMnist:
    train: data.Images
    test: data.Images


@pytest.fixture(scope="session")
def fashion_mnist(_own_cache: None) -> FashionMnist:
    """All of Fashion-MNIST, shared by the tests of one process: do not write in it."""
    return FashionMnist(data.fashion_mnist("train"), data.fashion_mnist("test"))


@pytest.fixture(scope="session")
def fashion_mnist_pca(fashion_mnist: FashionMnist) -> pca.PCA:
    """PCA of the 60,000 training images, shared in the same way."""
    return pca.fit(fashion_mnist.train.pixels.flatten(1).double().numpy())


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    """Chromium, shared by the tests of one module: open pages in contexts of their own."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    with api.sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
