"""Pages that must be executed are executed side by side, before Sphinx reads them.

MyST-NB executes one page after the other. Here several pages at a time, one thread each, are
executed and put into jupyter-cache, and MyST-NB then finds them there. A damaged cache is noticed
and made anew.
"""

import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Lock

import labbook
import psutil
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn, JupyterCacheAbstract
from jupyter_cache.executors.utils import single_nb_execution
from myst_nb.core.read import create_nb_reader
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

logger = logging.getLogger(__name__)
one_at_a_time = Lock()  # jupyter-cache is not made for threads


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to the event before pages are read."""
    app.connect("env-before-read-docs", execute_side_by_side)
    return {"parallel_read_safe": False, "parallel_write_safe": True}


def execute_side_by_side(app: Sphinx, env: BuildEnvironment, pages: list[str]) -> None:
    """Execute the pages about to be read whose outputs are not in the cache.

    Raises
    ------
    SystemExit
        If cells raised: their pages, and what they raised.
    """
    remove_if_damaged(Path(env.mystnb_config.execution_cache_path))  # type: ignore[attr-defined]
    notebooks = [
        page for page in pages if labbook.runs_code(Path(env.doc2path(page)).read_text("utf-8"))
    ]
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
    file = str(env.doc2path(page))
    config = env.mystnb_config  # type: ignore[attr-defined]
    reader = create_nb_reader(file, env.myst_config, config, source)  # type: ignore[attr-defined]
    assert reader is not None
    notebook = reader.read(source)
    cache = get_cache(config.execution_cache_path)
    if is_kept(cache, notebook):
        return None
    result = single_nb_execution(notebook, str(Path(file).parent), config.execution_timeout, False)
    if result.err is not None:
        return labbook.failure(page, result.exc_string)
    logger.info(f"{page}.md: Executed notebook in {result.time:.2f} seconds")  # as MyST-NB says it
    keep(cache, notebook, file, result.time)
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
