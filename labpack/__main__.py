"""The command line: `build` the lab pack, `grade` a folder of notebooks."""

import argparse
import os
import sys
import time
from pathlib import Path
from typing import NoReturn

from labpack import sources

PACK = Path("_build/labpack")
MISUSE = 2


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(MISUSE, f"labpack: {message}. See {self.prog} --help.\n")


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit status: 2 if it asks for what there is not."""
    options = _parser().parse_args(arguments)
    os.environ["OMP_NUM_THREADS"] = "1"  # before NumPy is here: notebooks share the processors
    try:
        if options.command == "build":
            _build(options)
        else:
            _grade(options)
    except (OSError, ValueError) as problem:
        print(f"labpack: {problem}", file=sys.stderr)
        return MISUSE
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m labpack", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, parser_class=_Parser)
    build = commands.add_parser("build", help="make notebooks, autograders, rubrics and quizzes")
    grade = commands.add_parser("grade", help="grade a folder of notebooks named by student's ID")
    grade.add_argument("chapter")
    grade.add_argument("folder", type=Path)
    grade.add_argument("--roster", type=Path, help="a CSV table with the columns file, student")
    grade.add_argument("--out", type=Path, default=Path("grades"), help="default: grades")
    grade.add_argument("--jobs", type=int, help="side by side; default: one a processor")
    grade.add_argument("--seconds", type=int, default=60, help="of a notebook; default: 60")
    grade.add_argument("--cell-seconds", type=float, default=10.0, help="of a cell; default: 10")
    for command in (build, grade):
        command.add_argument("--pack", type=Path, default=PACK, help=f"default: {PACK}")
    return parser


def _build(options: argparse.Namespace) -> None:
    from labpack import building

    building.build(options.pack)
    print(f"The lab pack is in {options.pack}.")


def _grade(options: argparse.Namespace) -> None:
    started = time.monotonic()
    autograder = options.pack / sources.named(options.chapter) / sources.AUTOGRADER
    if not autograder.exists():
        raise ValueError(f"{autograder} is not there: run `python -m labpack build` first.")
    from labpack import grading

    grades = grading.grade(
        autograder,
        grading.submissions_in(options.folder, options.roster),
        grading.Limits(cell=options.cell_seconds, notebook=options.seconds),
        options.jobs,
    )
    grading.write(grades, options.out)
    took = time.monotonic() - started
    print(f"{len(grades)} notebooks graded in {took:.1f} s; see {options.out / 'grades.csv'}.")


if __name__ == "__main__":
    sys.exit(main())
