"""Scores of trained networks on noisy images.

Each takes seconds, so each is kept on disk like a trained run. A page then reads numbers.
"""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import torch
from sklearn.linear_model import RidgeClassifier
from torch import Tensor

from labcode import checks, data, runs
from labcode.data.corruption import noisy
from labcode.scores.metrics import mse, ssim
from labcode.training.cpu import one_thread
from labcode.training.loop import Fit
from labcode.training.networks import VALIDATION_NOISE_SEED, RunSpec, score

EXAMPLES = 10
SSIM_IMAGES = 2000
Noise = Literal["training", "unclipped", "clipped"]


@dataclass(frozen=True)
class NetworkScoreSpec:
    """A trained network, scored on noisy test images that are the same for every method.

    Attributes
    ----------
    run : RunSpec
        The network.
    std : float
        s of the noise; 0 for clean images.
    test : int
        Scored on the first so many test images.
    clip : bool
        Whether the noisy images are clipped to [0, 1].
    """

    run: RunSpec
    std: float
    test: int
    clip: bool = False

    @property
    def title(self) -> str:
        """A few words for a progress bar."""
        return f"score at noise {self.std:g} of {self.run.title}"

    @property
    def cost(self) -> float:
        """Little, so that it starts after the networks have trained."""
        return 1e-3 * self.test

    def train(self, device: str = "auto") -> Fit:
        """Score; `weights` holds `error` of each image, `ssim` of the first, and `examples`."""
        network = runs.model_of(runs.get(self.run, device))
        test = data.load(self.run.data).test.pixels[: self.test]
        with one_thread():
            denoised = _in_batches(network, noisy(test, self.std, self.clip))
        return Fit(
            {
                "error": mse(test, denoised),
                "ssim": ssim(test[:SSIM_IMAGES], denoised[:SSIM_IMAGES]),
                "examples": denoised[:EXAMPLES].clone(),
            },
            {},
        )


@dataclass(frozen=True)
class SnapshotScoreSpec:
    """The weights of a run on noisy images: after its last epoch, or after each.

    Attributes
    ----------
    run : RunSpec
        With noise drawn once, and snapshots where each epoch counts.
    noise : str
        `training` is the images and the noise that the run trained on (on a GPU, another draw
        of that noise). `unclipped` and `clipped` is noise on validation images.
    std : float
        s of the validation noise.
    images : int
        The first so many training images, or the last so many of the 60,000 for validation.
    each_epoch : bool
        Whether to score the weights after each epoch, or the last ones alone.
    """

    run: RunSpec
    noise: Noise
    std: float
    images: int
    each_epoch: bool = False

    def __post_init__(self) -> None:
        checks.option("noise", self.noise, get_args(Noise))

    @property
    def title(self) -> str:
        """A few words for a progress bar."""
        return f"score on {self.noise} noise of {self.run.title}"

    @property
    def cost(self) -> float:
        """Little, so that it starts after the networks have trained."""
        return 1e-3 * self.images * self.run.epochs

    def train(self, device: str = "auto") -> Fit:
        """Score; `history` holds `loss`, shape (epochs,) or (1,)."""
        run = runs.get(self.run, device)
        network = self.run.model.build()
        if self.noise == "training":
            everything = data.load(self.run.data).train.pixels
            x = everything[: self.images]
            y = _training_input(self.run, everything)[: self.images]
        else:
            x = data.load(data.DataSpec(1, self.images)).validation.pixels
            y = noisy(x, self.std, self.noise == "clipped", seed=VALIDATION_NOISE_SEED)
        losses = []
        with one_thread():
            for weights in _snapshots(run) if self.each_epoch else [run.weights]:
                network.load_state_dict(weights)
                losses.append(score(network, y, x))
        return Fit({}, {"loss": torch.tensor(losses)})


def _snapshots(run: runs.Run[RunSpec]) -> list[dict[str, Tensor]]:
    return [
        {name: run.history[f"snapshot.{name}"][epoch] for name in run.weights}
        for epoch in range(1, run.spec.epochs + 1)
    ]


def _training_input(run: RunSpec, x: Tensor) -> Tensor:
    """The noisy images of a run that draws its noise once: the first draw after the weights."""
    if run.corruption is None or run.fresh_corruption:
        raise ValueError("only a run that draws its noise once has noisy images to go back to.")
    with torch.random.fork_rng():
        torch.manual_seed(run.seed)
        run.model.build()
        return run.corruption(x)


@dataclass(frozen=True)
class ProbeSpec:
    """How well a linear classifier tells garments apart from codes of clean images.

    Attributes
    ----------
    run : RunSpec or None
        The autoencoder that gives the codes; None for raw pixels.
    train_images, test : int
        The classifier learns from the first so many training images, and is scored on the first
        so many test images. It is ridge regression on standardised codes, penalty 1.
    """

    run: RunSpec | None
    train_images: int
    test: int

    @property
    def title(self) -> str:
        """A few words for a progress bar."""
        return f"linear probe of {self.run.title if self.run else 'pixels'}"

    @property
    def cost(self) -> float:
        """Little, so that it starts after the networks have trained."""
        return 1e-3 * self.test

    def train(self, device: str = "auto") -> Fit:
        """Fit the classifier; `weights` holds its `accuracy` on the test images."""
        train, test = data.fashion_mnist("train"), data.fashion_mnist("test")
        network = runs.model_of(runs.get(self.run, device)) if self.run else None

        def codes(pixels: Tensor) -> np.ndarray:
            found = _in_batches(network.encode, pixels) if network else pixels
            return found.flatten(1).double().numpy()

        with one_thread():
            z = codes(train.pixels[: self.train_images])
            mean, scale = z.mean(0), z.std(0) + 1e-6
            probe = RidgeClassifier(alpha=1.0)
            probe.fit((z - mean) / scale, train.labels[: self.train_images].numpy())
            guess = probe.predict((codes(test.pixels[: self.test]) - mean) / scale)
        right = guess == test.labels[: self.test].numpy()
        return Fit({"accuracy": torch.tensor(float(right.mean()))}, {})


@torch.no_grad()
def _in_batches(function, x: Tensor) -> Tensor:  # type: ignore[no-untyped-def]
    return torch.cat([function(batch) for batch in x.split(1000)])
