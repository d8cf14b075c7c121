"""Every chapter as a notebook that runs anywhere, made in the same build as its page.

`_build/html/notebooks` then holds two notebooks a chapter, one with the solutions of its exercises
and one without, the wheel of labcode that their first cell installs, and an archive of each kind.
"""

import hashlib
import inspect
import shutil
import subprocess
import sys
import tempfile
import textwrap
import zipfile
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote as quoted_address
from urllib.parse import urljoin

import nbformat
from docutils import nodes
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from sphinx.application import Sphinx

import labcode
from labcode.experiments import CHAPTERS
from measured_book import foreign_labcode, internals
from measured_book.notebook_text import Numbers, Writer, notebook_cells
from measured_book.site import chapter_of

FOLDER = "notebooks"
ARCHIVE = "autoencoders-measured.zip"
UNSOLVED = "-without-solutions"
LEDGER = "claims"
METADATA = {  # what nbconvert, VS Code and Colab look for
    "kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"},
    "language_info": {
        "name": "python",
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "codemirror_mode": {"name": "ipython", "version": 3},
        "nbconvert_exporter": "python",
        "pygments_lexer": "ipython3",
    },
}
INSTALL = """\
# Installs labcode, the code of the book, unless it is here. A PyTorch that is here stays.
import site
import sys
from importlib import invalidate_caches
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from socket import create_connection


def installed():
    try:
        return version("{distribution}")
    except PackageNotFoundError:
        return None


{foreign_labcode}

if stranger := foreign_labcode():
    raise SystemExit(
        f"{{stranger}} is another package named labcode, or that of this book's first edition. "
        "Run '%pip uninstall -y labcode {distribution}' in a cell of its own, or rename that "
        "file if it is your own; then restart the kernel and run this cell again."
    )
if installed() not in ("{version}", "{release}"):
    wheel = "{wheel}"
    if not Path(wheel).exists():
        {elsewhere}
    more = ""
    if sys.platform == "linux" and not which("nvidia-smi") and not find_spec("torch"):
        # Without a GPU: PyTorch's own host has a build that is gigabytes smaller.
        try:
            create_connection(("download.pytorch.org", 443), timeout=5).close()
            more = "--extra-index-url https://download.pytorch.org/whl/cpu"
        except OSError:
            pass
    print("Installing labcode and what it needs; without PyTorch here this takes a few minutes.")
    %pip install --quiet --disable-pip-version-check {{wheel}} {{more}}
    if site.ENABLE_USER_SITE:  # where pip may not write it takes this folder, which may be new
        site.addsitedir(site.getusersitepackages())
    invalidate_caches()
    if installed() != "{release}":
        raise SystemExit(
            "labcode could not be installed; pip says above why. If it found no such file, the "
            "book was built anew since you took this notebook: download it again."
        )
"""
TRAIN = """
# Finds or fetches Fashion-MNIST, then trains what this chapter needs and what is not on disk yet.
from labcode import experiments, runs
from labcode.data import files as fashion_mnist

print("images:", fashion_mnist.folder())
trained = runs.train_missing(experiments.shown("{chapter}"))
print("runs trained now:", trained)"""
READ_VERDICTS = """
# The verdicts come from the record of long runs, which labcode brings.
from labcode.runs import record

print("the record is as it was written:", not record.altered())"""
NOWHERE = """\
raise SystemExit(
            f"{wheel} is not beside this notebook, and the book that it comes from was built "
            "without knowing its own address. Take the archive of all notebooks, which holds "
            "that file, or run 'pip install .' in a clone of the book's repository."
        )"""
ABOUT = """\
*This is {chapter} of {book} as a notebook. Run its cells from the top. {first} Numbers in the text
were computed when the book was built. What you compute can differ from them in the last digits.*"""
TRAINS = """\
The first one installs what the others need and trains the chapter's networks; on two cores this
takes a few minutes."""
READS = """\
The first one installs what the others need, with the record that decides the claims."""


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to Sphinx's events."""
    app.connect("doctree-resolved", keep_chapter, priority=900)
    app.connect("html-page-context", offer_notebook, priority=502)
    app.connect("build-finished", write_notebooks)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def keep_chapter(app: Sphinx, document: nodes.document, page: str) -> None:
    """Turn a page, as it is about to be written, into a notebook; its first cell comes later."""
    if app.builder.name != "html" or not (chapter := chapter_of(page)):
        return
    own_address = address(app, app.builder.get_target_uri(page))
    numbers = Numbers(
        internals.section_numbers(app.env, page), partial(internals.number_of, app.env, page)
    )

    def link(target: str) -> str:
        if target.startswith(("http:", "https:")):
            return target
        return urljoin(own_address, target) if own_address else ""

    sources = internals.cell_sources(app.env, Path(app.env.doc2path(page)).read_text("utf-8"))
    kept(app).mkdir(parents=True, exist_ok=True)
    for solved in (True, False):
        writer = Writer(numbers, link, solved)
        blocks = writer.page(document)
        notebook = new_notebook(
            cells=notebook_cells(blocks, sources, writer.left_out), metadata=METADATA
        )
        nbformat.write(notebook, kept(app) / notebook_of(chapter, solved))


def notebook_of(chapter: str, solved: bool = True) -> str:
    """The file of a chapter's notebook."""
    return f"{chapter}{'' if solved else UNSOLVED}.ipynb"


def archive_of(solved: bool) -> str:
    """The archive of all notebooks of a kind."""
    return ARCHIVE if solved else ARCHIVE.replace(".zip", f"{UNSOLVED}.zip")


def offer_notebook(
    app: Sphinx,
    page: str,
    template: str,
    context: dict[str, Any],
    document: nodes.document | None,
) -> None:
    """Put the notebook first into a chapter's download menu, and all of them into every menu."""
    if app.builder.name != "html":
        return  # there are none: `write_notebooks` makes them for the site
    chapter = chapter_of(page)
    buttons = [
        {
            "type": "link",
            "url": context["pathto"](f"{FOLDER}/{file}", 1),
            "text": text,
            "tooltip": tooltip,
            "icon": f"fas fa-{icon}",
            "label": f"download-{label}-button",
        }
        for file, text, tooltip, icon, label in (
            (
                notebook_of(chapter),
                ".ipynb",
                "Download this chapter as a notebook",
                "code",
                "notebook",
            ),
            (
                notebook_of(chapter, solved=False),
                ".ipynb, no solutions",
                "Download this chapter as a notebook without solutions",
                "code",
                "unsolved",
            ),
            (ARCHIVE, "all .ipynb", "Download all notebooks", "file-zipper", "archive"),
            (
                archive_of(solved=False),
                "all, no solutions",
                "Download all notebooks, without solutions",
                "file-zipper",
                "unsolved-archive",
            ),
        )
        if chapter or file.endswith(".zip")
    ]
    for menu in context.get("header_buttons", []):
        if menu.get("label") == "download-buttons":
            menu["buttons"][:0] = buttons


def write_notebooks(app: Sphinx, problem: Exception | None) -> None:
    """Write the wheel, the notebooks with their first cell, and the archive."""
    if problem or app.builder.name != "html":
        return
    folder = Path(app.outdir, FOLDER)
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        source = Path(temporary, "source")
        copy_labcode(Path(app.srcdir), source)
        release = f"{labcode.__version__}+{hash_of(source)}"
        wheel = wheel_of(release)
        if not (folder / wheel).exists():
            build_wheel(source, folder, release)
    site = address(app, f"{FOLDER}/{quoted_address(wheel)}")
    written = {wheel}
    for solved in (True, False):
        made = {
            notebook_of(chapter, solved)
            for chapter in CHAPTERS
            if write_notebook(app, chapter, solved, release, site)
        }
        with zipfile.ZipFile(folder / archive_of(solved), "w", zipfile.ZIP_DEFLATED) as archive:
            for name in sorted({wheel, *made}):
                archive.write(folder / name, f"autoencoders-measured/{name}")
        written |= {archive_of(solved), *made}
    for old in folder.iterdir():
        if old.name not in written:
            old.unlink()


def write_notebook(app: Sphinx, chapter: str, solved: bool, release: str, site: str) -> bool:
    """Write a chapter's notebook with its first cell, if its page was made."""
    body = kept(app) / notebook_of(chapter, solved)
    if body.exists():
        notebook = nbformat.read(body, as_version=4)
        title, _, text = notebook.cells[0].source.partition("\n\n")
        notebook.cells[:1] = [
            new_markdown_cell(f"{title}\n\n{about(app, chapter)}", id="about"),
            new_code_cell(first_cell(chapter, release, site), id="setup"),
            *([new_markdown_cell(text, id="start")] if text else []),
        ]
        nbformat.validate(notebook)
        nbformat.write(notebook, Path(app.outdir, FOLDER, body.name))
    return body.exists()


def first_cell(chapter: str, release: str, address_of_wheel: str) -> str:
    """The code that installs labcode and trains what a chapter needs.

    Parameters
    ----------
    chapter : str
    release : str
        The version of labcode that the notebook was made with.
    address_of_wheel : str
        Empty where the site's address is not known.
    """
    install = INSTALL.format(
        distribution=labcode.DISTRIBUTION,
        version=labcode.__version__,
        release=release,
        wheel=wheel_of(release),
        foreign_labcode=inspect.getsource(foreign_labcode),
        elsewhere=f'wheel = "{address_of_wheel}"' if address_of_wheel else NOWHERE,
    )
    return install + (READ_VERDICTS if chapter == LEDGER else TRAIN.format(chapter=chapter))


def wheel_of(release: str) -> str:
    """The wheel's file, named as pip wants it."""
    return f"{labcode.DISTRIBUTION.replace('-', '_')}-{release}-py3-none-any.whl"


def about(app: Sphinx, chapter: str) -> str:
    """What a reader of the notebook should know, with links where the site's address is known."""
    page = f"book/{chapter}"
    title = app.config.html_title or app.config.project
    text = ABOUT.format(
        chapter=linked("a chapter", address(app, app.builder.get_target_uri(page))),
        book=linked(title, address(app, "index.html")),
        first=READS if chapter == LEDGER else TRAINS,
    )
    return " ".join(text.split())


def copy_labcode(root: Path, folder: Path) -> None:
    """Copy what makes labcode's wheel, so that nothing is left in the repository."""
    unwanted = shutil.ignore_patterns("__pycache__")
    shutil.copytree(root / "labcode", folder / "labcode", ignore=unwanted)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(root / name, folder)


def hash_of(folder: Path) -> str:
    """Ten digits that change with the content of any file in a folder."""
    digest = hashlib.sha256()
    for file in sorted(file for file in folder.rglob("*") if file.is_file()):
        digest.update(f"{file.relative_to(folder).as_posix()}\n".encode() + file.read_bytes())
    return digest.hexdigest()[:10]


def build_wheel(source: Path, folder: Path, release: str) -> None:
    """Build labcode's wheel from a copy of the repository that holds only labcode."""
    tag = release.removeprefix(labcode.__version__)
    (source / "setup.cfg").write_text(f"[egg_info]\ntag_build = {tag}\n")
    command = f"from setuptools.build_meta import build_wheel; build_wheel({str(folder)!r})"
    built = subprocess.run(
        [sys.executable, "-c", command], cwd=source, capture_output=True, text=True, check=False
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


def linked(text: str, target: str) -> str:
    """Text as a link, where its target is known."""
    return f"[{text}]({target})" if target else text
