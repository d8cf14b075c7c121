"""What each trick of labcode's training loop is worth: images a second with one of them undone.

    python benchmarks/what_pays.py --repeats 3

Each line of the table is labcode's own `fit` on one thread, but for what the line says. Variants
take turns, each in a new process. Two lines try what labcode does not do. The table goes to
`benchmarks/results`.
"""

import argparse
import json
import statistics
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any
from unittest.mock import patch

import machine
import torch
from torch import nn

from labcode.data import DataSpec, load
from labcode.models import conv
from labcode.models.autoencoder import Autoencoder
from labcode.models.conv import LabCNN
from labcode.models.dense import ShallowAutoencoder
from labcode.training.cpu import one_thread
from labcode.training.networks import cpu, fit

RESULTS = Path(__file__).with_name("results")
MODELS: dict[str, tuple[Callable[[], Autoencoder], int]] = {  # with images an epoch
    "dense": (partial(ShallowAutoencoder, 64), 40_000),
    "CNN": (LabCNN, 12_000),
}
BATCHES = (32, 128)
LABCODE = "labcode"


def unfused_adam(stack: ExitStack) -> None:
    """One kernel for each operation of Adam."""
    adam = torch.optim.Adam
    unfused = lambda weights, fused, **others: adam(weights, **others)  # noqa: E731
    stack.enter_context(patch.object(torch.optim, "Adam", unfused))


def loss_read_each_step(stack: ExitStack) -> None:
    """Python waits for the loss of every batch."""
    loss = Autoencoder.loss

    def read(*arguments: Any) -> torch.Tensor:
        found = loss(*arguments)
        found.item()
        return found

    stack.enter_context(patch.object(Autoencoder, "loss", read))


def memory_given_back(stack: ExitStack) -> None:
    """glibc returns large blocks to the system after each batch."""
    stack.enter_context(patch.object(cpu, "_keep_freed_memory", lambda: None))


def maps_first(stack: ExitStack) -> None:
    """Feature maps are stored one after the other."""
    to = nn.Module.to

    def stay(module: nn.Module, *arguments: Any, **named: Any) -> nn.Module:
        return module if "memory_format" in named else to(module, *arguments, **named)

    stack.enter_context(patch.object(nn.Module, "to", stay))


def convolutions_of_torch(stack: ExitStack) -> None:
    """torch's own layers for the last convolution and for transposed ones."""
    stack.enter_context(patch.object(conv, "ConvTranspose2d", nn.ConvTranspose2d))
    stack.enter_context(
        patch.object(
            conv,
            "MultiplyThenShift",
            lambda inputs, outputs, size: nn.Conv2d(inputs, outputs, size, padding=size // 2),
        )
    )


def bfloat16(stack: ExitStack) -> None:
    """Products in 16 bits where torch thinks it safe."""
    loss = Autoencoder.loss

    def in_16_bits(*arguments: Any) -> torch.Tensor:
        with torch.autocast("cpu", torch.bfloat16):
            return loss(*arguments)

    stack.enter_context(patch.object(Autoencoder, "loss", in_16_bits))


def two_threads(stack: ExitStack) -> None:
    """Two threads for one run."""
    torch.set_num_threads(2)


VARIANTS: dict[str, Callable[[ExitStack], None]] = {
    LABCODE: lambda stack: None,
    "without: fused Adam": unfused_adam,
    "without: loss read once an epoch": loss_read_each_step,
    "without: freed memory kept": memory_given_back,
    "without: maps stored last": maps_first,
    "without: own convolutions": convolutions_of_torch,
    "tried: bfloat16": bfloat16,
    "tried: two threads": two_threads,
}


def measure(variant: str) -> dict[str, float]:
    """Images a second of the faster of two epochs, for each model and batch size."""
    split = load(DataSpec())
    found = {}
    for (name, (make, images)), batch in product(MODELS.items(), BATCHES):
        with one_thread(), ExitStack() as stack:
            VARIANTS[variant](stack)
            torch.manual_seed(0)
            pixels = split.train.pixels[:images]
            done = fit(make(), pixels, pixels[:0], epochs=2, batch_size=batch)
        found[f"{name}, batch {batch}"] = images / done.history["seconds"].min().item()
    return found


def in_new_process(variant: str) -> dict[str, float]:
    """`measure` in a process of its own."""
    command = [sys.executable, __file__, "--one", variant]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{variant} failed:\n{done.stderr[-2000:]}")
    return dict(json.loads(done.stdout.splitlines()[-1]))


def report(measured: dict[str, list[dict[str, float]]]) -> str:
    """Images a second of labcode, and the other rows as ratios to it, of the same repeat."""
    columns = list(measured[LABCODE][0])
    rows = [
        f"On {machine.description()}.",
        "",
        "Images a second of labcode on one thread; below, the share of it that is left, median and "
        "range.",
        "",
        f"| | {' | '.join(columns)} |",
        "|---|" + "---|" * len(columns),
    ]
    for variant, found in measured.items():
        cells = []
        for column in columns:
            rates = [one[column] for one in found]
            if variant == LABCODE:
                cells.append(f"{statistics.median(rates):,.0f}")
                continue
            ratios = [r / one[column] for r, one in zip(rates, measured[LABCODE], strict=True)]
            cells.append(
                f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
            )
        rows.append(f"| {variant} | {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"


def main() -> None:
    """Measure, print the table, and keep it."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--repeats", type=int, default=3)
    options.add_argument("--one", metavar="VARIANT", help="for itself")
    chosen = options.parse_args()
    if chosen.one:
        print(json.dumps(measure(chosen.one)))
        return
    measured: dict[str, list[dict[str, float]]] = {variant: [] for variant in VARIANTS}
    for _ in range(chosen.repeats):
        for variant, found in measured.items():
            found.append(in_new_process(variant))
            print(variant, found[-1], flush=True)
    RESULTS.mkdir(exist_ok=True)
    table = report(measured)
    (RESULTS / "what_pays.md").write_text(table)
    print(table)


if __name__ == "__main__":
    main()
