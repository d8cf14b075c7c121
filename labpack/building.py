"""From an assignment's source to what students and teachers get, by Otter-Grader's own tool."""

import inspect
import json
import logging
import shutil
import tempfile
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell
from otter.assign import main as otter_assign

from labpack import personal, quizzes, sources

NOBODY = "your-id"
SETUP = """\
STUDENT = "{student}"  # your ID, as your teacher has it

import hashlib

import numpy as np
from sklearn.datasets import load_digits


{own}"""
HOW = """\
Write your ID into the next cell first. It decides your images and your numbers, so nobody has the
same. Replace each `...` and keep all names. The cell after a task checks a little; hidden tests
check the rest, with other numbers. You need NumPy, SciPy and scikit-learn; Colab has them all. Hand
in this notebook, under the name `ID.ipynb`."""
METADATA = {
    "kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"},
    "language_info": {"name": "python"},
}
REQUIREMENTS = ["numpy", "scipy", "scikit-learn", "scikit-image", "torch"]


def build(folder: Path, chapters: tuple[str, ...] = sources.CHAPTERS) -> None:
    """Write the lab pack.

    Parameters
    ----------
    folder : Path
        Each chapter gets a folder in it, with `student/CHAPTER.ipynb`, `solution/CHAPTER.ipynb`,
        `autograder.zip` and `rubric.md`; `quizzes` has those of all chapters. Folders of these
        names are replaced.
    chapters : tuple of str
    """
    for chapter in chapters:
        assignment = sources.read(chapter)
        target = folder / chapter
        shutil.rmtree(target, ignore_errors=True)
        with tempfile.TemporaryDirectory() as temporary:
            _assign(assignment, Path(temporary), target)
        (target / "rubric.md").write_text(rubric(assignment), "utf-8")
    shutil.rmtree(folder / "quizzes", ignore_errors=True)
    quizzes.write(folder / "quizzes")


def rubric(assignment: sources.Assignment) -> str:
    """What is graded by hand, in Markdown, with our answer."""
    parts = [f"# {assignment.title}: what you grade by hand"]
    for task in assignment.tasks:
        if task.written:
            parts += [task.text, task.rubric, "**A good answer.** " + task.solution]
    return "\n\n".join(parts) + "\n"


def setup(student: str) -> str:
    """The code of a notebook's first cell."""
    own = "\n\n".join(inspect.getsource(made) for made in (personal.generator, personal.digits))
    return SETUP.format(student=student, own=own).rstrip()


def _assign(assignment: sources.Assignment, workplace: Path, target: Path) -> None:
    notebook = workplace / f"{assignment.chapter}.ipynb"
    nbformat.write(master(assignment), notebook)
    shutil.copy(str(personal.__file__), workplace)
    logging.getLogger("otter").setLevel(logging.WARNING)
    otter_assign(str(notebook), str(workplace / "made"), no_run_tests=True, no_pdfs=True)
    for ours, theirs in (("student", "student"), ("solution", "autograder")):
        (target / ours).mkdir(parents=True)
        shutil.copy(workplace / "made" / theirs / notebook.name, target / ours)
    (archive,) = (workplace / "made" / "autograder").glob("*.zip")
    shutil.copy(archive, target / sources.AUTOGRADER)


def master(assignment: sources.Assignment) -> NotebookNode:
    """The notebook that Otter Assign reads: its fences are raw cells.

    Parameters
    ----------
    assignment : Assignment
    """
    config = {
        "name": assignment.chapter,
        "init_cell": False,  # students need no Otter: their checks are cells
        "export_cell": False,
        "tests": {"ok_format": False},
        "autograder_files": [Path(str(personal.__file__)).name],
        "requirements": REQUIREMENTS,  # of the tests
        "generate": True,
    }
    cells = [
        _fence("ASSIGNMENT CONFIG", config),
        new_markdown_cell(f"{assignment.opening}\n\n{HOW}"),
        new_code_cell(setup(NOBODY)),
    ]
    for number, task in enumerate(assignment.tasks, 1):
        name = f"{number}_{task.name}"  # tests are sorted by name
        cells += _written(name, task) if task.written else _coded(name, task)
    for number, cell in enumerate(cells):
        cell.id = f"cell-{number}"
    return new_notebook(cells=cells, metadata=METADATA)


def _fence(words: str, config: dict[str, object] | None = None) -> NotebookNode:
    return new_raw_cell(f"# {words}\n" + (json.dumps(config) if config else ""))  # JSON is YAML


def _coded(name: str, task: sources.Task) -> list[NotebookNode]:
    tests = [
        new_code_cell(
            f'""" # BEGIN TEST CONFIG\nhidden: true\npoints: {points}\n'
            f'""" # END TEST CONFIG\n{code}'
        )
        for points, code in task.hidden
    ]
    return [
        _fence("BEGIN QUESTION", {"name": name, "check_cell": False}),
        new_markdown_cell(_with_points(task)),
        _fence("BEGIN SOLUTION"),
        new_code_cell(task.solution),
        _fence("END SOLUTION"),
        _fence("BEGIN TESTS"),
        *tests,
        _fence("END TESTS"),
        _fence("END QUESTION"),
        *(new_code_cell(code, metadata={"tags": ["otter_ignore"]}) for code in task.checks),
    ]


def _written(name: str, task: sources.Task) -> list[NotebookNode]:
    about = {"name": name, "manual": True, "points": task.points}
    return [
        _fence("BEGIN QUESTION", about),
        new_markdown_cell(f"{_with_points(task)}\n\n{task.rubric}"),
        _fence("BEGIN SOLUTION"),
        new_markdown_cell(task.solution),
        _fence("END SOLUTION"),
        _fence("END QUESTION"),
    ]


def _with_points(task: sources.Task) -> str:
    heading, _, rest = task.text.partition("\n")
    return f"{heading} ({task.points} points)\n{rest}"
