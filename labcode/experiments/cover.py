"""The cover: the same garments through the book's models, from runs that chapters train."""

from typing import Any

import numpy as np
import torch
import xarray as xr

from labcode import data
from labcode.baselines.pca import principal_components
from labcode.designs.profiles import Profile
from labcode.experiments import profile_of
from labcode.experiments.denoising import contest
from labcode.experiments.latent_space import models, posteriors
from labcode.scores.latent_models import decode, encode
from labcode.scores.metrics import mse

CODE_SIZE = models.CODE_SIZE
NOISE = 0.3
DENOISERS = {"noisy": contest.NOISY, "plain AE": contest.PLAIN, "denoiser": contest.OWN}


def gallery(profile: Profile | None = None, garments: int = 3) -> xr.Dataset:
    """The first test images, not chosen: as they are, through a code, out of noise, and drawn.

    Parameters
    ----------
    profile : Profile, optional
        That of the sections whose runs it shows, if not given.
    garments : int
        At most ten.

    Returns
    -------
    Dataset
        By `treatment`: `pixels` (garment, row, column); `error`, MSE per pixel over test images,
        mean over the seeds, NaN where there is nothing to compare with; and `group`, its heading.
    """
    profile = profile or profile_of(contest, models, posteriors)
    codes = posteriors.aggregated_posteriors.table(profile)
    x = data.fashion_mnist("test").pixels[: codes.sizes["image"]]
    flat = x.flatten(1).double().numpy()
    by_pca = torch.from_numpy(principal_components().reconstruct(flat, CODE_SIZE, clip=True))
    ae, vae = (models.network_spec(profile, m, profile.seeds[0]) for m in (models.AE, models.VAE))
    drawn = torch.randn(garments, CODE_SIZE, generator=torch.Generator().manual_seed(0))
    noisy = contest.scores(profile).mse.sel(std=NOISE, bound="mean")
    restored = contest.restored(profile, NOISE)

    code, noise = f"through {CODE_SIZE} numbers", "out of noise"
    columns: list[tuple[str, str, Any, float]] = [
        ("", "original", x, np.nan),
        (code, "PCA", by_pca, mse(x.flatten(1).double(), by_pca).mean().item()),
        *(
            (code, name, decode(spec, encode(spec, x[:garments])), codes.mse.sel(model=name).mean())
            for name, spec in ((models.AE, ae), (models.VAE, vae))
        ),
        *(
            (noise, name, restored.sel(denoiser=denoiser).values, noisy.sel(denoiser=denoiser))
            for name, denoiser in DENOISERS.items()
        ),
        ("from nothing", "sampled", decode(vae, drawn), np.nan),
    ]
    groups, names, pixels, errors = zip(*columns, strict=True)
    shown = [np.asarray(images[:garments]).reshape(garments, 28, 28) for images in pixels]
    return xr.Dataset(
        {
            "pixels": (("treatment", "garment", "row", "column"), np.stack(shown)),
            "error": ("treatment", np.array(errors, float), {"units": "squared pixel units"}),
        },
        {"treatment": list(names), "group": ("treatment", list(groups))},
    )
