"""The page of questions: short answers, computed numbers, and the way to the sections."""

import html
import json
import re
from pathlib import Path

import pytest
from docutils import nodes

from labcode.claims.rules import Outcome
from measured_book import questions

ROOT = Path(__file__).parents[2]
SOURCE = (ROOT / "book" / "questions.md").read_text("utf-8")
ASKED = re.findall(r"^\(q-[a-z-]+\)=\n### (.+)\n\n((?:.+\n|\n(?!\(|#))+)", SOURCE, re.M)


def test_there_are_some_forty_each_with_its_sections():
    assert len(ASKED) == SOURCE.count("\n### ") >= 40
    for question, answer in ASKED:
        assert question.rstrip(".").endswith("?") or "?" in question, question
        said, _, links = answer.partition("{.more}\n")
        assert re.match(r"\{(num)?ref\}`", links), question
        assert 1 <= len(re.findall(r"[.?!](?:\s|$)", said)) <= 4, question


def test_no_number_of_an_answer_that_code_computes_is_typed():
    """Sizes that people name (64 numbers, 784 pixels) are words of the question, not results."""
    for question, answer in ASKED:
        typed = re.sub(r"`[^`]*`|0\.001", "", answer)
        assert not re.findall(r"\d+\.\d{2,}", typed), question


def test_the_answer_of_a_question_is_plain_text():
    section = nodes.section("", nodes.title("", "Why?"), ids=["q-why"])
    section += nodes.paragraph("", "Because  it\nis so.")
    section += nodes.paragraph("", "A section", classes=["more"])
    assert questions.answer(section) == "Because it is so."


@pytest.fixture(scope="module")
def page(book) -> str:
    return (book.pages / "questions.html").read_text("utf-8")


def test_search_engines_get_every_question_with_the_answer_that_readers_see(book, page):
    script = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.S)
    facts = json.loads(script[1])
    assert facts["@context"] == "https://schema.org" and facts["@type"] == "FAQPage"
    assert len(facts["mainEntity"]) == len(ASKED)
    visible = " ".join(html.unescape(re.sub(r"<[^>]+>", "", page)).split())
    for entry in facts["mainEntity"]:
        assert entry["@type"] == "Question" and entry["acceptedAnswer"]["@type"] == "Answer"
        answer = entry["acceptedAnswer"]["text"]
        assert entry["name"] in visible and answer in visible
        assert not re.search(r"[{}$\\]|::", answer), answer
        address, _, anchor = entry["url"].partition("#")
        assert address == f"{book.address}book/questions.html" and f'id="{anchor}"' in page


def test_a_section_says_which_questions_it_answers(book, page):
    for anchor, section in re.findall(
        r'<section id="[^"]*">\s*<span id="(q-[a-z-]+)"></span>.*?'
        r'<p class="more"><a[^>]*href="([^"]+)"',
        page,
        re.S,
    ):
        target, _, place = section.partition("#")
        answering = (book.pages / target).read_text("utf-8")
        start = answering.index(f'id="{place}"')
        subtitle = answering.index('class="answers"', start)
        assert f'href="questions.html#{anchor}"' in answering[subtitle : subtitle + 2000], anchor


def test_open_claims_are_said_to_be_open(page):
    """Short runs decide nothing, so no answer of a smoke build may name an outcome."""
    said = re.findall(r'>C\d+</span></a> \(<span class="outcome[^"]*">([^<]+)</span>\)', page)
    assert len(said) >= 8 and set(said) == {str(Outcome.OPEN)}
