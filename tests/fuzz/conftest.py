"""How many inputs are tried, and which: always the same ones."""

from pathlib import Path
from typing import Any

import pytest

from tests.fuzz.inputs import COUNTS


def pytest_itemcollected(item: pytest.Item) -> None:
    if Path(__file__).parent in item.path.parents:
        item.add_marker("fuzz")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if total := sum(COUNTS.values()):
        terminalreporter.write_line(
            f"{total} inputs: {COUNTS['answered']} answered, {COUNTS['refused']} refused"
        )
