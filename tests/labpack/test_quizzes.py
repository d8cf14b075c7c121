"""The book's quizzes, as Moodle and Canvas read them."""

import re
import xml.etree.ElementTree as ET
import zipfile

import pytest

from labpack import quizzes, sources

QTI = {"q": "http://www.imsglobal.org/xsd/ims_qtiasiv1p2"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("made") / "quizzes"
    quizzes.write(made)
    return made


def canvas(folder, name):
    """By question's number, its options and which is right, as QTI has them."""
    with zipfile.ZipFile(folder / f"{name}-canvas.zip") as archive:
        (file,) = [n for n in archive.namelist() if re.fullmatch(r"(\S+)/\1\.xml", n)]
        tree = ET.fromstring(archive.read(file))
    found = []
    for item in tree.iter(f"{{{QTI['q']}}}item"):
        options = [
            (label.get("ident"), "".join(label.itertext()).strip())
            for label in item.iterfind(".//q:response_lid//q:response_label", QTI)
        ]
        scored = [
            condition.find(".//q:varequal", QTI).text
            for condition in item.iterfind(".//q:respcondition", QTI)
            if condition.findtext("q:setvar", "", QTI) == "100"
            and condition.find(".//q:varequal", QTI) is not None
        ]
        found.append((options, scored))
    return found


def moodle(folder, name):
    """The questions but for the category, as Moodle's XML has them."""
    tree = ET.parse(folder / f"{name}-moodle.xml")
    return [q for q in tree.getroot() if q.get("type") != "category"]


@pytest.mark.parametrize("name", quizzes.TITLES)
def test_both_have_every_question_and_the_right_answer(name, folder):
    page = (quizzes.BOOK / f"{name}.md").read_text()
    asked = quizzes.read(name)
    assert len(asked) == len(re.findall(r"^\*\*\d+\.\*\* ", page, re.M)) >= 5
    in_canvas, in_moodle = canvas(folder, name), moodle(folder, name)
    assert len(in_canvas) == len(in_moodle) == len(asked)
    for question, (options, scored), other in zip(asked, in_canvas, in_moodle, strict=True):
        fractions = [answer.get("fraction") for answer in other.iterfind("answer")]
        assert len(options) == len(fractions) == len(question.options)
        if question.options:
            assert other.get("type") == "multichoice"
            assert scored == [options[question.right][0]]
            assert [i for i, f in enumerate(fractions) if f == "100"] == [question.right]
        else:
            assert other.get("type") == "essay" and scored == []


def test_the_inventorys_answers_are_its_keys(folder):
    key = dict(
        re.findall(r"^\| (\d+) \| \(([a-d])\)", (quizzes.BOOK / "inventory.md").read_text(), re.M)
    )
    found = ["abcd"[question.right] for question in quizzes.read(quizzes.INVENTORY)]
    assert found == [key[str(number)] for number in range(1, 16)]


def test_no_markup_of_the_page_is_left(folder):
    for name in quizzes.TITLES:
        for question in quizzes.read(name):
            words = " ".join([question.text, question.answer, *question.options])
            assert "{" not in re.sub(r"\$[^$]*\$", "", words), words
            assert ":::" not in words and "\n" not in words
        text = (folder / f"{name}-moodle.xml").read_text()
        assert "FORMULA" not in text and "$" not in text.replace("$course$", "")


def test_formulas_are_for_mathjax_and_markdown_is_html():
    assert quizzes._html("*a* $x < y_1$ `b`") == r"<em>a</em> \(x &lt; y_1\) <code>b</code>"


@pytest.mark.parametrize(
    ("part", "says"),
    [
        ("Why?\n\n- (a) so\n", "has no answer"),
        ("Why?\n\n- (a) so\n\n:::{dropdown} Answer 1\n**(b).** No.\n:::\n", "none of its options"),
        ("Why?\n\n- (a) so\n\n:::{dropdown} Answer 1\n**No.** No.\n:::\n", "none of its options"),
        ("Why {glue:text}`x`?\n\n:::{dropdown} Answer 1\nSo.\n:::\n", "by a page only"),
        ("Why {ref}`sec-none`?\n\n:::{dropdown} Answer 1\nSo.\n:::\n", "by a page only"),
    ],
)
def test_a_question_that_only_a_page_can_ask_is_refused(part, says):
    with pytest.raises(quizzes.QuizError, match=says):
        quizzes._question("data", part)


def test_every_chapter_has_a_quiz():
    assert set(quizzes.TITLES) == {*sources.CHAPTERS, quizzes.INVENTORY}
