"""The theme's icons, cut down to those that the book shows.

The theme brings two thousand icons, with a style rule for each and a font that weighs more than a
chapter's text. Pages need about twenty.
"""

import re
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from sphinx.application import Sphinx

STYLES = "_static/styles/pydata-sphinx-theme.css"
FONT = "_static/vendor/fontawesome/webfonts/fa-solid-900.ttf"
NAME = re.compile(r"\bfa-[a-z0-9-]+")
RULE = re.compile(r'(?:\.fa-[\w-]+:+(?:before|after),?)+\{content:"[^"]*"\}')
CHARACTER = re.compile(r"\\([0-9a-f]{2,5})")


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to the end of a build."""
    app.connect("build-finished", thin_icons)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def thin_icons(app: Sphinx, problem: Exception | None) -> None:
    """Leave out rules for icons that are on no page, and their drawings in the font."""
    out = Path(app.outdir)
    if problem or app.builder.format != "html" or not (out / STYLES).exists():
        return
    pages = [*out.rglob("*.html"), *(out / "_static/scripts").glob("*theme.js")]
    used = {name for page in pages for name in NAME.findall(page.read_text("utf-8"))}
    styles = thinned((out / STYLES).read_text("utf-8"), used)
    font = TTFont(out / FONT)
    options = subset.Options(flavor="woff")
    cutter = subset.Subsetter(options)
    cutter.populate(text="".join(chr(int(code, 16)) for code in CHARACTER.findall(styles)))
    cutter.subset(font)
    subset.save_font(font, str((out / FONT).with_suffix(".woff")), options)
    styles = styles.replace(
        'fa-solid-900.woff2) format("woff2")', 'fa-solid-900.woff) format("woff")'
    )
    (out / STYLES).write_text(styles, "utf-8")


def thinned(styles: str, used: set[str]) -> str:
    """The styles without the rules of icons that are not used."""
    return RULE.sub(lambda rule: rule[0] if used & set(NAME.findall(rule[0])) else "", styles)
