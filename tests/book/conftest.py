"""One build of the book in `smoke`, in a copy of the repository, shared by the tests here.

The site is served on this machine's loopback, and was built knowing that address and a
repository, so that every link that such a site has is there to be tested. Tests that take it are
marked as `book` here; those that build something else carry the mark themselves.

Where several processes test, one of them has all files that take it (tests/conftest.py): the book
is built once, and no test reads it while another edits it.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

ROOT = Path(__file__).parents[2]
REPOSITORY = "owner/book"


def pytest_itemcollected(item: pytest.Item) -> None:
    if "book" in getattr(item, "fixturenames", ()):
        item.add_marker("book")


@dataclass(frozen=True)
class Book:
    """A copy of the repository, built once. To edit it, a test takes `book_to_edit`.

    `address` is where its site is served, with a slash at its end; `asked_for` lists the paths
    of all requests.
    """

    root: Path
    address: str
    asked_for: list[str]
    first_log: str

    @property
    def site(self) -> Path:
        return self.root / "_build" / "html"

    @property
    def pages(self) -> Path:
        return self.site / "book"

    @property
    def notebooks(self) -> Path:
        return self.site / "notebooks"

    def build(self, **environment: str) -> subprocess.CompletedProcess[str]:
        return build(self.root, self.address, **environment)


@contextmanager
def kept(folder: Path) -> Iterator[None]:
    """Whatever happens to a folder inside, afterwards it is as before.

    A book that is built elsewhere is read anew as a whole, so tests that edit it do so in its
    own place, one after the other.
    """
    before = folder.with_name(f"{folder.name}-before")
    shutil.copytree(folder, before, symlinks=True)
    try:
        yield
    finally:
        shutil.rmtree(folder)
        before.rename(folder)


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """A folder's address on loopback, and the paths that were asked for."""
    asked_for: list[str] = []

    class Handler(SimpleHTTPRequestHandler):
        def __init__(self, *arguments):
            super().__init__(*arguments, directory=str(folder))

        def log_request(self, *about):
            asked_for.append(self.path)

        def log_message(self, *about):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/", asked_for
        finally:
            server.shutdown()
            thread.join()


def build(
    root: Path, address: str, *builder: str, **variables: str
) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("jupyter-book")
    environment = os.environ | {
        "LABCODE_PROFILE": "smoke",
        "LABCODE_SITE": address,
        "GITHUB_REPOSITORY": REPOSITORY,
        "GITHUB_REF_NAME": "main",
        "PYTHONPATH": str(root),
        "PYTHONWARNINGS": "default",
    }
    return subprocess.run(
        [program, "build", ".", "-W", "-n", "--keep-going", "--builder", *(builder or ["html"])],
        cwd=root,
        env=environment | variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


@pytest.fixture(scope="session")
def book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Book]:
    root = tmp_path_factory.mktemp("book") / "copy"
    parts = shutil.ignore_patterns(
        "_build", ".git", ".venv", "venv", "__pycache__", "*.egg-info", ".*_cache"
    )
    shutil.copytree(ROOT, root, ignore=parts)
    with served(root / "_build" / "html") as (address, asked_for):
        result = build(root, address)
        assert result.returncode == 0, result.stdout[-3000:]
        yield Book(root, address, asked_for, result.stdout)


@pytest.fixture
def book_to_edit(book: Book) -> Iterator[Book]:
    """The book as it was built, whatever the tests before did with it."""
    with kept(book.root):
        yield book
