"""Builds that are killed, interrupted, damaged or run twice at once end well, or say what to do."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.book.conftest import kept
from tests.processes import WAIT, alive, hears_ctrl_c, wait_until

ROOT = Path(__file__).parents[2]
BUILD = [Path(sys.executable).with_name("jupyter-book"), "build", ".", "-W", "-n", "--keep-going"]
pytestmark = pytest.mark.book
PAGE = """---
file_format: mystnb
kernelspec:
  name: python3
---
# {name}

Some text.

```{{code-cell}} ipython3
{code}  # on {name}
```
"""
MARK = """import pathlib, time
pathlib.Path("{mark}").touch()
time.sleep({pause})"""


class Site:
    """A copy of the repository whose book is two short pages."""

    def __init__(self, root: Path, cache: Path) -> None:
        self.root = root
        unwanted = ("_build", ".git", ".venv", "venv", "__pycache__", "*.egg-info", ".*_cache")
        shutil.copytree(ROOT, root, ignore=shutil.ignore_patterns(*unwanted))
        # Nothing to train: what a killed training leaves is tested with labcode.
        experiments = root / "labcode" / "experiments" / "__init__.py"
        experiments.write_text(experiments.read_text() + "\n\nCHAPTERS.clear()\n")
        (root / "_toc.yml").write_text(
            "format: jb-book\nroot: book/one\nchapters:\n- file: book/two\n"
        )
        self.mark = root / "mark"
        self.write("1 + 1")
        self.environment = os.environ | {
            "LABCODE_PROFILE": "smoke",
            "LABCODE_CACHE": str(cache),
            "PYTHONPATH": str(root),
        }

    def write(self, code: str) -> None:
        for name in ("one", "two"):
            (self.root / "book" / f"{name}.md").write_text(PAGE.format(name=name, code=code))

    def start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            BUILD,
            cwd=self.root,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            preexec_fn=hears_ctrl_c,
        )

    def build(self) -> tuple[int, str]:
        process = self.start()
        shown = process.communicate(timeout=WAIT)[0]
        return process.returncode, shown

    def start_and_wait_for_a_cell(self) -> subprocess.Popen[str]:
        self.write(MARK.format(mark=self.mark, pause=600))
        process = self.start()
        wait_until(self.mark.exists)
        return process

    def builds_well(self) -> bool:
        status, shown = self.build()
        assert status == 0, shown[-3000:]
        return (self.root / "_build" / "html" / "book" / "two.html").exists()


@pytest.fixture
def site(tmp_path) -> Site:
    return Site(tmp_path / "copy", tmp_path / "cache")


@pytest.fixture(scope="module")
def any_built_site(tmp_path_factory) -> Site:
    folder = tmp_path_factory.mktemp("site")
    site = Site(folder / "copy", folder / "cache")
    assert site.builds_well()
    return site


@pytest.fixture
def built_site(any_built_site) -> Iterator[Site]:
    """One that was built once, whatever the tests before did with it."""
    with kept(any_built_site.root):
        yield any_built_site


def test_kill_9_while_pages_are_executed_leaves_no_process_and_the_next_build_is_whole(site):
    with site.start_and_wait_for_a_cell() as process:
        process.kill()
        process.communicate()
    wait_until(lambda: not alive(process.pid))
    site.write("1 + 1")
    assert site.builds_well()


def test_ctrl_c_while_pages_are_executed_says_so_and_leaves_no_process(site):
    with site.start_and_wait_for_a_cell() as process:
        os.killpg(process.pid, signal.SIGINT)
        shown = process.communicate(timeout=WAIT)[0]
    assert process.returncode != 0
    assert "labcode: stopped; finished runs and pages are kept." in shown
    wait_until(lambda: not alive(process.pid))


def test_a_cell_that_raises_ends_the_build_with_its_page_and_itself(site):
    site.write("one = 1\none / 0")
    status, shown = site.build()
    assert status != 0
    for page in ("book/one", "book/two"):
        assert f"labcode: in {page}.md:" in shown
    assert "one / 0" in shown and "ZeroDivisionError" in shown
    (site.root / "book" / "one.md").write_text(PAGE.format(name="one", code="2 + 2"))
    status, shown = site.build()
    assert status != 0
    assert "labcode: in book/two.md:" in shown and "book/one.md:" not in shown.split("labcode:")[-1]


def test_a_cell_that_raises_in_the_only_page_to_be_read_is_shown_last(built_site):
    """MyST-NB executes a single page itself, and notes what happened in another way."""
    page = PAGE.format(name="two", code="raise RuntimeError('on purpose')")
    (built_site.root / "book" / "two.md").write_text(page)
    status, shown = built_site.build()
    assert status == 1
    message = shown[shown.index("labcode: in book/two.md:") :]
    assert "raise RuntimeError('on purpose')  # on two\n---" in message
    assert message.rstrip().endswith("RuntimeError: on purpose")


def test_a_strangers_labcode_ends_the_build_with_what_to_do(site, tmp_path):
    """On PyPI, labcode is another project. Before, the build ended in an ImportError."""
    stranger = tmp_path / "site-packages" / "labcode" / "__init__.py"
    stranger.parent.mkdir(parents=True)
    stranger.write_text("raise AssertionError('a stranger was imported')\n")
    path = os.pathsep.join([str(stranger.parents[1]), site.environment["PYTHONPATH"]])
    site.environment["PYTHONPATH"] = path
    status, shown = site.build()
    assert status != 0
    assert f"labcode: {stranger} is another package" in shown
    assert "pip uninstall -y labcode" in shown
    assert "Traceback" not in shown and "a stranger was imported" not in shown


def test_trial_pages_run_in_the_python_that_builds_and_in_the_folders_it_was_given(site, tmp_path):
    """Before: another `python3` kernel executed the cells, below the build's versions.

    One whose interpreter is gone gave a traceback; kernels looked for LABCODE_DATA in book/.
    """
    other = tmp_path / "jupyter" / "kernels" / "python3" / "kernel.json"
    other.parent.mkdir(parents=True)
    gone = {"argv": ["/gone/python", "-f", "{connection_file}"], "display_name": "Gone"}
    other.write_text(json.dumps(gone | {"language": "python"}))
    site.environment |= {
        "JUPYTER_PATH": str(tmp_path / "jupyter"),
        "LABCODE_DATA": "data",
        "LABCODE_CACHE": "../cache",
    }
    site.write(
        "import os, sys\n"
        f"assert sys.prefix == {sys.prefix!r}\n"
        f"assert os.environ['LABCODE_DATA'] == {str(site.root / 'data')!r}\n"
        "assert os.path.isabs(os.environ['LABCODE_CACHE'])"
    )
    status, shown = site.build()
    assert status == 0, shown[-3000:]
    assert "eavesdropping" not in shown  # a warning of each kernel's


@pytest.mark.parametrize("damage", ["database", "truncated page", "lost page"])
def test_a_damaged_cache_of_pages_is_made_anew(built_site, damage):
    site = built_site
    cache = site.root / "_build" / ".jupyter_cache"
    page = next(cache.glob("executed/*/base.ipynb"))
    if damage == "database":
        (cache / "global.db").write_bytes(b"not a database" * 1000)
    elif damage == "truncated page":
        page.write_bytes(page.read_bytes()[:100])
    else:
        page.unlink()
    shutil.rmtree(site.root / "_build" / ".doctrees", ignore_errors=True)
    for folder in (site.root / "_build").glob("**/.doctrees"):
        shutil.rmtree(folder)
    status, shown = site.build()
    assert status == 0, shown[-3000:]
    assert "the cache of pages is damaged" in shown


def test_two_builds_of_one_checkout_take_turns(site):
    both = [site.start(), site.start()]
    shown = [process.communicate(timeout=WAIT)[0] for process in both]
    for process, text in zip(both, shown, strict=True):
        assert process.returncode == 0, text[-3000:]
    assert any("waiting for another build" in text for text in shown)


def test_two_builds_of_two_checkouts_share_a_cache(tmp_path):
    sites = [Site(tmp_path / name, tmp_path / "cache") for name in ("first", "second")]
    both = [site.start() for site in sites]
    shown = [process.communicate(timeout=WAIT)[0] for process in both]
    for process, text in zip(both, shown, strict=True):
        assert process.returncode == 0, text[-3000:]
