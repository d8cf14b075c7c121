"""What stands round the code: commands that several files repeat, forms, the README's picture."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

import labcode
from tests.conftest import WholeFiles

ROOT = Path(__file__).parents[1]
GITHUB = ROOT / ".github"
LARGEST_PICTURE = 150_000  # bytes, in a clone for ever
FORMS = [file for file in (GITHUB / "ISSUE_TEMPLATE").glob("*.yml") if file.stem != "config"]
JOBS = yaml.safe_load((GITHUB / "workflows" / "book.yml").read_text())["jobs"]


def commands(text: str) -> list[str]:
    """Commands without the options that only make a build quieter or stricter."""
    parts = [part.strip() for line in text.splitlines() for part in line.split("&&")]
    return [re.sub(r" (-q|-W|-n|--keep-going)\b", "", part) for part in parts]


def steps(job: str) -> str:
    return "\n".join(step["run"] for step in JOBS[job]["steps"] if "run" in step)


def test_hooks_run_what_ci_lints_with_and_pin_nothing_themselves():
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
    (own,) = config["repos"]
    assert own["repo"] == "local"
    assert {hook["language"] for hook in own["hooks"]} == {"system"}
    script = (ROOT / ".ci" / "lint").read_text().split("\n\n", 1)[1]
    assert [hook["entry"] for hook in own["hooks"]] == script.split("\n")[:-1]
    assert ".ci/lint" in commands((ROOT / ".ci" / "run").read_text())
    assert steps("lint") == ".ci/lint"


@pytest.mark.parametrize("script", [(ROOT / ".ci" / "run").read_text(), steps("build")])
def test_ci_runs_the_readmes_commands_in_its_order(script):
    blocks = re.findall(r"^```\n(.+?)^```", (ROOT / "README.md").read_text(), re.M | re.S)
    wanted = commands("".join(blocks[:2]))
    assert wanted[0] == "pip install -r requirements.txt" and wanted[-1] == "pytest"
    found = commands(script)
    first = found.index(wanted[0])
    ran = [command for command in found[first:] if command in wanted]
    assert ran == wanted


def test_the_book_waits_for_the_fast_jobs_on_every_python_that_is_promised():
    assert set(JOBS["build"]["needs"]) == {"lint", "unit"}
    matrix = JOBS["unit"]["strategy"]["matrix"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    minors = [int(version.removeprefix("3.")) for version in matrix["python"]]
    assert minors == [*range(minors[0], minors[-1] + 1)]
    assert project["requires-python"] == f">={matrix['python'][0]}"  # nothing says that more fail
    promised = f"Python {matrix['python'][0]} to {matrix['python'][-1]}"
    assert promised in (ROOT / "README.md").read_text()


def test_actions_are_pinned_by_hash():
    files = [*GITHUB.glob("workflows/*.yml"), *GITHUB.glob("actions/*/action.yml")]
    used = [name for file in files for name in re.findall(r"uses: (\S+)", file.read_text())]
    assert len(used) > 8
    assert not [name for name in used if not re.search(r"@[0-9a-f]{40}$|^\./", name)]


@pytest.mark.parametrize("file", FORMS, ids=lambda file: file.stem)
def test_issue_forms_have_what_github_asks_for(file):
    form = yaml.safe_load(file.read_text())
    assert form["name"] and form["description"]
    asked = [part for part in form["body"] if part["type"] != "markdown"]
    assert {part["type"] for part in asked} <= {"input", "textarea", "dropdown", "checkboxes"}
    assert all(part["attributes"]["label"] for part in asked)
    names = [part["id"] for part in asked]
    assert len(set(names)) == len(names)
    assert any(part.get("validations", {}).get("required") for part in asked)


def test_dependabot_looks_where_versions_are_pinned():
    updates = yaml.safe_load((GITHUB / "dependabot.yml").read_text())["updates"]
    assert {update["package-ecosystem"] for update in updates} == {"pip", "github-actions"}
    for update in updates:
        assert update["schedule"]["interval"] == "weekly" and update["groups"]
        for folder in update["directories"]:
            assert list(ROOT.glob(folder.strip("/") or "*")), folder


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_pictures_and_links_to_files_lead_somewhere(name):
    links = re.findall(r"(!?)\[[^]]+\]\(([^)]+)\)", (ROOT / name).read_text())
    for picture, target in links:
        if target.startswith(("https://", "../../")):  # the second are pages of the repository
            assert not picture, target
            continue
        assert (ROOT / target).is_file(), target
        assert not picture or (ROOT / target).stat().st_size < LARGEST_PICTURE


def test_changelog_and_citation_know_the_version():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert citation["version"] == labcode.__version__
    heading = f"## {labcode.__version__} - {citation['date-released']}"
    headings = re.findall(r"^## .+", (ROOT / "CHANGELOG.md").read_text(), re.M)
    assert heading in headings and headings[0] in ("## Unreleased", heading)


def test_one_process_has_all_tests_of_the_built_book_and_each_file_stays_whole():
    def process(file: str) -> str:
        return WholeFiles._split_scope(None, f"{file}::test_something[3]")

    files = [file.relative_to(ROOT) for file in (ROOT / "tests").rglob("test_*.py")]
    takes = re.compile(r"^def \w+\((?:.*, )?book(?:_to_edit)?[,)]", re.M)
    reading = [
        str(file)
        for file in files
        if file.parent.name == "book" and takes.search((ROOT / file).read_text())
    ]
    assert len(reading) > 10
    assert {process(file) for file in reading} == {"the book"}
    assert process("tests/book/test_faults.py") != "the book"
    assert process("tests/data/test_files.py") == "tests/data/test_files.py"
