"""The cover: the same garments through the book's models, from runs that chapters train."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from labcode import data
from labcode.baselines.pca import principal_components
from labcode.designs.profiles import Profile
from labcode.experiments.denoising import contest
from labcode.experiments.latent_space import models as latent_space
from labcode.scores.metrics import mse

CODE_SIZE = latent_space.CODE_SIZE
NOISE = 0.3


@dataclass(frozen=True, eq=False)
class Column:
    """Some garments after one treatment.

    Attributes
    ----------
    name : str
    pixels : Tensor, shape (n, 28, 28)
    error : float or None
        MSE per pixel over test images, mean over the seeds; None if there is nothing to compare
        the images with.
    """

    name: str
    pixels: Tensor
    error: float | None


def gallery(profile: Profile, garments: int = 3) -> dict[str, list[Column]]:
    """The first test images, not chosen, in groups: as they are, through a code, noisy, drawn.

    Parameters
    ----------
    profile : Profile
    garments : int
        At most ten.
    """
    images = data.fashion_mnist("test").pixels[: latent_space.SIZES[profile.name].asked]
    return {
        "": [Column("original", images[:garments, 0], None)],
        f"through {CODE_SIZE} numbers": [
            _by_pca(images, garments),
            _by_network(profile, latent_space.AE, images, garments),
            _by_network(profile, latent_space.VAE, images, garments),
        ],
        "out of noise": [
            _against_noise(profile, "noisy", contest.NOISY, garments),
            _against_noise(profile, "plain AE", contest.PLAIN, garments),
            _against_noise(profile, "denoiser", contest.OWN, garments),
        ],
        "from nothing": [Column("sampled", _sampled(profile, garments), None)],
    }


def _by_pca(images: Tensor, garments: int) -> Column:
    fitted = principal_components()
    flat = images.flatten(1).double().numpy()
    restored = torch.from_numpy(fitted.reconstruct(flat, CODE_SIZE, clip=True))
    return Column(
        "PCA",
        restored[:garments].view(-1, 28, 28).float(),
        mse(images.flatten(1), restored).mean().item(),
    )


def _by_network(profile: Profile, label: str, images: Tensor, garments: int) -> Column:
    restored = []
    for seed in profile.seeds:
        model = latent_space.network(profile, label, seed)
        with torch.no_grad():
            restored.append(model.decode(model.encode(images)))
    return Column(
        label,
        restored[0][:garments, 0],
        float(np.mean([mse(images, each).mean().item() for each in restored])),
    )


def _against_noise(profile: Profile, name: str, method: str, garments: int) -> Column:
    error = contest.scores(profile).mse.sel(denoiser=method, std=NOISE, bound="mean")
    pixels = contest.restored(profile, NOISE).sel(denoiser=method).values[:garments]
    return Column(name, torch.from_numpy(pixels), error.item())


def _sampled(profile: Profile, garments: int) -> Tensor:
    model = latent_space.network(profile, latent_space.VAE, profile.seeds[0])
    codes = torch.randn(garments, CODE_SIZE, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        images: Tensor = model.decode(codes)
    return images[:, 0]
