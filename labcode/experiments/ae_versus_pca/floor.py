"""The floor that no weights can pass, and the saddles above it."""

import numpy as np
import xarray as xr

from labcode import data
from labcode.baselines.linear_autoencoders import loss_beside_saddle
from labcode.baselines.pca import principal_components
from labcode.designs.design import design
from labcode.designs.profiles import Profile
from labcode.training.covariance import CovarianceRunSpec

CODE_SIZES = (2, 8, 16, 32, 64, 128, 256, 392)
SADDLE_CODE_SIZE = 10
SADDLE_RATE = 5.0
IN_THE_PLANE = (4.0, 1.0)


def spectrum(code_sizes: tuple[int, ...] = CODE_SIZES) -> xr.Dataset:
    """PCA fitted on all 60,000 training images, scored on them and on the test images.

    Returns
    -------
    Dataset
        `eigenvalue` (component) of the covariance and `share` (component), the part of the variance
        that the components up to this one hold; `train` and `test` (code_size), MSE per pixel.
    """
    fitted = principal_components()
    test = data.fashion_mnist("test").pixels.flatten(1).double().numpy()
    d = len(fitted.mean)
    held = np.cumsum((fitted.project(test, d) ** 2).mean(0))
    train = [fitted.floor_per_pixel(k) for k in code_sizes]
    left = np.array([held[-1] - held[k - 1] for k in code_sizes]) / d
    share = fitted.eigenvalues.cumsum() / fitted.eigenvalues.sum()
    unit = {"units": "squared pixel units"}
    return xr.Dataset(
        {
            "eigenvalue": ("component", fitted.eigenvalues, unit | {"long_name": "variance"}),
            "share": ("component", share, {"units": "1", "long_name": "share of the variance"}),
            "train": ("code_size", train, unit | {"long_name": "MSE per pixel"}),
            "test": ("code_size", left, unit | {"long_name": "MSE per pixel"}),
        },
        {"component": np.arange(d) + 1, "code_size": list(code_sizes)},
    )


@design(scores={"descent": loss_beside_saddle})
def saddle(profile: Profile) -> CovarianceRunSpec:
    """Start at components 2 to 11 instead of 1 to 10, disturb a little, and descend."""
    return CovarianceRunSpec(
        SADDLE_CODE_SIZE,
        "SGD",
        min(3000, profile.steps),
        learning_rate=SADDLE_RATE,
        start="saddle",
        records=80,
    )


def surface(reach: float = 1.6, points: int = 161) -> xr.Dataset:
    """The whole landscape of the smallest linear autoencoder: two inputs, one number, tied weights.

    In the basis of the components, whose variances are `IN_THE_PLANE`, the weights are a point
    w = (w_1, w_2) and the loss is E|x - w w'x|^2 = tr S - 2 w'S w + |w|^2 w'S w.

    Parameters
    ----------
    reach : float
        w_1 and w_2 go from -reach to reach.
    points : int
        In each direction.

    Returns
    -------
    Dataset
        `loss` (w_2, w_1); `path` (step, axis), gradient descent from beside the saddle, and its
        `path_loss` (step).
    """
    places = np.linspace(-reach, reach, points)
    w = np.stack(np.meshgrid(places, places), -1)
    path = [np.array([0.005, 0.9])]
    for _ in range(120):
        path.append(path[-1] - 0.02 * _tied_gradient(path[-1]))
    about = {"units": "squared units", "long_name": "squared error"}
    return xr.Dataset(
        {
            "loss": (("w_2", "w_1"), tied_loss(w), about),
            "path": (("step", "axis"), np.array(path)),
            "path_loss": ("step", tied_loss(np.array(path)), about),
        },
        {"w_1": places, "w_2": places, "axis": ["w_1", "w_2"]},
    )


def tied_loss(w: np.ndarray) -> np.ndarray:
    """E|x - w w'x|^2 at points w, shape (..., 2)."""
    kept = (w**2 * IN_THE_PLANE).sum(-1)
    loss: np.ndarray = sum(IN_THE_PLANE) - 2 * kept + (w**2).sum(-1) * kept
    return loss


def _tied_gradient(w: np.ndarray) -> np.ndarray:
    s_w = w * IN_THE_PLANE
    gradient: np.ndarray = (2 * (w @ w) - 4) * s_w + 2 * (w @ s_w) * w
    return gradient
