"""Runs trained before pages are made, no page stale, pages executed side by side.

A page is executed again when the code that it runs has changed, and only then. Its fingerprint
covers the labcode modules that its cells import, in turn too, the data, the profile, and the
versions of the libraries. The fingerprint goes into an invisible cell at the end of the page, so
that jupyter-cache, which compares cells, sees another notebook.

MyST-NB executes one page after the other. Here several pages at a time, one thread each, are
executed and put into jupyter-cache, and MyST-NB then finds them there. A damaged cache is noticed
and made anew.

What a reader of the terminal can mend ends the build with one message and no traceback.
"""

import hashlib
import json
import os
import platform
import re
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path
from threading import Lock

import psutil
from filelock import FileLock, Timeout
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn, JupyterCacheAbstract
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

import labcode
from labcode import experiments, runs
from labcode.audit import proof
from labcode.audit.proof import Proof
from labcode.data.files import CHECKSUMS
from labcode.designs import profiles
from labcode.experiments import CHAPTERS, Section
from labcode.runs import record
from labcode.runs.provenance import code_hash, imported_modules
from measured_book import internals

logger = logging.getLogger(__name__)
one_at_a_time = Lock()  # jupyter-cache is not made for threads

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
{evidence} Made with {versions}, by labcode {fingerprint}.
"""


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to Sphinx's events."""
    app.connect("config-inited", wait_for_another_build)
    app.connect("config-inited", run_pages_here)
    app.connect("builder-inited", train_missing_runs)
    app.connect("env-get-outdated", find_stale_pages)
    app.connect("env-before-read-docs", prove_the_record, priority=400)
    app.connect("env-before-read-docs", execute_side_by_side)
    app.connect("source-read", add_foot)
    app.connect("env-updated", stop_if_a_cell_failed)
    return {"parallel_read_safe": False, "parallel_write_safe": True}


# ---- before pages are read


def wait_for_another_build(app: Sphinx, config: Config) -> None:
    """Two builds of one checkout take turns. The lock goes with the process."""
    folder = Path(app.outdir)
    folder.mkdir(parents=True, exist_ok=True)
    turn = FileLock(folder.parent / ".build.lock")
    try:
        turn.acquire(timeout=0)
    except Timeout:
        logger.info("labcode: waiting for another build of this checkout to end")
        turn.acquire()
    app.turn_to_build = turn  # type: ignore[attr-defined]


def run_pages_here(app: Sphinx, config: Config) -> None:
    """Pages run in the Python that builds, with the folders that the build was given.

    A kernel named `python3` can be any Python of this machine, and the foot of a page says what
    this one has. A kernel starts in its page's folder, where a relative folder is another one.
    """
    for name in ("LABCODE_DATA", "LABCODE_CACHE"):
        if folder := os.environ.get(name):
            os.environ[name] = str(Path(folder).expanduser().absolute())
    kernels = Path(app.outdir).parent.absolute() / ".kernels"
    kernel = kernels / "kernels" / "python3" / "kernel.json"
    kernel.parent.mkdir(parents=True, exist_ok=True)
    # Errors only: else each kernel warns that what it says on this machine is not encrypted.
    command = [sys.executable, "-m", "ipykernel_launcher", "--log-level=40"]
    about = {"display_name": "Python 3", "language": "python"}
    kernel.write_text(json.dumps(about | {"argv": [*command, "-f", "{connection_file}"]}), "utf-8")
    others = os.environ.get("JUPYTER_PATH", "").split(os.pathsep)
    path = [str(kernels), *(other for other in others if other and other != str(kernels))]
    os.environ["JUPYTER_PATH"] = os.pathsep.join(path)


def train_missing_runs(app: Sphinx) -> None:
    """Train every run that some chapter needs and that is not on disk."""
    try:
        if short := short_sections(CHAPTERS):
            logger.info(
                "labcode: the record of long runs lacks what some sections read. They show short "
                f"runs, which decide nothing: {', '.join(short)}. 'python -m labcode record' "
                "trains what is lacking."
            )
        runs.train_missing(experiments.shown())
    except runs.MENDABLE as problem:
        raise SystemExit(f"labcode: {problem}") from None
    except KeyboardInterrupt:
        raise SystemExit("labcode: stopped; finished runs are kept.") from None


# ---- what a page was made with


def find_stale_pages(
    app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]
) -> list[str]:
    """Pages whose code, data, profile or libraries are not those that they were made with."""
    made_with = getattr(env, "page_fingerprints", {})
    return [
        page
        for page, fingerprint in made_with.items()
        if page in env.found_docs
        and fingerprint_of(page, Path(env.doc2path(page)).read_text("utf-8")) != fingerprint
    ]


def add_foot(app: Sphinx, page: str, source: list[str]) -> None:
    """Put the fingerprint and the foot at the end of a page that runs code."""
    made_with = dict(getattr(app.env, "page_fingerprints", {}))
    made_with.pop(page, None)
    if runs_code(source[0]):
        made_with[page] = fingerprint_of(page, source[0])
        source[0] += FOOT.format(
            fingerprint=made_with[page],
            evidence=evidence(page, getattr(app.env, "proofs", {})),
            versions=", ".join(f"{name} {found}" for name, found in versions().items()),
        )
    app.env.page_fingerprints = made_with  # type: ignore[attr-defined]


def chapters_on(page: str) -> list[str]:
    """The chapters whose runs a page shows: its own, or all where it trains nothing itself."""
    chapter = page.removeprefix("book/")
    return [chapter] if CHAPTERS.get(chapter) else list(CHAPTERS)


@cache
def sections_of(chapter: str) -> list[Section]:
    """The sections of a chapter that show what was trained, looked up once in a build."""
    return experiments.sections_shown(chapter)


def short_sections(chapters: Iterable[str]) -> list[str]:
    """Those that show short runs because the record lacks theirs."""
    if os.environ.get("LABCODE_PROFILE"):
        return []
    short = experiments.SHORT
    return [s.name for chapter in chapters for s in sections_of(chapter) if s.profile == short]


def evidence(page: str, proofs: Mapping[str, Proof]) -> str:
    """What stands behind a page: recorded runs, which of them were trained again, short runs."""
    if os.environ.get("LABCODE_PROFILE"):
        profile = profiles.current()
        seeds = ", ".join(map(str, profile.seeds))
        return f"Trained in profile *{profile.name}* (seeds {seeds})."
    chapters = chapters_on(page)
    rows = {row.key: row for chapter in chapters for s in sections_of(chapter) for row in s.rows}
    parts = []
    if rows:
        dates, kinds = (
            sorted({row.date for row in rows.values()}),
            {f"{row.processor} with torch {row.versions['torch']}" for row in rows.values()},
        )
        parts.append(
            f"{len(rows)} runs and measurements come from the record of long runs "
            f"({' to '.join(dict.fromkeys((dates[0], dates[-1])))}, {', '.join(sorted(kinds))})."
        )
        again = [found for key, found in proofs.items() if key in rows]
        same = (
            "equal to the bit" if all(not found.difference for found in again) else "nearly equal"
        )
        if again:
            parts.append(f"{len(again)} of them were trained again when this was built: {same}.")
    if short := short_sections(chapters):
        names = ", ".join(name.rpartition(".")[2] for name in short)
        parts.append(f"Short runs, which decide nothing, stand in for what it lacks: {names}.")
    return " ".join(parts)


def prove_the_record(app: Sphinx, env: BuildEnvironment, pages: list[str]) -> None:
    """Train a few recorded runs of the pages about to be executed again.

    Raises
    ------
    SystemExit
        If one disagrees on the kind of processor and with the versions that recorded it.
    """
    if os.environ.get("LABCODE_PROFILE"):
        return
    named = [page.removeprefix("book/") for page in pages]
    recorded = [c for c in CHAPTERS if c in named and any(s.rows for s in sections_of(c))]
    if not recorded or all(is_executed(app, env, f"book/{chapter}") for chapter in recorded):
        return
    found = proof.prove(recorded)
    env.proofs = {one.key: one for one in found}  # type: ignore[attr-defined]
    for one in found:
        part = "to the end" if one.epochs is None else f"for {one.epochs} epoch"
        logger.info(
            f"labcode: trained again {part}: {one.chapter}, {one.title}: "
            + ("equal in every bit" if one.difference == 0 else f"differs by {one.difference:.0e}")
        )
    if wrong := [one for one in found if not one.agrees and one.same_kind]:
        raise SystemExit(
            "labcode: the record of long runs is not what this code trains: "
            + "; ".join(f"{one.title} ({one.key}) differs by {one.difference:.0e}" for one in wrong)
        )


def is_executed(app: Sphinx, env: BuildEnvironment, page: str) -> bool:
    """Whether the cache has this page executed."""
    notebook = internals.as_notebook(env, page, source_of(app, page))
    return is_kept(get_cache(internals.cache_folder(env)), notebook)


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
    parts = [code_hash(modules), what_is_shown(page), str(versions()), str(CHECKSUMS)]
    parts += [file.read_text("utf-8") for file in package_data(modules)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


def what_is_shown(page: str) -> str:
    """The profile of each section whose runs a page shows, and the record if it shows that."""
    if os.environ.get("LABCODE_PROFILE"):
        return profiles.current().name
    shown = [section for chapter in chapters_on(page) for section in sections_of(chapter)]
    rows = [row.key for section in shown for row in section.rows]
    names = [f"{section.name}: {section.profile.name}" for section in shown]
    return "\n".join([*names, *rows, record.content() if rows else ""])


def package_data(modules: set[str]) -> list[Path]:
    """Files beside these modules that are not Python, such as an instrument's script."""
    package = Path(labcode.__file__).parent
    folders = {package.joinpath(*module.split(".")[1:-1]) for module in modules}
    return sorted(
        file
        for folder in folders
        for pattern in ("*", "scripts/*", "styles/*")
        for file in folder.glob(pattern)
        if file.suffix in {".json", ".js", ".css", ".html"}
    )


def versions() -> dict[str, str]:
    """Versions of Python and of the libraries that compute and draw."""
    found = {name: version(name).split("+")[0] for name in LIBRARIES}
    return {"Python": platform.python_version(), **found}


# ---- execution


def execute_side_by_side(app: Sphinx, env: BuildEnvironment, pages: list[str]) -> None:
    """Execute the pages about to be read whose outputs are not in the cache.

    Raises
    ------
    SystemExit
        If cells raised: their pages, and what they raised.
    """
    remove_if_damaged(internals.cache_folder(env))
    notebooks = [page for page in pages if runs_code(Path(env.doc2path(page)).read_text("utf-8"))]
    workers = min(os.cpu_count() or 1, len(notebooks))
    if workers < 2:
        return
    sources = {page: source_of(app, page) for page in notebooks}
    notebooks.sort(key=lambda page: -len(sources[page]))  # long ones first
    with threads_for_each(workers), ThreadPoolExecutor(workers) as pool:
        try:
            failures = list(pool.map(partial(execute, env), notebooks, map(sources.get, notebooks)))
        except KeyboardInterrupt:
            for kernel in psutil.Process().children():
                kernel.terminate()  # it is in a session of its own, where Ctrl-C does not reach
            raise SystemExit("labcode: stopped; finished runs and pages are kept.") from None
    if any(failures):
        raise SystemExit("\n".join(filter(None, failures)))


def source_of(app: Sphinx, page: str) -> str:
    """The page's text as Sphinx will read it."""
    source = [Path(app.env.doc2path(page)).read_text("utf-8")]
    app.emit("source-read", page, source)
    return source[0]


def execute(env: BuildEnvironment, page: str, source: str) -> str | None:
    """Execute a page unless the cache has it; what went wrong, if something did."""
    notebook = internals.as_notebook(env, page, source)
    cache = get_cache(internals.cache_folder(env))
    if is_kept(cache, notebook):
        return None
    traceback, seconds = internals.execute(env, page, notebook)
    if traceback is not None:
        return failure(page, traceback)
    logger.info(f"{page}.md: Executed notebook in {seconds:.2f} seconds")  # as MyST-NB says it
    keep(cache, notebook, str(env.doc2path(page)), seconds)
    return None


def is_kept(cache: JupyterCacheAbstract, notebook: NotebookNode) -> bool:
    """Whether the cache has this notebook executed."""
    with one_at_a_time:
        try:
            cache.match_cache_notebook(notebook)
        except KeyError:
            return False
        return True


def keep(cache: JupyterCacheAbstract, notebook: NotebookNode, file: str, seconds: float) -> None:
    """Put an executed notebook into the cache.

    jupyter-cache tidies up after each notebook, and would take one that another thread is just
    writing for one too many.
    """
    bundle = CacheBundleIn(notebook, file, data={"execution_seconds": seconds})
    with one_at_a_time:
        cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)


@contextmanager
def threads_for_each(workers: int) -> Iterator[None]:
    """Inside, kernels start with their share of the cores."""
    before = os.environ.get("OMP_NUM_THREADS")
    os.environ["OMP_NUM_THREADS"] = str(max(1, (os.cpu_count() or 1) // workers))
    try:
        yield
    finally:
        if before is None:
            del os.environ["OMP_NUM_THREADS"]
        else:
            os.environ["OMP_NUM_THREADS"] = before


def remove_if_damaged(folder: Path) -> None:
    """Remove jupyter-cache's folder if something in it cannot be read."""
    try:
        cache = get_cache(folder)
        for record in cache.list_cache_records():
            cache.get_cache_bundle(record.pk)
    except Exception as problem:  # of its database, of JSON, of files that are gone
        logger.info(f"labcode: the cache of pages is damaged ({problem}); pages are executed anew")
        shutil.rmtree(folder)
        get_cache(folder).list_cache_records()


def stop_if_a_cell_failed(app: Sphinx, env: BuildEnvironment) -> None:
    """End the build and say which cells of which pages raised, and what."""
    tracebacks = {page: internals.failed(env, page) for page in sorted(env.found_docs)}
    failures = [failure(page, trace) for page, trace in tracebacks.items() if trace is not None]
    if failures:
        raise SystemExit("\n".join(failures))


def failure(page: str, traceback: str) -> str:
    """One message: the page, the cell that raised, and what."""
    trace = COLOURS.sub("", traceback)
    found = CELL_FAILURE.search(trace)
    return f"labcode: in {page}.md: {found[1] if found else trace}"
