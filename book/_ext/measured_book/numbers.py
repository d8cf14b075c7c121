"""What pages say of what was computed: tables, boxes, outcomes, and `results.json`.

The directive `computed` names one of `TEXTS` and shows it as if it had been written there, so
that labels, references and downloaded notebooks work as in any other text.

`results.json` has each number that the book quotes, where it stands, and the verdicts. What a
page quotes is noted while Sphinx reads the page, and kept with Sphinx's own notes of it. So pages
that are not read again, or whose outputs come from the cache, are in the file as well.
"""

import ast
import json
import os
import platform
import posixpath
import re
import runpy
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.statemachine import StringList
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole

import labcode
from labcode import experiments
from labcode.audit import recording, results, run_table
from labcode.data.files import CHECKSUMS
from labcode.designs.profiles import Profile
from labcode.runs.provenance import SOURCES, code_hash
from measured_book import internals, training, verdicts
from measured_book.figures import data_file, drawn
from measured_book.site import chapter_of, repository, site_address

logger = logging.getLogger(__name__)

ROOT = Path(labcode.__file__).parents[1]
CODE_LENGTH = 12
RESULTS = "results.json"


def setup(app: Sphinx) -> dict[str, bool]:
    """Make the directive and the roles known, and connect to Sphinx's events."""
    app.add_directive("computed", Computed)
    app.add_role("source", SourceRole())
    app.add_role("site", SiteRole())
    app.add_role("outcome", OutcomeRole())
    app.add_role_to_domain("glue", "text", internals.QuoteRole(), override=True)
    app.connect("env-get-outdated", pages_with_other_text)
    app.connect("env-purge-doc", forget_page)
    app.connect("doctree-read", note_quotes)
    app.connect("doctree-read", remember_question)
    app.connect("env-updated", pages_that_quote_read_pages)
    app.connect("doctree-resolved", link_sources)
    app.connect("doctree-resolved", link_citation)
    app.connect("html-page-context", tell_what_comes)
    app.connect("build-finished", write_results)
    return {"parallel_read_safe": False, "parallel_write_safe": True}


def forget_page(app: Sphinx, env: BuildEnvironment, page: str) -> None:
    """Forget a page that is read again, or is gone."""
    shown(env).pop(page, None)
    notes(env).pop(page, None)


# ---- computed texts


def environment() -> str:
    """What computed this book."""
    shown: dict[Profile, list[str]] = {}
    for section in sections(experiments.CHAPTERS):
        shown.setdefault(section.profile, []).append(section.name)
    facts = {
        **{
            f"profile `{profile.name}`": f"seeds {listed(profile.seeds)}; {profile.train:,} images "
            f"train, {profile.validation:,} validate; {', '.join(names)}"
            for profile, names in shown.items()
        },
        **training.versions(),
        "system": f"{platform.system()} on {platform.machine()}, {os.cpu_count()} cores",
    }
    return table(
        ("Made with", "Which"), [(name, verdicts.plain(fact, "`")) for name, fact in facts.items()]
    )


def runs() -> str:
    """The run table, a chapter a row."""
    found = [run_table.row(chapter, records(chapter)) for chapter in experiments.CHAPTERS]
    rows = [
        (
            f"{{doc}}`{row.chapter}`",
            f"{row.runs:,}",
            f"{row.seconds:,.0f}",
            listed(row.seeds) or "none",
            f"`{row.code[:CODE_LENGTH]}`",
        )
        for row in found
        if row.runs
    ]
    total = len({run.key for chapter in experiments.CHAPTERS for run in records(chapter)})
    rows.append(("All", f"{total:,}", f"{sum(row.seconds for row in found):,.0f}", "", ""))
    return table(("Chapter", "Runs", "Seconds", "Seeds", "Code"), rows)


@cache
def records(chapter: str) -> list[run_table.RunRecord]:
    """The runs of a chapter, read once in a build."""
    return run_table.records(chapter)


def sections(chapters: Iterable[str]) -> list[experiments.Section]:
    """The sections of these chapters that show what was trained."""
    return [section for chapter in chapters for section in training.sections_of(chapter)]


def data() -> str:
    """The checksums of Fashion-MNIST's files."""
    return table(("File", "MD5"), [(f"`{file}`", f"`{md5}`") for file, md5 in CHECKSUMS.items()])


def changed_rules() -> str:
    """The claims whose rule has changed since their long runs were recorded."""
    changed = recording.changed_rules()
    rows = [(claim, ", ".join(dates)) for claim, dates in changed.items()]
    return table(("Rule changed", "Rows recorded on"), rows or [("none", "")])


def lab_pack() -> str:
    """The tasks of each assignment, and what they earn."""
    # Not imported: the lab pack is no part of what is installed.
    pack = runpy.run_path(str(ROOT / "labpack" / "sources.py"))
    rows = []
    for chapter in pack["CHAPTERS"]:
        tasks = pack["read"](chapter).tasks
        points = sum(task.points for task in tasks)
        by_hand = sum(task.by_hand for task in tasks)
        names = ", ".join(f"`{task.name}`" for task in tasks)
        rows.append((f"{{doc}}`{chapter}`", names, f"{points} ({by_hand})"))
    return table(("Chapter", "Tasks", "Points"), rows)


def lab_pack_time() -> str:
    """How long it takes to grade a class, as it was measured."""
    found = json.loads((ROOT / "benchmarks" / "results" / "grading.json").read_text("utf-8"))
    students = found["students"]
    rows = [
        (f"{{doc}}`{chapter}`", f"{took['seconds']:.0f}", f"{took['processor']:.0f}")
        for chapter, took in found["chapters"].items()
    ]
    shown = table((f"{students} notebooks of", "Seconds", "Processor seconds"), rows)
    busy = f"{found['load']:.0f} other processes wanted the processors meanwhile"
    return f"{shown}\n\nMeasured on {found['machine']}; {busy}."


def citations() -> str:
    """How to cite the book and each of its chapters: as a line, and for BibTeX."""
    text = (ROOT / "CITATION.cff").read_text("utf-8")
    about = dict(re.findall(r"^([\w-]+): \"?(.+?)\"?$", text, re.M))
    authors = " and ".join(re.findall(r"^ +- name: (.+)$", text, re.M))
    facts = {"title": about["title"], "year": about["date-released"][:4]}
    texts = [citation("book", "The whole book", authors, facts, "")]
    for chapter in experiments.CHAPTERS:
        source = (ROOT / "book" / f"{chapter}.md").read_text("utf-8")
        title = re.search(r"^# (.+)$", source, re.M)
        assert title
        texts.append(citation(chapter, title[1], authors, facts, f"book/{chapter}.html"))
    return "\n\n".join(texts)


def citation(key: str, heading: str, authors: str, facts: dict[str, str], path: str) -> str:
    """One entry; `path` is empty for the whole book, and an address only where it is known."""
    version, address = labcode.__version__, site_address()
    whole = f"*{facts['title']}*, version {version}"
    where = f" <{address}{path}>" if address else ""
    chapter = f" \u201c{heading}\u201d. In:" if path else ""
    fields = {
        "author": f"{{{authors}}}",
        "title": heading if path else facts["title"],
        **({"booktitle": facts["title"]} if path else {}),
        "year": facts["year"],
        "note": f"Version {version}",
        **({"url": f"{address}{path}"} if address else {}),
    }
    entry = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
    return "\n".join(
        [
            f"(cite-{key})=",
            f"**{heading}.** {authors} ({facts['year']}).{chapter} {whole}.{where}",
            "",
            "```bibtex",
            f"@{'incollection' if path else 'book'}{{autoencoders-measured-{key},\n{entry}\n}}",
            "```",
        ]
    )


TEXTS: dict[str, Callable[[], str]] = {
    "ledger": verdicts.every_row,
    "verdicts": verdicts.every_box,
    "outcomes": verdicts.every_line,
    "environment": environment,
    "runs": runs,
    "data": data,
    "changed-rules": changed_rules,
    "citations": citations,
    "lab-pack": lab_pack,
    "lab-pack-time": lab_pack_time,
}
# The others stand on a page of code, whose fingerprint says when it is stale.
CHECKED = ("environment", "runs", "data", "outcomes", "citations", "lab-pack", "lab-pack-time")


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """A table in Markdown."""
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def listed(items: tuple[int, ...]) -> str:
    """Numbers with commas."""
    return ", ".join(map(str, items))


# ---- directive and roles


def shown(env: BuildEnvironment) -> dict[str, dict[str, str]]:
    """By page, the computed texts that it shows."""
    if not hasattr(env, "computed_texts"):
        env.computed_texts = {}  # type: ignore[attr-defined]
    return env.computed_texts  # type: ignore[attr-defined]


def pages_with_other_text(
    app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]
) -> list[str]:
    """Pages that show a text that would be another one now."""
    return [
        page
        for page, texts in shown(env).items()
        if page in env.found_docs
        and any(TEXTS[name]() != text for name, text in texts.items() if name in CHECKED)
    ]


class Computed(SphinxDirective):
    """Shows one of `TEXTS`."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Parse the text where the directive stands."""
        (name,) = self.arguments
        if name not in TEXTS:
            raise self.error(f"there is no computed text {name!r}. Choose one of {list(TEXTS)}.")
        text = TEXTS[name]()
        shown(self.env).setdefault(self.env.docname, {})[name] = text
        holder = nodes.Element()
        lines = StringList(text.splitlines(), source=self.env.doc2path(self.env.docname))
        self.state.nested_parse(lines, self.content_offset, holder)
        for found in holder.findall(nodes.table):
            found["classes"] += ["computed", name]
        return holder.children


class SourceRole(SphinxRole):
    """A file of the repository, or `FILE::FUNCTION` in it, which must exist."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """The name, which becomes a link where the repository is known."""
        place = source_place(Path(self.env.srcdir), self.text)
        if place is None:
            logger.warning("%s does not exist", self.text, location=self.get_location())
        return [nodes.literal(self.text, self.text, source_place=place or "")], []


class SiteRole(SphinxRole):
    """A link to a file of the site that is no page, such as `results.json`."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """The link, relative to the page."""
        address = posixpath.relpath(self.text, posixpath.dirname(self.env.docname))
        return [nodes.reference(self.text, self.text, refuri=address)], []


class OutcomeRole(SphinxRole):
    """A claim with its outcome in brackets, which leads to its box."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """The claim and its outcome; the page is read again when an outcome changes."""
        found = {verdict.claim: verdict.outcome for verdict in experiments.verdicts()}
        if self.text not in found:
            logger.warning("there is no claim %r", self.text, location=self.get_location())
            return [nodes.literal(self.text, self.text)], []
        shown(self.env).setdefault(self.env.docname, {})["outcomes"] = TEXTS["outcomes"]()
        link = addnodes.pending_xref(
            "",
            nodes.inline("", self.text),
            refdomain="std",
            reftype="ref",
            reftarget=f"claim-{self.text.lower()}",
            refexplicit=True,
            refwarn=True,
            refdoc=self.env.docname,
        )
        outcome = found[self.text]
        classes = ["outcome", verdicts.class_of(outcome)]
        said = nodes.inline("", str(outcome), classes=classes)
        return [link, nodes.Text(" ("), said, nodes.Text(")")], []


def source_place(root: Path, name: str) -> str | None:
    """The file, and the line of the function, as GitHub addresses them; None if not there."""
    file, _, function = name.partition("::")
    if not (root / file).is_file():
        return None
    if not function:
        return file
    for node in ast.parse((root / file).read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef) and node.name == function:
            return f"{file}#L{node.lineno}"
    return None


def link_sources(app: Sphinx, document: nodes.document, page: str) -> None:
    """Link the files named by `source`, where the repository is known."""
    if not (name := repository()):
        return
    branch = os.environ.get("GITHUB_SHA") or os.environ.get("GITHUB_REF_NAME", "main")
    for node in list(document.findall(nodes.literal)):
        if place := node.get("source_place"):
            address = f"https://github.com/{name}/blob/{branch}/{place}"
            node.replace_self(nodes.reference("", "", node.deepcopy(), refuri=address))


def link_citation(app: Sphinx, document: nodes.document, page: str) -> None:
    """Lead from the foot of a page to how it is cited."""
    known = app.env.domaindata["std"]["anonlabels"]
    place, anchor = known.get(f"cite-{chapter_of(page) or 'book'}", ("", ""))
    for paragraph in document.findall(nodes.paragraph) if place else ():
        if "page-foot" in paragraph["classes"]:
            address = f"{app.builder.get_relative_uri(page, place)}#{anchor}"
            paragraph += [nodes.Text(" "), nodes.reference("", "Cite this page", refuri=address)]


# ---- what pages say at a glance


def remember_question(app: Sphinx, document: nodes.document) -> None:
    """Keep the paragraph of class `question` among the page's facts."""
    for paragraph in document.findall(nodes.paragraph):
        if "question" in paragraph["classes"]:
            app.env.metadata[app.env.docname]["question"] = " ".join(paragraph.astext().split())
            return


def tell_what_comes(
    app: Sphinx, page: str, template: str, context: dict[str, Any], document: nodes.document | None
) -> None:
    """Put the questions of the neighbouring pages under their titles, at a page's foot."""
    for side, neighbour in zip(("prev", "next"), internals.neighbours(app, page), strict=True):
        question = app.env.metadata.get(neighbour or "", {}).get("question")
        if question and context.get(side):
            title = f'{context[side]["title"]}<span class="question">{question}</span>'
            context[side] = {**context[side], "title": title}


# ---- what pages quote


def notes(env: BuildEnvironment) -> dict[str, dict[str, Any]]:
    """By page: `texts` that it computed, `quotes` in its prose, and its `figures`."""
    if not hasattr(env, "quoted_numbers"):
        env.quoted_numbers = {}  # type: ignore[attr-defined]
    return env.quoted_numbers  # type: ignore[attr-defined]


def note_quotes(app: Sphinx, document: nodes.document) -> None:
    """Note what a page has computed for its prose, and where the prose quotes it."""
    page = app.env.docname
    notes(app.env)[page] = {
        "texts": internals.glued_texts(app.env, page),
        "quotes": [quote_at(node, page) for node in document.findall(internals.is_quote)],
        "figures": [
            {"ids": list(figure["ids"]), "sections": sections_of(figure)}
            for figure in document.findall(nodes.figure)
        ],
    }
    app.quoting_pages_read = getattr(app, "quoting_pages_read", set()) | {page}  # type: ignore[attr-defined]


def pages_that_quote_read_pages(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Pages that quote a number of another page are written again when that page was read."""
    read: set[str] = getattr(app, "quoting_pages_read", set())
    return [
        page
        for page, noted in notes(env).items()
        if page not in read and any(quote["source"] in read for quote in noted["quotes"])
    ]


def quote_at(node: nodes.Element, page: str) -> dict[str, Any]:
    """The name that is quoted, the page that computed it, and where it stands."""
    name, source = internals.quoted(node, page)
    return {
        "name": name,
        "source": source,
        "sections": sections_of(node),
        "figures": [i for a in ancestors(node) if isinstance(a, nodes.figure) for i in a["ids"]],
        "claims": [found[0] for a in ancestors(node) if (found := verdicts.box_claim(a))],
    }


def sections_of(node: nodes.Element) -> list[list[str]]:
    """The ids of each section around a node, the innermost first."""
    return [list(a["ids"]) for a in ancestors(node) if isinstance(a, nodes.section)]


def ancestors(node: nodes.Element) -> Iterator[nodes.Element]:
    """What a node stands in, the innermost first."""
    while (node := node.parent) is not None:
        yield node


# ---- the file of all numbers


def write_results(app: Sphinx, problem: Exception | None) -> None:
    """Write the file beside the site's first page."""
    if problem or app.builder.format != "html":
        return
    chapters = [c for c in experiments.CHAPTERS if f"book/{c}" in app.env.found_docs]
    results.write(content(app.env, chapters), Path(app.outdir, RESULTS))


def content(env: BuildEnvironment, chapters: list[str]) -> dict[str, Any]:
    """All that the file says, its checksum apart."""
    labels = internals.labels(env)
    figures = [
        {
            "label": label,
            "page": page,
            "section": section_label(labels, page, figure["sections"]),
            "function": about["function"] if about else None,
            "data": data_file(env, page, label),
        }
        for page, noted in sorted(notes(env).items())
        for figure in noted["figures"]
        if (label := first_label(labels, page, figure["ids"]))
        for about in [drawn(env).get(page, {}).get(label)]
    ]
    entries = results.verdict_entries(
        [
            decision.verdict(experiments.profile_of(decision))
            for chapter in chapters
            for package in experiments.modules_of(chapter)
            for decision in getattr(package, "DECIDES", ())
        ]
    )
    return {
        "$schema": RESULTS.replace(".json", ".schema.json"),
        "title": str(env.config.html_title or env.config.project),
        "profiles": {one.name: asdict(one.profile) for one in sections(chapters)},
        "labcode": {"version": labcode.__version__, "code": code_hash(set(SOURCES))},
        "versions": training.versions(),
        "data": dict(CHECKSUMS),
        "verdicts": entries,
        "numbers": numbers(env, labels, figures, entries),
        "figures": figures,
        "chapters": {chapter: [asdict(run) for run in records(chapter)] for chapter in chapters},
    }


def numbers(
    env: BuildEnvironment,
    labels: dict[tuple[str, str], str],
    figures: list[dict[str, Any]],
    entries: list[dict[str, Any]],
) -> list[dict[str, Any]]:
    """An entry for each text that a page computed for prose, with the places that quote it."""
    sections = {figure["label"]: (figure["page"], figure["section"]) for figure in figures}
    by_figure = {verdict["claim"]: verdict["figure"] for verdict in entries}
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
    fingerprints = getattr(env, "page_fingerprints", {})
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


def first_label(labels: dict[tuple[str, str], str], page: str, ids: list[str]) -> str | None:
    """The first of these ids that is a label."""
    return next((labels[page, i] for i in ids if (page, i) in labels), None)


def section_label(
    labels: dict[tuple[str, str], str], page: str, sections: list[list[str]]
) -> str | None:
    """The label of the innermost section that has one, else the innermost section's anchor."""
    named = (first_label(labels, page, ids) for ids in sections)
    return next(filter(None, named), sections[0][0] if sections else None)
