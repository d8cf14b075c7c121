"""Every page in a browser: without a network, opened from the folder, phone-wide, dark."""

import json
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
FLAGS = ["--no-sandbox", "--disable-gpu"]
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PHONE = {"width": 390, "height": 844}

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)


def opened(browser: Browser, address: str, **options: Any) -> tuple[Page, list[str]]:
    """A page, and what it did that a page should not do."""
    page = browser.new_context(offline=True, **options).new_page()
    complaints: list[str] = []
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("requestfailed", lambda request: complaints.append(f"failed: {request.url}"))
    page.on(
        "request",
        lambda request: (
            complaints.append(f"asked for: {request.url}")
            if request.url.startswith("http")
            else None
        ),
    )
    page.goto(address)
    page.wait_for_load_state("load")
    return page, complaints


def pages(book) -> list[str]:
    return [
        file.as_uri() for file in sorted((book.root / "_build" / "html" / "book").glob("*.html"))
    ]


def test_every_page_is_complete_without_a_network(book, browser):
    for address in pages(book):
        page, complaints = opened(browser, address, viewport=PHONE)
        page.evaluate("document.querySelectorAll('img').forEach(i => i.loading = 'eager')")
        page.wait_for_function("[...document.images].every(i => i.complete)")
        broken = page.evaluate("[...document.images].filter(i => !i.naturalWidth).map(i => i.src)")
        width = page.evaluate("document.documentElement.scrollWidth")
        page.context.close()
        assert not complaints and not broken, (address, complaints, broken)
        assert width <= PHONE["width"], (address, width)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation_on_any_page(book, browser, scheme):
    for address in pages(book):
        page, _ = opened(browser, address, color_scheme=scheme)
        options = {"runOnly": WCAG, "preload": False, "resultTypes": ["violations"]}
        found = Axe().run(page, options=options).response["violations"]
        page.context.close()
        summary = [(rule["id"], [node["target"] for node in rule["nodes"]][:5]) for rule in found]
        assert not found, (address, json.dumps(summary))


def test_search_finds_a_term_without_a_network(book, browser):
    address = (book.root / "_build" / "html" / "search.html").as_uri()
    page, _ = opened(browser, f"{address}?q=subspace")
    page.wait_for_selector("#search-results li a")
    links = page.eval_on_selector_all("#search-results li a", "all => all.map(a => a.href)")
    page.context.close()
    assert any("02-ae-versus-pca" in link for link in links)
