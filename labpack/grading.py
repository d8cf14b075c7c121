"""Grade notebooks, each in a process of its own: what one does, no other notices.

The process runs a notebook's cells in order, and goes on where one fails. Then it runs the hidden
tests of Otter's archive on what the cells defined. Each cell and each test has a time limit, and
the process has limits of time, memory and disk. All processes are forks of one that has imported
what notebooks and tests use, so that a notebook costs its own work and little else.
"""

import csv
import json
import os
import re
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

import nbformat
from IPython.core.inputtransformer2 import TransformerManager
from otter.nbmeta_config import NBMetadataConfig
from otter.test_files import TestFile, create_test_file

from labpack import personal

IGNORED = "otter_ignore"
USED = ("scipy.stats", "scipy.signal", "sklearn.decomposition", "skimage.metrics", "torch.nn")
LONGEST_MESSAGE = 400  # characters
PATIENCE = 10


@dataclass(frozen=True)
class Limits:
    """What a notebook may use.

    Seconds are the processor's, so that a busy machine fails nobody. What only waits is stopped
    after `PATIENCE` times as many on the clock.

    Attributes
    ----------
    cell : float
        Seconds of each cell and of each test.
    notebook : int
        Seconds of all; then its process ends, and with it all its points.
    memory : float
        GiB of addresses. Python and PyTorch take about two of them before a notebook starts.
    disk : float
        GiB of any one file.
    """

    cell: float = 10.0
    notebook: int = 60
    memory: float = 6.0
    disk: float = 0.1


@dataclass
class Test:
    """A hidden test: its task and name, the points it gives, and why it gave none."""

    task: str
    name: str
    points: float
    passed: bool = False
    reason: str = ""


@dataclass
class Grade:
    """What a notebook earned.

    Attributes
    ----------
    student : str
    tests : list of Test
        All of the assignment.
    failed_cells : list of str
        The last line of each cell's error.
    note : str
        What the teacher should know.
    """

    student: str
    tests: list[Test]
    failed_cells: list[str] = field(default_factory=list)
    note: str = ""

    @property
    def score(self) -> float:
        """Points earned."""
        return sum(test.points for test in self.tests if test.passed)

    @property
    def possible(self) -> float:
        """Points that the tests give at most."""
        return sum(test.points for test in self.tests)

    @property
    def lost(self) -> list[str]:
        """Names of the tests that failed."""
        return [test.name for test in self.tests if not test.passed]

    def by_task(self) -> dict[str, float]:
        """Points earned in each task."""
        earned = dict.fromkeys((test.task for test in self.tests), 0.0)
        for test in self.tests:
            earned[test.task] += test.points * test.passed
        return earned


class OutOfTime(BaseException):
    """A cell or a test took too long. No `except Exception` of a student stops it."""


def grade(
    autograder: Path,
    submissions: dict[str, Path],
    limits: Limits | None = None,
    jobs: int | None = None,
) -> list[Grade]:
    """Grade the notebooks of a class.

    Parameters
    ----------
    autograder : Path
        Otter's archive, as `labpack.building` makes it.
    submissions : dict
        By student's ID, a notebook.
    limits : Limits, optional
    jobs : int, optional
        How many are graded side by side. By default as many as there are processors.

    Returns
    -------
    list of Grade
        In the order of `submissions`. It takes no network.
    """
    limits = limits or Limits()
    free = jobs or os.cpu_count() or 1
    for module in USED:
        import_module(module)
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        tests = _tests(autograder, root)
        todo = [
            _Running(student, file.resolve(), root / str(number))
            for number, (student, file) in enumerate(submissions.items())
        ]
        running: list[_Running] = []
        done: dict[str, Grade] = {}
        while todo or running:
            while todo and len(running) < free:
                running.append(todo.pop(0))
                running[-1].start(tests, limits)
            time.sleep(0.01)
            for one in [one for one in running if one.ended(PATIENCE * limits.notebook)]:
                running.remove(one)
                done[one.student] = one.grade(tests)
    return [done[student] for student in submissions]


def _tests(autograder: Path, root: Path) -> list[TestFile]:
    """Unpack an archive; its tests by task, and its files where tests find them."""
    with zipfile.ZipFile(autograder) as archive:
        archive.extractall(root / "autograder")
    sys.path.insert(0, str(root / "autograder" / "files"))
    files = sorted((root / "autograder" / "tests").glob("*.py"))
    return [create_test_file(str(file), NBMetadataConfig()) for file in files]


class _Running:
    """A notebook and the process that grades it."""

    def __init__(self, student: str, notebook: Path, folder: Path) -> None:
        self.student, self.notebook, self.folder = student, notebook, folder
        self.late = False

    def start(self, tests: list[TestFile], limits: Limits) -> None:
        self.folder.mkdir()
        self.since = time.monotonic()
        self.process = os.fork()
        if not self.process:
            _child(self.student, self.notebook, self.folder, tests, limits)

    def ended(self, seconds: float) -> bool:
        """Whether the process is over; one that has had its time is ended, with its children."""
        if not self.late and time.monotonic() - self.since > seconds:
            self.late = True
            self._end()
        process, status = os.waitpid(self.process, os.WNOHANG)
        if process:
            self.late |= os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU
            self._end()  # what it started and left behind
        return bool(process)

    def _end(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process, signal.SIGKILL)

    def grade(self, tests: list[TestFile]) -> Grade:
        blank = Grade(self.student, [test for file in tests for test in _of(file)])
        try:
            found = json.loads((self.folder / "grade.json").read_text())
        except (OSError, ValueError):
            blank.note = "it took too long" if self.late else "its process ended before its time"
            return blank
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)
        return Grade(**found | {"tests": [Test(**test) for test in found["tests"]]})


def _of(file: TestFile) -> Iterator[Test]:
    for case in file.test_cases:
        yield Test(str(file.name), case.body.test_func.__name__, float(case.points))


def _child(
    student: str, notebook: Path, folder: Path, tests: list[TestFile], limits: Limits
) -> NoReturn:
    """Grade one notebook and end."""
    try:
        os.setsid()
        os.chdir(folder)
        os.environ |= {personal.VARIABLE: student, "MPLBACKEND": "Agg"}
        output = os.open("output.txt", os.O_CREAT | os.O_WRONLY)
        for stream in (1, 2):
            os.dup2(output, stream)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        memory, disk = (int(x * 2**30) for x in (limits.memory, limits.disk))
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_FSIZE, (disk, disk))
        resource.setrlimit(resource.RLIMIT_CPU, (limits.notebook, limits.notebook + 1))
        graded = _graded(student, notebook, tests, limits)
        Path(folder, "unfinished.json").write_text(json.dumps(asdict(graded)))
        os.replace(folder / "unfinished.json", folder / "grade.json")
    finally:
        os._exit(0)


def _graded(student: str, notebook: Path, tests: list[TestFile], limits: Limits) -> Grade:
    grade = Grade(student, [])
    try:
        cells = nbformat.read(notebook, as_version=4).cells
    except Exception as problem:
        cells, grade.note = [], f"no notebook: {_line(problem)}"
    env: dict[str, Any] = {
        "__name__": "__main__",
        "get_ipython": _NoShell,
        "display": lambda *_, **__: None,
    }
    for cell in cells:
        if cell.cell_type != "code" or IGNORED in cell.metadata.get("tags", []):
            continue
        if reason := _attempt(limits.cell, _run, cell.source, env):
            grade.failed_cells.append(reason)
    for file in tests:
        for case, test in zip(file.test_cases, _of(file), strict=True):
            test.reason = _attempt(limits.cell, case.body.call_func, env)
            test.passed = not test.reason
            grade.tests.append(test)
    named = str(env.get("STUDENT"))
    if named.strip().lower() != student.strip().lower() and not grade.note:
        grade.note = f"its STUDENT is {named!r}"
    return grade


def _run(source: str, env: dict[str, Any]) -> None:
    exec(compile(TransformerManager().transform_cell(source), "<cell>", "exec"), env)


class _NoShell:
    """Stands for IPython: magics and shell commands do nothing here."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_, **__: None


def _attempt(seconds: float, work: Callable[..., object], *arguments: object) -> str:
    """Do something; return why it failed, or nothing."""
    try:
        with _limit(seconds):
            work(*arguments)
    except (Exception, OutOfTime, SystemExit, KeyboardInterrupt) as problem:
        return _line(problem)
    return ""


@contextmanager
def _limit(seconds: float) -> Iterator[None]:
    def stop(*_: object) -> NoReturn:
        raise OutOfTime(f"stopped after {seconds:g} s")

    timers = (
        (signal.ITIMER_PROF, signal.SIGPROF, seconds),
        (signal.ITIMER_REAL, signal.SIGALRM, PATIENCE * seconds),
    )
    for timer, heard, after in timers:
        signal.signal(heard, stop)
        signal.setitimer(timer, after)
    try:
        yield
    finally:
        for timer, _, _ in timers:
            signal.setitimer(timer, 0)


def _line(problem: BaseException) -> str:
    lines = traceback.format_exception_only(problem)
    return " ".join("".join(lines).split())[:LONGEST_MESSAGE]


def submissions_in(folder: Path, roster: Path | None = None) -> dict[str, Path]:
    """The notebooks of a folder by their students' IDs.

    Parameters
    ----------
    folder : Path
        Its notebooks, at any depth. A file's name is the ID, unless `roster` says otherwise.
    roster : Path, optional
        A CSV table with the columns `file`, relative to the folder, and `student`.

    Raises
    ------
    ValueError
        If there is no notebook, or two are of one student.
    """
    if roster:
        with roster.open(newline="", encoding="utf-8") as table:
            named = [(row["student"], folder / row["file"]) for row in csv.DictReader(table)]
    else:
        files = sorted(folder.rglob("*.ipynb"))
        named = [(f.stem, f) for f in files if ".ipynb_checkpoints" not in f.parts]
    if not named:
        raise ValueError(f"no notebook is in {folder}.")
    found = dict(named)
    if len(found) < len(named):
        twice = sorted({s for s, f in named if found[s] != f})
        raise ValueError(f"more than one notebook of {', '.join(twice)} is in {folder}.")
    return found


def write(grades: list[Grade], folder: Path) -> None:
    """Write `grades.csv`, a line a student, and for each student what was lost and why.

    Parameters
    ----------
    grades : list of Grade
    folder : Path
        Made if it is not there. `feedback` in it has a Markdown file a student, `grades.json`
        each test of each student.
    """
    (folder / "feedback").mkdir(parents=True, exist_ok=True)
    (folder / "grades.json").write_text(json.dumps([asdict(one) for one in grades], indent=1))
    with (folder / "grades.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        tasks = list(grades[0].by_task())
        table.writerow(["student", "score", "possible", *tasks, "by hand", "note"])
        for one in grades:
            earned = [f"{points:g}" for points in one.by_task().values()]
            table.writerow(
                [one.student, f"{one.score:g}", f"{one.possible:g}", *earned, "", one.note]
            )
    for one in grades:
        name = re.sub(r"[^\w.@-]", "_", one.student)
        (folder / "feedback" / f"{name}.md").write_text(feedback(one), "utf-8")


def feedback(grade: Grade) -> str:
    """What a student may read: points of each task, and what each lost test says."""
    lines = [f"# {grade.student}: {grade.score:g} of {grade.possible:g}", ""]
    lines += [f"- **{task}**: {points:g}" for task, points in grade.by_task().items()]
    lines += [
        f"- {test.name}: {test.points:g} lost. {test.reason}"
        for test in grade.tests
        if not test.passed
    ]
    lines += [f"- A cell failed: {problem}" for problem in grade.failed_cells]
    return "\n".join([*lines, *([grade.note] if grade.note else [])]) + "\n"
