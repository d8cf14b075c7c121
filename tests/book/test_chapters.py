"""Outcomes are marked as what they are, and neighbours announce their questions."""

from types import SimpleNamespace

import pytest
from docutils import nodes

from labcode.claims.rules import Outcome
from measured_book import numbers


def verdict_box(text: str, glued: bool = True) -> nodes.admonition:
    outcome = nodes.inline(text, text, classes=["pasted-text"] if glued else [])
    title = nodes.title("", "", nodes.Text("C3, the CNN wins: "), outcome)
    return nodes.admonition("", title, classes=["verdict"])


@pytest.mark.parametrize(
    ("outcome", "name"),
    [
        (Outcome.HOLDS, "outcome-holds"),
        (Outcome.CONDITIONAL, "outcome-conditional"),
        (Outcome.FAILS, "outcome-fails"),
    ],
)
def test_a_box_and_its_word_are_marked_with_the_outcome(outcome, name):
    box = verdict_box(outcome.value)
    numbers.show_outcomes(None, box, "page")
    assert name in box["classes"]
    assert {"outcome", name} <= set(box[0][1]["classes"])


def test_prose_and_numbers_are_not_marked():
    for box in (verdict_box("0.0102"), verdict_box("holds", glued=False)):
        numbers.show_outcomes(None, box, "page")
        assert box["classes"] == ["verdict"]


def test_neighbours_tell_their_questions():
    app = SimpleNamespace(
        env=SimpleNamespace(metadata={"b": {"question": "Why?"}, "a": {}}),
        builder=SimpleNamespace(relations={"page": ["root", "a", "b"]}),
    )
    context = {"prev": {"title": "A", "link": "a.html"}, "next": {"title": "B", "link": "b.html"}}
    numbers.tell_what_comes(app, "page", "page.html", context, None)
    assert context["prev"]["title"] == "A"
    assert context["next"] == {
        "title": 'B<span class="question">Why?</span>',
        "link": "b.html",
    }
