"""What the book asks of Sphinx: runs trained before pages, no stale page, a foot that says how.

A page is executed again when the code that it runs has changed, and only then. Its fingerprint
covers the labcode modules that its cells import, in turn too, the data, the profile, and the
versions of the libraries. The fingerprint goes into an invisible cell at the end of the page, so
that jupyter-cache, which compares cells, sees another notebook.

What a reader of the terminal can mend ends the build with one message and no traceback.
"""

import hashlib
import platform
import re
from importlib.metadata import version
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from myst_nb.sphinx_ import NbMetadataCollector
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

import labcode
from labcode import experiments, runs
from labcode.data.files import CHECKSUMS
from labcode.designs import profiles
from labcode.runs.provenance import code_hash, imported_modules

logger = logging.getLogger(__name__)

LIBRARIES = ("torch", "numpy", "scipy", "scikit-learn", "scikit-image", "matplotlib")
CODE_CELL = re.compile(
    r"^(?P<fence>`{3,}|:{3,})\{code-cell\}[^\n]*\n(?P<cell>.*?)^(?P=fence)\s*$",
    re.MULTILINE | re.DOTALL,
)
CELL_OPTIONS = re.compile(r"\A(---\n.*?^---\n|(:\S+:[^\n]*\n)*)", re.MULTILINE | re.DOTALL)
CELL_FAILURE = re.compile(r"^[\w.]*\.Cell\w+Error: (.*)\Z", re.MULTILINE | re.DOTALL)
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
FOOT = """
```{{code-cell}} ipython3
:tags: [remove-cell]

"{fingerprint}"
```

{{.page-foot}}
Computed in profile *{profile}* (seeds {seeds}) with {versions}, by labcode {fingerprint}.
"""


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to Sphinx's events."""
    app.connect("config-inited", wait_for_another_build)
    app.connect("builder-inited", train_missing_runs)
    app.connect("env-get-outdated", find_stale_pages)
    app.connect("source-read", add_foot)
    app.connect("env-updated", stop_if_a_cell_failed)
    app.connect("autodoc-process-docstring", escape_marks, priority=100)
    return {"parallel_read_safe": False, "parallel_write_safe": True}


def wait_for_another_build(app: Sphinx, config: Config) -> None:
    """Two builds of one checkout take turns. The lock goes with the process."""
    folder = Path(app.outdir)
    folder.mkdir(parents=True, exist_ok=True)
    turn = FileLock(folder.parent / ".labbook.lock")
    try:
        turn.acquire(timeout=0)
    except Timeout:
        logger.info("labcode: waiting for another build of this checkout to end")
        turn.acquire()
    app.labbook_turn = turn  # type: ignore[attr-defined]


def train_missing_runs(app: Sphinx) -> None:
    """Train every run that some chapter needs and that is not on disk."""
    try:
        runs.train_missing(experiments.specs(profiles.current()))
    except runs.MENDABLE as problem:
        raise SystemExit(f"labcode: {problem}") from None
    except KeyboardInterrupt:
        raise SystemExit("labcode: stopped; finished runs are kept.") from None


def find_stale_pages(
    app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]
) -> list[str]:
    """Pages whose code, data, profile or libraries are not those that they were made with."""
    made_with = getattr(env, "labbook_fingerprints", {})
    return [
        page
        for page, fingerprint in made_with.items()
        if page in env.found_docs
        and fingerprint_of(page, Path(env.doc2path(page)).read_text("utf-8")) != fingerprint
    ]


def add_foot(app: Sphinx, page: str, source: list[str]) -> None:
    """Put the fingerprint and the foot at the end of a page that runs code."""
    made_with = dict(getattr(app.env, "labbook_fingerprints", {}))
    made_with.pop(page, None)
    if runs_code(source[0]):
        made_with[page] = fingerprint_of(page, source[0])
        profile = profiles.current()
        source[0] += FOOT.format(
            fingerprint=made_with[page],
            profile=profile.name,
            seeds=", ".join(map(str, profile.seeds)),
            versions=", ".join(f"{name} {found}" for name, found in versions().items()),
        )
    app.env.labbook_fingerprints = made_with  # type: ignore[attr-defined]


def stop_if_a_cell_failed(app: Sphinx, env: BuildEnvironment) -> None:
    """End the build and say which cells of which pages raised, and what."""
    failures = []
    for page in sorted(env.found_docs):
        result = NbMetadataCollector.get_exec_data(env, page)
        if result and not result["succeeded"]:
            failures.append(failure(page, result["traceback"]))
    if failures:
        raise SystemExit("\n".join(failures))


def failure(page: str, traceback: str | None) -> str:
    """One message: the page, the cell that raised, and what."""
    trace = COLOURS.sub("", traceback or "")
    found = CELL_FAILURE.search(trace)
    return f"labcode: in {page}.md: {found[1] if found else trace}"


def escape_marks(
    app: Sphinx, what: str, name: str, item: Any, options: Any, lines: list[str]
) -> None:
    """Docstrings are plain text: stars and bars are shapes and norms, not markup."""
    lines[:] = [re.sub(r"([*|])", r"\\\1", line) for line in lines]


def runs_code(source: str) -> bool:
    """Whether a page's front matter makes it a notebook."""
    return source.startswith("---\nfile_format: mystnb")


def fingerprint_of(page: str, source: str) -> str:
    """Hash of all that decides a page's outputs, its own cells apart."""
    modules: set[str] = set()
    for found in CODE_CELL.finditer(source):
        cell = CELL_OPTIONS.sub("", found["cell"])
        try:
            modules |= imported_modules(cell)
        except SyntaxError as problem:
            raise SystemExit(
                f"labcode: in {page}.md: this cell is not Python ({problem.msg}):\n{cell}"
            ) from None
    parts = [code_hash(modules), profiles.current().name, str(versions()), str(CHECKSUMS)]
    parts += [file.read_text("utf-8") for file in package_data(modules)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


def package_data(modules: set[str]) -> list[Path]:
    """Files beside these modules that are not Python, such as the explorer's script."""
    package = Path(labcode.__file__).parent
    folders = {package.joinpath(*module.split(".")[1:-1]) for module in modules}
    return sorted(
        file
        for folder in folders
        for file in folder.iterdir()
        if file.suffix in {".json", ".js", ".css", ".html"}
    )


def versions() -> dict[str, str]:
    """Versions of Python and of the libraries that compute and draw."""
    found = {name: version(name).split("+")[0] for name in LIBRARIES}
    return {"Python": platform.python_version(), **found}
