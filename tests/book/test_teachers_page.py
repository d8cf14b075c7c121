"""The teacher's page covers every chapter, and grades what the checklist asks for."""

import re
from pathlib import Path

from labcode.experiments import CHAPTERS

BOOK = Path(__file__).parents[2] / "book"
PAGE = (BOOK / "teaching.md").read_text()


def test_the_lecture_plan_names_every_chapter():
    plan = PAGE[PAGE.index("(sec-plan)=") : PAGE.index("(sec-misconceptions)=")]
    labels = {
        re.search(r"^\((chapter-\w+)\)=$", (BOOK / f"{chapter}.md").read_text(), re.M)[1]
        for chapter in CHAPTERS
    }
    assert labels <= set(re.findall(r"\{ref\}`(chapter-\w+)`", plan))


def test_the_rubric_has_a_row_for_each_line_of_the_checklist_and_a_hundred_points():
    points = [int(found) for found in re.findall(r"^\| \*\*\w+\*\* \((\d+)\) \|", PAGE, re.M)]
    claims = (BOOK / "claims.md").read_text()
    checklist = re.search(r"^```\{admonition\} Checklist.*?^```$", claims, re.M | re.S)[0]
    assert len(points) == len(re.findall("^- ", checklist, re.M))
    assert sum(points) == 100
