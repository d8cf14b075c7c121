"""How long the book takes to build: cold, runs kept, nothing changed, a sentence, a line of code.

    python benchmarks/build_time.py

The builds run one after the other in a copy of the repository with a cache of its own, so that
the first trains everything; the images must be on this machine. Each reports wall time, processor
time and the peak memory of its largest process. Then a small sweep of dense runs shows how the
cost of training grows with images, epochs, seeds and workers. The table and the figure go to
`benchmarks/results`.
"""

import argparse
import itertools
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import machine
import matplotlib.pyplot as plt

from labcode import runs
from labcode.data import DataSpec
from labcode.data import files as fashion_mnist
from labcode.models import ShallowAutoencoder
from labcode.training.networks import RunSpec, model_spec

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).with_name("results")
SENTENCE = "\n\nOne more sentence.\n"
LINE = "\n_ONE_MORE_LINE = None\n"


def nothing(copy: Path) -> None:
    """Leave the copy as it is."""


def forget_pages(copy: Path) -> None:
    """Remove all that was built; trained runs are elsewhere."""
    shutil.rmtree(copy / "_build")


def edit_sentence(copy: Path) -> None:
    """Add a sentence to the linear chapter."""
    with (copy / "book" / "ae-versus-pca.md").open("a") as page:
        page.write(SENTENCE)


def edit_line(copy: Path) -> None:
    """Add a line to the figures of the linear chapter."""
    with (copy / "labcode" / "figures" / "ae_versus_pca.py").open("a") as module:
        module.write(LINE)


BUILDS: dict[str, Callable[[Path], None]] = {
    "cold": nothing,
    "runs kept": forget_pages,
    "nothing changed": nothing,
    "one sentence edited": edit_sentence,
    "one line of labcode edited": edit_line,
}


def build(copy: Path, environment: dict[str, str]) -> dict[str, float]:
    """Build the copy and measure it; memory is that of all its processes together."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [str(Path(sys.executable).with_name("jupyter-book")), "build", ".", "-W", "-n"]
    process = subprocess.Popen(
        [*command, "--keep-going"],
        cwd=copy,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    peak = [0.0]
    watch = threading.Thread(target=follow_memory, args=(process, peak))
    watch.start()
    messages = process.communicate()[1]
    watch.join()
    if process.returncode:
        raise SystemExit(messages[-3000:])
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "seconds": time.perf_counter() - start,
        "processor seconds": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        "peak memory, GB": peak[0] / 1e9,
    }


def follow_memory(process: subprocess.Popen[str], peak: list[float]) -> None:
    """Keep the largest sum of the proportional memory of a session's processes, in bytes."""
    while process.poll() is None:
        total = 0
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if int((folder / "stat").read_text().rpartition(")")[2].split()[3]) == process.pid:
                    rollup = (folder / "smaps_rollup").read_text().split()
                    total += 1024 * int(rollup[rollup.index("Pss:") + 1])
            except (OSError, ValueError):
                continue
        peak[0] = max(peak[0], total)
        time.sleep(1)


def builds(workplace: Path | None) -> dict[str, dict[str, float]]:
    """All builds of `BUILDS`, in a copy with an empty cache."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = workplace or Path(temporary)
        copy, cache = folder / "copy", folder / "cache"
        unwanted = shutil.ignore_patterns("_build", ".git", "venv", ".venv", ".*_cache")
        shutil.copytree(ROOT, copy, ignore=unwanted)
        environment = os.environ | {
            "LABCODE_CACHE": str(cache),
            "LABCODE_DATA": str(fashion_mnist.folder()),
            "PYTHONPATH": str(copy),
        }
        found = {}
        for name, prepare in BUILDS.items():
            prepare(copy)
            found[name] = build(copy, environment)
            print(name, found[name], flush=True)
        return found


def scaling() -> dict[str, dict[int, float]]:
    """Seconds of a sweep of dense runs, each time with one size changed; no run twice."""
    base = RunSpec(
        model_spec(ShallowAutoencoder, code_size=64), epochs=2, seed=0, data=DataSpec(train=20_000)
    )
    workers = os.cpu_count() or 1
    unused = itertools.count()

    def sweep(spec: RunSpec, seeds: int = 4, jobs: int = workers) -> float:
        specs = [replace(spec, seed=seed) for seed in itertools.islice(unused, seeds)]
        start = time.perf_counter()
        runs.train_missing(specs, jobs)
        return time.perf_counter() - start

    with tempfile.TemporaryDirectory() as cache:
        os.environ |= {"LABCODE_DATA": str(fashion_mnist.folder()), "LABCODE_CACHE": cache}
        sweep(base)  # starts the workers, and has them read the images
        return {
            "images": {
                n: sweep(replace(base, data=DataSpec(train=n))) for n in (10_000, 20_000, 40_000)
            },
            "epochs": {n: sweep(replace(base, epochs=n)) for n in (1, 2, 4, 8)},
            "seeds": {n: sweep(base, seeds=n) for n in (2, 4, 8, 16)},
            # The first sweep with another number of workers starts them.
            "workers": {
                n: min(sweep(base, jobs=n) for _ in range(2)) for n in range(1, workers + 1)
            },
        }


def report(everything: dict[str, Any]) -> None:
    """The table as Markdown, and the scaling as a figure."""
    columns = ["seconds", "processor seconds", "peak memory, GB"]
    rows = [
        f"On {everything['machine']}.",
        "",
        f"| build | {' | '.join(columns)} |",
        "|---|---|---|---|",
    ]
    for name, found in everything["builds"].items():
        rows.append(
            f"| {name} | " + " | ".join(f"{found[column]:.1f}" for column in columns) + " |"
        )
    rows += ["", "| sweep of dense runs | seconds |", "|---|---|"]
    figure, panels = plt.subplots(
        1, len(everything["scaling"]), figsize=(9, 2.6), sharey=True, layout="constrained"
    )
    for axes, (name, seconds) in zip(panels, everything["scaling"].items(), strict=True):
        axes.plot([int(size) for size in seconds], list(seconds.values()), "o-")
        axes.set_xlabel(name)
        rows += [f"| {name} {n} | {value:.1f} |" for n, value in seconds.items()]
        axes.set_xticks([int(size) for size in seconds])
    panels[0].set_ylabel("seconds")
    panels[0].set_ylim(bottom=0)
    figure.savefig(RESULTS / "scaling.svg")
    (RESULTS / "build_time.md").write_text("\n".join(rows) + "\n")
    print("\n".join(rows))


def main() -> None:
    """Measure, print, and keep."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--workplace", type=Path, help="an empty folder to keep the builds in")
    everything = {
        "machine": machine.description(),
        "builds": builds(options.parse_args().workplace),
        "scaling": scaling(),
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "build_time.json").write_text(json.dumps(everything, indent=1) + "\n")
    report(everything)


if __name__ == "__main__":
    main()
