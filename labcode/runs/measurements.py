"""What is measured on trained runs and takes seconds, kept on disk like a run."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from labcode import runs
from labcode.training.cpu import one_thread
from labcode.training.loop import Fit

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class ArrayMeasurement:
    """Arrays that a function computes, from runs or from the data alone.

    Attributes
    ----------
    function : function
        Of a module of labcode; it returns a dict from names to arrays.
    arguments : tuple
        Whatever a spec may hold: frozen dataclasses, classes, tuples, strings, numbers, None.
    """

    function: Callable[..., Arrays]
    arguments: tuple[Any, ...] = ()

    @property
    def title(self) -> str:
        """A few words for a progress bar."""
        names = [str(item) for item in self.arguments if isinstance(item, str | int)]
        return " ".join([self.function.__name__.strip("_").replace("_", " "), *names])

    @property
    def cost(self) -> float:
        """Nothing, so that it starts after the networks have trained."""
        return 0.0

    def train(self, device: str = "auto") -> Fit:
        """Measure; `weights` holds the arrays."""
        with one_thread():
            found = self.function(*self.arguments)
        return Fit({name: torch.as_tensor(array) for name, array in found.items()}, {})

    def arrays(self) -> Arrays:
        """The arrays: read from disk, or measured now and kept."""
        return {name: tensor.numpy() for name, tensor in runs.get(self).weights.items()}
