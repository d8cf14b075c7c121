"""Figures on dark pages: told apart as on light ones, and with no text upon another."""

import re
from itertools import combinations
from pathlib import Path

import pytest

from labcode.figures import style
from measured_book import dark
from tests.figures.test_style import LOOKS, VISION, difference, linear_light

TEXTS = """svg => {
  document.body.innerHTML = svg;
  return [...document.querySelectorAll('g[id^="text_"]')].map(group => {
    const box = group.getBoundingClientRect();
    const words = [...group.childNodes].find(n => n.nodeType === Node.COMMENT_NODE);
    return [words ? words.data.trim() : "", box.left, box.top, box.right, box.bottom];
  });
}"""
COINCIDE = {"fig-rate-distortion"}  # points of runs of seconds coincide, and so do their labels
TOUCHING = 1.5  # pixels by which boxes may overlap, for they are larger than their letters


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, definition of contrast ratio."""
    low, high = sorted(float(linear_light(c) @ [0.2126, 0.7152, 0.0722]) for c in (one, other))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("vision", VISION)
def test_colours_differ_in_the_dark_for_every_kind_of_colour_vision(vision):
    twins = {name: dark.turned_over(look.color) for name, look in LOOKS.items()}
    close = {
        pair: round(difference(*(twins[name] for name in pair), vision), 1)
        for pair in combinations(LOOKS, 2)
        if difference(*(twins[name] for name in pair), vision) < 10
    }
    assert not close


@pytest.mark.parametrize("name", LOOKS)
def test_lines_and_marks_stand_out_in_the_dark(name):
    assert contrast(dark.turned_over(LOOKS[name].color), dark.GROUND) >= 3


def test_text_is_readable_in_the_dark():
    for colour in ("#000000", style.NEUTRAL):
        assert contrast(dark.turned_over(colour), dark.GROUND) >= 4.5
    assert dark.turned_over("#ffffff") == dark.GROUND


def test_a_twin_differs_in_its_colours_alone():
    svg = '<svg width="1pt"><path d="M 0 0" style="fill: #ffffff; stroke: #0069a8"/></svg>'
    twin = dark.in_dark(svg)
    assert twin.startswith('<svg fill="#ececec" width="1pt">')
    assert re.sub(r"#\w{6}", "", twin).replace(' fill=""', "") == re.sub(r"#\w{6}", "", svg)
    assert dark.GROUND in twin and "#0069a8" not in twin
    assert not dark.has_twin(svg.replace("path", "image"))


def test_a_figure_follows_the_theme_of_its_page(book, browser):
    """Whatever the system says; and a figure with pictures stays as it is."""
    for scheme in ("light", "dark"):
        page = browser.new_context(color_scheme=scheme, offline=True).new_page()
        page.goto((book.pages / "ae-versus-pca.html").as_uri())
        for theme in ("dark", "light", "dark"):
            page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
            for label, twin in (("fig-spectrum", theme == "dark"), ("fig-recoveries", False)):
                image = page.locator(f"#{label} img")
                image.scroll_into_view_if_needed()
                page.wait_for_function(
                    "([label, twin]) => document.querySelector(`#${label} img`)"
                    ".currentSrc.includes('-dark.svg') === twin",
                    arg=[label, twin],
                )
        card = page.eval_on_selector("#fig-spectrum img", "i => getComputedStyle(i).filter")
        page.context.close()
        assert card == "none"


def test_the_ground_of_a_twin_is_that_of_the_page(book, browser):
    page = browser.new_context(color_scheme="dark", offline=True).new_page()
    page.goto((book.pages / "data.html").as_uri())
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.context.close()
    assert ground == f"rgb{tuple(bytes.fromhex(dark.GROUND[1:]))}"


@pytest.fixture
def overlaps(browser):
    """Finds pairs of texts of a figure that lie upon each other."""
    page = browser.new_page()

    def found(svg: str) -> list[tuple[str, str]]:
        texts = page.evaluate(TEXTS, svg[svg.index("<svg") :])
        return [
            (a[0], b[0])
            for a, b in combinations(texts, 2)
            if min(a[3], b[3]) - max(a[1], b[1]) > TOUCHING
            and min(a[4], b[4]) - max(a[2], b[2]) > TOUCHING
        ]

    yield found
    page.close()


def test_the_test_sees_texts_that_overlap(overlaps, tmp_path):
    figure, axes = style.subplots()
    axes.text(0.5, 0.5, "one label")
    axes.text(0.52, 0.5, "another label")
    figure.savefig(tmp_path / "two.svg")
    found = overlaps((tmp_path / "two.svg").read_text("utf-8"))
    assert found == [("one label", "another label")]


def test_no_text_of_any_figure_lies_upon_another(book, overlaps):
    found = {
        file.stem: pairs
        for file in sorted(Path(book.site, "figures").glob("fig-*.svg"))
        if not file.stem.endswith("-dark") and file.stem not in COINCIDE
        if (pairs := overlaps(file.read_text("utf-8")))
    }
    assert not found
