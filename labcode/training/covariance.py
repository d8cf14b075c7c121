"""Training a linear autoencoder exactly: on the covariance alone, with no mini-batches.

On centred data with covariance S, the squared error of x -> W2 W1 x averaged over the data is

    E|x - W2 W1 x|^2 = tr S - 2 tr(W1 S W2) + tr(W2' W2 W1 S W1'),

so S holds all that the loss sees, and its gradient is exact. With noise s n on the input, always
drawn anew, it is E|x - W2 W1 (x + s n)|^2: then S + s^2 I stands between W1 and W1' (Bishop, 1995).
Everything is in double precision.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Literal, get_args

import numpy as np
import torch
from torch import Tensor

from labcode import checks, data
from labcode.training.cpu import one_thread
from labcode.training.loop import Fit, TrainingDiverged

Method = Literal["LBFGS", "SGD", "Adam", "AdamW", "ALS"]
Start = Literal["random", "aligned", "saddle"]


@dataclass(frozen=True)
class CovarianceRunSpec:
    """Everything that decides a linear autoencoder trained on a covariance.

    The loss is E|x - W2 W1 (x + s n)|^2 / d, the mean squared error per pixel.

    Attributes
    ----------
    code_size : int
        k, between 1 and d.
    method : str
        `LBFGS`, full-batch `SGD`, `Adam` or `AdamW` of torch.optim; or `ALS`, alternating exact
        least squares, which solves for the decoder, then for the encoder, at each step.
    steps : int
        How many steps to take.
    seed : int
        Decides the first weights.
    spectrum : tuple of float, optional
        Eigenvalues of made data in axis-aligned coordinates. Without it, the covariance is that
        of Fashion-MNIST's 60,000 training images.
    learning_rate : float
        For all methods but `LBFGS` and `ALS`.
    weight_decay : float or tuple of float
        wd. It adds wd/2 (|W1|^2 + |W2|^2) to the loss; a tuple of k numbers gives each unit of
        the code its own (Bao et al., 2020). `AdamW` gives it to
        torch.optim instead, which shrinks the weights apart from the loss, and takes one number.
    noise : float
        s; not for `ALS`.
    start : str
        `random` draws Glorot uniform weights. `aligned` sets W1 = W2' = `start_scale` U_k', the
        start of the closed-form learning curves (Saxe et al., 2014). `saddle` takes components
        2 to k + 1 instead, which is a critical point (Baldi and Hornik, 1989), and disturbs each
        weight by N(0, 1e-6).
    start_scale : float
        Multiplies an aligned or a random start.
    records : int
        At about how many steps the weights are kept.
    """

    code_size: int
    method: Method
    steps: int
    seed: int = 0
    spectrum: tuple[float, ...] | None = None
    learning_rate: float = 1.0
    weight_decay: float | tuple[float, ...] = 0.0
    noise: float = 0.0
    start: Start = "random"
    start_scale: float = 1.0
    records: int = 24

    def __post_init__(self) -> None:
        checks.option("method", self.method, get_args(Method))
        checks.option("start", self.start, get_args(Start))
        checks.counts(steps=self.steps, records=self.records)
        checks.seeds(seed=self.seed)
        checks.at_least_zero(noise=self.noise)
        checks.above_zero(learning_rate=self.learning_rate, start_scale=self.start_scale)
        checks.variances(self.spectrum)
        if self.noise and self.method == "ALS":
            raise ValueError("ALS solves without noise. Take another method, or noise=0.")
        dimension = len(self.spectrum) if self.spectrum else 784
        if not 1 <= self.code_size <= dimension:
            raise ValueError(
                f"code size {self.code_size}: it must lie between 1 and {dimension}, "
                "the number of inputs."
            )
        if isinstance(self.weight_decay, tuple) and (
            self.method == "AdamW" or len(self.weight_decay) != self.code_size
        ):
            raise ValueError(
                f"weight_decay={self.weight_decay}: give one number, or, except to AdamW, one for "
                f"each of the {self.code_size} units."
            )

    @property
    def title(self) -> str:
        """A few words for a progress bar."""
        noise = f", noise {self.noise:g}" if self.noise else ""
        return f"linear, k = {self.code_size}, {self.method}{noise}, seed {self.seed}"

    @property
    def cost(self) -> float:
        """Roughly how long the run takes, in the unit of `RunSpec.cost`."""
        dimension = len(self.spectrum) if self.spectrum else 784
        return float(self.steps * dimension * dimension * self.code_size) / 3

    def covariance(self) -> np.ndarray:
        """S of the data that the run trains on, shape (d, d)."""
        if self.spectrum is not None:
            return np.diag(np.asarray(self.spectrum, dtype=float))
        return _fashion_mnist_covariance()

    def train(self, device: str = "auto") -> Fit:
        """Train on the CPU in double precision, whatever the device.

        Returns
        -------
        Fit
            `weights` holds W1 (k, d) and W2 (d, k). `history` holds `step`, shape (r,), about
            evenly spaced in its logarithm, and at those steps `loss` (r,), W1 (r, k, d) and
            W2 (r, d, k).
        """
        covariance = torch.from_numpy(self.covariance())
        with torch.random.fork_rng(), one_thread():
            torch.manual_seed(self.seed)
            w1, w2 = self._first_weights(covariance)

            def loss() -> Tensor:
                return mean_squared_error(w1, w2, covariance, self.noise)

            record = _Recorder(w1, w2, loss, self.steps, self.records)
            if self.method == "ALS":
                _alternate(w1, w2, covariance, self.steps, record)
            else:
                self._descend(w1, w2, loss, record)
        return record.fit()

    def _first_weights(self, covariance: Tensor) -> tuple[Tensor, Tensor]:
        d, k = len(covariance), self.code_size
        if self.start == "aligned":
            components = torch.linalg.eigh(covariance).eigenvectors.flip(1)[:, :k]
            return (
                self.start_scale * components.T.clone(),
                self.start_scale * components.clone(),
            )
        if self.start == "saddle":
            others = torch.linalg.eigh(covariance).eigenvectors.flip(1)[:, 1 : k + 1]
            w1 = others.T + 1e-3 * torch.randn(k, d, dtype=torch.float64)
            return w1, others + 1e-3 * torch.randn(d, k, dtype=torch.float64)
        bound = self.start_scale * math.sqrt(6 / (d + k))
        w1 = torch.empty(k, d, dtype=torch.float64).uniform_(-bound, bound)
        w2 = torch.empty(d, k, dtype=torch.float64).uniform_(-bound, bound)
        return w1, w2

    def _descend(
        self, w1: Tensor, w2: Tensor, loss: Callable[[], Tensor], record: "_Recorder"
    ) -> None:
        decoupled = self.method == "AdamW"
        decay = torch.as_tensor(0.0 if decoupled else self.weight_decay, dtype=torch.float64)

        def penalised_loss() -> Tensor:
            penalty = (decay * ((w1**2).sum(1) + (w2**2).sum(0))).sum() / 2
            return loss() + penalty

        w1.requires_grad_()
        w2.requires_grad_()
        if self.method == "LBFGS":
            _descend_lbfgs(w1, w2, penalised_loss, record)
            return
        optimiser: torch.optim.Optimizer
        if self.method == "SGD":
            optimiser = torch.optim.SGD([w1, w2], lr=self.learning_rate)
        elif self.method == "Adam":
            optimiser = torch.optim.Adam([w1, w2], lr=self.learning_rate)
        else:
            assert isinstance(self.weight_decay, float)
            optimiser = torch.optim.AdamW(
                [w1, w2], lr=self.learning_rate, weight_decay=self.weight_decay
            )
        for step in range(self.steps):
            record(step)
            optimiser.zero_grad()
            penalised_loss().backward()
            optimiser.step()
        record(self.steps)


@dataclass(frozen=True)
class NestedDropoutRunSpec(CovarianceRunSpec):
    """A linear autoencoder trained by nested dropout, exactly, on a covariance.

    The loss is the mean over b = 1..k of what the first b units leave, `nested_error`; methods
    and starts as in `CovarianceRunSpec`.

    Raises
    ------
    ValueError
        For `ALS`, or with noise: the loss that they solve is another.
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.method == "ALS" or self.noise:
            raise ValueError("nested dropout trains by gradients, and without noise.")

    @property
    def title(self) -> str:
        """A few words for a progress bar."""
        return f"nested dropout, k = {self.code_size}, {self.method}, seed {self.seed}"

    def train(self, device: str = "auto") -> Fit:
        """Train on the CPU in double precision, whatever the device; the Fit is as there."""
        covariance = torch.from_numpy(self.covariance())
        with torch.random.fork_rng(), one_thread():
            torch.manual_seed(self.seed)
            w1, w2 = self._first_weights(covariance)

            def loss() -> Tensor:
                return nested_error(w1, w2, covariance)

            record = _Recorder(w1, w2, loss, self.steps, self.records)
            self._descend(w1, w2, loss, record)
        return record.fit()


def nested_error(w1: Tensor, w2: Tensor, covariance: Tensor) -> Tensor:
    """Mean over b = 1..k of E|x - W2 M_b W1 x|^2 / d, where M_b keeps the first b units.

    Unit i is kept with chance p_i = (k - i + 1) / k, and units i and j together with that of the
    later one. So the mean is tr S - 2 sum_i p_i w2_i' S w1_i + sum_ij p_max(i,j) (W2' W2)_ij
    (W1 S W1')_ij: nested dropout (Rippel, Gelbart and Adams, 2014) without drawing anything.

    Parameters
    ----------
    w1, w2, covariance : Tensor, shapes (k, d), (d, k) and (d, d)
    """
    k, s_w1 = len(w1), covariance @ w1.T
    kept = torch.arange(k, 0, -1, dtype=w1.dtype) / k
    both = torch.minimum(kept[:, None], kept)
    error = covariance.trace() - 2 * (kept * (w2 * s_w1).sum(0)).sum()
    return (error + (both * (w2.T @ w2) * (w1 @ s_w1)).sum()) / len(covariance)


def mean_squared_error(w1: Tensor, w2: Tensor, covariance: Tensor, noise: float = 0.0) -> Tensor:
    """E|x - W2 W1 (x + s n)|^2 / d of centred data, exactly; n is N(0, I).

    Parameters
    ----------
    w1, w2, covariance : Tensor, shapes (k, d), (d, k) and (d, d)
    noise : float
        s.
    """
    s_w1 = covariance @ w1.T
    seen = s_w1 + noise**2 * w1.T
    error = covariance.trace() - 2 * (w2 * s_w1).sum() + ((w2.T @ w2) * (w1 @ seen)).sum()
    return error / len(covariance)


def _descend_lbfgs(w1: Tensor, w2: Tensor, loss: Callable[[], Tensor], record: "_Recorder") -> None:
    """Full-batch L-BFGS with a strong Wolfe line search (Nocedal and Wright, 2006, ch. 7)."""
    optimiser = torch.optim.LBFGS(
        [w1, w2],
        history_size=50,
        tolerance_grad=0,
        tolerance_change=0,
        line_search_fn="strong_wolfe",
    )
    group = optimiser.param_groups[0]

    def closure() -> Tensor:
        optimiser.zero_grad()
        value = loss()
        value.backward()
        return value

    for step, following in pairwise(record.steps):
        record(step)
        group["max_iter"] = following - step
        group["max_eval"] = 25 * group["max_iter"]
        optimiser.step(closure)
    record(record.steps[-1])


def _alternate(w1: Tensor, w2: Tensor, covariance: Tensor, steps: int, record: "_Recorder") -> None:
    """Solve for W2 with W1 fixed, then for W1 with W2 fixed.

    The decoder's least squares gives W2 = S W1' (W1 S W1')^-1, the encoder's W1 = W2^+. One pair
    maps the span of W1' to its image under S: a step of subspace iteration, which shrinks the
    angle to the k components by l_(k+1) / l_k.
    """
    for step in range(steps):
        record(step)
        s_w1 = covariance @ w1.T
        w2.copy_(torch.linalg.solve(w1 @ s_w1, s_w1.T).T)
        w1.copy_(torch.linalg.solve(w2.T @ w2, w2.T))
    record(steps)


class _Recorder:
    """Keeps the weights at steps that are about evenly spaced in their logarithm."""

    def __init__(
        self, w1: Tensor, w2: Tensor, loss: Callable[[], Tensor], steps: int, records: int
    ) -> None:
        self._w1, self._w2, self._loss = w1, w2, loss
        spaced = np.geomspace(1, steps, records).round().astype(int).tolist()
        self.steps = sorted({0, *spaced})
        self._kept: dict[str, list[Tensor]] = {
            "step": [],
            "loss": [],
            "W1": [],
            "W2": [],
        }

    @torch.no_grad()
    def __call__(self, step: int) -> None:
        if step not in self.steps:
            return
        loss = self._loss()
        if not torch.isfinite(loss):
            raise TrainingDiverged(
                f"the loss is {loss.item()} at step {step}, so training stopped and nothing was "
                "kept. Lower the learning rate."
            )
        self._kept["step"].append(torch.tensor(step))
        self._kept["loss"].append(loss)
        self._kept["W1"].append(self._w1.detach().clone())
        self._kept["W2"].append(self._w2.detach().clone())

    def fit(self) -> Fit:
        history = {name: torch.stack(values) for name, values in self._kept.items()}
        return Fit({"W1": history["W1"][-1].clone(), "W2": history["W2"][-1].clone()}, history)


@cache
def _fashion_mnist_covariance() -> np.ndarray:
    _, covariance = data.moments(data.fashion_mnist("train").pixels)
    return np.asarray(covariance)
