"""Fitting a mixture of probabilistic PCA by EM: what decides it, and where it starts."""

import time
from dataclasses import dataclass, field

import numpy as np
import torch
from sklearn.cluster import MiniBatchKMeans

from labcode import checks
from labcode.data import DataSpec, load
from labcode.theory import ppca_mixtures
from labcode.theory.ppca import ProbabilisticPCA
from labcode.theory.ppca_mixtures import PPCAMixture
from labcode.training.loop import Fit

# The variance that rounding to whole grey levels leaves: no density of 8-bit pixels is sharper.
LEAST_VARIANCE = 1 / (12 * 255**2)
BATCH = 4096
LEAST_GAIN = 0.1


@dataclass(frozen=True)
class MixtureRunSpec:
    """Everything that decides a mixture of probabilistic PCA that knows no labels.

    It starts from k-means, and stops after the step that raises the validation images' mean
    log-likelihood by less than a tenth of a nat. The mixture with the highest is kept.

    Attributes
    ----------
    components, code_size : int
        m, and k of each.
    iterations : int
        Largest number of steps of EM, each a pass over the training images.
    seed : int
        Of k-means.
    data : DataSpec
    one_variance : bool
        Whether all components share one v.
    """

    components: int
    code_size: int
    iterations: int
    seed: int
    data: DataSpec = field(default_factory=DataSpec)
    one_variance: bool = False

    def __post_init__(self) -> None:
        checks.counts(
            components=self.components, code_size=self.code_size, iterations=self.iterations
        )
        checks.seeds(seed=self.seed)
        if not self.data.validation:
            raise ValueError("validation images say when EM stops, and there are none.")

    @property
    def title(self) -> str:
        """A few words for a progress bar."""
        return f"{self.components} probabilistic PCAs (k {self.code_size}), seed {self.seed}"

    @property
    def cost(self) -> float:
        """Roughly how long the fit takes, in the unit of `RunSpec.cost`."""
        return float(self.iterations * self.data.train * self.components * 784 * self.code_size)

    def train(self, device: str = "auto") -> Fit:
        """Fit the mixture, on the CPU.

        Returns
        -------
        Fit
            `weights` holds `weights`, shape (m,), `means`, (m, 784), `directions`, (m, 784, k),
            and `variances`, (m,). `history`, by iteration, the start from k-means included:
            `train_log_likelihood` and `validation_log_likelihood`, means in nats an image, and
            `seconds`.
        """
        split = load(self.data)
        x, held_out = (part.pixels.flatten(1).numpy() for part in (split.train, split.validation))
        start = time.perf_counter()
        means = MiniBatchKMeans(
            self.components, batch_size=BATCH, n_init=1, random_state=self.seed
        ).fit(x)
        shares = np.eye(self.components)[means.labels_]
        history: dict[str, list[float]] = {
            "train_log_likelihood": [], "validation_log_likelihood": [], "seconds": [],
        }  # fmt: skip
        validation = history["validation_log_likelihood"]
        for _ in range(self.iterations):
            mixture = ppca_mixtures.most_likely(
                x, shares, self.code_size, LEAST_VARIANCE, one_variance=self.one_variance
            )
            terms, shares = mixture.log_likelihood_and_responsibilities(x)
            history["train_log_likelihood"].append(float(terms.mean()))
            validation.append(float(mixture.log_likelihood(held_out).mean()))
            history["seconds"].append(time.perf_counter() - start)
            start = time.perf_counter()
            if validation[-1] == max(validation):
                best = mixture
            if len(validation) > 1 and validation[-1] < validation[-2] + LEAST_GAIN:
                break
        return Fit(
            as_tensors(best),
            {name: torch.tensor(numbers, dtype=torch.float64) for name, numbers in history.items()},
        )


def as_tensors(mixture: PPCAMixture) -> dict[str, torch.Tensor]:
    """A mixture as `weights`, `means`, `directions` and `variances`, in double precision."""
    arrays = {
        "weights": mixture.weights,
        "means": np.stack([part.mean for part in mixture.parts]),
        "directions": np.stack([part.weights for part in mixture.parts]),
        "variances": np.array([part.variance for part in mixture.parts]),
    }
    return {name: torch.from_numpy(array.astype(np.float64)) for name, array in arrays.items()}


def from_tensors(tensors: dict[str, torch.Tensor]) -> PPCAMixture:
    """The mixture that `as_tensors` was given."""
    means, directions, variances = (
        tensors[name].numpy() for name in ("means", "directions", "variances")
    )
    parts = zip(means, directions, variances.tolist(), strict=True)
    return PPCAMixture(tensors["weights"].numpy(), tuple(ProbabilisticPCA(*part) for part in parts))
