"""Every link of the site leads somewhere: pages, places in them, images, downloads, notebooks."""

import re
import xml.etree.ElementTree as ET
import zipfile
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qs, unquote, urljoin, urlsplit

import nbformat
import pytest

from labcode.experiments import CHAPTERS
from tests.book.conftest import REPOSITORY

GITHUB = f"https://github.com/{REPOSITORY}"
COLAB = f"https://colab.research.google.com/github/{REPOSITORY}/blob/notebooks/"
BINDER = f"https://mybinder.org/v2/gh/{REPOSITORY}/notebooks?urlpath=lab/tree/"


class Links(HTMLParser):
    """What a page refers to, and the names of its places."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.places: set[str] = {"", "top"}
        self._hidden: list[str] = []  # the open tags of a part that is not shown
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        about = dict(attrs)
        self.places |= {about[name] for name in ("id", "name") if about.get(name)}
        if (tag == "span" and "hidden" in about) or (self._hidden and tag in self._hidden):
            self._hidden.append(tag)
        if self._hidden:
            return
        self.links += [about[name] or "" for name in ("href", "src", "action") if name in about]
        self.links += [part.split()[0] for part in (about.get("srcset") or "").split(",") if part]
        if about.get("http-equiv") == "Refresh":
            self.links.append((about["content"] or "").partition("url=")[2])
        if about.get("property") in ("og:url", "og:image"):
            self.links.append(about["content"] or "")

    def handle_endtag(self, tag):
        if self._hidden and tag == self._hidden[-1]:
            self._hidden.pop()


@cache
def read(file: Path) -> Links:
    return Links(file.read_text("utf-8"))


def pages(book) -> list[Path]:
    """All pages; those in `_static` are parts of the theme."""
    return [
        file
        for file in sorted(book.site.rglob("*.html"))
        if file.relative_to(book.site).parts[0] != "_static"
    ]


def dead(book, link: str) -> str | None:
    """What is wrong with an absolute link to the site, or to the repository."""
    address, _, place = link.partition("#")
    address = address.partition("?")[0]
    if address.startswith(book.address):
        file = book.site / unquote(address.removeprefix(book.address))
        file = file / "index.html" if file.is_dir() else file
        if not file.is_file():
            return "no such file"
        if place and file.suffix == ".html" and unquote(place) not in read(file).places:
            return "no such place"
        return None
    known = {
        COLAB: book.notebooks,
        BINDER: book.notebooks,
        f"{GITHUB}/edit/main/": book.root,
        f"{GITHUB}/blob/main/": book.root,
    }
    for start, folder in known.items():
        if link.startswith(start):
            file = folder / unquote(link.removeprefix(start).partition("#")[0])
            return None if file.is_file() else "no such file in the repository"
    if address.startswith(GITHUB):
        return None if address in (GITHUB, f"{GITHUB}/issues/new") else "unknown on GitHub"
    return None if urlsplit(link).netloc.count(".") else "no host"


def test_every_link_of_every_page_leads_somewhere(book):
    found = []
    checked = 0
    for page in pages(book):
        here = book.address + page.relative_to(book.site).as_posix()
        for link in read(page).links:
            if link.startswith(("mailto:", "data:")):
                continue
            checked += 1
            fault = dead(book, urljoin(here, link)) if link else "empty"
            if fault:
                found.append((page.name, link, fault))
    assert checked > 1000
    assert not found


def test_every_link_of_every_notebook_leads_somewhere(book):
    found = []
    checked = 0
    for chapter in CHAPTERS:
        notebook = nbformat.read(book.notebooks / f"{chapter}.ipynb", as_version=4)
        text = "\n".join(c.source for c in notebook.cells if c.cell_type == "markdown")
        links = re.findall(r"\]\((\S+?)\)|(?:href|src)=\"([^\"]+)\"", text)
        checked += len(links)
        found += [(chapter, link) for pair in links if dead(book, link := "".join(pair))]
    assert checked > 50
    assert not found


def test_archive_and_sitemap_lead_somewhere(book):
    cover = read(book.pages / "index.html").links
    archive = next(link for link in cover if link.endswith(".zip"))
    assert zipfile.is_zipfile(book.pages / archive)
    sitemap = ET.parse(book.site / "sitemap.xml").getroot()
    addresses = [element.text or "" for element in sitemap.iter() if element.text]
    assert {f"{book.address}book/{chapter}.html" for chapter in CHAPTERS} <= set(addresses)
    assert not [address for address in addresses if dead(book, address)]


def test_the_parser_sees_dead_links(book):
    """Independent of the site: a link to nothing and one to no place in a page."""
    for link in ("book/nothing.html", "book/index.html#nowhere", "notebooks/nothing.ipynb"):
        assert dead(book, book.address + link)
    assert dead(book, "https://")
    assert dead(book, f"{GITHUB}/edit/main/book/nothing.md")


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_chapters_have_links_to_repository_colab_binder_and_their_own_address(book, chapter):
    links = read(book.pages / f"{chapter}.html").links
    assert f"{GITHUB}/edit/main/book/{chapter}.md" in links
    assert COLAB + f"{chapter}.ipynb" in links
    assert BINDER + f"{chapter}.ipynb" in links
    assert links.count(f"{book.address}book/{chapter}.html") == 2  # canonical, og:url
    (issue,) = (link for link in links if link.startswith(f"{GITHUB}/issues/new"))
    assert f"book/{chapter}.html" in parse_qs(urlsplit(issue).query)["title"][0]
