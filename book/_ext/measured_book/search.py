"""What the site's search looks through: sections, terms, questions, exercises and functions.

Sphinx's own index knows pages, asks for every word as it is spelled, and shows why only where a
server answers. This one has a text for each section and each name by which people ask for it: from
the glossary's entries (a second term, or a sentence "Also called ..."), and from the page of
questions. `book/_static/search.js` reads it, in a folder without a server, too.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from measured_book import internals, questions

FOLDER = "searched"
FILE = "_static/searched.js"
SCRIPT = "search.js"
GLOSSARY = "book/glossary"
CODE = "book/api"
ALSO_CALLED = re.compile(r"\bAlso called ([^.]+)\.")
BETWEEN_NAMES = re.compile(r", (?:and |or )?| and | or ")
SHORT_FORMULA = re.compile(r"\w|\\(?:alpha|beta|mu|sigma)")
SILENT = (
    nodes.comment,
    nodes.image,
    nodes.literal_block,
    nodes.math_block,
    nodes.raw,
    nodes.system_message,
    nodes.title,
    addnodes.index,
    addnodes.toctree,
)


@dataclass
class Place:
    """A place that the search can lead to.

    Attributes
    ----------
    kind : str
        `section`, `question`, `term`, `box` (an exercise, a theorem) or `code`.
    page, anchor, title : str
        `anchor` is empty for the top of a page.
    within : list of str
        The titles around it, the page's first.
    text : str
        What stands there, without what is a place by itself.
    answers, names : list of str
        Questions that it answers, and terms that it explains, with their other names.
    """

    kind: str
    page: str
    anchor: str
    title: str
    within: list[str]
    text: str
    answers: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Term:
    """An entry of the glossary: its names, its anchor, and the labels of sections about it."""

    names: tuple[str, ...]
    anchor: str
    leads_to: tuple[str, ...]


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to Sphinx's events."""
    app.connect("env-purge-doc", forget_page)
    app.connect("doctree-read", note_terms)
    app.connect("doctree-resolved", keep_places, priority=400)
    app.connect("html-page-context", load_search)
    app.connect("build-finished", write_index, priority=700)
    return {"parallel_read_safe": False, "parallel_write_safe": True}


# ---- the glossary


def terms(env: BuildEnvironment) -> list[Term]:
    """The glossary's entries, in order."""
    return getattr(env, "glossary_terms", [])


def forget_page(app: Sphinx, env: BuildEnvironment, page: str) -> None:
    """Forget the terms when the glossary is read again, or is gone."""
    if page == GLOSSARY:
        env.glossary_terms = []  # type: ignore[attr-defined]


def note_terms(app: Sphinx, document: nodes.document) -> None:
    """Keep the glossary's entries."""
    if app.env.docname == GLOSSARY:
        app.env.glossary_terms = list(map(term_of, entries_of(document)))  # type: ignore[attr-defined]


def entries_of(document: nodes.document) -> Iterator[nodes.definition_list_item]:
    """The entries of a page's glossary."""
    for glossary in document.findall(addnodes.glossary):
        yield from glossary.findall(nodes.definition_list_item)


def term_of(entry: nodes.definition_list_item) -> Term:
    """An entry's names, anchor and links."""
    heads = list(entry.findall(nodes.term))
    also = ALSO_CALLED.search(text_of(entry[-1]))
    links = entry.findall(lambda node: isinstance(node, addnodes.pending_xref))
    return Term(
        names=(
            *(text_of(head) for head in heads),
            *(BETWEEN_NAMES.split(also[1]) if also else ()),
        ),
        anchor=heads[0]["ids"][0],
        leads_to=tuple(link["reftarget"] for link in links if link["reftype"] == "ref"),
    )


# ---- places


def keep_places(app: Sphinx, document: nodes.document, page: str) -> None:
    """Keep the places of a page that is about to be written."""
    if app.builder.name == "html":
        file = kept(app, page)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps([asdict(place) for place in places_of(document, page)]), "utf-8")


def places_of(document: nodes.document, page: str) -> Iterator[Place]:
    """All places of a page."""
    for section in filter(is_titled, document.findall(nodes.section)):
        title, within = text_of(section[0]), titles_around(section)
        anchor = questions.anchor_of(section) if within else ""
        kind = kind_of(page, section)
        yield Place(kind, page, anchor, title, within, text_of(section, own=True))
    for entry in entries_of(document):
        first = next(iter(entry.findall(nodes.term)))
        within = titles_around(entry)
        yield Place("term", page, first["ids"][0], text_of(first), within, text_of(entry[-1]))
    for box in document.findall(internals.is_numbered_box):
        if "ids" in box and box["ids"] and not internals.is_solution(box):
            title = text_of(box[0]).strip("() ")
            within = titles_around(box)
            yield Place("box", page, box["ids"][0], title, within, text_of(box, own=True))
    for entry in document.findall(addnodes.desc):
        signature = entry[0]
        if isinstance(signature, addnodes.desc_signature) and signature["ids"]:
            room, _, name = signature["ids"][0].rpartition(".")
            within = [*titles_around(entry), room]
            yield Place("code", page, f"{room}.{name}", name, within, text_of(entry[-1], own=True))


def kind_of(page: str, section: nodes.section) -> str:
    """What kind of place a section is."""
    if page.startswith(CODE):
        return "code"
    return "question" if page == questions.PAGE and questions.is_question(section) else "section"


def titles_around(node: nodes.Element) -> list[str]:
    """The titles of the sections that a node stands in, the page's first."""
    found = []
    while (node := node.parent) is not None:
        if is_titled(node):
            found.append(text_of(node[0]))
    return found[::-1]


def text_of(node: nodes.Node, own: bool = False) -> str:
    """The words of a node in one line; `own` leaves out what is a place by itself."""
    if own:
        assert isinstance(node, nodes.Element)
        words = " ".join(map(_words, node.children))
    else:
        words = _words(node, shown=True)
    return " ".join(words.split())


def _words(node: nodes.Node, shown: bool = False) -> str:
    if isinstance(node, nodes.Text):
        return node.astext()
    if isinstance(node, nodes.math):
        return node.astext().lstrip("\\") if SHORT_FORMULA.fullmatch(node.astext()) else "…"
    assert isinstance(node, nodes.Element)
    if not shown and (isinstance(node, SILENT) or is_place(node)):
        return ""
    if isinstance(node, nodes.comment | nodes.raw | addnodes.index):
        return ""
    blocks = any(isinstance(child, nodes.Body) for child in node.children)
    return (" " if blocks else "").join(_words(child) for child in node.children)


def is_place(node: nodes.Element) -> bool:
    """Whether a node is no part of the text around it: a place of its own, or a solution."""
    own = is_titled(node) or isinstance(node, addnodes.glossary | addnodes.desc)
    return own or internals.is_numbered_box(node) or internals.is_solution(node)


def is_titled(node: nodes.Node) -> bool:
    """Whether a node is a section as readers see them: boxes hold one without a title."""
    return isinstance(node, nodes.section) and isinstance(node[0], nodes.title)


def kept(app: Sphinx, page: str) -> Path:
    """Where the places of a page wait for the end of the build."""
    return Path(app.doctreedir, FOLDER, f"{page}.json")


# ---- the index


def load_search(
    app: Sphinx, page: str, template: str, context: dict[str, Any], document: nodes.document | None
) -> None:
    """Let the page of results load the index and the script that reads it."""
    if page == "search":
        app.add_js_file(Path(FILE).name, priority=900)
        app.add_js_file(SCRIPT, priority=901)


def write_index(app: Sphinx, problem: Exception | None) -> None:
    """Write all places, with their names, as a script: a page in a folder can load that."""
    if problem or app.builder.name != "html":
        return
    places = [
        Place(**place)
        for page in sorted(app.env.found_docs)
        if kept(app, page).exists()
        for place in json.loads(kept(app, page).read_text("utf-8"))
    ]
    name_places(places, app.env)
    index = {
        "places": [
            {name: value for name, value in asdict(place).items() if value} for place in places
        ],
        "synonyms": [term.names for term in terms(app.env) if len(term.names) > 1],
    }
    text = json.dumps(index, ensure_ascii=False, separators=(",", ":"))
    Path(app.outdir, FILE).write_text(f"globalThis.searched = {text};\n", "utf-8")


def name_places(places: list[Place], env: BuildEnvironment) -> None:
    """Give places the questions that they answer and the terms that they explain."""
    labels = env.domaindata["std"]["labels"]
    by_label = {(place.page, place.anchor): place for place in places}

    def led_to(label: str) -> Place | None:
        page, anchor, _ = labels.get(label, ("", "", ""))
        return by_label.get((page, anchor)) or by_label.get((page, ""))

    for question in questions.asked(env):
        for label in question.leads_to:
            if place := led_to(label):
                place.answers.append(question.words)
    for term in terms(env):
        if entry := by_label.get((GLOSSARY, term.anchor)):
            entry.names += term.names[1:]
        for label in term.leads_to:
            if place := led_to(label):
                place.names += term.names
