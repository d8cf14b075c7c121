"""How well trained networks give images back."""

from typing import Literal

import numpy as np
import torch

from labcode import checks, data, runs
from labcode.runs.measured import Arrays
from labcode.scores.metrics import mse
from labcode.training.networks import RunSpec


def reconstruction_errors(
    networks: tuple[RunSpec, ...], part: Literal["train", "test"], count: int | None = None
) -> Arrays:
    """`mse` per pixel of each network, shape (len(networks),), on the first images of its data."""
    checks.option("part", part, ("train", "test"))
    found = []
    for run in map(runs.get, networks):
        split = data.load(run.spec.data)
        images = (split.train if part == "train" else split.test).pixels[:count]
        network = runs.model_of(run)
        with torch.no_grad():
            restored = torch.cat([network(some) for some in images.split(1000)])
        found.append(mse(images, restored).mean().item())
    return {"mse": np.array(found)}
