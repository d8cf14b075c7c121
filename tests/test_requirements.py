"""Lists of packages agree: pins, their hashes for CI, the ranges of labcode and of its wheel."""

import json
import os
import re
import subprocess
import sys
import tomllib
import venv
from importlib.metadata import PackageNotFoundError, PathDistribution, distribution
from pathlib import Path
from zipfile import Path as PathInZip

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import labcode
from measured_book import notebooks

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


def locked() -> dict[str, str]:
    """Versions by name, from constraints.txt: without those for other systems alone."""
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    wanted = [Requirement(line) for line in lines if not line.startswith("#")]
    return {w.name.lower(): str(w.specifier).removeprefix("==") for w in wanted}


def test_the_lock_has_every_pin_and_ci_has_the_lock():
    assert pins().items() <= locked().items()
    assert (ROOT / "requirements.txt").read_text().splitlines()[1] == "-c constraints.txt"
    in_ci = {f"{n}=={v}" for n, v in locked().items() if n not in FROM_PYTORCHS_INDEX}
    assert in_ci == set(hashed())


def test_the_lock_leaves_nothing_open_that_is_installed_here():
    """Each package that the pins bring along, at any depth, has its version."""
    waiting, seen = [*pins()], set()
    while waiting:
        name = waiting.pop()
        try:
            needs = distribution(name).requires or []
        except PackageNotFoundError:
            continue
        for need in map(Requirement, needs):
            extra = {"extra": ""}
            if (need.marker is None or need.marker.evaluate(extra)) and need.name not in seen:
                seen.add(need.name)
                waiting.append(need.name)
    by_pytorch = ("nvidia-", "cuda-", "triton")
    names = {canonicalize_name(name) for name in seen}
    assert {n for n in names if not n.startswith(by_pytorch)} - {"setuptools"} <= set(locked())


def test_ci_has_hashes_of_every_pinned_package():
    wanted = {f"{n}=={v}" for n, v in pins().items() if n not in FROM_PYTORCHS_INDEX}
    found = hashed()
    assert wanted <= set(found)
    assert all(found.values())


def test_ci_and_readme_install_the_pinned_pytorch():
    for file in (".github/actions/packages/action.yml", "README.md"):
        for name in FROM_PYTORCHS_INDEX:
            assert f"{name}=={pins()[name]}" in (ROOT / file).read_text(), file


PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = [line for lines in PROJECT["optional-dependencies"].values() for line in lines]


@pytest.mark.parametrize("line", [*PROJECT["dependencies"], *EXTRAS])
def test_every_range_of_labcode_admits_the_pin(line):
    range_ = Requirement(line)
    assert pins()[range_.name.lower()] in range_.specifier


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The file that the book's site serves, and that every notebook installs."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    notebooks.copy_labcode(ROOT, source)
    release = f"{labcode.__version__}+test"
    notebooks.build_wheel(source, folder, release)
    return folder / notebooks.wheel_of(release)


@pytest.mark.install
def test_the_wheel_has_a_name_that_no_stranger_has_and_what_it_imports(wheel):
    """PyPI's labcode is another project; Colab has IPython 7.34.0; joblib 1.3 cannot stream."""
    name = f"{wheel.name.removesuffix('-py3-none-any.whl')}.dist-info/"
    metadata = PathDistribution(PathInZip(wheel, name)).metadata
    assert metadata["Name"] == labcode.DISTRIBUTION != "labcode"
    ranges = {
        wanted.name: wanted.specifier
        for wanted in map(Requirement, metadata.get_all("Requires-Dist"))
    }
    assert "7.34.0" in ranges["ipython"] and "7.33.0" not in ranges["ipython"]
    assert "1.4.0" in ranges["joblib"] and "1.3.2" not in ranges["joblib"]
    assert "matplotlib-inline" in ranges


@pytest.mark.install
def test_the_wheel_replaces_nothing_where_colabs_ipython_is(wheel, tmp_path):
    """google-colab needs IPython 7.34.0; another one, and its kernel does not start again."""
    venv.create(tmp_path / "environment", with_pip=False, symlinks=True)
    python = tmp_path / "environment" / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python)]
    elsewhere = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    def run(*command: str) -> str:
        done = subprocess.run(
            [*pip, *command], env=elsewhere, capture_output=True, text=True, check=False
        )
        if "No matching distribution found for ipython" in done.stderr:
            pytest.skip("no package index can be reached")
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    run("install", "--quiet", "ipython==7.34.0")
    here = {package["name"].lower() for package in json.loads(run("list", "--format", "json"))}
    assert "ipython" in here
    torch = [f"{name}=={pins()[name]}" for name in sorted(FROM_PYTORCHS_INDEX)]
    report = run("install", "--quiet", "--dry-run", "--report", "-", str(wheel), *torch)
    asked_for = {item["metadata"]["name"].lower() for item in json.loads(report)["install"]}
    assert {labcode.DISTRIBUTION, "joblib"} <= asked_for
    assert not asked_for & here


# By the machine that has them: its Python, and the list of its packages.
HOSTS = {
    "colab": ("3.13", ROOT / ".github" / "colab-constraints.txt"),
    "kaggle": ("3.12", ROOT / ".github" / "kaggle-constraints.txt"),
}
on_each_host = pytest.mark.parametrize("host", HOSTS)
BY_PYTORCH = ("nvidia-", "cuda-", "triton", "setuptools")  # other builds of it have others


def versions_at(host: str) -> dict[str, str]:
    """A host's versions by name."""
    text = HOSTS[host][1].read_text()
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return {canonicalize_name(n): v for n, _, v in (line.partition("==") for line in lines)}


@on_each_host
def test_a_hosts_list_says_from_where_and_when(host):
    python, file = HOSTS[host]
    opening = " ".join(re.findall("^# (.*)", file.read_text(), re.MULTILINE))
    assert re.search(r"backend-info.* at [0-9a-f]{7} of 20\d\d-\d\d-\d\d", opening)
    assert f"Python {python}" in opening
    there = versions_at(host)
    assert {"ipython", "numpy", "torch", "joblib", "scikit-image"} <= set(there)
    assert all(re.fullmatch(r"[\w.]+", version) for version in there.values())


@on_each_host
@pytest.mark.parametrize("line", PROJECT["dependencies"])
def test_every_range_of_labcode_admits_a_hosts_version(host, line):
    range_ = Requirement(line)
    assert versions_at(host)[canonicalize_name(range_.name)] in range_.specifier


@pytest.mark.install
@on_each_host
def test_the_wheel_fits_a_hosts_own_versions_and_needs_nothing_else(host, wheel, tmp_path):
    """What it asks for is there, and stays as it is: PyTorch and Python included.

    uv resolves for the host's Python, which pip could only do if it ran in it. Both hosts have an
    IPython that asks for jedi; Colab has none, and Kaggle's has no version in the list.
    """
    there = {n: v for n, v in versions_at(host).items() if not n.startswith(BY_PYTORCH)}
    constraints = tmp_path / "constraints.txt"
    constraints.write_text("".join(f"{name}=={version}\n" for name, version in there.items()))
    (tmp_path / "wanted.in").write_text(f"{labcode.DISTRIBUTION} @ {wheel.as_uri()}\n")
    machine = ["--python-version", HOSTS[host][0], "--python-platform", "x86_64-manylinux_2_28"]
    quiet = ["--quiet", "--no-header", "--no-annotate"]
    command = [sys.executable, "-m", "uv", "pip", "compile", *quiet, *machine]
    command += ["-c", str(constraints), str(tmp_path / "wanted.in")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if re.search("error sending request|Failed to fetch", done.stderr):
        pytest.skip("no package index can be reached")
    assert done.returncode == 0, done.stderr[-2000:]
    lines = [line.partition("==") for line in done.stdout.splitlines() if "==" in line]
    asked_for = {n: v for n, _, v in lines if not n.startswith(BY_PYTORCH)}
    assert {"ipython", "torch", "xarray"} <= set(asked_for)
    assert asked_for.pop("jedi")
    assert asked_for.items() <= there.items()


def test_nothing_of_ours_is_fetched_by_a_name_from_a_package_index():
    """A name that nobody has registered can be taken by anyone."""
    own = rf"(labcode|{labcode.DISTRIBUTION})"
    fetched = re.compile(rf"pip install [^\n`]*(?<![\w./-]){own}(?![\w./-])")
    files = [
        file
        for pattern in ("*.md", "*.py", "*.txt", "*.yml", "*.toml")
        for file in ROOT.rglob(pattern)
        if not {"_build", "tests", ".venv", "venv"} & set(file.relative_to(ROOT).parts)
    ]
    assert len(files) > 100
    assert not [str(file) for file in files if fetched.search(file.read_text("utf-8"))]
