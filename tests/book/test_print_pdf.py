"""The book on paper: one page with all styles and figures, printed by Chromium."""

import shutil

import pytest

from tests.book.conftest import build
from tests.conftest import CHROMIUM

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def printed(book, tmp_path_factory):
    """The `_build` folder of a copy of the book that was printed."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    copy = tmp_path_factory.mktemp("print") / "copy"
    shutil.copytree(book.root, copy)
    result = build(copy, book.address, "singlehtml")
    assert result.returncode == 0, result.stdout[-3000:]
    return copy / "_build"


def test_the_pdf_is_beside_the_pages_and_linked_from_the_cover(printed):
    pdf = printed / "html" / "autoencoders-measured.pdf"
    assert pdf.read_bytes()[:5] == b"%PDF-"
    assert '<span class="pdf-link">' in (printed / "html" / "book" / "index.html").read_text()


def test_the_page_that_is_printed_has_its_styles_and_figures(printed, browser):
    missing: list[str] = []
    page = browser.new_page(color_scheme="dark")
    page.on("requestfailed", lambda request: missing.append(request.url))
    page.goto((printed / "singlehtml" / "index.html").as_uri())
    images = page.evaluate("[...document.images].map((image) => image.naturalWidth)")
    theme = page.evaluate("document.documentElement.dataset.theme")
    folded = page.locator("details:not([open])").count()
    page.close()
    assert not missing
    assert len(images) > 40
    assert all(images)
    assert theme == "light"
    assert folded == 0
