"""Formulas set when the book is built: KaTeX turns TeX into MathML, which browsers draw.

A page needs no script for its mathematics, and a screen reader finds it. The one font that it
uses is cut down to the characters that the book shows.
"""

import html
import re
from functools import cache
from pathlib import Path
from typing import Any

import dukpy
from bs4 import Tag
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

from measured_book import fonts, internals
from measured_book.notebook_text import displayed

FONT = "math.woff"
FEATURES = ("ssty", "flac", "dtls")  # of scripts, accents and dotless letters
RENDER = """
function render(tex, display) {
  return katex.renderToString(
    tex, {displayMode: display, output: "mathml", throwOnError: true, strict: "error"});
}
"""
# Browsers follow `mathvariant` only to undo italics; Unicode has the other alphabets. First come
# the block's capitals, then the letters that Unicode had already placed elsewhere.
ALPHABETS = {
    "bold": (0x1D400, {}),
    "bold-italic": (0x1D468, {}),
    "script": (0x1D49C, dict(zip("BEFHILMRego", "ℬℰℱℋℐℒℳℛℯℊℴ", strict=True))),
    "fraktur": (0x1D504, dict(zip("CHIRZ", "ℭℌℑℜℨ", strict=True))),
    "double-struck": (0x1D538, dict(zip("CHNPQRZ", "ℂℍℕℙℚℝℤ", strict=True))),
    "sans-serif": (0x1D5A0, {}),
    "monospace": (0x1D670, {}),
}
STYLED = re.compile(r'<m(?P<tag>[in]) mathvariant="(?P<style>[\w-]+)">(?P<text>[^<&]*)</m[in]>')
MARK = re.compile(r"(?P<kept>:math:`[^`]+`|``.+?``)|[*|]", re.DOTALL)
logger = logging.getLogger(__name__)


def setup(app: Sphinx) -> dict[str, bool]:
    """Make this the way in which Sphinx writes mathematics."""
    app.add_html_math_renderer("mathml", (visit_math, None), (visit_math_block, None))
    app.connect("autodoc-process-docstring", escape_marks, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def visit_math(self: Any, node: nodes.math) -> None:
    """A formula within a line."""
    self.body.append(f'<span class="math">{mathml(node.astext(), False, node)}</span>')
    raise nodes.SkipNode


def visit_math_block(self: Any, node: nodes.math_block) -> None:
    """A displayed equation, with its number and a link to it."""
    self.body.append(self.starttag(node, "div", CLASS="math notranslate", tabindex="0"))
    if node.get("number"):
        number = get_node_equation_number(self, node)
        self.body.append(f'<span class="eqno">({number})')
        self.add_permalink_ref(node, "Link to this equation")
        self.body.append("</span>")
    self.body.append(mathml(displayed(node), True, node))
    self.body.append("</div>\n")
    raise nodes.SkipNode


def mathml(tex: str, display: bool, node: nodes.Node | None = None) -> str:
    """TeX as MathML that needs no script; TeX that KaTeX does not know is reported and shown."""
    try:
        found = _katex().evaljs(
            "render(dukpy.tex, dukpy.display)", tex=tex.strip(), display=display
        )
    except dukpy.JSRuntimeError as problem:
        logger.warning("KaTeX: %s", problem, location=node, type="mathml")
        return f"<code>{html.escape(tex)}</code>"
    found = found.removeprefix('<span class="katex">').removesuffix("</span>")
    return STYLED.sub(in_unicode, found)


def in_unicode(styled: re.Match[str]) -> str:
    """An element of one of MathML's old alphabets, in characters of that alphabet."""
    if styled["style"] not in ALPHABETS:
        return styled[0]
    first, elsewhere = ALPHABETS[styled["style"]]
    text = "".join(letter(character, first, elsewhere) for character in styled["text"])
    return f"<m{styled['tag']}>{text}</m{styled['tag']}>"


def letter(character: str, first: int, elsewhere: dict[str, str]) -> str:
    """A Latin letter in the alphabet that starts at `first`; other characters stay."""
    if character in elsewhere:
        return elsewhere[character]
    if "A" <= character <= "Z":
        return chr(first + ord(character) - ord("A"))
    if "a" <= character <= "z":
        return chr(first + 26 + ord(character) - ord("a"))
    return character


@cache
def _katex() -> Any:
    """KaTeX in an interpreter of JavaScript that comes as a Python package."""
    interpreter = dukpy.JSInterpreter()
    interpreter.evaljs(f"var self = this; {internals.katex()}; {RENDER}; 0")
    return interpreter


def characters_in(formula: Tag) -> set[str]:
    """The characters that a formula of a page shows."""
    shown = (text for text in formula.find_all(string=True) if not text.find_parent("annotation"))
    return set().union(*shown)


def write_font(out: Path, characters: set[str]) -> None:
    """Write the mathematics font, cut down to these characters, unless it is there."""
    characters = characters | set("|()[]{}√")  # MathML's <msqrt> has its root sign in no text
    content = "".join(sorted(characters | {italic(c) for c in characters}))
    target = out / "_static" / FONT
    listed = target.with_suffix(".txt")
    if target.exists() and listed.exists() and listed.read_text("utf-8") == content:
        return
    with internals.mathematics_font().open("rb") as font:
        fonts.cut_down(font, content, target, FEATURES)
    listed.write_text(content, "utf-8")


def italic(character: str) -> str:
    """The mathematical italic form that browsers give to a single letter."""
    if character == "h":
        return "ℎ"
    if "α" <= character <= "ω":
        return chr(0x1D6FC + ord(character) - ord("α"))
    return letter(character, 0x1D434, {})


def escape_marks(
    app: Sphinx, what: str, name: str, item: Any, options: Any, lines: list[str]
) -> None:
    """Docstrings are plain text, where stars and bars are shapes and norms, and no markup.

    Only what they mark as a formula, by the role `math`, or as code, is left as it is.
    """
    text = MARK.sub(lambda mark: mark[0] if mark["kept"] else f"\\{mark[0]}", "\n".join(lines))
    lines[:] = text.split("\n")
