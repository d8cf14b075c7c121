"""Every chapter as a notebook that runs anywhere, made in the same build as its page.

`_build/html/notebooks` then holds one notebook a chapter, the wheel of labcode that their first
cell installs, and an archive of all of these.
"""

import posixpath
import shutil
import subprocess
import sys
import tempfile
import textwrap
import zipfile
from pathlib import Path
from urllib.parse import quote as quoted_address
from urllib.parse import urljoin

import nbformat
from docutils import nodes
from myst_nb.core.read import read_myst_markdown_notebook
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from notebook_text import Numbers, Writer, notebook_cells
from sphinx.application import Sphinx

import labcode
from labcode.experiments import CHAPTERS
from labcode.provenance import SOURCES, code_hash

FOLDER = "notebooks"
ARCHIVE = "autoencoders-measured.zip"
SETUP = """\
# Installs labcode, the code of the book, unless it is here. A PyTorch that is here stays.
import sys
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from shutil import which

try:
    found = version("labcode")
except PackageNotFoundError:
    found = None
if found not in ("{version}", "{release}"):
    wheel = "{wheel}"
    if not Path(wheel).exists():
        {elsewhere}
    no_gpu = sys.platform == "linux" and which("nvidia-smi") is None
    small = "--extra-index-url https://download.pytorch.org/whl/cpu"
    %pip install --quiet {{wheel}} {{small if no_gpu and not find_spec("torch") else ""}}

# Finds or fetches Fashion-MNIST, then trains what this chapter needs and what is not on disk yet.
from labcode import experiments, fashion_mnist, profiles, runs

print("images:", fashion_mnist.folder())
trained = runs.train_missing(experiments.specs(profiles.current(), "{chapter}"))
print("runs trained now:", trained)"""
NOWHERE = """\
raise SystemExit(
            f"{wheel} is not beside this notebook, and the book that it comes from was built "
            "without knowing its own address. Take the archive of all notebooks, which holds "
            "that file, or run 'pip install .' in a clone of the book's repository."
        )"""
ABOUT = """\
This is a chapter of {book} as a notebook. Run its cells from the top. The first one installs what
the others need and trains the chapter's networks; on two cores this takes a few minutes. Numbers in
the text were computed when the book was built. What you compute can differ from them in the last
digits."""


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to Sphinx's events."""
    app.connect("doctree-resolved", keep_chapter, priority=900)
    app.connect("html-page-context", offer_notebook, priority=502)
    app.connect("build-finished", write_notebooks)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def keep_chapter(app: Sphinx, document: nodes.document, page: str) -> None:
    """Turn a page, as it is about to be written, into a notebook; its first cell comes later."""
    if app.builder.name != "html" or posixpath.basename(page) not in CHAPTERS:
        return
    own_address = address(app, app.builder.get_target_uri(page))
    numbers = Numbers(
        {
            anchor: ".".join(map(str, number))
            for anchor, number in app.env.toc_secnumbers.get(page, {}).items()
        },
        lambda kind, name: ".".join(
            map(str, app.env.toc_fignumbers.get(page, {}).get(kind, {}).get(name, ()))
        ),
    )

    def link(target: str) -> str:
        if target.startswith(("http:", "https:")):
            return target
        return urljoin(own_address, target) if own_address else ""

    blocks = Writer(numbers, link).page(document)
    source = Path(app.env.doc2path(page)).read_text("utf-8")
    cells = read_myst_markdown_notebook(source, app.env.myst_config).cells  # type: ignore[attr-defined]
    notebook = new_notebook(
        cells=notebook_cells(blocks, [c.source if c.cell_type == "code" else "" for c in cells]),
        metadata={
            "kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"},
            "language_info": {"name": "python"},
        },
    )
    kept(app).mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, kept(app) / f"{posixpath.basename(page)}.ipynb")


def offer_notebook(
    app: Sphinx, page: str, template: str, context: dict, document: nodes.document | None
) -> None:
    """Put the notebook first into a chapter's download menu."""
    name = posixpath.basename(page)
    if name not in CHAPTERS:
        return
    for menu in context.get("header_buttons", []):
        if menu.get("label") == "download-buttons":
            notebook = {
                "type": "link",
                "url": context["pathto"](f"{FOLDER}/{name}.ipynb", 1),
                "text": ".ipynb",
                "tooltip": "Download this chapter as a notebook",
                "icon": "fas fa-code",
                "label": "download-notebook-button",
            }
            menu["buttons"].insert(0, notebook)


def write_notebooks(app: Sphinx, problem: Exception | None) -> None:
    """Write the wheel, the notebooks with their first cell, and the archive."""
    if problem or app.builder.name != "html":
        return
    folder = Path(app.outdir, FOLDER)
    folder.mkdir(exist_ok=True)
    release = f"{labcode.__version__}+{code_hash(set(SOURCES))[:10]}"
    wheel = f"labcode-{release}-py3-none-any.whl"
    written = {wheel, ARCHIVE}
    if not (folder / wheel).exists():
        build_wheel(Path(app.srcdir), folder, release)
    site = address(app, f"{FOLDER}/{quoted_address(wheel)}")
    for chapter in CHAPTERS:
        if not (body := kept(app) / f"{chapter}.ipynb").exists():
            continue
        notebook = nbformat.read(body, as_version=4)
        about = ABOUT.format(book=book_link(app))
        first_cell = SETUP.format(
            version=labcode.__version__,
            release=release,
            wheel=wheel,
            chapter=chapter,
            elsewhere=f'wheel = "{site}"' if site else NOWHERE,
        )
        notebook.cells[:0] = [
            new_markdown_cell(about, id="about"),
            new_code_cell(first_cell, id="setup"),
        ]
        nbformat.validate(notebook)
        nbformat.write(notebook, folder / body.name)
        written.add(body.name)
    for old in folder.iterdir():
        if old.name not in written:
            old.unlink()
    with zipfile.ZipFile(folder / ARCHIVE, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(written - {ARCHIVE}):
            archive.write(folder / name, f"autoencoders-measured/{name}")


def build_wheel(root: Path, folder: Path, release: str) -> None:
    """Build labcode's wheel from a copy of the repository, so that nothing is left in it."""
    with tempfile.TemporaryDirectory() as copy:
        shutil.copytree(
            root / "labcode", f"{copy}/labcode", ignore=shutil.ignore_patterns("__pycache__")
        )
        for name in ("pyproject.toml", "README.md", "LICENSE"):
            shutil.copy(root / name, copy)
        tag = release.removeprefix(labcode.__version__)
        Path(copy, "setup.cfg").write_text(f"[egg_info]\ntag_build = {tag}\n")
        command = f"from setuptools.build_meta import build_wheel; build_wheel({str(folder)!r})"
        built = subprocess.run(
            [sys.executable, "-c", command], cwd=copy, capture_output=True, text=True, check=False
        )
    if built.returncode:
        reason = textwrap.indent(built.stderr[-1000:], "    ")
        raise SystemExit(f"labcode: its wheel for the notebooks could not be built:\n{reason}")


def kept(app: Sphinx) -> Path:
    """Where notebooks wait for their first cell."""
    return Path(app.doctreedir, FOLDER)


def address(app: Sphinx, path: str) -> str:
    """The address of a file on the site; empty where the site's address is not known."""
    site = app.config.html_baseurl
    return urljoin(site.rstrip("/") + "/", path) if site else ""


def book_link(app: Sphinx) -> str:
    """The book's title, as a link where its address is known."""
    title = app.config.html_title or app.config.project
    home = address(app, "index.html")
    return f"[{title}]({home})" if home else f"*{title}*"
