"""A reader's hands on the explorer: pointer, finger and keys; seen is what the reader sees."""

import re

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect


class Explorer:
    """The explorer of a page that is open, once it has started."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root = page.locator(".latent-explorer")
        self.root.scroll_into_view_if_needed()
        expect(self.root).to_have_class(re.compile("instrument-ready"))
        self.plane.scroll_into_view_if_needed()

    @property
    def plane(self) -> Locator:
        """The last of the planes, the VAE's."""
        return self.root.locator(".latent-explorer-plane").last

    def place(self) -> np.ndarray:
        """Where in the plane the reader is told to be."""
        text = self.root.locator(".latent-explorer-place").last.inner_text()
        return np.array([float(n) for n in re.findall(r"[\d.-]+", text.replace("−", "-"))])

    def image(self) -> np.ndarray:
        """The grey levels of the decoded image."""
        shown = self.root.locator(".latent-explorer-image").last
        pixels = shown.evaluate("c => [...c.getContext('2d').getImageData(0, 0, 28, 28).data]")
        return np.array(pixels).reshape(28, 28, 4)[..., 0]

    def point_at(self, x: float, y: float, finger: bool = False) -> np.ndarray:
        """Go to a part of the plane, from its left and its top; where that is."""
        box = self.plane.bounding_box()
        assert box
        place = self.root.locator(".latent-explorer-place").last
        before = place.inner_text()
        to = box["x"] + x * box["width"], box["y"] + y * box["height"]
        if finger:
            self.page.touchscreen.tap(*to)
        else:
            self.page.mouse.move(*to)
        expect(place).not_to_have_text(before)
        return self.place()

    def answers_to_the_pointer(self, finger: bool = False) -> None:
        low = self.point_at(0.25, 0.75, finger)
        first = self.image()
        high = self.point_at(0.75, 0.25, finger)
        second = self.image()
        middle = self.point_at(0.5, 0.5, finger)
        assert (high > low).all(), "right and up must be larger"
        assert middle == pytest.approx((low + high) / 2, abs=0.02 * float(np.ptp([low, high])))
        assert np.any(first != second)
        assert second.std() > 1, "an image is drawn"

    def answers_to_keys(self) -> None:
        """Reached by Tab alone, moved by arrows, left by Tab."""
        self.root.locator(".latent-explorer-follow input").focus()
        for _ in range(30):
            self.page.keyboard.press("Shift+Tab")
            if self.plane.evaluate("plane => plane === document.activeElement"):
                break
        else:
            pytest.fail("the plane is not reached by Tab")
        assert self.plane.evaluate("p => getComputedStyle(p).outlineStyle") == "solid"
        before, image = self.place(), self.image()
        self.page.keyboard.press("Shift+ArrowRight")
        self.page.keyboard.press("Shift+ArrowDown")
        there = self.place()
        assert there[0] > before[0] and there[1] < before[1]
        assert np.any(self.image() != image)
        expect(self.root.locator(".instrument-spoken")).to_contain_text("nearest class")
        self.page.keyboard.press("Tab")
        assert not self.plane.evaluate("plane => plane === document.activeElement")

    def encodes(self) -> None:
        """A garment of the test set goes into the VAE's plane, and with a stroke elsewhere."""
        self.root.get_by_role("combobox", name="Begin with").select_option("Bag")
        expect(self.root.locator(".latent-explorer-posterior").last).to_be_visible()
        before = self.root.locator(".latent-explorer-place").last.inner_text()
        self.root.locator(".instrument-pad-canvas").focus()
        for key in ("Space", *["ArrowUp"] * 12, *["ArrowLeft"] * 12):
            self.page.keyboard.press(key)
        expect(self.root.locator(".latent-explorer-place").last).not_to_have_text(before)

    def is_dark(self) -> bool:
        """Whether the ground of the plane is darker than the words beside it."""
        colours = self.root.evaluate(
            """root => {
                const plane = root.querySelector('.latent-explorer-plane');
                return [getComputedStyle(plane).backgroundColor, getComputedStyle(root).color];
            }"""
        )
        ground, words = (sum(map(int, re.findall(r"\d+", c)[:3])) for c in colours)
        return ground < words
