"""A reader's hands on the scores in the plane: a walk starts by a click and by keys."""

import re

from playwright.sync_api import Page, expect


def walks(page: Page) -> None:
    """Start a walk where the plane is pressed, then one from noise to data by keys, to its end."""
    root = page.locator(".score-plane")
    root.scroll_into_view_if_needed()
    expect(root).to_have_class(re.compile("instrument-ready"))
    status, plane = root.locator(".instrument-status"), root.get_by_role("application")
    before = plane.get_attribute("aria-label")
    plane.click(position={"x": 60, "y": 90})
    assert plane.get_attribute("aria-label") != before
    expect(status).not_to_have_text(re.compile("^Step 0,"))
    root.get_by_role("combobox", name="Walk").select_option("flow")
    plane.focus()
    page.keyboard.press("Enter")
    expect(status).to_have_text(re.compile("^Done at step .*, noise 0.0"), timeout=60_000)
    assert plane.evaluate("plane => getComputedStyle(plane).outlineStyle") == "solid"
