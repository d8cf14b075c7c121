"""A page that Sphinx has resolved, as the cells of a Jupyter notebook in plain Markdown.

Numbers, citations, cross-references, quoted results and included sources are plain text in a
resolved page. So the Markdown here needs no extension: Jupyter, Colab and VS Code all show it.
"""

import ast
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from itertools import groupby

from docutils import nodes
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell
from sphinx import addnodes

from measured_book import internals

SPECIAL = re.compile(r"([\\*_`\[\]$~])")
SPACE = re.compile(r"\s+")


@dataclass(frozen=True)
class CodeCell:
    """The place of a code cell among paragraphs; `folded` if it belongs to a folded part."""

    index: int
    folded: bool = False


Block = str | CodeCell
ANSWER = re.compile(r"\bAnswer \d+\b")  # beside the drawing of an icon
YOURS = "*Your solution:*"


@dataclass(frozen=True)
class Numbers:
    """Numbers that Sphinx writes into the page only when it writes HTML.

    Attributes
    ----------
    sections : dict of str to str
        From a section's anchor, such as `#sec-pixels` (empty for the page), to its number.
    labelled : callable
        From a kind, such as `figure`, and an id to a number, or an empty string.
    """

    sections: dict[str, str]
    labelled: Callable[[str, str], str]


class Writer:
    """Writes nodes of a resolved page as blocks of Markdown.

    Parameters
    ----------
    numbers : Numbers
    link : callable
        From a reference's target as the page has it to an address on the site, or to an empty
        string where the site's address is not known; the link is plain text then.
    solved : bool
        Whether solutions of exercises and answers of quizzes are written.

    Attributes
    ----------
    left_out : set of int
        The code cells, by their index, of what is not written.
    """

    def __init__(self, numbers: Numbers, link: Callable[[str], str], solved: bool = True) -> None:
        self.numbers = numbers
        self.link = link
        self.solved = solved
        self.left_out: set[int] = set()

    def page(self, document: nodes.document) -> list[Block]:
        """All blocks of a page, in order."""
        return list(self._children(document, depth=0))

    # ---- blocks

    def _children(self, node: nodes.Element, depth: int) -> Iterator[Block]:
        for child in node.children:
            yield from self._block(child, depth)

    def _block(self, node: nodes.Node, depth: int) -> Iterator[Block]:
        if not isinstance(node, nodes.Element) or isinstance(node, IGNORED):
            return
        if not self.solved and is_answer(node):
            self.left_out |= {
                index
                for cell in node.findall(nodes.container)
                if (index := internals.cell_index(cell)) is not None
            }
            if internals.is_solution(node):
                yield YOURS
            return
        if (index := internals.cell_index(node)) is not None:
            yield CodeCell(index)
            for figure in node.findall(nodes.figure):
                yield from self._figure(figure)
        elif isinstance(node, nodes.section):
            is_content = any(name.endswith("-content") for name in node["ids"])
            yield from self._children(node, depth if is_content else depth + 1)
        elif isinstance(node, nodes.title):
            yield f"{'#' * depth} {self._section_number(node)}{self._line(node)}"
        elif isinstance(node, nodes.paragraph | nodes.term | nodes.rubric):
            yield self._line(node)
        elif isinstance(node, nodes.math_block):
            yield f"$${displayed(node, self._equation_number(node))}$$"
        elif isinstance(node, nodes.literal_block | nodes.doctest_block):
            language = node.get("language", "")
            yield fenced(node.astext(), "" if language in ("none", "default") else language)
        elif isinstance(node, nodes.figure):
            yield from self._figure(node)
        elif isinstance(node, nodes.table):
            yield self._table(node)
        elif isinstance(node, nodes.bullet_list):
            yield from self._list(node, depth, lambda place: "- ")
        elif isinstance(node, nodes.enumerated_list):
            first = int(node.get("start", 1))
            yield from self._list(node, depth, lambda place: f"{first + place}. ")
        elif isinstance(node, nodes.definition_list_item):
            yield from self._definition(node, depth)
        elif internals.is_dropdown(node):
            title, *body = node.children
            yield from self._folded(self._line(title), body, depth)
        elif internals.is_solution(node):
            title, *body = node.children
            yield from self._folded(title.astext().replace("\n", " "), body, depth)
        elif internals.is_numbered_box(node):
            yield from self._boxed(self._numbered_title(node), node.children[1:], depth)
        elif isinstance(node, nodes.Admonition):
            titled = bool(node.children) and isinstance(node[0], nodes.title)
            title = self._line(node[0]) if titled else type(node).__name__.capitalize()
            yield from self._boxed(f"**{title}**", node.children[titled:], depth)
        elif isinstance(node, nodes.sidebar):  # a margin note is one, too
            titled = isinstance(node[0], nodes.title)
            title = f"**{self._line(node[0])}**" if titled else ""
            yield from self._boxed(title, node.children[titled:], depth)
        elif isinstance(node, nodes.block_quote):
            yield from self._boxed("", node.children, depth)
        else:
            yield from self._children(node, depth)

    def _figure(self, node: nodes.figure) -> Iterator[Block]:
        caption = next(node.findall(nodes.caption), None)
        if caption is not None:
            number = self.numbers.labelled("figure", node["ids"][0]) if node["ids"] else ""
            yield f"**Fig. {number}.** {self._line(caption)}" if number else self._line(caption)

    def _list(self, node: nodes.Element, depth: int, mark: Callable[[int], str]) -> Iterator[Block]:
        items: list[Block] = []
        for place, item in enumerate(node.children):
            assert isinstance(item, nodes.Element)
            for text, block in enumerate(self._children(item, depth)):
                if isinstance(block, CodeCell):
                    items.append(block)
                else:
                    bullet = mark(place)
                    first = bullet if text == 0 else " " * len(bullet)
                    items.append(indented(block, first, " " * len(bullet)))
        yield from joined(items, "\n")

    def _definition(self, node: nodes.Element, depth: int) -> Iterator[Block]:
        terms = ", ".join(f"**{self._line(term)}**" for term in node.findall(nodes.term))
        meaning = list(self._children(node[-1], depth))
        first = meaning[0] if meaning and isinstance(meaning[0], str) else ""
        yield f"{terms}: {first}"
        yield from meaning[1:]

    def _folded(self, title: str, body: list[nodes.Node], depth: int) -> Iterator[Block]:
        """A part that opens on a click; its code cells, which cannot lie in it, are folded too."""
        blocks = [block for child in body for block in self._block(child, depth)]
        summary = f"<details><summary>{title}</summary>\n\n"
        for block in joined(blocks, "\n\n"):
            if isinstance(block, CodeCell):
                yield CodeCell(block.index, folded=True)
            else:
                yield f"{summary}{block}\n\n</details>"
                summary = f"<details><summary>{title}, continued</summary>\n\n"

    def _boxed(self, title: str, body: list[nodes.Node], depth: int) -> Iterator[Block]:
        blocks = [block for child in body for block in self._block(child, depth)]
        for block in joined([title, *blocks] if title else blocks, "\n\n"):
            yield block if isinstance(block, CodeCell) else quoted(block)

    def _table(self, node: nodes.table) -> str:
        rows = [
            [self._cell(entry) for entry in row.findall(nodes.entry)]
            for row in node.findall(nodes.row)
        ]
        lines = [f"| {' | '.join(row)} |" for row in rows]
        lines.insert(1, "|" + "---|" * len(rows[0]))
        title = next(node.findall(nodes.title), None)
        if title is not None:
            lines[:0] = [f"**{self._line(title)}**", ""]
        return "\n".join(lines)

    def _cell(self, entry: nodes.entry) -> str:
        text = "<br>".join(
            block for block in self._children(entry, 0) if isinstance(block, str)
        ).replace("\n", " ")
        return re.sub(r"\$([^$]*)\$", lambda found: found[0].replace("|", r"\vert "), text).replace(
            "|", r"\|"
        )

    # ---- numbers

    def _section_number(self, title: nodes.title) -> str:
        section = title.parent
        anchors = [f"#{name}" for name in section["ids"]]
        if isinstance(section.parent, nodes.document):
            anchors.append("")
        number = next((self.numbers.sections[a] for a in anchors if a in self.numbers.sections), "")
        return f"{number}. " if number else ""

    def _numbered_title(self, node: nodes.Element) -> str:
        title = node[0]
        assert isinstance(title, nodes.title)
        if "countertype" in node:
            kind, name = node["countertype"], node["realtype"].capitalize()
        else:
            kind, name = "exercise", "Exercise"
        number = self.numbers.labelled(kind, node["ids"][0])
        return f"**{name} {number}**{self._text(title).rstrip()}".replace("**(", "** (")

    def _equation_number(self, node: nodes.math_block) -> str:
        return self.numbers.labelled("displaymath", node["ids"][0]) if node["ids"] else ""

    # ---- text within a line

    def _line(self, node: nodes.Node) -> str:
        return SPACE.sub(" ", self._text(node)).strip()

    def _text(self, node: nodes.Node) -> str:
        if isinstance(node, nodes.Text):
            return SPECIAL.sub(r"\\\1", node.astext()).replace("<", "&lt;")
        if not isinstance(node, nodes.Element) or isinstance(node, IGNORED):
            return ""
        if isinstance(node, nodes.math):
            return f"${node.astext().strip()}$"
        if isinstance(node, nodes.literal):
            return f"`{node.astext()}`"
        if isinstance(node, nodes.image):
            return ""
        inside = "".join(self._text(child) for child in node.children)
        if isinstance(node, nodes.emphasis | nodes.strong) and inside.strip():
            mark = "*" if isinstance(node, nodes.emphasis) else "**"
            return f"{mark}{inside.strip()}{mark}"
        if isinstance(node, nodes.superscript | nodes.subscript):
            mark = "sup" if isinstance(node, nodes.superscript) else "sub"
            return f"<{mark}>{inside}</{mark}>"
        if isinstance(node, nodes.reference | addnodes.number_reference):
            target = node.get("refuri") or (f"#{node['refid']}" if node.get("refid") else "")
            address = self.link(target)
            return f"[{inside.strip()}]({address})" if address else inside
        return inside


IGNORED = (
    nodes.comment,
    nodes.target,
    nodes.raw,
    nodes.system_message,
    nodes.substitution_definition,
    addnodes.toctree,
    addnodes.index,
    addnodes.tabular_col_spec,
)


def is_answer(node: nodes.Element) -> bool:
    """Whether a node is the solution of an exercise or the folded answer of a quiz."""
    if internals.is_dropdown(node):
        return bool(ANSWER.search(node[0].astext()))
    return internals.is_solution(node)


def displayed(node: nodes.math_block, number: str = "") -> str:
    """The TeX of a displayed equation, with its number as a tag, for MathJax and KaTeX alike.

    It is one line. In a quotation each line starts with a mark, and JupyterLab, which looks for
    formulas first, would take that for a part of the formula.
    """
    tag = f"\\tag{{{number}}}" if number else ""
    tex = re.sub(r"(?<!\\)%.*\n?", "", node.astext()).strip()
    if node.get("nowrap"):
        return SPACE.sub(" ", tex)
    lines = [SPACE.sub(" ", line).strip() for line in tex.split("\n\n") if line.strip()]
    lines = [rf"\begin{{split}}{x}\end{{split}}" if r"\\" in x else x for x in lines]
    if len(lines) > 1:
        return "\\begin{gathered}" + r" \\ ".join(lines) + "\\end{gathered}" + tag
    return lines[0] + tag if lines else ""


def fenced(code: str, language: str) -> str:
    """Code between fences that are longer than any fence inside it."""
    longest = max((len(run) for run in re.findall(r"`{3,}", code)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{code}\n{fence}"


def quoted(text: str) -> str:
    """Markdown as a block quote."""
    return indented(text, "> ", "> ")


def indented(text: str, first: str, rest: str) -> str:
    """Text with one prefix for its first line and one for the others."""
    head, *lines = text.split("\n")
    return "\n".join([first + head, *((rest + line).rstrip() for line in lines)])


def joined(blocks: list[Block], between: str) -> Iterator[Block]:
    """Neighbouring texts as one; code cells stay where they are."""
    for is_code, group in groupby(blocks, lambda block: isinstance(block, CodeCell)):
        if is_code:
            yield from group
        else:
            yield between.join(block for block in group if isinstance(block, str))


def notebook_cells(
    blocks: list[Block], sources: list[str], left_out: Collection[int] = ()
) -> list[NotebookNode]:
    """The cells of a notebook: text between code, and the code that the page hides.

    Parameters
    ----------
    blocks : list of str and CodeCell
        What the page shows, in order.
    sources : list of str
        The source of each cell of the page, by its index; empty for cells of text.
    left_out : collection of int
        The indices of cells that are in no block, and shall not be in the notebook either.

    Notes
    -----
    A cell that the page hides computes numbers for the prose. The prose of a notebook has them,
    but later cells may use what was computed, so it goes in before the next visible cell.
    """
    cells, done = [], -1
    shown = {block.index for block in blocks if isinstance(block, CodeCell)}
    for block in joined(blocks, "\n\n"):
        if isinstance(block, str):
            cells.append(new_markdown_cell(block))
            continue
        for hidden in range(done + 1, block.index):
            if hidden in shown or hidden in left_out:
                continue
            if code := without_quotes(sources[hidden]):
                cells.append(new_code_cell(code))
        done = max(done, block.index)
        cells.append(code_cell(sources[block.index], block.folded))
    for place, cell in enumerate(cells):
        cell["id"] = f"cell-{place}"
    return cells


def code_cell(source: str, folded: bool) -> NotebookNode:
    """A code cell; a folded one hides its source, and in JupyterLab what it will show, too."""
    cell = new_code_cell(source)
    if folded:
        hidden = {"source_hidden": True, "outputs_hidden": True}
        cell.metadata = {"jupyter": hidden, "cellView": "form"}  # the latter for Colab
    return cell


def without_quotes(source: str) -> str:
    """A cell without the statements that only give numbers to the prose of the page."""
    lines = source.split("\n")
    for statement in quoting(ast.parse(source).body):
        assert statement.end_lineno is not None
        for number in range(statement.lineno - 1, statement.end_lineno):
            lines[number] = ""
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def quoting(statements: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements that only quote; a loop does if everything in it does."""
    for statement in statements:
        match statement:
            case ast.ImportFrom(module="labcode.quotes") | ast.Expr(value=ast.Constant()):
                yield statement
            case ast.Expr(value=ast.Call(func=ast.Name(id="quote"))):
                yield statement
            case ast.For(body=body) | ast.If(body=body, orelse=[]) | ast.With(body=body):
                inside = list(quoting(body))
                yield from [statement] if inside == body else inside
