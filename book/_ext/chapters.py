"""What pages say at a glance: outcomes in colour, and what the next page asks.

A verdict's box, and every glued outcome in a title, a list or a table, gets a class that says how
the claim fared. Words say it too; the colour only repeats them.
"""

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from labcode.claims.rules import Outcome

CLASSES = {outcome.value: f"outcome-{outcome.name.lower()}" for outcome in Outcome}


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to Sphinx's events."""
    app.connect("doctree-read", remember_question)
    app.connect("doctree-resolved", show_outcomes)
    app.connect("html-page-context", tell_what_comes)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def remember_question(app: Sphinx, document: nodes.document) -> None:
    """Keep the paragraph of class `question` among the page's facts."""
    for paragraph in document.findall(nodes.paragraph):
        if "question" in paragraph["classes"]:
            app.env.metadata[app.env.docname]["question"] = " ".join(paragraph.astext().split())
            return


def show_outcomes(app: Sphinx, document: nodes.document, page: str) -> None:
    """Mark the outcomes of claims, and the boxes whose title names one."""
    for text in document.findall(nodes.inline):
        name = CLASSES.get(text.astext())
        if name is None or "pasted-text" not in text["classes"]:
            continue
        text["classes"] += ["outcome", name]
        if isinstance(text.parent, nodes.title) and isinstance(
            text.parent.parent, nodes.Admonition
        ):
            text.parent.parent["classes"].append(name)


def tell_what_comes(
    app: Sphinx, page: str, template: str, context: dict[str, Any], document: nodes.document | None
) -> None:
    """Put the questions of the neighbouring pages under their titles, at a page's foot."""
    relations = app.builder.relations.get(page, [None, None, None])  # type: ignore[attr-defined]
    for side, neighbour in zip(("prev", "next"), relations[1:], strict=True):
        question = app.env.metadata.get(neighbour, {}).get("question")
        if question and context.get(side):
            title = f'{context[side]["title"]}<span class="question">{question}</span>'
            context[side] = {**context[side], "title": title}
