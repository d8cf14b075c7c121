"""Training that is interrupted or killed leaves no process behind and loses no finished run."""

import os
import re
import signal
import subprocess
import sys

import pytest

from tests.processes import WAIT, alive, hears_ctrl_c, wait_until

# A book of six runs, each of about a second.
PROGRAM = """
from labcode import __main__, experiments
from labcode.training.covariance import CovarianceRunSpec

experiments.specs = lambda profile, chapter: [
    CovarianceRunSpec(1, "SGD", 3_000, seed, (3.0, 2.0, 1.0), 0.1) for seed in range(6)
]
raise SystemExit(__main__.main())
"""
TRAIN = [sys.executable, "-c", PROGRAM, "train", "--jobs"]


@pytest.fixture
def environment(tmp_path):
    return os.environ | {"LABCODE_PROFILE": "smoke", "LABCODE_CACHE": str(tmp_path)}


@pytest.fixture
def training(environment, tmp_path):
    """The command, in a session of its own, with a first run on disk."""
    process = subprocess.Popen(
        [*TRAIN, "2"],
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        start_new_session=True,
        preexec_fn=hears_ctrl_c,
    )
    wait_until(lambda: any((tmp_path / "runs").glob("*.safetensors")))
    assert process.poll() is None, "all was trained before it could be interrupted"
    yield process
    process.kill()
    process.communicate()


def test_ctrl_c_gives_one_line_and_leaves_no_process(training, environment):
    os.killpg(training.pid, signal.SIGINT)
    shown = training.communicate(timeout=WAIT)[1]
    assert training.returncode == 130
    after_the_bar = re.split(r"[\r\n]+", shown.strip())[-1]
    assert after_the_bar == "labcode: stopped; finished runs are kept."
    assert "Traceback" not in shown
    wait_until(lambda: not alive(training.pid))
    assert trained_again(environment)


def test_kill_9_leaves_no_process_and_the_next_command_goes_on(training, environment):
    training.kill()
    wait_until(lambda: not alive(training.pid))
    assert trained_again(environment)


def trained_again(environment) -> bool:
    """Whether the command now trains what is missing, and no more."""
    done = subprocess.run(
        [*TRAIN, "1"], capture_output=True, text=True, env=environment, check=True
    )
    found = re.search(r"(\d+) runs, (\d+) of them trained now", done.stdout)
    assert found
    return 0 < int(found[2]) < int(found[1])
