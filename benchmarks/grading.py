"""How long it takes to grade the notebooks of a class, without a network.

    python benchmarks/grading.py

Each chapter's solution is handed in by as many students as `--students` says, and graded by the
command that teachers use, in a network namespace of its own where the system grants one. The
table goes to `benchmarks/results`.
"""

import argparse
import csv
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import machine

from labpack import sources

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).with_name("results")
APART = ["unshare", "--user", "--map-root-user", "--net"]


def without_network() -> list[str]:
    """What starts a command without a network, if this system can."""
    if shutil.which(APART[0]) and not subprocess.run([*APART, "true"], check=False).returncode:
        return APART
    return []


def labpack(*arguments: str | Path, before: tuple[str, ...] = ()) -> None:
    """Run the lab pack's command line."""
    command = [*before, sys.executable, "-m", "labpack", *map(str, arguments)]
    subprocess.run(command, cwd=ROOT, check=True)


def measure(pack: Path, chapter: str, students: int, folder: Path) -> dict[str, float]:
    """Grade a class; say how long it took, and how many points were earned of how many."""
    solution = (pack / chapter / "solution" / f"{chapter}.ipynb").read_text("utf-8")
    (folder / chapter).mkdir()
    for number in range(students):
        name = f"student-{number}"
        text = solution.replace("your-id", name)
        (folder / chapter / f"{name}.ipynb").write_text(text, "utf-8")
    out = folder / f"{chapter}-grades"
    begun, spent = time.perf_counter(), used()
    labpack(
        "grade",
        chapter,
        folder / chapter,
        "--pack",
        pack,
        "--out",
        out,
        before=(*without_network(),),
    )
    seconds, processor = time.perf_counter() - begun, used() - spent
    with (out / "grades.csv").open(newline="", encoding="utf-8") as table:
        rows = list(csv.DictReader(table))
    if any(row["score"] != row["possible"] for row in rows):
        raise SystemExit(f"{chapter}: a solution did not earn all points; see {out}.")
    return {"seconds": seconds, "processor": processor}


def used() -> float:
    """Processor seconds of all processes that were started here and are over."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def main() -> None:
    """Measure all chapters; write the table and the numbers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=30)
    parser.add_argument("--chapters", nargs="+", default=sources.CHAPTERS, metavar="CHAPTER")
    asked = parser.parse_args()
    students = asked.students
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        labpack("build", "--pack", folder / "pack")
        found = {
            chapter: measure(folder / "pack", chapter, students, folder)
            for chapter in asked.chapters
        }
    result = {
        "machine": machine.description(),
        "students": students,
        "network": "none" if without_network() else "not cut off",
        "load": load,
        "chapters": found,
    }
    (RESULTS / "grading.json").write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    lines = [
        f"{students} notebooks of each chapter graded on {result['machine']}; network: "
        f"{result['network']}; {load:.1f} processes waited for a processor before.",
        "",
        "| chapter | seconds | processor seconds |",
        "|---|---|---|",
        *(f"| {c} | {f['seconds']:.1f} | {f['processor']:.1f} |" for c, f in found.items()),
    ]
    (RESULTS / "grading.md").write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
