"""An assignment as it is written: one text file, `assignments/CHAPTER.py`, of cells.

A line `# %%` starts a cell of code and `# %% [markdown]` one of text, whose lines are comments, as
Jupytext and most editors know them. What a cell is for stands in that line:

`[markdown] task="kl"`
    The text of a task. The next cell of code is its solution: lines between `# BEGIN SOLUTION` and
    `# END SOLUTION`, and what ends in `# SOLUTION`, become `...` for students.
`check`
    A check that students see and run. It earns nothing.
`hidden points=2`
    A function that tests for points: it takes what it tests by name, and fails by an exception.
`[markdown] written="read" points=4`
    A task answered in words. The next cells are `[markdown] answer`, for teachers, and
    `[markdown] rubric`, for all.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).with_name("assignments")
AUTOGRADER = "autograder.zip"
CHAPTERS = (
    "data",
    "ae-versus-pca",
    "beyond-linear",
    "dense-versus-cnn",
    "denoising",
    "ae-versus-vae",
    "claims",
)


class SourceError(ValueError):
    """An assignment is not written as it must be."""


@dataclass
class Task:
    """A task: its text, its solution, what checks it.

    Attributes
    ----------
    name : str
    text : str
        Markdown. The first line is a heading.
    written : bool
        Whether it is answered in words and graded by hand.
    solution : str
        Code, or words.
    checks : list of str
        Cells that students see.
    hidden : list of (int, str)
        Points and code of each hidden test.
    rubric : str
        Of a written task: Markdown.
    by_hand : int
        The points of a written task.
    """

    name: str
    text: str
    written: bool = False
    solution: str = ""
    checks: list[str] = field(default_factory=list)
    hidden: list[tuple[int, str]] = field(default_factory=list)
    rubric: str = ""
    by_hand: int = 0

    @property
    def points(self) -> int:
        """What the task earns at most."""
        return self.by_hand + sum(points for points, _ in self.hidden)

    @property
    def title(self) -> str:
        """The heading, without its marks."""
        return self.text.splitlines()[0].lstrip("# ")


@dataclass(frozen=True)
class Assignment:
    """The assignment of a chapter.

    Attributes
    ----------
    chapter : str
    opening : str
        Markdown that comes first; its first line is the title.
    tasks : list of Task
    """

    chapter: str
    opening: str
    tasks: list[Task]

    @property
    def title(self) -> str:
        """The first heading, without its marks."""
        return self.opening.splitlines()[0].lstrip("# ")


def read(chapter: str) -> Assignment:
    """The assignment of a chapter.

    Raises
    ------
    SourceError
        If there is none, or its file breaks a rule; the message names file and task.
    """
    return parsed(named(chapter), (FOLDER / f"{chapter}.py").read_text("utf-8"))


def named(chapter: str) -> str:
    """The name of a chapter that has an assignment, as it was given.

    Raises
    ------
    SourceError
        If there is none of this name.
    """
    if chapter not in CHAPTERS:
        raise SourceError(f"there is no assignment {chapter!r}; there are {', '.join(CHAPTERS)}.")
    return chapter


def parsed(chapter: str, text: str) -> Assignment:
    """An assignment from the text of its file."""
    (_, opening), *cells = _cells(text)
    tasks: list[Task] = []
    for about, source in cells:
        if name := about.get("task") or about.get("written"):
            by_hand = int(about["points"]) if "written" in about else 0
            tasks.append(Task(name, source, "written" in about, by_hand=by_hand))
        elif not tasks:
            raise SourceError(f"{chapter}: a cell comes before the first task.")
        elif "check" in about:
            tasks[-1].checks.append(source)
        elif "hidden" in about:
            tasks[-1].hidden.append((int(about["points"]), source))
        elif "rubric" in about:
            tasks[-1].rubric = source
        elif tasks[-1].solution:
            raise SourceError(f"{chapter}: task {tasks[-1].name} has two solutions.")
        else:
            tasks[-1].solution = source
    for task in tasks:
        _check(chapter, task)
    return Assignment(chapter, opening, tasks)


def _cells(text: str) -> Iterator[tuple[dict[str, str], str]]:
    """What the line of each cell says, and the cell."""
    for cell in re.split(r"^# %%", text, flags=re.M)[1:]:
        head, _, body = cell.partition("\n")
        words = re.findall(r"\[?(\w+)\]?(?:=\"?([\w-]+)\"?)?", head)
        if "[markdown]" in head:
            body = re.sub(r"^# ?", "", body, flags=re.M)
        yield dict(words), body.strip()


def _check(chapter: str, task: Task) -> None:
    """Refuse a task that lacks something, or that students would see too much of."""
    lacks = [
        what
        for what, there in (
            ("solution", task.solution),
            ("points", task.points),
            ("rubric", task.rubric or not task.written),
            ("mark of a solution", "SOLUTION" in task.solution or task.written),
        )
        if not there
    ]
    if lacks:
        raise SourceError(f"{chapter}: task {task.name} has no {' and no '.join(lacks)}.")
    for _, code in task.hidden:
        (only, *more) = ast.parse(code).body
        if more or not isinstance(only, ast.FunctionDef):
            raise SourceError(f"{chapter}: a hidden test of {task.name} is not one function.")
