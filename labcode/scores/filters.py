"""What the units of a first layer look at, and which maps of a code are dead."""

from typing import Any

import numpy as np
import torch
import xarray as xr
from torch import Tensor, nn

from labcode import checks, data, runs
from labcode.models.autoencoder import Autoencoder
from labcode.runs.measured import measured
from labcode.scores.reconstruction import through
from labcode.training.networks import ModelSpec, RunSpec


def locality(filters: np.ndarray, window: int) -> xr.Dataset:
    """How local filters are.

    Parameters
    ----------
    filters : ndarray, shape (n, height, width)
    window : int
        Side of a square, in pixels; a smaller filter is a window itself.

    Returns
    -------
    Dataset
        `weight` (filter, row, column); `share` (filter), of a filter's energy the part inside its
        best window; `pixels` (filter), the participation ratio: how many it effectively uses.
    """
    checks.filters(filters, window)
    energy = filters.astype(float) ** 2
    total = energy.sum((1, 2))
    side = min(window, energy.shape[1])
    windows = np.lib.stride_tricks.sliding_window_view(energy, (side, side), (1, 2))
    share = windows.sum((3, 4)).max((1, 2)) / total
    pixels = total**2 / (energy**2).sum((1, 2))
    return xr.Dataset(
        {
            "weight": (("filter", "row", "column"), filters),
            "share": ("filter", share, {"units": "1", "long_name": "energy in the best window"}),
            "pixels": ("filter", pixels, {"units": "pixels", "long_name": "pixels in use"}),
        },
        {
            name: np.arange(n)
            for name, n in zip(("filter", "row", "column"), filters.shape, strict=True)
        },
    )


def dead_maps(maps: Tensor) -> int:
    """How many maps are 0 at every place of every image.

    A ReLU that opens for no image passes no gradient: a dead unit. Its own weights rest; it may
    still open again when the layers before it change.

    Parameters
    ----------
    maps : Tensor, shape (images, maps, places)
        Not negative.
    """
    checks.dimensions("maps", maps, ("images", "maps", "places"))
    checks.not_negative("maps", maps)
    return int((maps.amax((0, 2)) == 0).sum())


def gains(model: Autoencoder, x: Tensor, step: float = 0.1) -> Tensor:
    """What a reconstruction gains, pixel by pixel, as one number of the code grows.

    Unlike the encoder's weights, this is what the loss sees of a number of the code.

    Parameters
    ----------
    model : Autoencoder
    x : Tensor, shape (n, 1, height, width)
        Images over which the gain is averaged.
    step : float
        Of a central difference, in standard deviations of the number over these images.

    Returns
    -------
    Tensor, shape (m, height, width)
        The gain for a standard deviation of each number that varies and that the reconstruction
        answers to: m is at most the code size.
    """
    codes = through(model.encode, x)
    spread = codes.std(0)
    found = []
    for number in spread.nonzero().flatten():
        change = torch.zeros_like(codes)
        change[:, number] = step * spread[number]
        above, below = (through(model.decode, codes + sign * change) for sign in (1, -1))
        found.append((above - below).mean(0)[0] / (2 * step))
    return torch.stack([gain for gain in found if gain.any()])


@measured
def gain_locality(network: RunSpec, images: int, window: int) -> xr.Dataset:
    """How local the `gains` of a trained network are, on the first images that it trained on.

    Returns
    -------
    Dataset, dimension `number`
        `share` and `pixels`, as `locality` describes.
    """
    model = runs.model_of(runs.get(network))
    return _numbers_locality(model, data.load(network.data).train.pixels[:images], window)


@measured
def untrained_gain_locality(model: ModelSpec, seed: int, images: int, window: int) -> xr.Dataset:
    """The same of a network with the first weights of a seed, on the first training images."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        built = model.build().eval()
    return _numbers_locality(built, data.fashion_mnist("train").pixels[:images], window)


def _numbers_locality(model: Autoencoder, x: Tensor, window: int) -> xr.Dataset:
    found = locality(gains(model, x).numpy(), window)
    return found[["share", "pixels"]].rename(filter="number")


@measured
def first_layer(network: RunSpec) -> xr.DataArray:
    """The weights of a trained network's first layer on each unit's image or window.

    Returns
    -------
    DataArray, dimensions `filter`, `row` and `column`
        28 by 28 for a dense layer, the kernel of the first input channel for a convolution.
    """
    layers = runs.model_of(runs.get(network)).encoder.modules()
    layer: Any = next(one for one in layers if isinstance(one, nn.Linear | nn.Conv2d))
    weights = layer.weight.detach()
    shaped = weights.view(-1, 28, 28) if isinstance(layer, nn.Linear) else weights[:, 0]
    dims = ("filter", "row", "column")
    return xr.DataArray(
        shaped.numpy(),
        {name: np.arange(n) for name, n in zip(dims, shaped.shape, strict=True)},
        dims,
        attrs={"long_name": "weight"},
    )


@measured
def dead_code_maps(network: RunSpec, maps: int, images: int) -> float:
    """How many of the maps that a network's code is made of are 0 on the first test images."""
    x = data.images_of(network.data, "test").pixels[:images]
    codes = through(runs.model_of(runs.get(network)).encode, x)
    return float(dead_maps(codes.view(len(x), maps, -1)))


@measured
def open_maps(network: RunSpec, maps: int, images: int) -> xr.DataArray:
    """For which share of the first training images each map of a code opens, as training goes on.

    Parameters
    ----------
    network : RunSpec
        With snapshots.
    maps : int
        How many the code is made of.
    images : int

    Returns
    -------
    DataArray, dimensions `epoch`, from 0 on, and `map`
        From 0 to 1: 0 is a dead map.
    """
    kept, x = runs.get(network).history, data.load(network.data).train.pixels[:images]
    weights = {
        name.removeprefix("snapshot."): each
        for name, each in kept.items()
        if name.startswith("snapshot.")
    }
    model = network.model.build().eval()
    shares = []
    for epoch in range(network.epochs + 1):
        model.load_state_dict({name: each[epoch] for name, each in weights.items()})
        codes = through(model.encode, x).view(len(x), maps, -1)
        shares.append((codes > 0).any(2).float().mean(0))
    return xr.DataArray(
        torch.stack(shares).numpy(),
        {"epoch": np.arange(network.epochs + 1), "map": np.arange(maps)},
        ("epoch", "map"),
        attrs={"units": "1", "long_name": "share of images that open the map"},
    )


@measured
def silent_units(network: RunSpec) -> float:
    """How many units of a network's code are 0 on all test images."""
    x = data.load(network.data).test.pixels
    codes = through(runs.model_of(runs.get(network)).encode, x)
    return float((codes == 0).all(0).sum())
