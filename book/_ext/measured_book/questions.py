"""The page of questions, for search engines and for the sections that answer them.

On that page each question is the heading of a section; a paragraph of class `more` at its end has
links. The first of them leads to the section that answers it, which then says so under its own
title. Search engines get the page as an `FAQPage` of schema.org.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

PAGE = "book/questions"
LINKS = "more"


@dataclass(frozen=True)
class Question:
    """A question, the anchor where it is answered in short, and the labels that it leads to."""

    words: str
    anchor: str
    leads_to: tuple[str, ...]


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to Sphinx's events."""
    app.connect("env-purge-doc", forget_page)
    app.connect("doctree-read", note_questions)
    app.connect("env-updated", pages_that_answer)
    app.connect("doctree-resolved", say_what_is_answered)
    app.connect("html-page-context", describe_questions, priority=505)
    return {"parallel_read_safe": False, "parallel_write_safe": True}


def asked(env: BuildEnvironment) -> list[Question]:
    """All questions of the page, in order."""
    return getattr(env, "asked_questions", [])


def forget_page(app: Sphinx, env: BuildEnvironment, page: str) -> None:
    """Forget the questions when their page is read again, or is gone."""
    if page == PAGE:
        env.asked_questions = []  # type: ignore[attr-defined]


def note_questions(app: Sphinx, document: nodes.document) -> None:
    """Keep the questions and where they lead."""
    if app.env.docname == PAGE:
        app.env.asked_questions = [  # type: ignore[attr-defined]
            Question(section[0].astext(), anchor_of(section), tuple(links_of(section)))
            for section in questions_of(document)
        ]
        app.questions_read = True  # type: ignore[attr-defined]


def questions_of(document: nodes.document) -> Iterator[nodes.section]:
    """The sections of the page that are a question each."""
    return filter(is_question, document.findall(nodes.section))


def is_question(section: nodes.section) -> bool:
    """Whether a section of the page is a question: one without sections of its own."""
    return not any(isinstance(child, nodes.section) for child in section.children)


def anchor_of(section: nodes.section) -> str:
    """The id that was given to a section by hand, or else the one made of its title."""
    given = {label.lower().replace("_", "-") for label in section["names"]}
    return next((i for i in reversed(section["ids"]) if i in given), section["ids"][0])


def links_of(section: nodes.section) -> Iterator[str]:
    """The labels of the links at the end of an answer."""
    for paragraph in section.findall(nodes.paragraph):
        if LINKS in paragraph["classes"]:
            for link in paragraph.findall(addnodes.pending_xref):
                yield link["reftarget"]


def pages_that_answer(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Pages that must be written again when the questions were read."""
    if not getattr(app, "questions_read", False):
        return []
    labels = env.domaindata["std"]["labels"]
    return sorted({labels[q.leads_to[0]][0] for q in asked(env) if q.leads_to[0] in labels})


def say_what_is_answered(app: Sphinx, document: nodes.document, page: str) -> None:
    """Name the questions that a section answers under its title."""
    labels = app.env.domaindata["std"]["labels"]
    by_section: dict[str, list[Question]] = {}
    for question in asked(app.env):
        if question.leads_to and labels.get(question.leads_to[0], ("",))[0] == page:
            by_section.setdefault(labels[question.leads_to[0]][1], []).append(question)
    for section in list(document.findall(nodes.section)) if by_section else ():
        if found := [q for i in section["ids"] for q in by_section.get(i, ())]:
            section.insert(1, subtitle(app, page, found))


def subtitle(app: Sphinx, page: str, questions: list[Question]) -> nodes.paragraph:
    """A line with the questions, each a link to its short answer."""
    line = nodes.paragraph("", "Answers:", classes=["answers"])
    here = app.builder.get_relative_uri(page, PAGE)
    for question in questions:
        address = f"{here}#{question.anchor}"
        line += [nodes.Text(" "), nodes.reference("", question.words, refuri=address)]
    return line


def describe_questions(
    app: Sphinx, page: str, template: str, context: dict[str, Any], document: nodes.document | None
) -> None:
    """Put questions and answers into the page's head, in the words of schema.org."""
    if page != PAGE or document is None:
        return
    address = app.config.html_baseurl
    base = address + quote(app.builder.get_target_uri(page)) if address else ""
    facts = {
        "@context": "https://schema.org",
        "@type": "FAQPage",
        "inLanguage": "en",
        "mainEntity": [
            {
                "@type": "Question",
                "name": section[0].astext(),
                **({"url": f"{base}#{anchor_of(section)}"} if base else {}),
                "acceptedAnswer": {"@type": "Answer", "text": answer(section)},
            }
            for section in questions_of(document)
        ],
    }
    text = json.dumps(facts, ensure_ascii=False).replace("</", "<\\/")
    script = f'\n    <script type="application/ld+json">{text}</script>'
    context["metatags"] = context.get("metatags", "") + script


def answer(section: nodes.section) -> str:
    """An answer as plain text, without its links."""
    paragraphs = (
        " ".join(paragraph.astext().split())
        for paragraph in section.findall(nodes.paragraph)
        if LINKS not in paragraph["classes"]
    )
    return " ".join(paragraphs)
