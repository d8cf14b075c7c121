"""One build of the book in `smoke`, in a copy of the repository, shared by the tests here."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Book:
    """A copy of the repository that the tests may edit and build again."""

    root: Path
    first_log: str

    @property
    def pages(self) -> Path:
        return self.root / "_build" / "html" / "book"

    @property
    def notebooks(self) -> Path:
        return self.root / "_build" / "html" / "notebooks"

    def build(self, **environment: str) -> subprocess.CompletedProcess[str]:
        return build(self.root, **environment)


def build(root: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("jupyter-book")
    environment = os.environ | {
        "LABCODE_PROFILE": "smoke",
        "PYTHONPATH": str(root),
        "PYTHONWARNINGS": "default",
    }
    return subprocess.run(
        [program, "build", ".", "-W", "-n", "--keep-going"],
        cwd=root,
        env=environment | variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


@pytest.fixture(scope="session")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    root = tmp_path_factory.mktemp("book") / "copy"
    parts = shutil.ignore_patterns(
        "_build", ".git", ".venv", "venv", "__pycache__", "*.egg-info", ".*_cache"
    )
    shutil.copytree(ROOT, root, ignore=parts)
    result = build(root)
    assert result.returncode == 0, result.stdout[-3000:]
    return Book(root, result.stdout)
