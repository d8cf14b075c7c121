"""Tables and boxes that are computed when their page is read, and links to the repository's files.

The directive `computed` names one of `TEXTS` and shows it as if it had been written there, so
that labels, references and downloaded notebooks work as in any other text.
"""

import ast
import os
import platform
import posixpath
import re
import zlib
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import labbook
from chapters import CLASSES
from docutils import nodes
from docutils.statemachine import StringList
from site_pages import repository
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole

from labcode import experiments
from labcode.audit import ledger, run_table
from labcode.claims import CLAIMS, in_full
from labcode.claims.rules import Outcome
from labcode.data.files import CHECKSUMS
from labcode.designs import profiles
from labcode.designs.profiles import Profile

logger = logging.getLogger(__name__)

MARKS = re.compile(r"([\\`*_\[\]<>{}$|])")
CODE_LENGTH = 12


def setup(app: Sphinx) -> dict[str, Any]:
    """Make the directive and the roles known."""
    app.add_directive("computed", Computed)
    app.add_role("source", SourceRole())
    app.add_role("site", SiteRole())
    app.connect("env-get-outdated", pages_with_other_text)
    app.connect("env-purge-doc", lambda app, env, page: shown(env).pop(page, None))
    app.connect("doctree-resolved", link_sources)
    this = zlib.crc32(Path(__file__).read_bytes())  # pages are read again when it is edited
    return {"parallel_read_safe": False, "parallel_write_safe": True, "env_version": this}


# ---- text


def ledger_table() -> str:
    """Every claim in a row: its words, its verdict and its figure."""
    rows = [
        f"| [{v.claim}](#ledger-{v.claim.lower()}) | {plain(CLAIMS[v.claim])} "
        f"| {marked(v.outcome)} | {{numref}}`{{number}} <{v.figure}>` |"
        for v in ledger.verdicts(profiles.current())
    ]
    return "\n".join(["| No. | Claim | Verdict | Figure |", "|---|---|---|---|", *rows])


def verdict_boxes() -> str:
    """Every verdict in a box: what was measured, what `full` said, and the test."""
    return "\n".join(
        f""":::{{admonition}} {v.claim}: {marked(v.outcome)}
:class: verdict {CLASSES[v.outcome]}
:name: ledger-{v.claim.lower()}
**Measured.** {plain(v.effect)}. {seeds(v.seeds)}, {{numref}}`{v.figure}`.

**In the profile `full`.** {plain(in_full(v.claim))}.

**Rule and conditions.** {{ref}}`In its chapter <claim-{v.claim.lower()}>`.

**Test.** {{source}}`{v.test}`
:::
"""
        for v in ledger.verdicts(profiles.current())
    )


def marked(outcome: Outcome) -> str:
    """An outcome as `chapters` marks those that pages quote."""
    return f"[{outcome}]{{.outcome .{CLASSES[outcome]}}}"


def environment() -> str:
    """What computed this book."""
    profile = profiles.current()
    facts = {
        "profile": f"`{profile.name}`, seeds {listed(profile.seeds)}",
        "images": f"{profile.train:,} train, {profile.validation:,} validate",
        **labbook.versions(),
        "system": f"{platform.system()} on {platform.machine()}, {os.cpu_count()} cores",
    }
    return table(("Made with", "Which"), [(name, plain(fact, "`")) for name, fact in facts.items()])


def runs() -> str:
    """The run table, a chapter a row."""
    profile = profiles.current()
    found = [run_table.row(profile, c, records(profile, c)) for c in experiments.CHAPTERS]
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
    total = len(run_table.distinct(profile))
    rows.append(("All", f"{total:,}", f"{sum(row.seconds for row in found):,.0f}", "", ""))
    return table(("Chapter", "Runs", "Seconds", "Seeds", "Code"), rows)


@cache
def records(profile: Profile, chapter: str) -> list[run_table.RunRecord]:
    """The runs of a chapter, read once in a build."""
    return run_table.records(profile, chapter)


def data() -> str:
    """The checksums of Fashion-MNIST's files."""
    return table(("File", "MD5"), [(f"`{file}`", f"`{md5}`") for file, md5 in CHECKSUMS.items()])


TEXTS: dict[str, Callable[[], str]] = {
    "ledger": ledger_table,
    "verdicts": verdict_boxes,
    "environment": environment,
    "runs": runs,
    "data": data,
}
# The others stand on a page of code, whose fingerprint says when it is stale.
CHECKED = ("environment", "runs", "data")


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """A table in Markdown."""
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def plain(text: str, but: str = "") -> str:
    """Text whose characters mean only themselves, `but` for some."""
    return MARKS.sub(lambda mark: mark[0] if mark[0] in but else f"\\{mark[0]}", text)


def listed(items: tuple[int, ...]) -> str:
    """Numbers with commas."""
    return ", ".join(map(str, items))


def seeds(n: int) -> str:
    """So many seeds."""
    return "One seed" if n == 1 else f"{n} seeds"


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
