"""What a benchmark ran on, in a line."""

import os
import platform
import re
from pathlib import Path

import torch


def description() -> str:
    """Processor, cores, versions."""
    cpuinfo = Path("/proc/cpuinfo")
    names = re.findall(r"model name\s*: (.*)", cpuinfo.read_text()) if cpuinfo.exists() else []
    processor = names[0] if names else platform.machine()
    return (
        f"{processor}, {os.cpu_count()} cores; Python {platform.python_version()}, "
        f"PyTorch {torch.__version__.split('+')[0]}"
    )
