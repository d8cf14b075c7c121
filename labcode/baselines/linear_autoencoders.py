"""Trained linear autoencoders beside PCA of the images that they trained on.

Each score takes the spec of a run, and returns a number or a table of what the run shows.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import xarray as xr
from torch import Tensor

from labcode import checks, runs
from labcode.baselines.pca import principal_components
from labcode.runs.measured import measured
from labcode.scores.metrics import principal_angles
from labcode.theory import linear_autoencoder as theory
from labcode.theory import pca
from labcode.training.covariance import CovarianceRunSpec
from labcode.training.networks import RunSpec

Centring = Literal["centred", "not centred"]
BISECTIONS = 12
STEPS_TO_DIVERGE = 400


@measured
def descent(run: CovarianceRunSpec | RunSpec) -> xr.Dataset:
    """A run on its way to the principal subspace.

    Parameters
    ----------
    run : CovarianceRunSpec or RunSpec
        Trained on the images' covariance; or in mini-batches, with snapshots.

    Returns
    -------
    Dataset, dimension `record`
        `step` (epochs for mini-batches), `excess_loss`, the loss relative to PCA's, minus one, and
        the largest principal angles in radians between the first k components and the column
        spaces of W2 (`decoder`), of S W1' (`encoder`) and of W1' (`raw_encoder`).
    """
    history = runs.get(run).history
    if isinstance(run, RunSpec):
        fitted = principal_components(run.data)
        w1, b1 = (_snapshots(history, f"encoder.1.{name}") for name in ("weight", "bias"))
        w2, b2 = (_snapshots(history, f"decoder.0.{name}") for name in ("weight", "bias"))
        biases = np.einsum("edk,ek->ed", w2, b1) + b2
        losses = [
            theory.loss(one, two, fitted.covariance, mean=fitted.mean, bias=bias)
            for one, two, bias in zip(w1, w2, biases, strict=True)
        ]
        step, unit = np.arange(len(w1)), "epochs"
    else:
        fitted = principal_components()
        w1, w2 = history["W1"].numpy(), history["W2"].numpy()
        losses = [theory.loss(one, two, fitted.covariance) for one, two in zip(w1, w2, strict=True)]
        step, unit = history["step"].numpy(), "steps"
    k, s = w2.shape[-1], fitted.covariance

    def angles(spans: Sequence[np.ndarray], of: str) -> tuple[str, np.ndarray, dict[str, str]]:
        found = [principal_angles(span, fitted.components[:, :k])[0] for span in spans]
        return "record", np.array(found), _about("rad", f"largest angle of {of}")

    excess = np.array(losses) / fitted.floor(k) - 1
    return xr.Dataset(
        {
            "step": ("record", step, _about(unit, "training so far")),
            "excess_loss": ("record", excess, _about("1", "loss above PCA's (relative)")),
            "decoder": angles(list(w2), "W2"),
            "encoder": angles([s @ one.T for one in w1], "S W1'"),
            "raw_encoder": angles([one.T for one in w1], "W1'"),
        }
    )


@measured
def loss_beside_saddle(run: CovarianceRunSpec) -> xr.Dataset:
    """The loss of gradient descent that starts at components 2 to k + 1.

    Returns
    -------
    Dataset, dimension `step`
        `loss`; and, in closed form and without a dimension, the loss of that `saddle` (Baldi and
        Hornik, 1989) and PCA's `floor`. MSE per pixel.
    """
    history, fitted = runs.get(run).history, principal_components()
    saddle = theory.critical_loss(fitted.eigenvalues, list(range(1, run.code_size + 1)))
    unit = "squared pixel units"
    return xr.Dataset(
        {
            "loss": ("step", history["loss"].numpy(), _about(unit, "MSE per pixel")),
            "saddle": ((), saddle / len(fitted.mean), _about(unit, "loss of the saddle")),
            "floor": ((), fitted.floor_per_pixel(run.code_size), _about(unit, "loss of PCA")),
        },
        {"step": ("step", history["step"].numpy(), _about("steps", "step of gradient descent"))},
    )


@measured
def decoder_alignment(run: CovarianceRunSpec | RunSpec) -> xr.DataArray:
    """|cos| between the decoder's own columns and the first k components.

    Returns
    -------
    DataArray, dimensions `direction` and `component`, both of length k
    """
    return _alignment(_weights(run)[1])


@measured
def svd_alignment(run: CovarianceRunSpec) -> xr.DataArray:
    """|cos| between the left singular vectors of W2 and the first k components."""
    return _alignment(theory.svd_directions(_weights(run)[1]))


@measured
def reconstruction_alignment(run: CovarianceRunSpec) -> xr.DataArray:
    """The same for the left singular vectors of W2 Cov(z)^(1/2)."""
    w1, w2 = _weights(run)
    s = principal_components().covariance
    return _alignment(theory.reconstruction_directions(w1, w2, s))


@measured
def directions(run: CovarianceRunSpec) -> xr.DataArray:
    """What a decoder's directions look like, beside the first k components.

    Returns
    -------
    DataArray, dimensions `recipe`, `direction` and `pixel`
        `components`; `columns` of W2; `repaired`, the left singular vectors of W2 Cov(z)^(1/2).
        Each has length 1, and the sign that agrees with the component of its number.
    """
    w1, w2 = _weights(run)
    fitted = principal_components()
    components = fitted.components[:, : run.code_size]
    found = {
        "components": components,
        "columns": w2 / np.linalg.norm(w2, axis=0),
        "repaired": theory.reconstruction_directions(w1, w2, fitted.covariance),
    }
    signed = [own * np.where((own * components).sum(0) < 0, -1, 1) for own in found.values()]
    return xr.DataArray(
        np.stack(signed).transpose(0, 2, 1).astype("float32"),
        {"recipe": list(found), "direction": np.arange(run.code_size) + 1},
        ("recipe", "direction", "pixel"),
        attrs=_about("1", "entry of a direction"),
    )


@measured
def encoder_angle(run: CovarianceRunSpec) -> float:
    """Largest principal angle, in radians, between the span of W1' and the first k components."""
    w1, _ = _weights(run)
    components = principal_components().components[:, : run.code_size]
    return float(principal_angles(w1.T, components)[0])


def worst_alignment(alignment: xr.DataArray) -> xr.DataArray:
    """The smallest |cos| between a direction and its own component, 0 to 1.

    Parameters
    ----------
    alignment : DataArray
        With the dimensions `direction` and `component`, counted alike; others stay.
    """
    own = xr.DataArray(np.arange(alignment.sizes["direction"]), dims="direction")
    return alignment.isel(direction=own, component=own).min("direction")


@measured
def shrinkage(run: CovarianceRunSpec) -> xr.Dataset:
    """Singular values of a decoder trained with weight decay, and what an L2 penalty predicts.

    Returns
    -------
    Dataset, dimension `component`
        `predicted` by Kunin et al. (2019), `measured`; and without a dimension `transpose_gap`,
        the largest |W1 - W2'|, which an L2 penalty makes zero.

    Raises
    ------
    TypeError
        If each unit has a weight decay of its own.
    """
    if not isinstance(run.weight_decay, float):
        raise TypeError(f"weight_decay={run.weight_decay}: the theorem is of one number.")
    w1, w2 = _weights(run)
    spectrum = np.array(run.spectrum) if run.spectrum else principal_components().eigenvalues
    predicted = theory.decayed_singular_values(
        spectrum[: run.code_size], run.weight_decay, len(spectrum)
    )
    found = np.linalg.svd(w2, compute_uv=False)
    gap = float(np.abs(w1 - w2.T).max())
    return xr.Dataset(
        {
            "predicted": ("component", predicted, _about("1", "predicted singular value of W2")),
            "measured": ("component", found, _about("1", "singular value of W2")),
            "transpose_gap": ((), gap, _about("1", "largest |W1 - W2'|")),
        },
        {"component": np.arange(run.code_size) + 1},
    )


@measured
def learning_curves(run: CovarianceRunSpec, components: tuple[int, ...]) -> xr.Dataset:
    """How much of each component the product W2 W1 holds, against the steps.

    Parameters
    ----------
    run : CovarianceRunSpec
        Full-batch gradient descent from a small start.
    components : tuple of int
        Counted from 1.

    Returns
    -------
    Dataset, dimensions `step` and `component`
        `measured`, u_i' W2 W1 u_i; `predicted`, the closed form of Saxe et al. (2014) for the
        aligned start; and `lag`, by which finite steps run behind it.
    """
    history, fitted = runs.get(run).history, principal_components()
    which = [component - 1 for component in components]
    u, eigenvalues = fitted.components[:, which], fitted.eigenvalues[which]
    step, start = history["step"].numpy(), run.start_scale**2
    time = theory.time_of_step(step, run.learning_rate, len(fitted.mean))
    measured_share = np.einsum(
        "dm,rdk,rke,em->rm", u, history["W2"].numpy(), history["W1"].numpy(), u, optimize=True
    )
    predicted = theory.learning_curve(time[:, None], eigenvalues, start)
    lag = theory.learning_curve_lag(time[:, None], eigenvalues, start, time[-1] / step[-1])
    dims = ("step", "component")
    return xr.Dataset(
        {
            "measured": (dims, measured_share, _about("1", "share of the component in W2 W1")),
            "predicted": (dims, predicted, _about("1", "predicted share of the component")),
            "lag": (dims, lag, _about("1", "delay of finite steps")),
        },
        {
            "step": ("step", step, _about("steps", "step of gradient descent")),
            "component": list(components),
        },
    )


@measured
def largest_stable_step(images: Centring, code_size: int) -> xr.Dataset:
    """The largest step size at which full-batch gradient descent still converges.

    Parameters
    ----------
    images : str
        `centred` or `not centred`, of the 60,000 training images.
    code_size : int

    Returns
    -------
    Dataset
        `predicted` in closed form and `measured` by bisection, beside the minimum with balanced
        weights, for the mean squared error per pixel.
    """
    checks.option("images", images, ("centred", "not centred"))
    fitted = principal_components()
    kind = fitted if images == "centred" else fitted.uncentred()
    predicted = theory.largest_stable_step(kind.eigenvalues[0], len(kind.mean))
    return xr.Dataset(
        {
            "predicted": ((), predicted, _about("1", "predicted largest stable step size")),
            "measured": ((), _bisected(kind, code_size), _about("1", "largest stable step size")),
        }
    )


def _bisected(kind: pca.PCA, code_size: int) -> float:
    s, top, best = kind.covariance, kind.components[:, :code_size], kind.floor(code_size)
    d = len(s)

    def diverges(rate: float) -> bool:
        noise = np.random.default_rng(0).normal(scale=1e-4, size=top.shape)
        w1, w2 = (top + noise).T, top.copy()
        start = theory.loss(w1, w2, s) - best
        for _ in range(STEPS_TO_DIVERGE):
            by_w1 = theory.encoder_gradient(w1, w2, s)
            by_w2 = theory.decoder_gradient(w1, w2, s)
            w1, w2 = w1 - rate / d * by_w1, w2 - rate / d * by_w2
            if theory.loss(w1, w2, s) - best > 10 * start:
                return True
        return False

    low, high = 0.0, 2 * d / kind.eigenvalues[0]
    for _ in range(BISECTIONS):
        rate = (low + high) / 2
        low, high = (low, rate) if diverges(rate) else (rate, high)
    return (low + high) / 2


def _snapshots(history: dict[str, Tensor], name: str) -> np.ndarray:
    return history[f"snapshot.{name}"].double().numpy()


def product(run: CovarianceRunSpec) -> np.ndarray:
    """W2 W1 of a trained network, shape (d, d)."""
    w1, w2 = _weights(run)
    found: np.ndarray = w2 @ w1
    return found


def _weights(run: CovarianceRunSpec | RunSpec) -> tuple[np.ndarray, np.ndarray]:
    """W1 and W2, in double precision."""
    weights = runs.get(run).weights
    names = ("W1", "W2")
    if isinstance(run, RunSpec):
        names = ("encoder.1.weight", "decoder.0.weight")
    return weights[names[0]].double().numpy(), weights[names[1]].double().numpy()


def _alignment(directions: np.ndarray) -> xr.DataArray:
    k = directions.shape[1]
    return xr.DataArray(
        theory.alignment(directions, principal_components().components[:, :k]),
        dims=("direction", "component"),
        coords={"direction": np.arange(k) + 1, "component": np.arange(k) + 1},
        attrs=_about("1", "|cos|"),
    )


def _about(units: str, long_name: str) -> dict[str, str]:
    return {"units": units, "long_name": long_name}
