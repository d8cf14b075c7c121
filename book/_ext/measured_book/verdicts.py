"""How the book says what became of a claim: in a box, in a table, in a list.

The directive `verdict` names a claim and says it in a few words; its body has the conditions. The
rest of its box, here and on the page of all claims, comes from the verdict itself.

Every outcome has a class that says how the claim fared. Words say it too; the colour only repeats
them.
"""

import re
from collections.abc import Callable
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from labcode import claims, experiments
from labcode.claims import Verdict
from labcode.claims.rules import RULES, Outcome
from measured_book.site import chapter_of

MARKS = re.compile(r"([\\`*_\[\]<>{}$|])")
CLAIM = re.compile(r"C\d+")


def setup(app: Sphinx) -> dict[str, bool]:
    """Make the directive known."""
    app.add_directive("verdict", VerdictBox)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


class VerdictBox(SphinxDirective):
    """The box of a claim that this page's chapter decides."""

    required_arguments = 2
    final_argument_whitespace = True
    has_content = True
    option_spec: ClassVar[dict[str, Callable[[str], str]]] = {
        "figures": directives.unchanged_required
    }

    def run(self) -> list[nodes.Node]:
        """Parse the box where the directive stands."""
        claim, words = self.arguments
        chapter = chapter_of(self.env.docname)
        packages = experiments.modules_of(chapter)
        theirs = {d.claim: d for one in packages for d in getattr(one, "DECIDES", ())}
        if claim not in theirs:
            raise self.error(f"{chapter} decides no claim {claim!r}, only {', '.join(theirs)}.")
        verdict = theirs[claim].verdict(experiments.profile_of(theirs[claim]))
        figures = self.options.get("figures", verdict.figure).split()
        text = box(
            verdict,
            f"{claim}, {words}",
            f"claim-{claim.lower()}",
            figures,
            f"**Rule.** {plain(verdict.rule)}",
        )
        body = StringList(text.splitlines(), source=self.env.doc2path(self.env.docname))
        if self.content:
            body[-1:] = self.content + body[-1:]
        holder = nodes.Element()
        self.state.nested_parse(body, self.content_offset, holder)
        return holder.children


def box(verdict: Verdict, title: str, label: str, figures: list[str], *more: str) -> str:
    """A verdict's box in Markdown: its outcome, what was shown and measured, and more."""
    where = ", ".join(f"{{numref}}`{figure}`" for figure in figures)
    measured = (
        f"**Not decided in this build.** The long runs that decide it, with five seeds, are not in "
        f"the record, or code behind them has changed. Short runs, as in {where}, decide nothing."
        if verdict.outcome is Outcome.OPEN
        else f"**Measured.** {plain(verdict.effect)}. {seeds(verdict.seeds)}, {where}."
    )
    shown = RULES[verdict.claim].shown
    paragraphs = [*([f"**Shown.** {plain(shown)}"] if shown else []), measured, *more]
    head = [
        f":::{{admonition}} {title}: {marked(verdict.outcome)}",
        f":class: verdict {class_of(verdict.outcome)}",
        f":name: {label}",
    ]
    return "\n".join([*head, "\n\n".join(paragraphs), "", ":::"])


def every_box() -> str:
    """Every verdict in a box, with the test that fails if it changes."""
    return "\n\n".join(
        box(
            v,
            v.claim,
            f"ledger-{v.claim.lower()}",
            [v.figure],
            f"**Rule and conditions.** {{ref}}`In its chapter <claim-{v.claim.lower()}>`.",
            f"**Test.** {{source}}`{v.test}`",
        )
        for v in experiments.verdicts()
    )


def every_row() -> str:
    """A table of all claims: its words, its verdict and its figure."""
    rows = [
        f"| [{v.claim}](#ledger-{v.claim.lower()}) | {plain(claims.CLAIMS[v.claim])} "
        f"| {kind(v.claim)} | {marked(v.outcome)} | {{numref}}`{{number}} <{v.figure}>` |"
        for v in experiments.verdicts()
    ]
    return "\n".join(["| No. | Claim | By | Verdict | Figure |", "|---|---|---|---|---|", *rows])


def kind(claim: str) -> str:
    """Whether some of a claim is shown, by a theorem or by how a network is built."""
    return "shown, in part or all" if RULES[claim].shown else "measured"


def every_line() -> str:
    """A list of all claims: its words and its verdict."""
    lines = [
        f"- {{ref}}`{v.claim} <claim-{v.claim.lower()}>` {plain(claims.CLAIMS[v.claim])} "
        f"{marked(v.outcome)}"
        for v in experiments.verdicts()
    ]
    return "\n".join(["{.verdict-list}", *lines])


def marked(outcome: Outcome) -> str:
    """An outcome with its classes."""
    return f"[{outcome}]{{.outcome .{class_of(outcome)}}}"


def class_of(outcome: Outcome) -> str:
    """The class that gives an outcome its colour."""
    return f"outcome-{outcome.name.lower()}"


def plain(text: str, but: str = "") -> str:
    """Text whose characters mean only themselves, `but` for some."""
    return MARKS.sub(lambda mark: mark[0] if mark[0] in but else f"\\{mark[0]}", text)


def seeds(n: int) -> str:
    """So many seeds."""
    return "One seed" if n == 1 else f"{n} seeds"


def box_claim(node: nodes.Element) -> re.Match[str] | None:
    """The claim of a verdict's box, which its title begins with."""
    if isinstance(node, nodes.Admonition) and "verdict" in node["classes"]:
        return CLAIM.match(node[0].astext())
    return None
