"""A reader's hands on Descend: it runs, pauses, and takes keys; seen is what the reader sees."""

import re

from playwright.sync_api import Page, expect


def descends(page: Page) -> None:
    """Run it by a click, then take back its start by keys."""
    root = page.locator(".descend")
    root.scroll_into_view_if_needed()
    expect(root).to_have_class(re.compile("instrument-ready"))
    status = root.locator(".instrument-status")
    before = loss(status.inner_text())
    root.get_by_role("button", name="Run").click()
    expect(status).not_to_have_text(re.compile("^Step .?:"))
    root.get_by_role("button", name="Pause").click()
    assert loss(status.inner_text()) < before
    size = root.get_by_role("slider", name="Code size")
    size.focus()
    page.keyboard.press("ArrowRight")
    assert int(root.locator(".instrument-value").first.inner_text()) == int(size.input_value()) + 1
    expect(status).to_have_text(re.compile("^Step 0:"))
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    assert size.evaluate("slider => slider === document.activeElement")
    assert size.evaluate("slider => getComputedStyle(slider).outlineStyle") == "solid"


def loss(status: str) -> float:
    """Per cent above PCA's, as the status tells."""
    return float(re.search(r"loss ([\d.e−]+)%", status)[1].replace("−", "-"))
