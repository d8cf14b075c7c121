"""What a trained autoencoder remembers: where it leads when it is fed its own output."""

import torch
import xarray as xr
from torch import Tensor, nn

from labcode import data, runs
from labcode.runs.measured import measured
from labcode.scores.metrics import mse
from labcode.scores.reconstruction import through
from labcode.theory import overcomplete
from labcode.training.networks import RunSpec

ROUNDS, STARTS, LOOKED_AT, AMONG = 100, 100, 10, 1000
RECALLED = 1e-3
STARTS_SEED = 70_000
SEED_NOISE = 0.2
KINDS = ("test images", "noise", "noisy training images")
TEST, NOISE, NOISY = KINDS
SHOWN_ROUNDS, NEAREST = (0, 1, 3, 10, 100), "nearest"
SPAN, BY_PCA = "linear network", "PCA"


@measured(cost=lambda network, **_: network.cost / 5)
def recall(network: RunSpec, rounds: int = ROUNDS) -> xr.Dataset:
    """Iterate x -> f(x) of a trained network, and see what the iterates come to.

    Parameters
    ----------
    network : RunSpec
    rounds : int
        How often f is applied.

    Returns
    -------
    Dataset
        `ends_at_image`, by `start` (test images, noise, noisy training images): share of 100
        starts that end within an MSE of 0.001 of one of the first 1,000 training images.
        `ends_at_own`: the same of noisy training images, at the image that the start was made of.
        `still_moves`, by `start`: share whose last step has an MSE above 1e-6. `radius`, by
        `image`: spectral radius of f's Jacobian where the first ten training images lead to, and
        `distance`, the MSE between these places and the images. An image is an attractor if its
        `distance` is below 0.001 and its `radius` below 1 (`attractors`, their share).
    """
    model = runs.model_of(runs.get(network))
    split = data.load(network.data)
    images = split.train.pixels[:AMONG]
    starts = starting_points(split.test.pixels, images)
    found: dict[str, list[float]] = {"ends_at_image": [], "still_moves": []}
    own = 0.0
    for kind, x in starts.items():
        end = iterate(model, x, rounds)
        nearest, distance = nearest_images(end, images)
        found["ends_at_image"].append(share(distance < RECALLED))
        found["still_moves"].append(share(mse_free(end, through(model, end)) > 1e-6))
        if kind == NOISY:
            home = torch.arange(len(x)) % len(images)
            own = share((distance < RECALLED) & (nearest == home))
    looked_at = images[:LOOKED_AT]
    settled = iterate(model, looked_at, rounds)
    away = mse_free(looked_at, settled)
    radii = torch.tensor([spectral_radius(model, place) for place in settled])
    part = {"units": "1", "long_name": "share"}
    return xr.Dataset(
        {
            **{name: ("start", values, part) for name, values in found.items()},
            "ends_at_own": ((), own, part),
            "radius": ("image", radii.numpy(), {"units": "1", "long_name": "spectral radius"}),
            "distance": ("image", away.numpy(), {"units": "squared pixel units"}),
            "attractors": ((), share((away < RECALLED) & (radii < 1)), part),
        },
        {"start": list(KINDS)},
    )


@measured
def paths(network: RunSpec) -> xr.DataArray:
    """The way of two test images and two images of noise as the network is iterated.

    Parameters
    ----------
    network : RunSpec

    Returns
    -------
    DataArray, dimensions `path`, `step`, `row` and `column`
        After 0, 1, 3, 10 and 100 rounds; the last step, `nearest`, is the training image nearest
        to where the path ends, among the first 1,000.
    """
    model = runs.model_of(runs.get(network))
    split = data.load(network.data)
    images = split.train.pixels[:AMONG]
    starts = starting_points(split.test.pixels, images)
    x = torch.cat([starts[TEST][:2], starts[NOISE][:2]])
    shown = [x] + [iterate(model, x, rounds) for rounds in SHOWN_ROUNDS[1:]]
    shown.append(images[nearest_images(shown[-1], images)[0]])
    steps = [str(rounds) for rounds in SHOWN_ROUNDS] + [NEAREST]
    about = {"units": "pixel units", "long_name": "iterate"}
    pixels = torch.stack(shown, 1)[:, :, 0].numpy()
    return xr.DataArray(pixels, {"step": steps}, ("path", "step", "row", "column"), attrs=about)


def starting_points(test: Tensor, images: Tensor) -> dict[str, Tensor]:
    """Where iterations start, by kind; shape (100, 1, 28, 28) each, or as many test images.

    Parameters
    ----------
    test, images : Tensor, shape (n, 1, 28, 28)
        Test images, and the training images.
    """
    generator = torch.Generator().manual_seed(STARTS_SEED)
    shape = (STARTS, *images.shape[1:])
    uniform = torch.rand(shape, generator=generator)
    scatter = SEED_NOISE * torch.randn(shape, generator=generator)
    chosen = images[torch.arange(STARTS) % len(images)]
    return {TEST: test[:STARTS], NOISE: uniform, NOISY: (chosen + scatter).clamp(0, 1)}


@torch.no_grad()
def iterate(model: nn.Module, x: Tensor, rounds: int) -> Tensor:
    """f applied so often to each input, shape as `x`."""
    for _ in range(rounds):
        x = through(model, x)
    return x


def nearest_images(x: Tensor, images: Tensor) -> tuple[Tensor, Tensor]:
    """Place of the nearest image to each input, and the MSE per pixel to it, shape (n,) each."""
    distances = torch.cdist(x.flatten(1).double(), images.flatten(1).double()).square()
    least = distances.min(1)
    return least.indices, least.values / x[0].numel()


def spectral_radius(model: nn.Module, x: Tensor) -> float:
    """Largest |eigenvalue| of the Jacobian of f at one input.

    Below 1 at a fixed point, all starts near enough to it are drawn to it.

    Parameters
    ----------
    model : Module
        f, from a batch to a batch of the same shape.
    x : Tensor, shape of one input
    """
    model.requires_grad_(False)

    def flat(values: Tensor) -> Tensor:
        output: Tensor = model(values.view(1, *x.shape))
        return output.flatten()

    jacobian = torch.func.jacrev(flat)(x.flatten())
    return torch.linalg.eigvals(jacobian.double()).abs().max().item()


def mse_free(x: Tensor, other: Tensor) -> Tensor:
    """Mean squared difference of each item, whatever its range, shape (n,)."""
    return (x - other).flatten(1).square().mean(1)


def share(which: Tensor) -> float:
    """Of the entries that are true."""
    return which.double().mean().item()


@measured
def linear_errors(images: data.DataSpec) -> xr.DataArray:
    """Test MSE per pixel of what is linear and gives back all training images, by `machine`.

    `linear network`: the overcomplete linear autoencoder that gradient descent reaches from zero,
    `overcomplete.limit_of_descent`. `PCA`: with all components that the images have.

    Parameters
    ----------
    images : DataSpec
        On whose training images both are fitted.
    """
    split = data.load(images)
    train, test = (part.pixels.flatten(1).double().numpy() for part in (split.train, split.test))
    basis = overcomplete.span(train)
    by_span = ((test - test @ basis @ basis.T) ** 2).mean()
    mean = train.mean(0)
    centred = overcomplete.span(train - mean)
    apart = test - mean
    by_pca = ((apart - apart @ centred @ centred.T) ** 2).mean()
    about = {"units": "squared pixel units", "long_name": "test MSE per pixel"}
    return xr.DataArray([by_span, by_pca], {"machine": [SPAN, BY_PCA]}, ("machine",), attrs=about)


@measured
def noise_error(network: RunSpec) -> float:
    """MSE per pixel on 1,000 images of uniform noise: 0 for the identity.

    A network that gives back their mean, and nothing else of them, leaves their variance, 1/12.
    """
    generator = torch.Generator().manual_seed(STARTS_SEED)
    x = torch.rand(1000, 1, 28, 28, generator=generator)
    return mse(x, through(runs.model_of(runs.get(network)), x)).mean().item()
