"""Training that is interrupted or killed leaves no process behind and loses no finished run."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from labcode import runs
from labcode.training.covariance import CovarianceRunSpec
from tests.processes import WAIT, alive, hears_ctrl_c, wait_until

# A book of twelve runs, each of about a third of a second.
BOOK = "[CovarianceRunSpec(1, 'SGD', 1_000, s, (3.0, 2.0, 1.0), 0.1) for s in range(12)]"
PROGRAM = f"""
from labcode import __main__, experiments
from labcode.training.covariance import CovarianceRunSpec

experiments.shown = lambda chapter: {BOOK}
raise SystemExit(__main__.main())
"""


def test_ctrl_c_and_kill_9_leave_no_process_and_the_next_command_goes_on(tmp_path, monkeypatch):
    monkeypatch.setenv("LABCODE_PROFILE", "smoke")
    monkeypatch.setenv("LABCODE_CACHE", str(tmp_path))
    specs = eval(BOOK, {"CovarianceRunSpec": CovarianceRunSpec})

    def kept() -> int:
        return sum(1 for _ in (tmp_path / "runs").glob("*.safetensors"))

    with training(lambda: kept() > 0) as process:
        os.killpg(process.pid, signal.SIGINT)
        shown = process.communicate(timeout=WAIT)[1]
        assert process.returncode == 130
        # Python's tracker of shared memory may have a word after it.
        assert "labcode: stopped; finished runs are kept." in re.split(r"[\r\n]+", shown)
        assert "Traceback" not in shown
        wait_until(lambda: not alive(process.pid))
    interrupted = kept()
    assert 0 < interrupted < len(specs)

    with training(lambda: kept() > interrupted) as process:
        process.kill()
        wait_until(lambda: not alive(process.pid))
    killed = kept()
    assert interrupted < killed < len(specs)
    assert runs.train_missing(specs, jobs=1) == len(specs) - killed


@contextmanager
def training(until) -> Iterator[subprocess.Popen[str]]:
    """The command, in a session of its own, when it has come so far."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "train", "--jobs", "2"],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=hears_ctrl_c,
    )
    try:
        wait_until(until)
        assert process.poll() is None, "all was trained before it could be stopped"
        yield process
    finally:
        process.kill()
        process.communicate()
