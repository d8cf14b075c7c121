"""Images a second, and seconds to a stated loss: labcode, the usual PyTorch loop, Lightning, Keras.

    pip install -r benchmarks/requirements.txt
    python benchmarks/training_speed.py --repeats 3

Every contestant trains the lab's dense or convolutional autoencoder on the same 50,000 images
with Adam at 1e-3 and batches of 128 in 32-bit arithmetic, until the loss on the same 10,000
validation images is at most the target. Each measurement is a new process; the contestants take
turns, and each repeat has its own seed. Beside them stand the machine's limits: the speed of a
large matrix product and of copying memory. The table, the figure and the raw numbers go to
`benchmarks/results`.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import machine
import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import Tensor, nn

from labcode.data import DataSpec, load
from labcode.data import files as fashion_mnist
from labcode.models import counting
from labcode.models.autoencoder import Autoencoder, initialise
from labcode.models.conv import LabCNN
from labcode.models.dense import ShallowAutoencoder
from labcode.training.cpu import one_thread
from labcode.training.networks import fit

RESULTS = Path(__file__).with_name("results")
BATCH = 128
# About what each model reaches in its second or third epoch.
TARGET = {"dense": 0.0130, "cnn": 0.0090}
MOST_EPOCHS = 6

# After each epoch, its seconds of training and the loss on the validation images.
Epochs = Iterator[tuple[float, float]]


def lab_model(kind: str) -> Autoencoder:
    """The lab's model as labcode builds it."""
    return ShallowAutoencoder(64) if kind == "dense" else LabCNN()


def usual_model(kind: str) -> nn.Module:
    """The same model as a tutorial writes it."""
    if kind == "dense":
        model = nn.Sequential(
            *(nn.Flatten(), nn.Linear(784, 64), nn.ReLU()),
            *(nn.Linear(64, 784), nn.Sigmoid(), nn.Unflatten(1, (1, 28, 28))),
        )
    else:
        model = nn.Sequential(
            *(nn.Conv2d(1, 16, 3, stride=2, padding=1), nn.ReLU()),
            *(nn.Conv2d(16, 8, 3, stride=2, padding=1), nn.ReLU()),
            *(nn.ConvTranspose2d(8, 8, 3, 2, 1, output_padding=1), nn.ReLU()),
            *(nn.ConvTranspose2d(8, 16, 3, 2, 1, output_padding=1), nn.ReLU()),
            *(nn.Conv2d(16, 1, 3, padding=1), nn.Sigmoid()),
        )
    initialise(model)
    return model


def labcode_run(kind: str, seed: int, threads: int = 1) -> Epochs:
    """labcode's own loop: one thread, as in a sweep, or more, for a single run."""
    split = load(DataSpec())
    with one_thread():
        torch.set_num_threads(threads)
        torch.manual_seed(seed)
        found = fit(
            lab_model(kind), split.train.pixels, split.validation.pixels, epochs=MOST_EPOCHS
        )
    yield from zip(
        found.history["seconds"].tolist(), found.history["validation_loss"].tolist(), strict=True
    )


def usual_loop(kind: str, seed: int, workers: int = 0) -> Epochs:
    """torchvision's data set, ToTensor, DataLoader, Adam, all threads."""
    torch.manual_seed(seed)
    model = usual_model(kind)
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-3, eps=1e-7)
    loader, validation = usual_loader(workers), load(DataSpec()).validation.pixels
    while True:
        start = time.perf_counter()
        total = 0.0
        for images, _ in loader:
            loss = nn.functional.mse_loss(model(images), images)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            total += loss.item()
        seconds = time.perf_counter() - start
        yield seconds, validation_loss(model, validation)


def lightning_loop(kind: str, seed: int) -> Epochs:
    """Lightning's Trainer on the same loader, without logs and checkpoints."""
    loader = usual_loader(0)  # imports torchvision as labcode does, which lightning needs too
    import lightning

    class Module(lightning.LightningModule):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.model = usual_model(kind)

        def training_step(self, batch: tuple[Tensor, Tensor], index: int) -> Tensor:
            return nn.functional.mse_loss(self.model(batch[0]), batch[0])

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.Adam(self.parameters(), lr=1e-3, eps=1e-7)

    torch.manual_seed(seed)
    module = Module()
    validation = load(DataSpec()).validation.pixels
    seconds: list[float] = []

    class Clock(lightning.Callback):  # type: ignore[misc]
        def on_train_epoch_start(self, trainer: object, module: object) -> None:
            self.start = time.perf_counter()

        def on_train_epoch_end(self, trainer: object, module: object) -> None:
            seconds.append(time.perf_counter() - self.start)

    for epochs in range(1, MOST_EPOCHS + 1):
        trainer = lightning.Trainer(
            max_epochs=1,
            accelerator="cpu",
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            callbacks=[Clock()],
        )
        trainer.fit(module, loader)
        yield seconds[epochs - 1], validation_loss(module.model, validation)


def keras_fit(kind: str, seed: int) -> Epochs:
    """Keras's `fit` with TensorFlow, on arrays in memory, as the lab ran it."""
    import keras

    keras.utils.set_random_seed(seed)
    layers = keras.layers
    if kind == "dense":
        stack = [
            *(layers.Flatten(), layers.Dense(64, activation="relu")),
            *(layers.Dense(784, activation="sigmoid"), layers.Reshape((28, 28, 1))),
        ]
    else:
        same = {"padding": "same", "activation": "relu"}
        stack = [
            *(layers.Conv2D(16, 3, strides=2, **same), layers.Conv2D(8, 3, strides=2, **same)),
            layers.Conv2DTranspose(8, 3, strides=2, **same),
            layers.Conv2DTranspose(16, 3, strides=2, **same),
            layers.Conv2D(1, 3, padding="same", activation="sigmoid"),
        ]
    model = keras.Sequential([keras.Input((28, 28, 1)), *stack])
    model.compile(keras.optimizers.Adam(1e-3), "mse")
    split = load(DataSpec())
    train, validation = (
        images.pixels.permute(0, 2, 3, 1).numpy() for images in (split.train, split.validation)
    )
    model.train_on_batch(train[:BATCH], train[:BATCH])  # TensorFlow traces its graph here
    model.set_weights(keras.models.clone_model(model).get_weights())
    while True:
        start = time.perf_counter()
        model.fit(train, train, batch_size=BATCH, epochs=1, verbose=0)
        seconds = time.perf_counter() - start
        yield seconds, model.evaluate(validation, validation, batch_size=1000, verbose=0)


CONTESTANTS: dict[str, Callable[[str, int], Epochs]] = {
    "labcode": labcode_run,
    "labcode, all threads": lambda kind, seed: labcode_run(kind, seed, os.cpu_count() or 1),
    "usual PyTorch loop": usual_loop,
    "usual loop, 2 loaders": lambda kind, seed: usual_loop(kind, seed, workers=2),
    "Lightning": lightning_loop,
    "Keras, TensorFlow": keras_fit,
}


def usual_loader(workers: int) -> torch.utils.data.DataLoader:
    """Images that are opened, converted and joined one by one."""
    from labcode.data._torchvision import torchvision

    root = Path(tempfile.mkdtemp())
    raw = root / "FashionMNIST" / "raw"
    raw.parent.mkdir()
    raw.symlink_to(fashion_mnist.folder())
    everything = torchvision.datasets.FashionMNIST(
        str(root), transform=torchvision.transforms.ToTensor()
    )
    training = torch.utils.data.Subset(everything, range(DataSpec().train))
    return torch.utils.data.DataLoader(
        training, batch_size=BATCH, shuffle=True, num_workers=workers
    )


@torch.no_grad()
def validation_loss(model: nn.Module, images: Tensor) -> float:
    """Mean squared error per pixel on the validation images."""
    return statistics.fmean(
        nn.functional.mse_loss(model(some), some).item() for some in images.split(1000)
    )


def measure(name: str, kind: str, seed: int) -> dict[str, float]:
    """Train until the target is reached, in this process."""
    seconds = 0.0
    for epochs, (spent, loss) in enumerate(CONTESTANTS[name](kind, seed), 1):
        seconds += spent
        if loss <= TARGET[kind] or epochs == MOST_EPOCHS:
            break
    return {
        "images_per_second": epochs * DataSpec().train / seconds,
        "seconds_to_target": seconds if loss <= TARGET[kind] else float("nan"),
        "epochs": epochs,
        "loss": loss,
    }


def in_new_process(name: str, kind: str, seed: int) -> dict[str, float]:
    """`measure` in a process of its own."""
    command = [sys.executable, __file__, "--one", name, kind, str(seed)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{name} on {kind} failed:\n{done.stderr[-2000:]}")
    return dict(json.loads(done.stdout.splitlines()[-1]))


def sweep(kind: str, runs: int) -> float:
    """Images a second of several runs of labcode, as many side by side as there are cores.

    Only training counts: labcode starts its processes once a sweep, and here they start anew.
    """
    side_by_side = min(runs, os.cpu_count() or 1)
    with ThreadPoolExecutor(side_by_side) as pool:
        found = list(pool.map(lambda seed: in_new_process("labcode", kind, seed), range(runs)))
    return side_by_side * statistics.harmonic_mean([one["images_per_second"] for one in found])


def limits_of_machine() -> dict[str, float]:
    """Best of several: GFLOP/s of a matrix product and GB/s of copying, one thread and all."""
    found = {}
    for label, threads in (("one thread", 1), ("all threads", os.cpu_count() or 1)):
        torch.set_num_threads(threads)
        a, b = torch.rand(2, 2048, 2048)
        source, target = torch.rand(2, 32 << 20)
        found[f"GFLOP/s, {label}"] = 2 * 2048**3 / best(partial(torch.mm, a, b)) / 1e9
        found[f"GB/s, {label}"] = 2 * source.nbytes / best(partial(target.copy_, source)) / 1e9
    return found


def best(action: Callable[[], object], times: int = 7) -> float:
    """Seconds of the fastest of several calls."""
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        action()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def work_of_an_image(kind: str) -> tuple[float, float]:
    """Floating-point operations, and bytes at least moved, to train on one image of a batch.

    Three passes of the forward multiply-adds; each activation is written and read forward, and
    it and its gradient once backward; each weight is read twice, and Adam reads and writes it,
    its gradient and its two averages.
    """
    model = lab_model(kind)
    numbers: list[int] = []
    for module in model.modules():
        if not list(module.children()):
            module.register_forward_hook(lambda _, __, out: numbers.append(out.numel()))
    model(torch.zeros(1, 1, 28, 28))
    weights = counting.parameters(model)
    return 6 * counting.multiply_adds(model), 4 * (4 * sum(numbers) + 10 * weights / BATCH)


def main() -> None:
    """Measure, print the table, and keep it with its figure."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--repeats", type=int, default=3)
    options.add_argument("--one", nargs=3, metavar=("NAME", "KIND", "SEED"), help="for itself")
    chosen = options.parse_args()
    if chosen.one:
        name, kind, seed = chosen.one
        print(json.dumps(measure(name, kind, int(seed))))
        return
    measured: dict[str, dict[str, list[dict[str, float]]]] = {
        kind: {name: [] for name in CONTESTANTS} for kind in TARGET
    }
    sweeps: dict[str, list[float]] = {kind: [] for kind in TARGET}
    for seed in range(chosen.repeats):
        for kind, rows in measured.items():
            for name, found in rows.items():
                found.append(in_new_process(name, kind, seed))
                print(seed, kind, name, found[-1], flush=True)
            sweeps[kind].append(sweep(kind, 6))
            print(seed, kind, "sweep", sweeps[kind][-1], flush=True)
    everything = {
        "machine": machine.description(),
        "limits": limits_of_machine(),
        "work of an image": {kind: work_of_an_image(kind) for kind in TARGET},
        "measured": measured,
        "sweep of 6 runs": sweeps,
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "training_speed.json").write_text(json.dumps(everything, indent=1) + "\n")
    report(everything)


def report(everything: dict[str, Any]) -> None:
    """The table as Markdown, and the roofline as a figure."""
    limits = everything["limits"]
    rows = [
        f"On {everything['machine']}.",
        "",
        "| model | trained by | images/s (median, range) | against the usual loop | "
        "seconds to the target |",
        "|---|---|---|---|---|",
    ]
    figure, axes = plt.subplots(figsize=(7, 4.5), layout="constrained")
    intensity = np.logspace(-1, 3)
    for threads, style in (("one thread", "--"), ("all threads", "-")):
        roof = np.minimum(limits[f"GFLOP/s, {threads}"], intensity * limits[f"GB/s, {threads}"])
        axes.loglog(intensity, roof, style, color="black", label=f"limit, {threads}")
    for kind, contestants in everything["measured"].items():
        operations, moved = everything["work of an image"][kind]
        rates = {
            name: [one["images_per_second"] for one in found] for name, found in contestants.items()
        }
        rates["labcode, 6 runs side by side"] = everything["sweep of 6 runs"][kind]
        usual = rates["usual PyTorch loop"]
        for name, found in rates.items():
            ratios = [ours / theirs for ours, theirs in zip(found, usual, strict=True)]
            seconds = [one["seconds_to_target"] for one in contestants.get(name, [])]
            rows.append(
                f"| {kind} | {name} | {spread(found, ',.0f')} | {spread(ratios, '.2f')} | "
                f"{spread(seconds, '.1f') if seconds else ''} |"
            )
            axes.plot(
                operations / moved,
                statistics.median(found) * operations / 1e9,
                "o" if name.startswith("labcode") else "x",
                label=f"{kind}: {name}",
            )
    axes.set(xlabel="floating-point operations per byte moved", ylabel="GFLOP/s")
    axes.legend(fontsize=6, ncols=2)
    figure.savefig(RESULTS / "roofline.svg")
    rows += ["", "Limits of the machine:", ""]
    rows += [f"- {name}: {value:.0f}" for name, value in limits.items()]
    (RESULTS / "training_speed.md").write_text("\n".join(rows) + "\n")
    print("\n".join(rows))


def spread(values: list[float], form: str) -> str:
    """Median and range."""
    middle, low, high = statistics.median(values), min(values), max(values)
    return f"{middle:{form}} ({low:{form}} to {high:{form}})"


if __name__ == "__main__":
    main()
