"""Pages as notebooks: plain Markdown, and code without what only the page needs."""

import pytest
from docutils import nodes

from measured_book.notebook_text import CodeCell, Numbers, Writer, notebook_cells, without_quotes

NUMBERS = Numbers({"": "2"}, lambda kind, name: "2.1" if kind == "figure" else "")


def writer(site: str = "https://example.org/book/") -> Writer:
    return Writer(NUMBERS, lambda target: site + target if site else "")


def document(*parts: nodes.Node) -> nodes.document:
    return nodes.document("", "", "", *parts)


def test_text_cannot_be_taken_for_markup():
    paragraph = nodes.paragraph("", "a_b * c [1] <i> $x$")
    assert writer().page(document(paragraph)) == [r"a\_b \* c \[1\] &lt;i> \$x\$"]


def test_formulas_keep_their_tex():
    paragraph = nodes.paragraph("", "", nodes.math("", r"x_1 < \|y\|"), nodes.Text("."))
    assert writer().page(document(paragraph)) == [r"$x_1 < \|y\|$."]


@pytest.mark.parametrize(
    ("site", "expected"),
    [("https://example.org/", "[there](https://example.org/02.html#a)"), ("", "there")],
)
def test_references_lead_to_the_site_or_are_plain(site, expected):
    reference = nodes.reference("", "there", internal=True, refuri="02.html#a")
    assert writer(site).page(document(nodes.paragraph("", "", reference))) == [expected]


def test_a_bar_in_a_formula_does_not_split_a_cell_of_a_table():
    entries = [nodes.entry("", nodes.paragraph("", "", nodes.math("", "|x|"))) for _ in range(2)]
    group = nodes.tgroup("", nodes.tbody("", nodes.row("", *entries)), cols=2)
    table = writer().page(document(nodes.table("", group)))[0]
    assert table.split("\n")[0] == r"| $\vert x\vert $ | $\vert x\vert $ |"


def test_folded_text_stays_around_a_code_cell_which_is_folded_by_itself():
    cell = nodes.container(nb_element="cell_code", cell_index=3)
    fold = type("dropdown_main", (nodes.container,), {})
    title = nodes.paragraph("", "Solution")
    part = fold("", title, nodes.paragraph("", "First."), cell, nodes.paragraph("", "Then."))
    before, code, after = writer().page(document(part))
    assert before == "<details><summary>Solution</summary>\n\nFirst.\n\n</details>"
    assert code == CodeCell(3, folded=True)
    assert after.startswith("<details><summary>Solution, continued</summary>")


def test_solutions_and_answers_are_left_out_with_their_cells():
    cell = nodes.container(nb_element="cell_code", cell_index=3)
    fold = type("dropdown_main", (nodes.container,), {})
    solution = type("solution_node", (nodes.container,), {})
    icon = nodes.raw("", "<svg></svg>", format="html")
    page = document(
        solution("", nodes.title("", "Solution to Exercise 1"), cell),
        fold("", nodes.paragraph("", "Answer 2", icon), nodes.paragraph("", "(b).")),
        fold("", nodes.paragraph("", "Proof"), nodes.paragraph("", "Clear.")),
    )
    solved, unsolved = (Writer(NUMBERS, str, solved) for solved in (True, False))
    assert CodeCell(3, folded=True) in solved.page(page) and not solved.left_out
    yours, proof = unsolved.page(page)
    assert "Your solution" in yours and "Clear." in proof and unsolved.left_out == {3}
    sources = ["", "", "", "the_solution = 1", "shown = 2"]
    cells = notebook_cells([yours, CodeCell(4)], sources, unsolved.left_out)
    assert [cell.source for cell in cells] == [yours, "shown = 2"]


def test_a_hidden_cell_comes_before_the_next_that_is_shown_without_its_quotes():
    sources = [
        "",
        "from labcode.quotes import quote\n\nx = 1\nquote(\n    a=f'{x}',\n)",
        "print(x)",
        "quote(b='1')",
        "y = 2",
    ]
    cells = notebook_cells(["Text.", CodeCell(2), "More.", CodeCell(4)], sources)
    assert [cell.source for cell in cells] == ["Text.", "x = 1", "print(x)", "More.", "y = 2"]


def test_only_quotes_are_left_out():
    source = "from labcode.quotes import quote\nfrom a import b\nb.quote(1)\nz = quote"
    assert without_quotes(source) == "from a import b\nb.quote(1)\nz = quote"


def test_a_loop_that_only_quotes_goes_and_one_that_does_more_stays():
    source = "for x in a:\n    quote(\n        x=x,\n    )\nfor x in a:\n    y = x\n    quote(y=y)"
    assert without_quotes(source) == "for x in a:\n    y = x"
    assert without_quotes("for x in a:\n    if x:\n        quote(x=x)\ny = 1") == "y = 1"


def test_a_displayed_formula_is_one_line_so_that_it_survives_in_a_quotation():
    formula = nodes.math_block("", "a &= b \\\\\n% a remark\n&= 5\\%", ids=[])
    box = nodes.admonition("", nodes.title("", "Proof"), formula)
    assert writer().page(document(box)) == [
        "> **Proof**\n>\n> $$\\begin{split}a &= b \\\\ &= 5\\%\\end{split}$$"
    ]


def test_a_margin_note_is_a_quotation():
    note = nodes.sidebar("", nodes.paragraph("", "Beside the text."), classes=["margin"])
    assert writer().page(document(note)) == ["> Beside the text."]
