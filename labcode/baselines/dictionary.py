"""Dictionary learning without a network, by scikit-learn.

Source: Mairal, Bach, Ponce and Sapiro (2010), algorithm 1, with mini-batches.
"""

import time
import warnings
from dataclasses import dataclass

import torch
import xarray as xr
from sklearn.decomposition import MiniBatchDictionaryLearning
from sklearn.exceptions import ConvergenceWarning

from labcode import checks, runs
from labcode.runs.measured import measured
from labcode.scores.planted import recovery
from labcode.training.cpu import one_thread
from labcode.training.loop import Fit
from labcode.training.planted import PlantedData

BATCH_SIZE = 256


@dataclass(frozen=True)
class DictionarySpec:
    """Everything that decides a learned dictionary.

    It makes |x - D z|^2 / 2 + `alpha` |z|_1 small, with no entry of z below 0: scikit-learn's
    coordinate descent for the codes, 256 points at a time. Descent of a code that has not
    converged after 1,000 rounds is taken as it is.

    Attributes
    ----------
    atoms : int
    alpha : float
    passes : int
        Over the points.
    seed : int
        Of the order of the points.
    planted : PlantedData
    """

    atoms: int
    alpha: float
    passes: int
    seed: int
    planted: PlantedData

    def __post_init__(self) -> None:
        checks.counts(atoms=self.atoms, passes=self.passes)
        checks.at_least_zero(alpha=self.alpha)
        checks.seeds(seed=self.seed)

    @property
    def title(self) -> str:
        """A few words for a progress bar."""
        return f"dictionary of {self.atoms} atoms, alpha {self.alpha:g}, seed {self.seed}"

    @property
    def cost(self) -> float:
        """Roughly how long it takes, in the unit of `RunSpec.cost`."""
        return float(self.passes * self.planted.points * 400_000)

    def train(self, device: str = "auto") -> Fit:
        """Learn on the CPU: `weights` holds `atoms`, shape (atoms, d), `history` `seconds`."""
        x = self.planted.sample().x.numpy()
        learner = MiniBatchDictionaryLearning(
            self.atoms,
            alpha=self.alpha,
            max_iter=self.passes,
            batch_size=BATCH_SIZE,
            fit_algorithm="cd",
            positive_code=True,
            random_state=self.seed,
            max_no_improvement=None,
            tol=0.0,
        )
        start = time.perf_counter()
        with one_thread(), warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            learner.fit(x)
        seconds = torch.tensor([time.perf_counter() - start])
        return Fit({"atoms": torch.from_numpy(learner.components_)}, {"seconds": seconds})


@measured
def by_dictionary_learning(dictionary: DictionarySpec) -> xr.Dataset:
    """`recovery` of the planted atoms by scikit-learn's."""
    planted = dictionary.planted.sample().atoms.numpy()
    return recovery(planted, runs.get(dictionary).weights["atoms"].numpy())
