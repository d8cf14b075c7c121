"""The book's quizzes for Moodle and Canvas: each question is taken from the page that asks it.

Canvas reads QTI 1.2, which text2qti writes. Moodle reads its own XML and no QTI, so it gets that.
"""

import html
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from markdown_it import MarkdownIt
from text2qti.config import Config
from text2qti.qti import QTI
from text2qti.quiz import Quiz as CanvasQuiz

from labpack import sources

BOOK = Path(__file__).parents[1] / "book"
INVENTORY = "inventory"
TITLES = {INVENTORY: "Concept inventory"} | {
    chapter: f"Quiz: {chapter.replace('-', ' ')}" for chapter in sources.CHAPTERS
}
QUESTION = re.compile(r"^\*\*(\d+)\.\*\* ", re.M)
OPTION = re.compile(r"^- \(([a-z])\) ", re.M)
ANSWER = re.compile(r"^:::\{dropdown\} Answer \d+\n(.*?)^:::", re.M | re.S)
KEY = re.compile(r"^\| (\d+) \| \(([a-z])\) \| (.*?) \| (.*?) \|$", re.M)
ROLE = re.compile(r"\{([\w:]+)\}`([^`]+)`")
MATH = re.compile(r"\$([^$]+)\$")


class QuizError(ValueError):
    """A quiz on a page of the book is not written as it must be."""


@dataclass(frozen=True)
class Question:
    """A question in Markdown, on one line each.

    Attributes
    ----------
    text : str
    options : tuple of str
        Empty for a question that is answered in words.
    right : int
        Which option is right; -1 where there are none.
    answer : str
        What is said once it was answered.
    """

    text: str
    options: tuple[str, ...]
    right: int
    answer: str


def read(name: str) -> list[Question]:
    """The questions of a chapter's quiz, or those of the inventory.

    Parameters
    ----------
    name : str
        A chapter, or `INVENTORY`.

    Raises
    ------
    QuizError
        If a question lacks its answer, or asks for something that only a page has.
    """
    page = (BOOK / f"{name}.md").read_text("utf-8")
    if name == INVENTORY:
        return [*_inventory(page)]
    found = re.search(r"^\(quiz-\w+\)=\n(.*?)^## Exercises", page, re.M | re.S)
    if not found:
        raise QuizError(f"{name}.md: no quiz stands before its exercises.")
    return [_question(name, part) for part in _parts(found[1])]


def _parts(text: str) -> list[str]:
    return QUESTION.split(text)[2::2]


def _question(name: str, part: str) -> Question:
    answer = ANSWER.search(part)
    if not answer:
        raise QuizError(f"{name}.md: the question {part[:40]!r} has no answer.")
    text, *options = OPTION.split(part[: answer.start()])
    letters, words = options[::2], options[1::2]
    right = re.match(r"\*\*\(([a-z])\)", answer[1])
    if bool(letters) != bool(right) or (right and right[1] not in letters):
        raise QuizError(f"{name}.md: the answer to {part[:40]!r} names none of its options.")
    return Question(
        _plain(text),
        tuple(map(_plain, words)),
        letters.index(right[1]) if right else -1,
        _plain(answer[1]),
    )


def _inventory(page: str) -> Iterator[Question]:
    asked, _, key = page.partition("## Key")
    for part, (_, right, idea, where) in zip(_parts(asked), KEY.findall(key), strict=True):
        text, *options = OPTION.split(part)
        letter = options[::2].index(right)
        answer = f"({right}): {idea}. In the book: {where}"
        yield Question(_plain(text), tuple(map(_plain, options[1::2])), letter, _plain(answer))


def _plain(text: str) -> str:
    """Markdown on one line, with the titles of the sections that it refers to."""

    def title(role: re.Match[str]) -> str:
        if role[1] == "numref":
            return "a figure of the book"
        if role[1] != "ref" or role[2] not in _titles():
            raise QuizError(f"{role[0]} can be shown by a page only.")
        return f"*{_titles()[role[2]]}*"

    return " ".join(ROLE.sub(title, text).split())


@cache
def _titles() -> dict[str, str]:
    """Headings by their labels, of all pages."""
    pages = "\n".join(page.read_text("utf-8") for page in sorted(BOOK.glob("*.md")))
    return dict(re.findall(r"^\(([\w-]+)\)=\n+#+ (.+)$", pages, re.M))


def write(folder: Path) -> None:
    """Write `NAME-canvas.zip` and `NAME-moodle.xml` of each quiz.

    Parameters
    ----------
    folder : Path
    """
    folder.mkdir(parents=True)
    for name, title in TITLES.items():
        questions = read(name)
        QTI(CanvasQuiz(canvas_text(title, questions), config=Config(), source_name=name)).save(
            folder / f"{name}-canvas.zip"
        )
        ET.ElementTree(moodle(title, questions)).write(
            folder / f"{name}-moodle.xml", encoding="utf-8", xml_declaration=True
        )


def canvas_text(title: str, questions: list[Question]) -> str:
    """A quiz in the format of text2qti."""
    lines = [f"Quiz title: {title}", ""]
    for number, question in enumerate(questions, 1):
        lines += [f"{number}. {question.text}", f"... {question.answer}"]
        lines += [
            f"{'*' if i == question.right else ''}{chr(ord('a') + i)}) {option}"
            for i, option in enumerate(question.options)
        ] or ["____"]
        lines.append("")
    return "\n".join(lines)


def moodle(title: str, questions: list[Question]) -> ET.Element:
    """A quiz as Moodle's XML: a category with that title, and its questions."""
    root = ET.Element("quiz")
    category = ET.SubElement(root, "question", type="category")
    _text(ET.SubElement(category, "category"), f"$course$/top/{title}")
    for number, question in enumerate(questions, 1):
        kind = "multichoice" if question.options else "essay"
        one = ET.SubElement(root, "question", type=kind)
        _text(ET.SubElement(one, "name"), f"{title} {number}")
        _text(ET.SubElement(one, "questiontext", format="html"), _html(question.text))
        _text(ET.SubElement(one, "generalfeedback", format="html"), _html(question.answer))
        ET.SubElement(one, "defaultgrade").text = "1"
        if question.options:
            ET.SubElement(one, "single").text = "true"
            ET.SubElement(one, "shuffleanswers").text = "false"  # answers name the letters
            ET.SubElement(one, "answernumbering").text = "abc"
        for i, option in enumerate(question.options):
            fraction = "100" if i == question.right else "0"
            answer = ET.SubElement(one, "answer", fraction=fraction, format="html")
            _text(answer, _html(option))
    return root


def _text(element: ET.Element, words: str) -> None:
    ET.SubElement(element, "text").text = words


def _html(markdown: str) -> str:
    r"""HTML of a line; formulas stand between \( and \), where Moodle's MathJax finds them."""
    formulas: list[str] = []

    def keep(formula: re.Match[str]) -> str:
        formulas.append(formula[1])
        return f"FORMULA{len(formulas) - 1}."

    page = MarkdownIt().renderInline(MATH.sub(keep, markdown))
    return re.sub(r"FORMULA(\d+)\.", lambda m: rf"\({html.escape(formulas[int(m[1])])}\)", page)
