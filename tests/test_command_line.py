"""The command line: each misuse is one line and exit status 2, and leaves nothing over.

Trial: `export /nonexistent/runs.zip` gave a traceback.
"""

import errno
import io
import os
import sys
import zipfile

import pytest

from labcode import __main__ as command_line
from labcode import experiments
from labcode.runs import archive as run_archive

MISUSES = {
    "no command": ([], "required: command"),
    "no such command": (["trian"], "invalid choice: 'trian'"),
    "--jobs 0": (["train", "--jobs", "0"], "at least 1"),
    "--jobs -2": (["train", "--jobs", "-2"], "at least 1"),
    "--device": (["train", "--device", "gpu"], "device 'gpu' cannot be used here"),
    "--backend": (["train", "--backend", "lok"], "invalid choice: 'lok' (choose from"),
    "--chapter": (["train", "--chapter", "vae"], "invalid choice: 'vae' (choose from"),
    "no chapter": (["verdicts"], "required: chapter"),
    "no such chapter": (["verdicts", "vae"], "invalid choice: 'vae' (choose from"),
    "no claims": (["verdicts", next(iter(experiments.CHAPTERS))], "none of the claims"),
    "export to no folder": (["export", "/nonexistent/runs.zip"], "in a folder that exists"),
    "export to a folder": (["export", "."], "name a file in a folder that exists"),
    "import of nothing": (["import", "/nonexistent.zip"], "nonexistent.zip cannot be taken in"),
    "import of a folder": (["import", "."], ". cannot be taken in"),
    "lab of nothing": (["lab", "/nonexistent"], "there is no /nonexistent"),
    "lab of two": (["lab", ".", "--data", "digits"], "give a path or --data, and not both"),
    "lab of no data set": (["lab", "--data", "cifar"], "Choose one of fashion-mnist"),
    "lab of one seed": (["lab", "--seeds", "1"], "at least 2"),
    "--codes 64": (["lab", "--codes", "64"], "a code of 64 numbers is no smaller than an item"),
    "--noise 0": (["lab", "--noise", "0"], "noise=0.0"),
    "--sample -1": (["verify", "--sample", "-1"], "at least 0"),
    "--budget nan": (["verify", "--budget", "nan"], "'nan' must be a finite number, 0 or more"),
    "--seeds 99": (["train", "--seeds", "99"], "unrecognized arguments: --seeds 99"),
    "--tolerance -1": (["verify", "--tolerance", "-1"], "'-1' must be a finite number, 0 or more"),
}


@pytest.fixture(autouse=True)
def _smoke(monkeypatch, empty_cache, tmp_path):
    monkeypatch.setenv("LABCODE_PROFILE", "smoke")
    monkeypatch.chdir(tmp_path)


def status(arguments: list[str]) -> int:
    try:
        return command_line.main(arguments)
    except SystemExit as ended:
        return ended.code


@pytest.mark.parametrize(("arguments", "message"), MISUSES.values(), ids=MISUSES)
def test_trial_a_misuse_is_one_line_and_exit_status_2(arguments, message, capsys):
    assert status(arguments) == 2
    printed = capsys.readouterr()
    assert message in printed.err and printed.err.count("\n") == 1
    assert printed.err.startswith("labcode: ") and not printed.out


@pytest.mark.parametrize(
    "command", [[], ["train"], ["export"], ["import"], ["lab"], ["verdicts"], ["verify"]]
)
def test_help_has_an_example(command, capsys):
    assert status([*command, "--help"]) == 0
    example = capsys.readouterr().out.rpartition("example: python -m labcode ")[2].split()
    command_line._parser().parse_args(example)


def test_trial_an_export_that_fails_leaves_nothing_over(tmp_path, monkeypatch, capsys):
    def full(*_arguments):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(run_archive.runs, "path", lambda spec: tmp_path / "a-run")
    monkeypatch.setattr(run_archive.runs, "is_kept", lambda spec: True)
    monkeypatch.setattr(zipfile.ZipFile, "write", full)
    assert status(["export", "runs.zip", "--chapter", "data"]) == 1
    assert "runs.zip cannot be written: [Errno 28]" in capsys.readouterr().err
    assert not list(tmp_path.glob("runs.zip*"))


def test_trial_a_locale_without_some_letters_prints_the_others(monkeypatch):
    """An ASCII locale: `0.5 ± 0.1` is printed with an escape instead of ending in an error."""
    ascii_only = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", ascii_only)
    monkeypatch.setattr(command_line, "_verdicts", lambda options: print("0.5 ± 0.1"))
    assert status(["verdicts", "ae-versus-pca"]) == 0
    ascii_only.flush()
    assert ascii_only.buffer.getvalue() == b"0.5 \\xb1 0.1\n"
