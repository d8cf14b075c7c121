"""The task, and a fine point of the noise: what clipping does to a pixel."""

import numpy as np
import torch
import xarray as xr

from labcode import data
from labcode.data.corruption import Corruption, GaussianNoise, Masking, SaltAndPepper
from labcode.scores.denoising import GREY, MSE
from labcode.theory import denoising as theory

LAB_NOISE = (0.3, 0.6)
CORRUPTIONS: dict[str, Corruption | None] = {
    "clean": None,
    "Gaussian 0.3": GaussianNoise(0.3),
    "0.3, clipped": GaussianNoise(0.3, clip=True),
    "Gaussian 0.6": GaussianNoise(0.6),
    "0.6, clipped": GaussianNoise(0.6, clip=True),
    "masked 0.5": Masking(0.5),
    "salt, pepper 0.3": SaltAndPepper(0.3),
}


def pictures(image: int = 0) -> xr.DataArray:
    """One test image, clean and under each corruption: `corruption`, `row`, `column`."""
    x = data.fashion_mnist("test").pixels[image : image + 1]
    found = []
    for corruption in CORRUPTIONS.values():
        with torch.random.fork_rng():
            torch.manual_seed(1)
            found.append((corruption(x) if corruption else x)[0, 0].numpy())
    levels = {"corruption": list(CORRUPTIONS)}
    return xr.DataArray(np.stack(found), levels, ("corruption", "row", "column"), attrs=GREY)


def clipped_noise() -> xr.Dataset:
    """What clipping does at each strength of the lab's noise, in closed form: dimension `std`.

    `black` is the mean of a clipped noisy pixel that was 0, `energy` the MSE of the clipped noisy
    test images.
    """
    x = data.fashion_mnist("test").pixels.flatten(1).double().numpy()
    black = [float(theory.gaussian_moments(0.0, std, clip=True).mean) for std in LAB_NOISE]
    energy = [theory.noise_energy(x, theory.pixelwise(x, std, clip=True)) for std in LAB_NOISE]
    return xr.Dataset(
        {"black": ("std", black, GREY), "energy": ("std", energy, MSE)}, {"std": list(LAB_NOISE)}
    )
