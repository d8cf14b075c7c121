"""A reader's hands on Train it here: one press trains a network; seen is what the reader sees."""

import re

from playwright.sync_api import Page, expect


def trains(page: Page) -> None:
    """Train by a key until it is done, as the status tells."""
    root = page.locator(".train-here")
    root.scroll_into_view_if_needed()
    expect(root).to_have_class(re.compile("instrument-ready"))
    epochs = root.get_by_role("slider", name="Epochs").get_attribute("aria-valuetext")
    button = root.get_by_role("button", name="Train")
    button.focus()
    page.keyboard.press("Enter")
    expect(root.get_by_role("button", name="Stop")).to_be_visible()
    status = root.locator(".instrument-status")
    expect(status).to_contain_text(f"Epoch {epochs} after", timeout=60_000)
    expect(button).to_be_visible()
    expect(root.get_by_role("list", name="Lines")).to_contain_text("99 of 100 networks")
    expect(root.locator(".instrument-garment").last).to_be_visible()
