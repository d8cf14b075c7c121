"""A mixture of local PCAs: images in clusters, PCA in each, and no labels.

Each image goes to the cluster whose PCA gives it back best; then each cluster's PCA is fitted to
its images anew; and so on, as EM with hard assignments. Neither step can raise the error on the
training images. Source: Kambhatla and Leen (1997), VQPCA with reconstruction distance.

A code is k numbers and the number of a cluster, so it holds log2(clusters) bits more than PCA's.
"""

import time
from dataclasses import dataclass, field
from math import log

import torch
import xarray as xr
from scipy import linalg
from sklearn.cluster import KMeans
from torch import Tensor

from labcode import checks, data, runs
from labcode.data import DataSpec
from labcode.runs.measured import measured
from labcode.training.cpu import one_thread
from labcode.training.loop import Fit

ABOUT = {"units": "squared pixel units", "long_name": "MSE per pixel of local PCAs"}


@dataclass(frozen=True)
class LocalPCASpec:
    """Everything that decides a mixture of local PCAs.

    Attributes
    ----------
    clusters, code_size : int
    seed : int
        Decides where k-means, whose clusters are the first ones, begins.
    data : DataSpec
    iterations : int
        At most so many; fewer if no image changes its cluster.
    """

    clusters: int
    code_size: int
    seed: int
    data: DataSpec = field(default_factory=DataSpec)
    iterations: int = 12

    def __post_init__(self) -> None:
        checks.counts(clusters=self.clusters, code_size=self.code_size, iterations=self.iterations)

    @property
    def title(self) -> str:
        """A few words for a progress bar."""
        return f"{self.clusters} local PCAs, k = {self.code_size}, seed {self.seed}"

    @property
    def cost(self) -> float:
        """Roughly how long it takes, in the unit of `RunSpec.cost`."""
        weights = 784 * (784 + self.clusters * self.code_size) / 3
        return float(self.iterations * self.data.train * weights)

    def train(self, device: str = "auto") -> Fit:
        """Fit the mixture on the CPU, whatever the device.

        Returns
        -------
        Fit
            `weights` holds `means` (clusters, 784) and `axes` (clusters, 784, k); `history` holds
            `train_loss`, the training MSE per pixel after each iteration, and `seconds`.
        """
        x = data.load(self.data).train.pixels.flatten(1)
        with one_thread():
            first = KMeans(self.clusters, n_init=1, random_state=self.seed).fit_predict(x.numpy())
            return fit(x, torch.from_numpy(first).long(), self.code_size, self.iterations)


def fit(x: Tensor, labels: Tensor, code_size: int, iterations: int) -> Fit:
    """Local PCAs of points, from a first guess of their clusters.

    Parameters
    ----------
    x : Tensor, shape (n, d)
    labels : Tensor of int64, shape (n,)
        From 0 on; each cluster has a point.
    code_size, iterations : int

    Returns
    -------
    Fit
        As of `LocalPCASpec.train`.
    """
    clusters = int(labels.max()) + 1
    means = torch.zeros(clusters, x.shape[1])
    axes = torch.zeros(clusters, x.shape[1], code_size)
    losses, seconds = [], []
    for _ in range(iterations):
        start = time.perf_counter()
        for cluster in range(clusters):
            own = x[labels == cluster]
            if len(own):  # a cluster that lost all its points stays where it was
                means[cluster], axes[cluster] = _principal_axes(own, code_size)
        errors, nearest = squared_errors(x, means, axes).min(1)
        losses.append(errors.double().mean() / x.shape[1])
        seconds.append(time.perf_counter() - start)
        if torch.equal(nearest, labels):
            break
        labels = nearest
    history = {"train_loss": torch.stack(losses), "seconds": torch.tensor(seconds)}
    return Fit({"means": means, "axes": axes}, history)


def squared_errors(x: Tensor, means: Tensor, axes: Tensor) -> Tensor:
    """|x - x_hat|^2 of each point under each cluster's PCA, shape (n, clusters).

    Parameters
    ----------
    x, means, axes : Tensor, shapes (n, d), (clusters, d) and (clusters, d, k)
    """
    columns = []
    for mean, own in zip(means, axes, strict=True):
        centred = x - mean
        columns.append((centred**2).sum(1) - ((centred @ own) ** 2).sum(1))
    return torch.stack(columns, 1)


def restored(x: Tensor, means: Tensor, axes: Tensor) -> Tensor:
    """Each point as the PCA that gives it back best does, shape (n, d)."""
    nearest = squared_errors(x, means, axes).argmin(1)
    found = torch.empty_like(x)
    for cluster, (mean, own) in enumerate(zip(means, axes, strict=True)):
        which = nearest == cluster
        found[which] = mean + (x[which] - mean) @ own @ own.T
    return found


@measured
def local_pca_errors(mixture: LocalPCASpec) -> xr.Dataset:
    """MSE per pixel of a fitted mixture: `validation`, `test`, and `clipped`, on test images.

    Also `bits`, by which its code is longer than PCA's: the logarithm of the clusters.
    """
    weights, split = runs.get(mixture).weights, data.load(mixture.data)
    found: dict[str, tuple[tuple[()], float, dict[str, str]]] = {}
    for part in ("validation", "test"):
        x = getattr(split, part).pixels.flatten(1)
        given_back = restored(x, weights["means"], weights["axes"])
        found[part] = ((), ((given_back - x) ** 2).double().mean().item(), ABOUT)
    found["clipped"] = ((), ((given_back.clamp(0, 1) - x) ** 2).double().mean().item(), ABOUT)
    found["bits"] = ((), log(mixture.clusters, 2), {"units": "bits", "long_name": "cluster"})
    return xr.Dataset(found)


def _principal_axes(x: Tensor, code_size: int) -> tuple[Tensor, Tensor]:
    mean, covariance = data.moments(x)
    last = len(covariance) - 1
    axes = linalg.eigh(covariance.numpy(), subset_by_index=(last - code_size + 1, last))[1]
    return mean.to(x.dtype), torch.from_numpy(axes).to(x.dtype)
