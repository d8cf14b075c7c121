"""Each notebook, taken from the site by a click, runs where this repository was never seen.

The environment is a new one with Jupyter's kernel, pip, and the libraries that labcode asks for,
but no labcode. Installing those takes two gigabytes, so they are links to the ones that
these tests run with; pip finds them installed. All else is as a reader has it: an empty folder, an
empty home, no path to this repository, and a first cell that installs labcode from the site.

One chapter trains its networks there. The others find the runs of the book's build, which have the
same names since the code is the same; training them again would only take time.

One chapter runs a second time where all but Python and PyTorch has Colab's versions.
"""

import json
import os
import re
import subprocess
import sys
import venv
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import Distribution, distribution
from pathlib import Path

import nbformat
import pytest
from nbconvert import HTMLExporter
from nbformat import NotebookNode
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from playwright.sync_api import Browser, Page

import labcode
from labcode.experiments import CHAPTERS
from measured_book import notebooks
from tests.book.conftest import Book
from tests.book.descend_by_hand import descends
from tests.book.explorer_by_hand import Explorer
from tests.book.score_plane_by_hand import walks
from tests.book.shift_by_hand import moves
from tests.book.training_by_hand import trains
from tests.test_requirements import BY_PYTORCH, FROM_PYTORCHS_INDEX, versions_at

pytestmark = pytest.mark.install
EXECUTE = """\
import sys, nbclient, nbformat
notebook = nbformat.read(sys.argv[1], as_version=4)
nbclient.execute(notebook, timeout=300, allow_errors=True, kernel_name="reader")
nbformat.write(notebook, sys.argv[1])"""  # a process of its own: nbclient leaves sockets open
TRAINED = "dense-versus-cnn"
AT_COLABS_VERSIONS = "data"
OWN = [n for n in distribution(labcode.DISTRIBUTION).requires or [] if "extra" not in n]
OF_A_NEWER_PYTHON = ("tifffile",)  # whose version at Colab has no build for Python 3.11
OF_AN_OLDER_PYTORCH = ("setuptools",)  # of which PyTorch here wants a newer one than Colab's does
NO_INDEX = "no-index"  # a path of the site at which pip finds nothing, and is seen to look


@dataclass(frozen=True)
class Reader:
    """Somebody with Jupyter, a browser and a folder for downloads."""

    python: Path
    environment: dict[str, str]

    def run(self, code: str) -> str:
        """What a piece of Python prints in the reader's environment."""
        return subprocess.run(
            [self.python, "-c", code],
            cwd=self.environment["HOME"],
            env=self.environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    def execute(self, notebook: NotebookNode, folder: Path, **variables: str) -> NotebookNode:
        """Run all cells, whatever they raise, in an empty folder."""
        folder.mkdir()
        file = folder / "notebook.ipynb"
        nbformat.write(notebook, file)
        subprocess.run(
            [sys.executable, "-c", EXECUTE, file],
            cwd=folder,
            env=self.environment | variables,
            check=True,
        )
        return nbformat.read(file, as_version=4)


def needed(*names: str) -> dict[str, Distribution]:
    """Installed distributions that these need, themselves included."""
    found: dict[str, Distribution] = {}
    waiting = [Requirement(name) for name in names]
    while waiting:
        wanted = waiting.pop()
        wanted_here = wanted.marker is None or wanted.marker.evaluate({"extra": ""})
        if wanted.name.lower() not in found and wanted_here:
            found[wanted.name.lower()] = distribution(wanted.name)
            waiting += map(Requirement, distribution(wanted.name).requires or [])
    return found


@pytest.fixture(scope="module")
def reader(book, tmp_path_factory) -> Reader:
    reader = with_python(tmp_path_factory.mktemp("reader"), book)
    link(reader, *needed("ipykernel", "pip", *OWN).values())
    return reader


@pytest.fixture(scope="module")
def reader_on_colab(book, tmp_path_factory) -> Reader:
    """Colab's versions of all but Python and PyTorch, which are the ones here."""
    reader = with_python(tmp_path_factory.mktemp("colab"), book)
    constraints = reader.python.parents[2] / "constraints.txt"
    free = (*FROM_PYTORCHS_INDEX, *OF_A_NEWER_PYTHON, *OF_AN_OLDER_PYTORCH)
    others = {n: v for n, v in versions_at("colab").items() if n not in free}
    constraints.write_text("".join(f"{n}=={v}\n" for n, v in others.items()))
    wanted = [line for name in FROM_PYTORCHS_INDEX for line in distribution(name).requires or []]
    wanted += ["ipykernel", "pip", *OWN]
    command = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--only-binary", ":all:"]
    command += ["--python", str(reader.python), "-c", str(constraints)]
    left_out = (*FROM_PYTORCHS_INDEX, *BY_PYTORCH)
    lines = [line for line in wanted if not line.startswith(left_out) and "extra ==" not in line]
    done = subprocess.run([*command, *lines], capture_output=True, text=True, check=False)
    if re.search("error sending request|Failed to fetch", done.stderr):
        pytest.skip("no package index can be reached")
    assert done.returncode == 0, done.stderr[-2000:]
    link(reader, *map(distribution, sorted(FROM_PYTORCHS_INDEX)))
    return reader


def with_python(folder: Path, book: Book) -> Reader:
    """A reader in an environment that has nothing but Python."""
    venv.create(folder / "environment", with_pip=False, symlinks=True)
    python = folder / "environment" / "bin" / "python"
    kernel = folder / "kernels" / "reader"
    kernel.mkdir(parents=True)
    command = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (kernel / "kernel.json").write_text(json.dumps({"argv": command, "display_name": "Reader"}))
    environment = {
        "HOME": str(folder),
        "JUPYTER_PATH": str(folder),
        "PATH": os.environ["PATH"],
        "LABCODE_PROFILE": "smoke",
        "LABCODE_DATA": os.environ["LABCODE_DATA"],
        "LABCODE_CACHE": os.environ["LABCODE_CACHE"],
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_INDEX_URL": book.address + NO_INDEX,
    }
    return Reader(python, environment)


def link(reader: Reader, *libraries: Distribution) -> None:
    """Let the reader have libraries that are installed here."""
    packages = next(reader.python.parents[1].glob("lib/python*/site-packages"))
    for library in libraries:
        for name in {file.parts[0] for file in library.files or []} - {"..", "__pycache__"}:
            target = packages / name
            if not name.endswith(".pth") and not target.exists():
                target.symlink_to(library.locate_file(name))


@pytest.fixture(scope="module")
def downloaded(book, browser, tmp_path_factory) -> dict[str, Path]:
    """The notebooks, each taken from its page by mouse."""
    folder = tmp_path_factory.mktemp("downloads")
    page = browser.new_page()
    for chapter in CHAPTERS:
        page.goto(f"{book.address}book/{chapter}.html")
        page.get_by_role("button", name="Download this page").click()
        with page.expect_download() as download:
            page.locator(f"a[download][href$='/{chapter}.ipynb']").click()
        assert download.value.suggested_filename == f"{chapter}.ipynb"
        download.value.save_as(folder / f"{chapter}.ipynb")
    page.close()
    return {chapter: folder / f"{chapter}.ipynb" for chapter in CHAPTERS}


def printed(cell: NotebookNode) -> str:
    return "".join(out.text for out in cell.outputs if out.output_type == "stream")


def errors(notebook: NotebookNode) -> list[NotebookNode]:
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [out for cell in cells for out in cell.outputs if out.output_type == "error"]


def first_code(notebook: NotebookNode) -> NotebookNode:
    return next(cell for cell in notebook.cells if cell.cell_type == "code")


def test_the_environment_has_pytorch_and_nothing_of_this_repository(reader):
    code = "from importlib.util import find_spec as f; print(*(bool(f(n)) for n in NAMES))"
    names = ("torch", "ipykernel", "labcode", "myst_nb", "sphinx", "measured_book")
    assert reader.run(code.replace("NAMES", str(names))).split() == ["True"] * 2 + ["False"] * 4


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_downloaded_notebook_runs_from_top_to_bottom(
    book, browser, reader, downloaded, chapter, tmp_path
):
    """The first of these installs labcode; the others find it."""
    notebook = nbformat.read(downloaded[chapter], as_version=4)
    nbformat.validate(notebook)
    before = len(book.asked_for)
    installed = any(reader.python.parents[1].glob("lib/*/site-packages/labcode"))
    done = reader.execute(notebook, tmp_path / "folder")
    assert not errors(done)
    setup = first_code(done)
    wheel = re.search(r"notebooks/autoencoders_measured\S+\.whl", setup.source)[0]
    assert book.asked_for[before:] == ([] if installed else [f"/{wheel}"]), "pip looked elsewhere"
    assert str(reader.python.parents[1]) in reader.run("import labcode; print(labcode.__file__)")
    if chapter == notebooks.LEDGER:
        assert "the record is as it was written: True" in printed(setup)
    else:
        assert re.search(r"^images: \S+\nruns trained now: 0$", printed(setup), re.MULTILINE)
    for call, hand in INSTRUMENTS.get(chapter, {}).items():
        (cell,) = [cell for cell in done.cells if call in cell.source]
        an_instrument_works(browser, cell, hand, tmp_path / "instrument.html")


def test_a_notebook_runs_at_colabs_versions(book, reader_on_colab, tmp_path):
    """Its Python is the one here, and so is PyTorch, since Colab's is not to be had for it."""
    notebook = nbformat.read(book.notebooks / f"{AT_COLABS_VERSIONS}.ipynb", as_version=4)
    done = reader_on_colab.execute(notebook, tmp_path / "folder")
    assert not errors(done)
    code = "from importlib.metadata import version; print(*map(version, NAMES))"
    names = [name for name in (Requirement(n).name for n in OWN) if name not in FROM_PYTORCHS_INDEX]
    found = reader_on_colab.run(code.replace("NAMES", str(names))).split()
    there = versions_at("colab")
    assert found == [there[canonicalize_name(name)] for name in names]


def the_explorer_works(page: Page) -> None:
    explorer = Explorer(page)
    explorer.answers_to_the_pointer()
    explorer.answers_to_keys()


INSTRUMENTS = {
    "ae-versus-pca": {"\ndescend()": descends},
    "dense-versus-cnn": {"\nshift(": moves},
    "denoising": {"\ntrain_here(": trains, "\nscore_plane(": walks},
    "ae-versus-vae": {"latent_explorer.explorer(": the_explorer_works},
}


def an_instrument_works(
    browser: Browser, cell: NotebookNode, hand: Callable[[Page], None], file: Path
) -> None:
    """The output of a cell, as Jupyter's converter to HTML writes it, moved by hand."""
    html, _ = HTMLExporter(template_name="basic").from_notebook_node(
        nbformat.v4.new_notebook(cells=[cell])
    )
    file.write_text(f'<!doctype html><meta charset="utf-8"><title>Output</title>{html}', "utf-8")
    complaints: list[str] = []
    page = browser.new_context(offline=True).new_page()
    page.on("console", lambda m: m.type == "error" and complaints.append(m.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(file.as_uri())
    hand(page)
    page.context.close()
    assert not complaints


def test_the_first_cell_trains_what_is_missing_and_shows_a_progress_bar(
    reader, downloaded, tmp_path
):
    notebook = nbformat.read(downloaded[TRAINED], as_version=4)
    setup = notebook.cells.index(first_code(notebook))
    notebook.cells = notebook.cells[: setup + 1]
    cache = tmp_path / "cache"
    done = reader.execute(notebook, tmp_path / "folder", LABCODE_CACHE=str(cache))
    assert not errors(done)
    shown = printed(first_code(done))
    (trained,) = re.findall(r"runs trained now: (\d+)", shown)
    assert int(trained) == len(list(cache.glob("runs/*.safetensors"))) > 0
    assert "training: 100%" in shown


def test_the_ledger_is_read_without_training_anything(reader, downloaded, tmp_path):
    notebook = nbformat.read(downloaded[notebooks.LEDGER], as_version=4)
    sources = [cell.source for cell in notebook.cells]
    heading = re.compile(r"^#+ [\d.]* ?Exercises$", re.MULTILINE)
    exercises = next(n for n, text in enumerate(sources) if heading.search(text))
    notebook.cells = notebook.cells[:exercises]
    done = reader.execute(notebook, tmp_path / "folder", LABCODE_CACHE=str(tmp_path / "cache"))
    assert not errors(done)
    assert "the record is as it was written: True" in printed(first_code(done))
    assert not list((tmp_path / "cache").glob("runs/*"))


def test_without_the_sites_address_the_first_cell_says_what_to_do(reader, tmp_path):
    cell = nbformat.v4.new_code_cell(notebooks.first_cell("ae-versus-pca", "9.9", ""))
    done = reader.execute(nbformat.v4.new_notebook(cells=[cell]), tmp_path / "folder")
    (error,) = errors(done)
    assert error.ename == "SystemExit"
    assert "autoencoders_measured-9.9-py3-none-any.whl is not beside this notebook" in error.evalue
    assert "Take the archive of all notebooks" in error.evalue


@pytest.mark.parametrize("name", ["labcode/__init__.py", "labcode.py"])
def test_a_strangers_labcode_is_not_imported_and_nothing_is_installed_over_it(
    book, reader, downloaded, name, tmp_path
):
    stranger = tmp_path / "elsewhere" / name
    stranger.parent.mkdir(parents=True)
    stranger.write_text("raise AssertionError('a stranger was imported')\n")
    notebook = nbformat.read(downloaded[TRAINED], as_version=4)
    notebook.cells = [first_code(notebook)]
    before = len(book.asked_for)
    done = reader.execute(notebook, tmp_path / "folder", PYTHONPATH=str(tmp_path / "elsewhere"))
    (error,) = errors(done)
    assert error.ename == "SystemExit"
    assert f"{stranger} is another package named labcode" in error.evalue
    assert "%pip uninstall -y labcode" in error.evalue
    assert book.asked_for[before:] == []
