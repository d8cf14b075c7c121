"""What a test that starts processes asks of the machine (Linux)."""

import signal
import time
from pathlib import Path

WAIT = 120  # seconds


def alive(session: int) -> list[str]:
    """Command lines of the session's processes that still run."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(state[3]) == session and state[0] != "Z":
                found.append((folder / "cmdline").read_text())
        except OSError:
            continue
    return found


def wait_until(happens) -> None:
    """Return as soon as ``happens()``; fail if it does not in time."""
    end = time.monotonic() + WAIT
    while not happens():
        assert time.monotonic() < end
        time.sleep(0.05)


def hears_ctrl_c() -> None:
    """For `preexec_fn`: the process is interrupted even if whoever runs the tests is not.

    A shell lets what it starts in the background ignore SIGINT, and children inherit that.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)
