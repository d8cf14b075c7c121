"""Trained runs on disk: trained once, read by whoever asks, made anew when damaged.

A run is one safetensors file, named by a key that covers its spec and the code that trains it.
Such a file holds numbers and text; reading it runs no code.
"""

import contextlib
import functools
import hashlib
import json
import logging
import os
import sys
import threading
import time
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import joblib
import torch
from filelock import FileLock
from joblib.parallel import get_active_backend
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor
from tqdm import TqdmWarning

from labcode.cache_folder import cache_folder
from labcode.data import files as fashion_mnist
from labcode.data.files import DataUnavailable
from labcode.runs import clusters, record
from labcode.runs.definitions import code_of
from labcode.runs.estimate import hours, passes
from labcode.runs.provenance import describe
from labcode.training.loop import Fit, TrainingDiverged, checkpoints
from labcode.training.networks import RunSpec

with warnings.catch_warnings():  # in a notebook without ipywidgets: a bar of text will do
    warnings.simplefilter("ignore", TqdmWarning)
    from tqdm.auto import tqdm

logger = logging.getLogger(__name__)

# Passes of an image through a network: about a minute of training, or more.
WORTH_SAYING = 1e6

# Types of numbers that a run may hold: those that NumPy has too.
KEPT = {
    torch.float16,
    torch.float32,
    torch.float64,
    torch.int8,
    torch.int16,
    torch.int32,
    torch.int64,
    torch.uint8,
    torch.bool,
}


class CodeEdited(RuntimeError):
    """A worker process has loaded other code than the process that started it."""


class CannotKeep(RuntimeError):
    """A run cannot be put on disk: no room, or no permission."""


class Damaged(RuntimeError):
    """The content of a run's file is not what was written, or belongs to another spec."""


# What whoever started the training can mend: shown as one message, without a traceback.
MENDABLE = (ValueError, DataUnavailable, TrainingDiverged, CodeEdited, CannotKeep)


class Spec(Protocol):
    """A frozen dataclass that says everything that decides a run, and can train it."""

    @property
    def title(self) -> str: ...
    @property
    def cost(self) -> float: ...
    def train(self, device: str = "auto") -> Fit: ...


S = TypeVar("S", bound=Spec)


@dataclass(frozen=True)
class Run(Generic[S]):
    """A trained run.

    Attributes
    ----------
    spec : Spec
        What was trained.
    weights, history : dict of Tensor
        As `labcode.training.loop.Fit` describes them.
    """

    spec: S
    weights: dict[str, Tensor]
    history: dict[str, Tensor]


def model_of(run: Run[RunSpec]) -> Any:
    """The trained network of a run, on the CPU, in evaluation mode."""
    model = run.spec.model.build()
    model.load_state_dict(run.weights)
    return model.eval()


def key(spec: Spec) -> str:
    """The name of a run: a hash of its spec, of the code that trains it and of the images."""
    parts = [describe(spec), code_of(spec), fashion_mnist.CHECKSUMS]
    text = json.dumps(parts, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def path(spec: Spec) -> Path:
    """Where the run of this spec is, or would be, on disk."""
    return cache_folder() / "runs" / f"{key(spec)}.safetensors"


def recorded(spec: Spec) -> record.Row | None:
    """The row of this spec in the record of long runs, if it has one.

    Where `LABCODE_PROFILE` is set, everything is trained here and the record is not asked.

    Raises
    ------
    AlteredRecord
        If the record is not as it was written.
    """
    return None if os.environ.get("LABCODE_PROFILE") else record.find(key(spec))


def history_of(spec: Spec) -> dict[str, Tensor]:
    """How a network learned, as `Fit` describes it: from the record, or from its run."""
    row = recorded(spec)
    return dict(row.history) if row and row.history else get(spec).history


def get(spec: S, device: str = "auto") -> Run[S]:
    """The run of this spec: read from disk, or trained now and kept.

    What was measured on long runs comes from the record; their weights are not in it. Two
    processes that ask for one run at the same time train it once. A damaged file is reported and
    trained anew.

    Raises
    ------
    CannotKeep
        If the run is not on disk and cannot be put there. Where the folder takes no file at all,
        this is noticed before any training.
    """
    if (row := recorded(spec)) and row.result:
        return Run(spec, dict(row.result), {})
    file = path(spec)
    if (fit := _read(file)) is None:
        with _keeping(file):
            file.parent.mkdir(parents=True, exist_ok=True)
            turn = FileLock(file.with_suffix(".lock")).acquire()
        with turn:
            if (fit := _read(file)) is None:
                with checkpoints(file):
                    fit = spec.train(device)
                with _keeping(file):
                    _write(file, fit, spec)
    return Run(spec, fit.weights, fit.history)


def get_all(specs: Sequence[S], jobs: int | None = None, device: str = "auto") -> list[Run[S]]:
    """The runs of these specs, in their order; what is missing is trained in parallel.

    Parameters
    ----------
    specs : sequence of Spec
    jobs : int, optional
        How many runs train side by side; as many as there are cores if not given.
    device : str
        As in `labcode.training.networks.fit`.
    """
    train_missing(specs, jobs, device)
    return [get(spec, device) for spec in specs]


def train_missing(
    specs: Sequence[Spec],
    jobs: int | None = None,
    device: str = "auto",
    backend: str = clusters.HERE,
    address: str | None = None,
) -> int:
    """Train every run that is neither on disk nor in the record, long ones first.

    If that takes a minute or more, an estimate of the time is printed first.

    Returns
    -------
    int
        How many there were.

    Parameters
    ----------
    specs, jobs, device
        As in `get_all`; elsewhere than here, as many jobs as the cluster has workers.
    backend, address
        As in `labcode.runs.clusters.workers`. Runs trained elsewhere are sent here and kept here.
    """
    wanted = {path(spec): spec for spec in specs}
    missing = [
        spec for file, spec in wanted.items() if recorded(spec) is None and _read(file) is None
    ]
    if not missing:
        return 0
    missing.sort(key=lambda spec: -spec.cost)
    if passes(missing) > WORTH_SAYING:
        print(
            f"{len(missing)} runs to train, about {hours(missing):.2g} hours of one core.",
            file=sys.stderr,
        )
    here = backend == clusters.HERE
    if here:
        jobs = min(jobs or joblib.cpu_count(only_physical_cores=False), len(missing))
    with clusters.workers(backend, address), _progress(missing) as (started, finished):
        streams = get_active_backend()[0].supports_return_generator
        work = joblib.Parallel(
            jobs or -1,
            batch_size=1,
            pre_dispatch="n_jobs",
            return_as="generator_unordered" if streams else "list",
        )
        elsewhere = not here
        done = work(
            joblib.delayed(_train_and_keep)(spec, key(spec), device, os.getpid(), elsewhere)
            for spec in started
        )
        for spec, content in done:
            if content is not None and not path(spec).exists():
                keep_content(spec, content)
            finished(spec.title)
    return len(missing)


def is_kept(spec: Spec) -> bool:
    """Whether the run of this spec is on disk, and whole."""
    return _read(path(spec)) is not None


def keep_content(spec: Spec, content: bytes) -> None:
    """Keep the run of this spec from the content of a file that another machine wrote.

    Raises
    ------
    Damaged
        If its checksum is wrong, or it is the run of another spec.
    """
    file = path(spec)
    with _keeping(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        partial = file.with_name(f"{file.stem}.{os.getpid()}.partial")
        partial.write_bytes(content)
        try:
            _verified(partial, spec)
            os.replace(partial, file)
        except (SafetensorError, ValueError) as problem:
            raise Damaged(f"run {file.stem} ({spec.title}) is damaged: {problem}") from problem
        finally:
            partial.unlink(missing_ok=True)


def _train_and_keep(
    spec: Spec, known_as: str, device: str, parent: int, elsewhere: bool
) -> tuple[Spec, bytes | None]:
    """In a worker: train one run, unless the worker has loaded other code than its parent.

    The content of the run's file comes back from elsewhere.
    """
    if os.getppid() == parent:
        _end_with(parent)
    if key(spec) != known_as:
        raise CodeEdited(
            "a worker has loaded another labcode than the process that started it: labcode was "
            "edited while its runs were training, or is another version there. Finished runs are "
            "kept; start again, and the others are trained with the new code."
        )
    get(spec, device)
    return spec, path(spec).read_bytes() if elsewhere else None


@functools.cache
def _end_with(parent: int) -> None:
    """Have this process end when its parent does, even if the parent is killed."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


@contextlib.contextmanager
def _progress(specs: Sequence[Spec]) -> Iterator[tuple[Iterator[Spec], Any]]:
    """A bar with runs done, time left, and the runs that train now."""
    running: list[str] = []
    with tqdm(total=len(specs), desc="training", unit="run", file=sys.stderr) as bar:

        def started() -> Iterator[Spec]:
            for spec in specs:
                running.append(spec.title)
                bar.set_postfix_str(" | ".join(running))
                yield spec

        def finished(title: str) -> None:
            running.remove(title)
            bar.set_postfix_str(" | ".join(running), refresh=False)
            bar.update()

        yield started(), finished


@contextlib.contextmanager
def _keeping(file: Path) -> Iterator[None]:
    """Says in one line what the disk refuses."""
    try:
        yield
    except (OSError, SafetensorError) as problem:
        raise CannotKeep(
            f"a run cannot be kept in {file.parent}: {problem}. Make room there, or set "
            "LABCODE_CACHE to a folder with room in which you may write. Finished runs are kept."
        ) from problem


def _write(file: Path, fit: Fit, spec: Spec) -> None:
    """Put a run on disk whole or not at all."""
    for abandoned in file.parent.glob(f"{file.stem}.*.partial"):
        abandoned.unlink(missing_ok=True)
    tensors = {f"weights/{name}": tensor for name, tensor in fit.weights.items()}
    tensors |= {f"history/{name}": tensor for name, tensor in fit.history.items()}
    tensors = {name: tensor.contiguous() for name, tensor in tensors.items()}
    about = {
        "checksum": _checksum(tensors),
        "spec": json.dumps(describe(spec), sort_keys=True),
        "torch": version("torch"),
    }
    partial = file.with_name(f"{file.stem}.{os.getpid()}.partial")
    save_file(tensors, partial, metadata=about)
    os.replace(partial, file)


def _read(file: Path) -> Fit | None:
    """The run in a file; None if there is no such file, or it is damaged."""
    if not file.exists():
        return None
    try:
        tensors = _verified(file)
    except (SafetensorError, OSError, ValueError) as problem:
        logger.warning("run %s is damaged (%s) and is trained anew", file.stem, problem)
        return None
    parts: dict[str, dict[str, Tensor]] = {"weights": {}, "history": {}}
    for name, tensor in tensors.items():
        part, _, rest = name.partition("/")
        parts[part][rest] = tensor
    return Fit(**parts)


def _verified(file: Path, spec: Spec | None = None) -> dict[str, Tensor]:
    """The numbers in a file, if they are those that were written, and for this spec."""
    tensors = load_file(file)
    if odd := {str(tensor.dtype) for tensor in tensors.values() if tensor.dtype not in KEPT}:
        raise SafetensorError(f"it holds numbers of type {', '.join(sorted(odd))}")
    with safe_open(file, framework="pt") as opened:
        about = opened.metadata() or {}
    if not all(name.startswith(("weights/", "history/")) for name in tensors):
        raise SafetensorError("it holds what is no run")
    if about.get("checksum") != _checksum(tensors):
        raise SafetensorError("its numbers are not those that were written")
    if spec is not None and about.get("spec") != json.dumps(describe(spec), sort_keys=True):
        raise SafetensorError("it is the run of another spec")
    return tensors


def _checksum(tensors: dict[str, Tensor]) -> str:
    digest = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name]
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.numpy().tobytes())
    return digest.hexdigest()
