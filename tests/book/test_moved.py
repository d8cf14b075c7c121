"""Old addresses lead to what stood there, places in pages and downloads too."""

import re
import shutil
import xml.etree.ElementTree as ET
from types import SimpleNamespace

import pytest
import yaml
from docutils import nodes
from playwright.sync_api import sync_playwright

from measured_book import moved
from tests.book.conftest import ROOT

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
FLAGS = ["--no-sandbox", "--disable-gpu"]
MOVED = yaml.safe_load((ROOT / "_config.yml").read_text())["sphinx"]["config"]["moved_pages"]
GONE = [old for old, new in MOVED.items() if old not in new]
OLD = "book/02-ae-versus-pca"
in_a_browser = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")


def app(table: dict[str, list[str]], **pages: list[str]) -> SimpleNamespace:
    """A book with these pages in its folder, and the places in each."""

    def doctree(page: str) -> nodes.Element:
        sections = [nodes.section(ids=[place]) for place in pages[page.removeprefix("book/")]]
        return nodes.Element("", *sections)

    env = SimpleNamespace(found_docs={f"book/{page}" for page in pages}, get_doctree=doctree)
    return SimpleNamespace(config=SimpleNamespace(moved_pages=table), env=env)


def test_a_place_of_a_page_that_was_split_leads_to_the_page_that_has_it_now():
    table = {"book/05-old": ["book/first"], "book/first": ["book/first", "book/second"]}
    book = app(table, first=["title", "a"], second=["title", "b"])
    assert moved.destinations(book, "book/05-old") == ["book/first", "book/second"]
    script = moved.script(book, "book/05-old")
    assert 'new Map([["#b", "second.html"]]).get(location.hash) ?? "first.html"' in script
    still_there = moved.script(book, "book/first")
    assert 'new Map([["#b", "second.html"]]).get(location.hash) ?? ""' in still_there


def test_a_page_that_gave_sections_away_may_be_missing_from_a_small_book():
    table = {"book/05-old": ["book/first"], "book/first": ["book/first", "book/second"]}
    assert moved.destinations(app(table, other=["title"]), "book/05-old") == []
    assert moved.destinations(app(table, second=["b"]), "book/05-old") == ["book/second"]


def test_a_page_in_another_folder_is_found():
    assert moved.address("book/old", "parts/new page") == "../parts/new%20page.html"


def test_every_page_of_the_table_leads_to_pages_of_the_book():
    pages = set(re.findall(r"(?:file|root): (\S+)", (ROOT / "_toc.yml").read_text()))
    book = SimpleNamespace(
        config=SimpleNamespace(moved_pages=MOVED), env=SimpleNamespace(found_docs=pages)
    )
    assert MOVED and all(moved.destinations(book, old) for old in MOVED)


@pytest.mark.parametrize("old", GONE)
def test_an_old_page_says_where_it_went_to_readers_and_to_search_engines(book, old):
    new = MOVED[old][0]
    page = (book.site / f"{old}.html").read_text("utf-8")
    assert f'<link rel="canonical" href="{book.address}{new}.html" />' in page
    assert '<meta name="robots" content="noindex" />' in page
    assert f'<a href="{new.removeprefix("book/")}.html">' in page
    sitemap = ET.parse(book.site / "sitemap.xml").getroot()
    assert f"{book.address}{new}.html" in {element.text for element in sitemap.iter()}
    assert f"{book.address}{old}.html" not in {element.text for element in sitemap.iter()}
    assert old not in (book.site / "searchindex.js").read_text("utf-8")


@pytest.mark.parametrize("old", GONE)
def test_the_notebook_of_an_old_address_is_the_one_of_today(book, old):
    before, now = (book.notebooks / f"{page[5:]}.ipynb" for page in (old, MOVED[old][0]))
    assert before.read_bytes() == now.read_bytes()


@in_a_browser
def test_old_addresses_arrive_at_the_section(book):
    served, folder = book.address, f"{book.site.as_uri()}/"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for root in (served, folder):
            page = browser.new_page()
            page.goto(f"{root}{OLD}.html#claim-c1")
            page.wait_for_url(f"{root}{MOVED[OLD][0]}.html#claim-c1")
            assert page.locator("#claim-c1").count() == 1
            anew = browser.new_page()
            anew.goto(f"{root}book/ae-versus-pca.html#sec-beyond")
            anew.wait_for_url(f"{root}book/beyond-linear.html#sec-beyond")
            assert anew.locator("#sec-beyond").count() == 1
        browser.close()


@in_a_browser
def test_without_scripts_the_page_leads_on_as_well(book):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_context(java_script_enabled=False).new_page()
        page.goto(f"{book.address}{OLD}.html")
        page.wait_for_url(f"{book.address}{MOVED[OLD][0]}.html")
        browser.close()
