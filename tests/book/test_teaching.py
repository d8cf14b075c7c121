"""Each chapter asks before it tells, and ends with a quiz, graded exercises and works to read."""

import re
from pathlib import Path

import pytest

from labcode.experiments import CHAPTERS

ROOT = Path(__file__).parents[2]
KINDS = ("Check", "Prove", "Explore", "Research")
DROPDOWN = re.compile(r"^:::\{dropdown\} Answer (\d+)\n(.*?)^:::$", re.M | re.S)
EXERCISE = re.compile(r"^```\{exercise\} .+?\n:label: (\S+)\n(.*?)^```$", re.M | re.S)
SOLUTION = re.compile(r"^````\{solution-start\} (\S+)\n(.*?)^````\{solution-end\}", re.M | re.S)

pytestmark = pytest.mark.parametrize("chapter", CHAPTERS)


def source(chapter: str) -> str:
    return (ROOT / "book" / f"{chapter}.md").read_text()


def section(chapter: str, title: str) -> str:
    _, _, after = source(chapter).partition(f"\n## {title}\n")
    return re.split(r"^(?:\(\S+\)=\n)?## ", after, maxsplit=1, flags=re.M)[0]


def test_a_guess_is_asked_for_before_a_result(chapter):
    assert ":class: guess" in source(chapter)


def test_the_quiz_has_numbered_questions_each_with_its_answer(chapter):
    quiz = section(chapter, "Check yourself")
    questions = re.findall(r"^\*\*(\d+)\.\*\* ", quiz, re.M)
    assert 4 <= len(questions) <= 6
    assert questions == [str(n + 1) for n in range(len(questions))]
    assert [number for number, _ in DROPDOWN.findall(quiz)] == questions


def test_an_answer_names_one_of_the_choices_and_a_section(chapter):
    quiz = section(chapter, "Check yourself")
    start = 0
    for answer in DROPDOWN.finditer(quiz):
        choices = re.findall(r"^- \(([a-e])\) ", quiz[start : answer.start()], re.M)
        start = answer.end()
        named = re.match(r"\*\*\(([a-e])\)", answer[2])
        assert (
            (named is not None and named[1] in choices) if choices else answer[2].startswith("**")
        )
        assert re.search(r"\{(ref|numref|prf:ref)\}`", answer[2])


def test_a_quiz_holds_no_code_cell_which_would_cut_a_fold(chapter):
    assert "{code-cell}" not in section(chapter, "Check yourself")


def test_exercises_go_from_checking_to_research_each_with_an_executed_solution(chapter):
    exercises = EXERCISE.findall(section(chapter, "Exercises"))
    kinds = [re.match(r"\*(\w+)\.\*", body)[1] for _, body in exercises]
    assert len(exercises) >= 6
    assert set(kinds) <= set(KINDS)
    assert kinds[0] == "Check"
    assert kinds[-1] == "Research"
    solutions = dict(SOLUTION.findall(section(chapter, "Exercises")))
    assert list(solutions) == [label for label, _ in exercises]
    for solution in solutions.values():
        assert solution.startswith(":class: dropdown\n")
        assert "{code-cell}" in solution


def test_each_work_to_read_on_comes_with_a_reason(chapter):
    works = re.findall(r"^- (.+?)(?=^- |^\S|\Z)", section(chapter, "Read on"), re.M | re.S)
    assert len(works) >= 3
    for work in works:
        assert re.search(r"\{cite:t\}`|\]\(http", work)
        assert len(re.sub(r"\{cite:t\}`\w+`", "", work).split()) > 5


def test_answers_are_folded_in_the_notebook_too(book, chapter):
    notebook = (book.notebooks / f"{chapter}.ipynb").read_text()
    assert "<details><summary>Answer 1</summary>" in notebook
