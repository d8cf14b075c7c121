"""Formulas as MathML."""

import re
import unicodedata

import pytest

from measured_book.mathematics import escape_marks, italic, mathml


def text(formula: str) -> str:
    return re.sub(r"<annotation.*?</annotation>|<[^>]*>", "", mathml(formula, False))


@pytest.mark.parametrize(
    ("command", "name"),
    [("mathbb", "DOUBLE-STRUCK"), ("mathcal", "SCRIPT"), ("mathbf", "MATHEMATICAL BOLD")],
)
@pytest.mark.parametrize("character", "ABEHLNRZ")
def test_alphabets_are_unicode_characters_of_that_name(command, name, character):
    (found,) = text(rf"\{command}{{{character}}}")
    assert name in unicodedata.name(found)
    assert unicodedata.normalize("NFKC", found) == character


@pytest.mark.parametrize("character", "azhAZαω")
def test_the_font_gets_the_italics_that_browsers_ask_for(character):
    assert unicodedata.normalize("NFKC", italic(character)) == character
    assert italic(character) != character


def test_a_formula_is_marked_up_and_keeps_its_tex():
    found = mathml(r"\frac{a}{b}", True)
    assert found.startswith("<math") and 'display="block"' in found and "<mfrac>" in found
    assert r"\frac{a}{b}</annotation>" in found


def test_unknown_commands_are_shown_and_reported(caplog):
    assert mathml(r"\nosuchcommand", False) == r"<code>\nosuchcommand</code>"


def test_docstrings_are_plain_text_but_for_what_they_mark():
    lines = ["a * b and |x|, :math:`|x|^2", "+ a * b`, ``x * y``, `shape`."]
    escape_marks(None, "function", "name", None, None, lines)
    assert lines == [r"a \* b and \|x\|, :math:`|x|^2", "+ a * b`, ``x * y``, `shape`."]


def test_the_code_of_the_book_has_formulas_and_leads_to_its_source(book):
    page = (book.pages / "api" / "theory.html").read_text()
    floor = page[page.index('id="labcode.theory.pca.PCA.floor"') :][:5000]
    assert "<math" in floor and 'href="../../_modules/labcode/theory/pca.html#PCA.floor"' in floor
    sitemap = (book.site / "sitemap.xml").read_text()
    assert "book/api.html" in sitemap and "_modules" not in sitemap
