"""A site that knows neither its repository nor its address has no link to either."""

import html
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CHAPTER = "---\nfile_format: mystnb\nkernelspec:\n  name: python3\n---\n# A chapter\n\nSome text.\n"
CONTENTS = "format: jb-book\nroot: book/index\nchapters:\n- file: book/data\n"

pytestmark = pytest.mark.book
OURS = re.compile(
    r'https?://(?:github\.com/owner|colab\.research|mybinder|owner\.github\.io)[^"]*'
    r'|rel="canonical"|"og:url"|https?://127[^"]*'
)
EMPTY = re.compile(r'(?:href|src)="(?:|None|undefined|/)"')


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> str:
    """The page of a small chapter, built where nothing is known."""
    root = tmp_path_factory.mktemp("site")
    (root / "book").mkdir()
    book = ("book/_ext", "book/_static", "book/references.bib", "book/results.schema.json")
    for name in ("labcode", *book, "_config.yml", "pyproject.toml", "README.md", "LICENSE"):
        (root / name).symlink_to(ROOT / name)
    (root / "_toc.yml").write_text(CONTENTS)
    (root / "book" / "data.md").write_text(CHAPTER)
    (root / "book" / "index.md").write_text("# The cover\n")
    unknown = ("GITHUB_REPOSITORY", "LABCODE_SITE")
    environment = {name: value for name, value in os.environ.items() if name not in unknown}
    # The chapter trains nothing, so that the build takes seconds.
    program = (
        "from labcode import experiments; experiments.CHAPTERS = {'data': ()}; "
        "from jupyter_book.cli.main import main; main()"
    )
    built = subprocess.run(
        [sys.executable, "-c", program, "build", ".", "-W", "-n", "--keep-going"],
        cwd=root,
        env=environment | {"PYTHONPATH": str(root), "LABCODE_PROFILE": "smoke"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stdout[-3000:] + built.stderr[-1000:]
    return html.unescape((root / "_build/html/book/data.html").read_text("utf-8"))


def test_a_page_has_no_link_to_a_repository_or_site_that_is_not_known(page):
    assert not OURS.findall(page)
    assert not EMPTY.findall(page)
    assert "notebooks/data.ipynb" in page


def test_the_same_search_finds_them_where_they_are_known(book):
    found = set(OURS.findall((book.pages / "data.html").read_text("utf-8")))
    assert len(found) > 6
