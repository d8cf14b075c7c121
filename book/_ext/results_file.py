"""Writes `results.json`: each number that the book quotes, where it stands, and the verdicts.

What a page quotes is noted while Sphinx reads the page, and kept with Sphinx's own notes of it. So
pages that are not read again, or whose outputs come from the cache, are in the file as well.
"""

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import labbook
from computed_text import records
from docutils import nodes
from myst_nb.ext.glue.roles import PasteTextRole
from myst_nb.ext.glue.utils import PendingGlueReference
from myst_nb.sphinx_ import NbMetadataCollector
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

import labcode
from labcode import claims, experiments
from labcode.audit import results
from labcode.data.files import CHECKSUMS
from labcode.designs import profiles
from labcode.designs.profiles import Profile
from labcode.runs.provenance import SOURCES, code_hash

FILE = "results.json"
CLAIM = re.compile(r"C\d+")


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect to Sphinx's events, and have the role for quoted numbers leave their names."""
    app.add_role_to_domain("glue", "text", QuoteRole(), override=True)
    app.connect("doctree-read", note_quotes)
    app.connect("env-purge-doc", forget_page)
    app.connect("env-updated", pages_that_quote_read_pages)
    app.connect("build-finished", write_results)
    return {"parallel_read_safe": False, "parallel_write_safe": True, "env_version": 1}


class QuoteRole(PasteTextRole):
    """MyST-NB's role, which leaves the name of what it pastes on the text."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Paste the text."""
        pasted, messages = super().run()
        for node in pasted:
            if isinstance(node, nodes.inline):
                node["quoted"] = self.text.partition(":")[0]
        return pasted, messages


# ---- while pages are read


def notes(env: BuildEnvironment) -> dict[str, dict[str, Any]]:
    """By page: `texts` that it computed, `quotes` in its prose, and its `figures`."""
    if not hasattr(env, "quoted_numbers"):
        env.quoted_numbers = {}  # type: ignore[attr-defined]
    return env.quoted_numbers  # type: ignore[attr-defined]


def note_quotes(app: Sphinx, document: nodes.document) -> None:
    """Note what a page has computed for its prose, and where the prose quotes it."""
    page = app.env.docname
    notes(app.env)[page] = {
        "texts": glued_texts(app.env, page),
        "quotes": [quote_at(node, page) for node in document.findall(is_quote)],
        "figures": [
            {"ids": list(figure["ids"]), "sections": sections_of(figure)}
            for figure in document.findall(nodes.figure)
        ],
    }
    app.quoting_pages_read = getattr(app, "quoting_pages_read", set()) | {page}  # type: ignore[attr-defined]


def forget_page(app: Sphinx, env: BuildEnvironment, page: str) -> None:
    """Forget a page that is read again, or is gone."""
    notes(env).pop(page, None)


def pages_that_quote_read_pages(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Pages that quote a number of another page are written again when that page was read."""
    read: set[str] = getattr(app, "quoting_pages_read", set())
    return [
        page
        for page, noted in notes(env).items()
        if page not in read and any(quote["source"] in read for quote in noted["quotes"])
    ]


def glued_texts(env: BuildEnvironment, page: str) -> dict[str, str]:
    """The texts that the cells of a page gave names to."""
    if not NbMetadataCollector.get_doc_data(env)[page].get("glue"):
        return {}
    folder = Path(env.mystnb_config.output_folder)  # type: ignore[attr-defined]
    glued = json.loads(folder.joinpath(f"{page}.glue.json").read_text("utf-8"))
    return {
        name: ast.literal_eval(text)
        for name, output in glued.items()
        if (text := output["data"].get("text/plain", "")).startswith(("'", '"'))
    }


def is_quote(node: nodes.Node) -> bool:
    """Whether a node is a quoted number, of this page or another."""
    return isinstance(node, PendingGlueReference) or (
        isinstance(node, nodes.inline) and "quoted" in node
    )


def quote_at(node: nodes.Element, page: str) -> dict[str, Any]:
    """The name that is quoted, the page that computed it, and where it stands."""
    if isinstance(node, PendingGlueReference):
        name, source = node.key, node.refdoc
    else:
        name, source = node["quoted"], page
    return {
        "name": name,
        "source": source,
        "sections": sections_of(node),
        "figures": [i for a in ancestors(node) if isinstance(a, nodes.figure) for i in a["ids"]],
        "claims": [found[0] for a in ancestors(node) if (found := box_claim(a))],
    }


def box_claim(node: nodes.Element) -> re.Match[str] | None:
    """The claim of a verdict's box, which its title begins with."""
    if isinstance(node, nodes.Admonition) and "verdict" in node["classes"]:
        return CLAIM.match(node[0].astext())
    return None


def sections_of(node: nodes.Element) -> list[list[str]]:
    """The ids of each section around a node, the innermost first."""
    return [list(a["ids"]) for a in ancestors(node) if isinstance(a, nodes.section)]


def ancestors(node: nodes.Element) -> Iterator[nodes.Element]:
    """What a node stands in, the innermost first."""
    while (node := node.parent) is not None:
        yield node


# ---- at the end


def write_results(app: Sphinx, problem: Exception | None) -> None:
    """Write the file beside the site's first page."""
    if problem or app.builder.format != "html":
        return
    chapters = [c for c in experiments.CHAPTERS if f"book/{c}" in app.env.found_docs]
    results.write(content(app.env, profiles.current(), chapters), Path(app.outdir, FILE))


def content(env: BuildEnvironment, profile: Profile, chapters: list[str]) -> dict[str, Any]:
    """All that the file says, its checksum apart."""
    labels = labels_of(env)
    figures = [
        {"label": label, "page": page, "section": section_label(labels, page, figure["sections"])}
        for page, noted in sorted(notes(env).items())
        for figure in noted["figures"]
        if (label := first_label(labels, page, figure["ids"]))
    ]
    deciding = [
        module
        for chapter in chapters
        for module in experiments.modules_of(chapter)
        if hasattr(module, "verdicts")
    ]
    verdicts = results.verdict_entries(
        [verdict for module in deciding for verdict in claims.decided(module, profile)]
    )
    return {
        "$schema": FILE.replace(".json", ".schema.json"),
        "title": str(env.config.html_title or env.config.project),
        "profile": asdict(profile),
        "labcode": {"version": labcode.__version__, "code": code_hash(set(SOURCES))},
        "versions": labbook.versions(),
        "data": dict(CHECKSUMS),
        "verdicts": verdicts,
        "numbers": numbers(env, labels, figures, verdicts),
        "figures": figures,
        "chapters": {
            chapter: [asdict(run) for run in records(profile, chapter)] for chapter in chapters
        },
    }


def numbers(
    env: BuildEnvironment,
    labels: dict[tuple[str, str], str],
    figures: list[dict[str, Any]],
    verdicts: list[dict[str, Any]],
) -> list[dict[str, Any]]:
    """An entry for each text that a page computed for prose, with the places that quote it."""
    sections = {figure["label"]: (figure["page"], figure["section"]) for figure in figures}
    by_figure = {verdict["claim"]: verdict["figure"] for verdict in verdicts}
    places: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for page, noted in sorted(notes(env).items()):
        for quote in noted["quotes"]:
            section = section_label(labels, page, quote["sections"])
            figure = first_label(labels, page, quote["figures"])
            near = [c for c, f in by_figure.items() if sections.get(f) == (page, section)]
            places.setdefault((quote["source"], quote["name"]), []).append(
                {
                    "page": page,
                    "section": section,
                    "figure": figure,
                    "claims": quote["claims"] or near,
                }
            )
    fingerprints = getattr(env, "labbook_fingerprints", {})
    return [
        {
            "name": name,
            "page": page,
            "fingerprint": fingerprints.get(page, ""),
            "text": text,
            **asdict(results.quantity(text)),
            "places": places.get((page, name), []),
        }
        for page, noted in sorted(notes(env).items())
        for name, text in noted["texts"].items()
    ]


def labels_of(env: BuildEnvironment) -> dict[tuple[str, str], str]:
    """The label of each page and id that has one."""
    known = env.domaindata["std"]["anonlabels"]
    return {(page, place): label for label, (page, place) in known.items()}


def first_label(labels: dict[tuple[str, str], str], page: str, ids: list[str]) -> str | None:
    """The first of these ids that is a label."""
    return next((labels[page, i] for i in ids if (page, i) in labels), None)


def section_label(
    labels: dict[tuple[str, str], str], page: str, sections: list[list[str]]
) -> str | None:
    """The label of the innermost section that has one, else the innermost section's anchor."""
    named = (first_label(labels, page, ids) for ids in sections)
    return next(filter(None, named), sections[0][0] if sections else None)
