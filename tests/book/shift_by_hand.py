"""A reader's hands on Shift: a garment moves by click and by keys, and its pixels are shuffled."""

import re

from playwright.sync_api import Page, expect


def moves(page: Page) -> None:
    """Move it to the right by a click and down by a key, then shuffle."""
    root = page.locator(".shift")
    root.scroll_into_view_if_needed()
    expect(root).to_have_class(re.compile("instrument-ready"))
    status = root.locator(".instrument-status")
    root.get_by_role("button", name="Back in place").click()
    expect(status).to_have_text(re.compile("^In place"))
    before = errors(status.inner_text())
    root.get_by_role("button", name="Move right").click()
    root.get_by_role("application", name="The image.").focus()
    page.keyboard.press("ArrowDown")
    expect(status).to_have_text(re.compile("^Moved by 1 to the right and 1 down, pixels in order"))
    after = errors(status.inner_text())
    assert after != before
    root.get_by_label("Shuffle the pixels").check()
    expect(status).to_have_text(re.compile("pixels shuffled"))
    shuffled = errors(status.inner_text())
    assert shuffled[:2] == after[:2] and shuffled[2] != after[2]


def errors(status: str) -> list[str]:
    """Of PCA, the dense and the convolutional network, as the status tells."""
    return re.findall(r"0\.\d{4}", status)
