"""The built book: no warning, nothing stale, nothing raw, every figure described."""

import csv
import re
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest
from fontTools.ttLib import TTFont

from labcode.baselines import pca
from labcode.experiments import CHAPTERS

ROOT = Path(__file__).parents[2]
RAW = re.compile(
    r"\{(glue|numref|prf:ref|cite|doc|ref)[:}]|^```|\$\$|:label:|Traceback", re.MULTILINE
)


class Article(HTMLParser):
    """The text of a page, outside code and formulas, and its images and captions."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text: list[str] = []
        self.images: list[dict[str, str | None]] = []
        self.captions = 0
        self._hidden: list[str] = []
        self.feed(html[html.index("<article") : html.index("</article>")])

    def handle_starttag(self, tag, attrs):
        about = dict(attrs)
        if tag == "img":
            self.images.append(about)
        self.captions += tag == "figcaption"
        formula = "math" in (about.get("class") or "").split()
        if self._hidden:
            if tag == self._hidden[-1]:
                self._hidden.append(tag)
        elif tag in ("pre", "code", "script", "style") or formula:
            self._hidden.append(tag)

    def handle_endtag(self, tag):
        if self._hidden and tag == self._hidden[-1]:
            self._hidden.pop()

    def handle_data(self, data):
        if not self._hidden:
            self.text.append(data)


def article(book, chapter: str) -> Article:
    return Article((book.pages / f"{chapter}.html").read_text())


def executed(log: str) -> set[str]:
    return {Path(page).name for page in re.findall(r"(\S+)\.md: Executed notebook", log)}


def test_every_chapter_was_executed(book):
    assert executed(book.first_log) == {*CHAPTERS, "index"}


def test_runs_were_trained_before_the_pages_executed(book):
    assert "training: 100%" in book.first_log
    assert book.first_log.index("training: 100%") < book.first_log.index("Executed notebook")


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_pages_show_nothing_raw(book, chapter):
    text = "".join(article(book, chapter).text)
    assert not RAW.search(text), RAW.search(text)
    html = (book.pages / f"{chapter}.html").read_text()
    assert 'class="output traceback' not in html
    assert "system-message" not in html


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_figure_has_a_caption_and_alternative_text(book, chapter):
    page = article(book, chapter)
    assert page.images or chapter == "claims"  # the ledger is text
    for image in page.images:
        assert len(image.get("alt") or "") > 30, image
        assert not re.fullmatch(r".*[0-9a-f]{32}.*", image["alt"] or ""), image
    assert page.captions == len(page.images)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_figure_leads_to_its_numbers_and_its_source(book, chapter):
    html = (book.pages / f"{chapter}.html").read_text()
    for figure in re.findall(r'<figure[^>]*id="fig-.*?</figure>', html, re.DOTALL):
        label = re.search(r'id="(fig-[\w-]+)"', figure)[1]
        if 'class="instrument' in figure:
            continue  # an instrument: nothing drew it
        source, function = re.search(r'href="../(_modules/[\w/]+\.html)#(\w+)"', figure).groups()
        assert f'id="{function}"' in (book.site / source).read_text()
        data = re.search(r'href="../(figures/[\w-]+\.csv)"', figure)
        if data is None:
            continue  # pictures, and no number
        assert data[1] == f"figures/{label}.csv"
        rows = list(csv.DictReader((book.site / data[1]).read_text("utf-8").splitlines()))
        assert all(row["quantity"] and float(row["value"]) is not None for row in rows)


def test_the_numbers_under_a_figure_are_those_that_it_was_drawn_from(book):
    rows = list(csv.DictReader((book.site / "figures/fig-spectrum.csv").read_text().splitlines()))
    drawn = {float(row["component"]): row for row in rows if row["quantity"] == "eigenvalue"}
    reference = pca.principal_components().eigenvalues
    assert len(drawn) == len(reference)
    assert float(drawn[3]["value"]) == pytest.approx(reference[2], rel=1e-6)
    assert drawn[3]["units"] == "squared pixel units"


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_foot_says_how_the_page_was_made(book, chapter):
    text = "".join(article(book, chapter).text)
    assert re.search(
        r"profile\s+smoke\s+\(seeds 0, 1\).*torch \d.*labcode [0-9a-f]{12}", text, re.S
    )


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_chapter_is_offered_as_a_notebook_in_plain_markdown(book, chapter):
    html = (book.pages / f"{chapter}.html").read_text()
    assert f'href="../notebooks/{chapter}.ipynb" download' in html
    notebook = nbformat.read(book.notebooks / f"{chapter}.ipynb", as_version=4)
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    assert not re.search(r"\{[a-z:-]+\}`|^:::|^```\{|^\([a-z-]+\)=$", text, re.MULTILINE)
    assert len(re.findall(r"\*\*Fig\. \d\.\d+\.\*\*", text)) == article(book, chapter).captions
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    assert not re.search(r"labcode\.quotes|\bquote\(", code)
    assert not any(cell.get("outputs") for cell in notebook.cells)


@pytest.mark.parametrize("kind", ["", "-without-solutions"])
def test_the_archive_holds_all_notebooks_and_the_wheel_that_they_name(book, kind):
    with zipfile.ZipFile(book.notebooks / f"autoencoders-measured{kind}.zip") as archive:
        names = {Path(name).name for name in archive.namelist()}
    (wheel,) = (name for name in names if name.endswith(".whl"))
    assert names - {wheel} == {f"{chapter}{kind}.ipynb" for chapter in CHAPTERS}
    for chapter in CHAPTERS:
        assert wheel in (book.notebooks / f"{chapter}{kind}.ipynb").read_text()


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_notebook_without_solutions_has_all_but_these(book, chapter):
    solved, unsolved = (
        nbformat.read(book.notebooks / f"{chapter}{kind}.ipynb", as_version=4)
        for kind in ("", "-without-solutions")
    )

    def text(notebook) -> str:
        return "\n".join(c.source for c in notebook.cells if c.cell_type == "markdown")

    headings = re.compile(r"^#+ .+", re.M)
    exercises = re.compile(r"\*\*Exercise \d+\.\d+\*\*")
    assert headings.findall(text(solved)) == headings.findall(text(unsolved))
    assert len(exercises.findall(text(unsolved))) == len(exercises.findall(text(solved))) > 5
    assert re.search(r"<summary>(Solution|Answer)", text(solved))
    assert not re.search(r"<summary>(Solution|Answer)", text(unsolved))
    page = (ROOT / "book" / f"{chapter}.md").read_text("utf-8")
    code = text_of_code(unsolved)
    _, _, exercise_part = page.partition("\n## Exercises\n")
    solutions = re.findall(r"^```\{code-cell\}[^\n]*\n(.*?)^```$", exercise_part, re.M | re.S)
    assert solutions and not any(cell.strip() in code for cell in solutions)
    assert all(cell.strip() in text_of_code(solved) for cell in solutions)


def text_of_code(notebook) -> str:
    return "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")


def test_the_font_of_the_formulas_can_draw_a_root(book):
    with TTFont(book.pages.parent / "_static" / "math.woff") as font:
        assert ord("√") in font.getBestCmap()


def test_pages_load_nothing_from_other_hosts(book):
    for page in book.pages.parent.rglob("*.html"):
        loaded = re.findall(
            r"<(?:script|img|iframe|source)\b[^>]*?\bsrc=\"(https?:)?//|"
            r"<link\b(?=[^>]*rel=\"(?:stylesheet|preload|icon))[^>]*href=\"(https?:)?//",
            page.read_text().replace(book.address, "/"),
        )
        assert not loaded, page


def test_an_edit_executes_the_chapter_that_it_reaches_and_words_execute_nothing(book_to_edit):
    """One build sees it all: a figure's code, a comment in another's, and an edited sentence."""
    figures = book_to_edit.root / "labcode" / "figures"
    for module, line in (("ae_versus_pca.py", "MORE = 1"), ("denoising.py", "# a comment")):
        (figures / module).write_text(f"{(figures / module).read_text()}\n{line}\n")
    page = book_to_edit.root / "book" / "data.md"
    page.write_text(page.read_text() + "\nA sentence that was not here before.\n")
    result = book_to_edit.build()
    assert result.returncode == 0
    assert executed(result.stdout) == {"ae-versus-pca"}
    assert "training:" not in result.stdout
    assert "A sentence that was not here before." in "".join(article(book_to_edit, "data").text)


def test_an_unknown_profile_ends_the_build_with_one_message(book):
    result = book.build(LABCODE_PROFILE="smoky")
    assert result.returncode == 1
    assert "labcode: LABCODE_PROFILE is 'smoky', which is no profile." in result.stdout
    assert "Traceback" not in result.stdout


def test_no_data_ends_the_build_with_one_message(book, tmp_path):
    result = book.build(LABCODE_CACHE=str(tmp_path / "cache"), LABCODE_DATA=str(tmp_path))
    assert result.returncode == 1
    assert re.search("^labcode: the environment variable LABCODE_DATA names", result.stdout, re.M)
    assert "Traceback" not in result.stdout
