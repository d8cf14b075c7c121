"""What a release brings: its steps run here on a stand-in for the built book."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml

import labcode

ROOT = Path(__file__).parents[1]
WORKFLOWS = ROOT / ".github" / "workflows"
PARTS = ("labcode", ".ci", "pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md")


@pytest.fixture
def clone(tmp_path) -> Path:
    """What the script reads of a clone, with a book of one page."""
    folder = tmp_path / "clone"
    folder.mkdir()
    for part in PARTS:
        if (ROOT / part).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / part, folder / part, ignore=ignored)
        else:
            shutil.copy(ROOT / part, folder / part)
    site = folder / "_build" / "html"
    files = ["results.json", "results.schema.json"]
    books = ["autoencoders-measured.pdf", "autoencoders-measured.epub"]
    for file in (*files, *books, "notebooks/data.ipynb", "_images/a.svg", "figures/a.csv"):
        (site / file).parent.mkdir(parents=True, exist_ok=True)
        (site / file).write_text("{}")
    return folder


def assets(clone: Path, version: str) -> subprocess.CompletedProcess[str]:
    command = [".ci/assets", version, "release"]
    env = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    return subprocess.run(command, cwd=clone, env=env, capture_output=True, text=True, check=False)


@pytest.mark.install
def test_a_release_has_all_that_the_book_gives_with_checksums(clone):
    done = assets(clone, labcode.__version__)
    assert done.returncode == 0, done.stderr
    found = {file.name for file in (clone / "release").iterdir()}
    assert found == {
        f"autoencoders_measured-{labcode.__version__}-py3-none-any.whl",
        "autoencoders-measured.pdf",
        "autoencoders-measured.epub",
        "results.json",
        "results.schema.json",
        "notebooks.zip",
        "figures.zip",
        "record.zip",
        "SHA256SUMS",
    }
    sums = dict(
        reversed(line.split("  "))
        for line in (clone / "release" / "SHA256SUMS").read_text().splitlines()
    )
    for name in found - {"SHA256SUMS"}:
        assert hashlib.sha256((clone / "release" / name).read_bytes()).hexdigest() == sums[name]
    names = zipfile.ZipFile(clone / "release" / "figures.zip").namelist()
    assert {"figures/a.svg", "figures/a.csv"} <= set(names)
    notes = (clone / "release.md").read_text()
    assert "The first edition" in notes and "##  " not in notes
    assert "Unreleased" not in notes


def test_a_tag_that_is_not_labcodes_version_makes_no_release(clone):
    done = assets(clone, "9.9.9")
    assert done.returncode != 0
    assert f"the tag says 9.9.9, and labcode is {labcode.__version__}" in done.stderr
    assert not (clone / "release").exists()


def test_a_version_without_a_section_makes_no_release(clone):
    text = (clone / "CHANGELOG.md").read_text()
    (clone / "CHANGELOG.md").write_text(text.replace(f"## {labcode.__version__} ", "## 0.0.0 "))
    done = assets(clone, labcode.__version__)
    assert done.returncode != 0 and "has no section" in done.stderr


def test_the_version_stands_in_one_place():
    """Where else it is said, it is said of the release that it names."""
    assert 'dynamic = ["version"]' in (ROOT / "pyproject.toml").read_text()
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    zenodo = json.loads((ROOT / ".zenodo.json").read_text())
    assert "version" not in zenodo  # Zenodo takes the tag's
    assert zenodo["title"] == citation["title"]
    assert zenodo["creators"] == citation["authors"]
    assert zenodo["keywords"] == citation["keywords"]
    assert str(citation["version"]) == labcode.__version__


def test_only_the_job_that_publishes_may_write():
    release = yaml.safe_load((WORKFLOWS / "release.yml").read_text())
    assert release["permissions"] == {"contents": "read"}
    assert "permissions" not in release["jobs"]["assets"]
    publish = release["jobs"]["publish"]
    assert publish["permissions"] == {"contents": "write"}
    assert not any("checkout" in step.get("uses", "") for step in publish["steps"])


def test_the_newest_packages_stop_nothing():
    newest = yaml.safe_load((WORKFLOWS / "newest.yml").read_text())
    assert newest["jobs"]["build"]["continue-on-error"] is True
