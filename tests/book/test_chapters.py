"""Neighbours announce their questions."""

from types import SimpleNamespace

from measured_book import numbers


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
