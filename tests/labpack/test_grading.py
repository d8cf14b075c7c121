"""The lab pack as a teacher uses it: built by one command, graded by another, without a network.

All notebooks of a chapter are graded together: solution, empty one, wrong versions, copies, and
what hangs or crashes.
"""

import csv
import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest

from labpack import sources
from tests.labpack.wrong_versions import WRONG, Wrong

pytestmark = pytest.mark.grading
ROOT = Path(__file__).parents[2]
CELL_SECONDS, SECONDS = 4, 12  # of the processor
EMPTY, SOLVED, COPIED, COPIED_WHOLE, HANGS, CRASHES = (
    "empty",
    "solved",
    "copied-numbers",
    "copied-whole",
    "hangs-in-a-cell",
    "crashes-in-a-cell",
)
HOSTILE = {  # in a notebook of their own, which loses all points and takes none from others
    "ends-its-process": "import os\nos._exit(0)",
    "kills-its-process": "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
    "hangs-for-good": """
import signal
for stop in (signal.SIGPROF, signal.SIGALRM):
    signal.signal(stop, signal.SIG_IGN)
while True: pass
""",
}
HARMLESS = {  # these lose no point: what fails is no task's cell
    "leaves": "import sys\nsys.exit()",
    "takes-all-memory": "hoard = [np.empty(2**27) for _ in range(100)]",
    "installs-something": "%pip install left-pad\n!rm -rf /nothing",
    "is-no-python": "def f(:",
    "waits": "import time\ntime.sleep(10**6)",
}
ISOLATED = "data"  # the chapter whose notebooks hang and crash


def without_network() -> list[str]:
    """What starts a command in a network namespace that has not even an address of its own."""
    command = ["unshare", "--user", "--map-root-user", "--net"]
    if not shutil.which("unshare"):
        return []
    return command if not subprocess.run([*command, "true"], check=False).returncode else []


def labpack(*arguments: object, before: list[str] | None = None) -> subprocess.CompletedProcess:
    return subprocess.run(
        [*(before or []), sys.executable, "-m", "labpack", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="session")
def pack(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("labpack")
    built = labpack("build", "--pack", folder)
    assert built.returncode == 0, built.stderr
    return folder


def notebook(pack: Path, chapter: str, kind: str) -> nbformat.NotebookNode:
    return nbformat.read(pack / chapter / kind / f"{chapter}.ipynb", as_version=4)


def named(made: nbformat.NotebookNode, student: str) -> nbformat.NotebookNode:
    """The notebook after a student wrote an ID into it."""
    first = next(cell for cell in made.cells if cell.cell_type == "code")
    assert first.source.count("your-id") == 1
    first.source = first.source.replace("your-id", student)
    return made


def changed(made: nbformat.NotebookNode, old: str, new: str) -> nbformat.NotebookNode:
    (cell,) = [c for c in made.cells if c.cell_type == "code" and old in c.source]
    assert cell.source.count(old) == 1
    cell.source = cell.source.replace(old, new)
    return made


def wrong_versions(chapter: str) -> dict[str, Wrong]:
    found = [wrong for wrong in WRONG if wrong.chapter == chapter]
    return {f"wrong-{number:02}": wrong for number, wrong in enumerate(found)}


def own_numbers(made: nbformat.NotebookNode) -> dict[str, str]:
    """The lines that compute a student's own numbers, and the numbers, of a notebook."""
    env: dict[str, object] = {}
    for cell in made.cells:
        if cell.cell_type == "code" and "otter_ignore" not in cell.metadata.get("tags", []):
            exec(cell.source, env)
    lines = [
        line for c in made.cells for line in c.source.splitlines() if line.endswith("# SOLUTION")
    ]
    numbers = {}
    for line in lines:
        name = line.partition(" = ")[0]
        value = env[name]
        plain = [float(x) for x in value] if isinstance(value, tuple) else float(value)
        numbers[line] = f"{name} = {plain!r}"
    return numbers


def hand_in(pack: Path, chapter: str, folder: Path) -> None:
    """What a class hands in, file by file."""
    handed: dict[str, nbformat.NotebookNode] = {
        EMPTY: named(notebook(pack, chapter, "student"), EMPTY),
        SOLVED: named(notebook(pack, chapter, "solution"), SOLVED),
        COPIED_WHOLE: named(notebook(pack, chapter, "solution"), "somebody-else"),
    }
    for student, wrong in wrong_versions(chapter).items():
        solved = named(notebook(pack, chapter, "solution"), student)
        handed[student] = changed(solved, wrong.old, wrong.new)
    copied = named(notebook(pack, chapter, "solution"), COPIED)
    theirs = own_numbers(named(notebook(pack, chapter, "solution"), "somebody-else"))
    for computed, typed in theirs.items():
        copied = changed(copied, computed, typed)
    handed[COPIED] = copied
    if chapter == ISOLATED:
        for student, how in {HANGS: "while True: pass", CRASHES: "1 / 0"}.items():
            solved = named(notebook(pack, chapter, "solution"), student)
            handed[student] = changed(solved, "def mean_psnr", f"{how}\n\n\ndef mean_psnr")
        for student, code in (HOSTILE | HARMLESS).items():
            solved = named(notebook(pack, chapter, "solution"), student)
            solved.cells.append(nbformat.v4.new_code_cell(code))
            handed[student] = solved
        (folder / "no-notebook.ipynb").write_text("{")
    for student, made in handed.items():
        nbformat.write(made, folder / f"{student}.ipynb")


@dataclass(frozen=True)
class Graded:
    lost: dict[str, frozenset[str]]
    score: dict[str, float]
    notes: dict[str, str]
    possible: float
    folder: Path
    seconds: float


@pytest.fixture(scope="session")
def graded(pack, tmp_path_factory):
    """By chapter, what its class earned; each chapter is graded when it is first asked for."""
    kept: dict[str, Graded] = {}

    def of(chapter: str) -> Graded:
        if chapter not in kept:
            kept[chapter] = grade(pack, chapter, tmp_path_factory.mktemp(chapter))
        return kept[chapter]

    return of


def grade(pack: Path, chapter: str, folder: Path) -> Graded:
    handed_in, out = folder / "handed-in", folder / "grades"
    handed_in.mkdir()
    hand_in(pack, chapter, handed_in)
    limits = ["--seconds", SECONDS, "--cell-seconds", CELL_SECONDS]
    begun = time.monotonic()
    done = labpack(
        "grade", chapter, handed_in, "--pack", pack, "--out", out, *limits, before=without_network()
    )
    assert done.returncode == 0, done.stderr
    found = json.loads((out / "grades.json").read_text())
    points = {one["student"]: [t["points"] * t["passed"] for t in one["tests"]] for one in found}
    return Graded(
        {o["student"]: frozenset(t["name"] for t in o["tests"] if not t["passed"]) for o in found},
        {student: sum(earned) for student, earned in points.items()},
        {one["student"]: one["note"] for one in found},
        sum(test["points"] for test in found[0]["tests"]),
        out,
        time.monotonic() - begun,
    )


def own_tests(chapter: str) -> set[str]:
    hidden = [code for task in sources.read(chapter).tasks for _, code in task.hidden]
    names = {code.partition("(")[0].removeprefix("def ") for code in hidden}
    return {name for name in names if name.startswith("test_own_")}


@pytest.mark.parametrize("chapter", sources.CHAPTERS)
def test_the_solution_earns_all_and_the_empty_notebook_nothing(chapter, graded):
    found = graded(chapter)
    assert found.lost[SOLVED] == frozenset()
    assert found.score[SOLVED] == found.possible > 0
    assert found.score[EMPTY] == 0
    assert found.notes[SOLVED] == found.notes[EMPTY] == ""


@pytest.mark.parametrize(
    ("chapter", "student"),
    [(chapter, student) for chapter in sources.CHAPTERS for student in wrong_versions(chapter)],
    ids=lambda value: value,
)
def test_a_wrong_version_loses_the_points_it_should_and_no_others(chapter, student, graded):
    wrong = wrong_versions(chapter)[student]
    assert graded(chapter).lost[student] == wrong.loses, wrong.fault


def test_there_are_thirty_wrong_versions_and_more_and_some_of_each_chapter():
    assert len({(wrong.chapter, wrong.fault) for wrong in WRONG}) == len(WRONG) >= 30
    assert {wrong.chapter for wrong in WRONG} == set(sources.CHAPTERS)
    assert all(wrong.loses for wrong in WRONG)


@pytest.mark.parametrize("chapter", sources.CHAPTERS)
def test_copied_numbers_fail_and_what_is_the_students_own_does_not(chapter, graded):
    """Both with somebody else's numbers typed in, and as somebody else's whole notebook."""
    found = graded(chapter)
    assert len(own_tests(chapter)) >= 2
    assert found.lost[COPIED] == found.lost[COPIED_WHOLE] == own_tests(chapter)
    assert "somebody-else" in found.notes[COPIED_WHOLE]


def test_a_cell_that_hangs_or_crashes_costs_its_own_task(graded):
    found = graded(ISOLATED)
    psnr = {"test_psnr_of_one_image", "test_mean_of_the_images_psnrs"}
    assert found.lost[HANGS] == found.lost[CRASHES] == psnr
    for student in HARMLESS:
        assert found.lost[student] == frozenset(), student
    said = (found.folder / "feedback" / "takes-all-memory.md").read_text()
    assert "MemoryError" in said


def test_a_notebook_that_kills_its_process_or_cannot_be_stopped_costs_itself(graded):
    found = graded(ISOLATED)
    for student in HOSTILE:
        assert found.score[student] == 0, student
        assert "process ended" in found.notes[student] or "too long" in found.notes[student]
    assert "too long" in found.notes["hangs-for-good"]
    assert found.score["no-notebook"] == 0 and "no notebook" in found.notes["no-notebook"]
    assert found.score[SOLVED] == found.possible


def test_nothing_of_a_graded_class_is_left_running(graded):
    found = graded(ISOLATED)
    lines = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(file.read_text())
        except OSError:
            continue
    assert not [line for line in lines if str(found.folder) in line]


def test_grades_are_a_table_and_each_student_reads_why(graded):
    found = graded(ISOLATED)
    with (found.folder / "grades.csv").open(newline="") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    assert set(rows) == set(found.lost)
    assert float(rows[SOLVED]["score"]) == float(rows[SOLVED]["possible"]) == found.possible
    assert rows[CRASHES]["3_psnr"] == "0" and rows[CRASHES]["4_ssim"] != "0"
    words = (found.folder / "feedback" / f"{CRASHES}.md").read_text()
    assert "ZeroDivisionError" in words and "test_psnr_of_one_image: 2 lost" in words


def test_students_see_no_solution_and_no_hidden_test(pack):
    for chapter in sources.CHAPTERS:
        handed_out = (pack / chapter / "student" / f"{chapter}.ipynb").read_text()
        assert "SOLUTION" not in handed_out and "def test_" not in handed_out
        assert "A good answer" not in handed_out
        for task in sources.read(chapter).tasks:
            if task.written:
                assert task.solution.splitlines()[0] not in handed_out
                assert task.solution in (pack / chapter / "rubric.md").read_text()


def test_a_students_cells_need_numpy_scipy_and_scikit_learn_only(pack):
    """So that a notebook runs on Colab as it is."""
    for chapter in sources.CHAPTERS:
        cells = notebook(pack, chapter, "solution").cells
        code = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
        lines = [line.split() for line in code.splitlines()]
        imported = {words[1].partition(".")[0] for words in lines if words[:1] == ["import"]}
        imported |= {words[1].partition(".")[0] for words in lines if words[:1] == ["from"]}
        assert imported <= {"hashlib", "numpy", "scipy", "sklearn"}, chapter
    on_colab = (ROOT / ".github" / "colab-constraints.txt").read_text()
    assert all(f"\n{name}==" in on_colab for name in ("numpy", "scipy", "scikit-learn"))


def test_otters_own_grader_takes_the_archive(pack, tmp_path):
    """What Gradescope runs: Otter, in a notebook's kernel."""
    chapter = "ae-versus-vae"
    nbformat.write(named(notebook(pack, chapter, "solution"), "ann"), tmp_path / "ann.ipynb")
    archive = pack / chapter / "autograder.zip"
    command = [sys.executable, "-m", "otter", "run", "-a", str(archive), "-o", str(tmp_path)]
    done = subprocess.run(
        [*command, str(tmp_path / "ann.ipynb")],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    tests = json.loads((tmp_path / "results.json").read_text())["tests"]
    scored = [test for test in tests if test.get("max_score")]
    assert sum(t["score"] for t in scored) == sum(t["max_score"] for t in scored) > 20


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("grade", "nonsense", "."), "there is no assignment 'nonsense'"),
        (("grade", "data", ".", "--pack", "nowhere"), "build` first"),
        (("grade",), "--help"),
    ],
)
def test_misuse_is_one_line_and_exit_status_2(arguments, says):
    done = labpack(*arguments)
    assert done.returncode == 2
    assert says in done.stderr and done.stderr.count("\n") == 1
    assert done.stderr.startswith("labpack: ")


def test_two_notebooks_of_one_student_are_refused(pack, tmp_path):
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "ann.ipynb").write_text("{}")
    done = labpack("grade", "data", tmp_path, "--pack", pack)
    assert done.returncode == 2 and "more than one notebook of ann" in done.stderr
