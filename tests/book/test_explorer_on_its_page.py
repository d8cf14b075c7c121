"""The explorer on the page of its chapter: opened from the folder, without a network."""

import pytest

from tests.book.explorer_by_hand import Explorer

SCREENS = {
    "desktop": {"viewport": {"width": 1280, "height": 900}},
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True},
}


def test_the_explorers_data_are_not_in_the_page(book):
    page = (book.pages / "ae-versus-vae.html").read_text("utf-8")
    assert "data-payload" not in page and "base64" not in page
    for file in ("_static/explorer-ae-versus-vae.js", "_images/explorer-ae-versus-vae.png"):
        assert f'"../{file}' in page
        assert (book.site / file).stat().st_size > 10_000


def test_the_data_are_fetched_when_the_reader_comes_near(book, browser):
    page = browser.new_page()
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    page.goto(book.address + "book/ae-versus-vae.html", wait_until="networkidle")
    assert not any("explorer" in url for url in fetched)
    Explorer(page)
    assert any("explorer-ae-versus-vae.js" in url for url in fetched)
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", SCREENS)
def test_the_explorer_works_on_its_page(book, browser, screen, scheme):
    context = browser.new_context(offline=True, color_scheme=scheme, **SCREENS[screen])
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda m: m.type == "error" and complaints.append(m.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("requestfailed", lambda request: complaints.append(request.url))
    page.goto((book.pages / "ae-versus-vae.html").as_uri())
    explorer = Explorer(page)
    explorer.answers_to_the_pointer(finger=screen == "phone")
    explorer.answers_to_keys()
    assert explorer.is_dark() == (scheme == "dark")
    width = page.evaluate("document.documentElement.scrollWidth")
    context.close()
    assert width <= SCREENS[screen]["viewport"]["width"]
    assert not complaints
