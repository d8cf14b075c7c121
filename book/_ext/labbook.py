"""What the book asks of Sphinx: runs trained before pages, no stale page, a foot that says how.

A page is executed again when the code that it runs has changed, and only then. Its fingerprint
covers the labcode modules that its cells import, in turn too, the profile, and the versions of
the libraries. The fingerprint goes into an invisible cell at the end of the page, so that
jupyter-cache, which compares cells, sees another notebook.
"""

import hashlib
import platform
import re
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import SphinxError

from labcode import experiments, profiles, runs
from labcode.fashion_mnist import DataUnavailable
from labcode.provenance import code_hash, imported_modules
from labcode.training import TrainingDiverged

LIBRARIES = ("torch", "numpy", "scipy", "scikit-learn", "matplotlib")
CODE_CELL = re.compile(r"^```\{code-cell\}.*?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CELL_OPTIONS = re.compile(r"\A(---\n.*?^---\n|(:\S+:.*\n)*)", re.MULTILINE | re.DOTALL)
FOOT = """
```{{code-cell}} ipython3
:tags: [remove-cell]

"{fingerprint}"
```

{{.page-foot}}
Computed in profile *{profile}* (seeds {seeds}) with {versions}, by labcode {fingerprint}.
"""


class BuildProblem(SphinxError):
    """Something that the reader of the terminal can mend; shown without a traceback."""

    category = "labcode"


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to Sphinx's events."""
    app.connect("builder-inited", train_missing_runs)
    app.connect("env-get-outdated", find_stale_pages)
    app.connect("source-read", add_foot)
    app.connect("autodoc-process-docstring", escape_marks, priority=100)
    return {"parallel_read_safe": False, "parallel_write_safe": True}


def train_missing_runs(app: Sphinx) -> None:
    """Train every run that some chapter needs and that is not on disk."""
    try:
        runs.train_missing(experiments.specs(profiles.current()))
    except (ValueError, DataUnavailable, TrainingDiverged, runs.CodeEdited) as problem:
        raise BuildProblem(str(problem)) from None


def find_stale_pages(
    app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]
) -> list[str]:
    """Pages whose code, profile or libraries are not those that they were made with."""
    made_with = getattr(env, "labbook_fingerprints", {})
    return [
        page
        for page, fingerprint in made_with.items()
        if page in env.found_docs
        and fingerprint_of(Path(env.doc2path(page)).read_text()) != fingerprint
    ]


def add_foot(app: Sphinx, page: str, source: list[str]) -> None:
    """Put the fingerprint and the foot at the end of a page that runs code."""
    if not runs_code(source[0]):
        return
    fingerprint = fingerprint_of(source[0])
    made_with = getattr(app.env, "labbook_fingerprints", {})
    app.env.labbook_fingerprints = made_with | {page: fingerprint}  # type: ignore[attr-defined]
    profile = profiles.current()
    source[0] += FOOT.format(
        fingerprint=fingerprint,
        profile=profile.name,
        seeds=", ".join(map(str, profile.seeds)),
        versions=", ".join(f"{name} {found}" for name, found in versions().items()),
    )


def escape_marks(
    app: Sphinx, what: str, name: str, item: Any, options: Any, lines: list[str]
) -> None:
    """Docstrings are plain text: stars and bars are shapes and norms, not markup."""
    lines[:] = [re.sub(r"([*|])", r"\\\1", line) for line in lines]


def runs_code(source: str) -> bool:
    """Whether a page's front matter makes it a notebook."""
    return source.startswith("---\nfile_format: mystnb")


def fingerprint_of(source: str) -> str:
    """Hash of all that decides a page's outputs, its own cells apart."""
    cells = "\n".join(CELL_OPTIONS.sub("", cell) for cell in CODE_CELL.findall(source))
    parts = [code_hash(imported_modules(cells)), profiles.current().name, str(versions())]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


def versions() -> dict[str, str]:
    """Versions of Python and of the libraries that compute and draw."""
    found = {name: version(name).split("+")[0] for name in LIBRARIES}
    return {"Python": platform.python_version(), **found}
