"""Instruments on the pages of their chapters: opened from the folder, without a network."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Page

from tests.book.descend_by_hand import descends
from tests.book.explorer_by_hand import Explorer
from tests.book.score_plane_by_hand import walks
from tests.book.shift_by_hand import moves
from tests.book.training_by_hand import trains

SCREENS = {
    "desktop": {"viewport": {"width": 1280, "height": 900}},
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True},
}


INSTRUMENTS = {
    "descend": ("ae-versus-pca", "svg", descends),
    "shift": ("dense-versus-cnn", "svg", moves),
    "train-here": ("denoising", "svg", trains),
    "score-plane": ("denoising", "svg", walks),
    "latent-explorer": ("ae-versus-vae", "png", Explorer),
}
BEFORE_USE = 15_000


@pytest.mark.parametrize("kind", INSTRUMENTS)
def test_an_instruments_data_are_not_in_the_page(book, kind):
    chapter, suffix, _ = INSTRUMENTS[kind]
    page = (book.pages / f"{chapter}.html").read_text("utf-8")
    assert "data-payload" not in page and "base64" not in page
    for file in (f"_static/{kind}-{chapter}.js", f"_images/{kind}-{chapter}.{suffix}"):
        assert f'"../{file}' in page
        assert (book.site / file).stat().st_size > 5000


@pytest.mark.parametrize("chapter", ["ae-versus-pca", "dense-versus-cnn", "denoising"])
def test_instruments_add_little_to_a_page_before_they_are_used(book, chapter):
    """Compressed, as hosts send text; the explorer's picture is one of pixels, and not here."""
    page = BeautifulSoup((book.pages / f"{chapter}.html").read_text("utf-8"), "html.parser")
    kinds = [kind for kind, (where, *_) in INSTRUMENTS.items() if where == chapter]
    added = [str(page.select_one(f".{kind}")).encode() for kind in kinds]
    added += [(book.site / f"_images/{kind}-{chapter}.svg").read_bytes() for kind in kinds]
    assert sum(len(gzip.compress(part)) for part in added) < BEFORE_USE


def test_training_images_are_fetched_when_they_are_asked_for(book, browser):
    page = browser.new_page()
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    page.goto(f"{book.address}book/denoising.html", wait_until="networkidle")
    page.locator(".train-here").scroll_into_view_if_needed()
    page.get_by_role("button", name="Train").wait_for()
    assert not any("-later.js" in url for url in fetched)
    trains(page)
    assert sum("train-here-denoising-later.js" in url for url in fetched) == 1
    page.close()


@pytest.mark.parametrize("kind", INSTRUMENTS)
def test_the_data_are_fetched_when_the_reader_comes_near(book, browser, kind):
    chapter, _, hand = INSTRUMENTS[kind]
    page = browser.new_page()
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    page.goto(f"{book.address}book/{chapter}.html", wait_until="networkidle")
    assert not any(kind in url for url in fetched)
    hand(page)
    assert any(f"{kind}-{chapter}.js" in url for url in fetched)
    page.close()


@contextmanager
def without_a_network(book, browser, chapter: str, **options: Any) -> Iterator[Page]:
    """A chapter opened from its folder; at the end, there may have been no complaint."""
    context = browser.new_context(offline=True, **options)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda m: m.type == "error" and complaints.append(m.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("requestfailed", lambda request: complaints.append(request.url))
    page.goto((book.pages / f"{chapter}.html").as_uri())
    yield page
    width = page.evaluate("document.documentElement.scrollWidth")
    context.close()
    assert width <= options["viewport"]["width"]
    assert not complaints


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", SCREENS)
def test_the_explorer_works_on_its_page(book, browser, screen, scheme):
    about = {"color_scheme": scheme, **SCREENS[screen]}
    with without_a_network(book, browser, "ae-versus-vae", **about) as page:
        explorer = Explorer(page)
        explorer.answers_to_the_pointer(finger=screen == "phone")
        explorer.answers_to_keys()
        explorer.encodes()
        assert explorer.is_dark() == (scheme == "dark")


@pytest.mark.parametrize("screen", SCREENS)
def test_descend_works_on_its_page(book, browser, screen):
    with without_a_network(book, browser, "ae-versus-pca", **SCREENS[screen]) as page:
        descends(page)


@pytest.mark.parametrize("screen", SCREENS)
def test_images_move_on_their_page(book, browser, screen):
    with without_a_network(book, browser, "dense-versus-cnn", **SCREENS[screen]) as page:
        moves(page)


@pytest.mark.parametrize("screen", SCREENS)
def test_a_network_trains_on_its_page(book, browser, screen):
    with without_a_network(book, browser, "denoising", **SCREENS[screen]) as page:
        trains(page)


@pytest.mark.parametrize("screen", SCREENS)
def test_walks_start_in_the_plane_on_its_page(book, browser, screen):
    with without_a_network(book, browser, "denoising", **SCREENS[screen]) as page:
        walks(page)
