"""The three lists of packages agree: pins, their hashes for CI, and the ranges of labcode."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
FROM_PYTORCHS_INDEX = {"torch", "torchvision"}


def pins() -> dict[str, str]:
    """Versions by name, from the files that the README's commands install."""
    lines = [
        line.partition("#")[0].strip()
        for name in ("requirements.txt", "requirements-dev.txt")
        for line in (ROOT / name).read_text().splitlines()
    ]
    named = [line.split("==") for line in lines if line and not line.startswith("-")]
    return {name.lower(): version for name, version in named}


def hashed() -> dict[str, list[str]]:
    """Lines of the list for CI, by `name==version`."""
    found: dict[str, list[str]] = {}
    for line in (ROOT / ".github" / "requirements-hashed.txt").read_text().splitlines():
        if pin := re.match(r"([a-z0-9-]+==[^ ;]+)", line):
            last = found[pin[1]] = []
        elif line.strip().startswith("--hash=sha256:"):
            last.append(line)
    return found


def test_ci_has_hashes_of_every_pinned_package():
    wanted = {f"{n}=={v}" for n, v in pins().items() if n not in FROM_PYTORCHS_INDEX}
    found = hashed()
    assert wanted <= set(found)
    assert all(found.values())


def test_ci_installs_the_pinned_pytorch():
    workflow = (ROOT / ".github" / "workflows" / "book.yml").read_text()
    for name in FROM_PYTORCHS_INDEX:
        assert f"{name}=={pins()[name]}" in workflow


@pytest.mark.parametrize(
    "line", tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
)
def test_every_range_of_labcode_admits_the_pin(line):
    range_ = Requirement(line)
    assert pins()[range_.name.lower()] in range_.specifier
