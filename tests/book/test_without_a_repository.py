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
def site(tmp_path_factory) -> Path:
    """The site of a small chapter, built where nothing is known."""
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
    return root / "_build/html"


@pytest.fixture(scope="module")
def page(site) -> str:
    """The page of the small chapter."""
    return html.unescape((site / "book/data.html").read_text("utf-8"))


def test_a_page_has_no_link_to_a_repository_or_site_that_is_not_known(page):
    assert not OURS.findall(page)
    assert not EMPTY.findall(page)
    assert "notebooks/data.ipynb" in page


def test_trial_the_page_for_no_address_needs_nothing_else(site):
    """Before, below the root of a host it had no styles, and its link was dead."""
    shown = (site / "404.html").read_text("utf-8")
    assert "No page here" in shown and not re.search(r"\b(?:href|src)=", shown)


def test_trial_there_is_no_page_to_which_nothing_leads(site):
    assert (site / "py-modindex.html").exists() or (site / "genindex.html").exists()
    assert not (site / "prf-prf.html").exists()


def test_trial_pages_are_printed_in_light(page, browser, site):
    opened = browser.new_page(color_scheme="dark")
    opened.goto((site / "book/data.html").as_uri())
    body = "getComputedStyle(document.body).backgroundColor"
    dark = opened.evaluate(body)
    opened.emulate_media(media="print")
    assert dark != "rgb(255, 255, 255)"
    opened.wait_for_function(f"{body} === 'rgb(255, 255, 255)'")
    opened.close()


def test_trial_the_magnifier_does_not_lie_on_the_text(site, browser):
    """Before, a rule of the theme's laid it on the S of "Search this book"."""
    opened = browser.new_page()
    for file, form in (("search", ".bd-search-container form"), ("book/data", "dialog form")):
        opened.goto((site / f"{file}.html").as_uri())
        if form.startswith("dialog"):
            opened.keyboard.press("Control+k")
        icon, field = (
            opened.locator(f"{form}.bd-search {part}").bounding_box() for part in ("i", "input")
        )
        assert icon["width"] > 5 and icon["x"] + icon["width"] <= field["x"] + 1
    opened.close()


def test_trial_text_of_twice_the_size_stays_in_the_side_bar(site, browser):
    """Before, the title was cut at both sides."""
    opened = browser.new_page(viewport={"width": 1280, "height": 800})
    opened.goto((site / "book/data.html").as_uri())
    opened.evaluate("document.documentElement.style.fontSize = '200%'")
    outside = """() => {
      const bar = document.querySelector(".bd-sidebar-primary"), all = bar.getBoundingClientRect();
      return [...bar.querySelectorAll("*")].filter((part) => {
        const { left, right, width } = part.getBoundingClientRect();
        return width && (left < all.left || right > all.right);
      }).map((part) => part.className);
    }"""
    assert opened.evaluate(outside) == []
    opened.close()


def test_the_same_search_finds_them_where_they_are_known(book):
    found = set(OURS.findall((book.pages / "data.html").read_text("utf-8")))
    assert len(found) > 6
