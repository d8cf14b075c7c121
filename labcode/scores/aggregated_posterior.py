"""How the codes of test images are distributed, and how far from N(0, I)."""

import numpy as np
import torch
import xarray as xr

from labcode import data
from labcode.runs.measured import measured
from labcode.scores.latent import discrepancy_from_normal, moment_divergence, whiten
from labcode.scores.latent_models import Model, data_of, decode, draw_codes, encode
from labcode.scores.metrics import mse
from labcode.scores.probes import neighbour_accuracies


@measured
def code_distribution(model: Model, known: int, asked: int, neighbours: int) -> xr.Dataset:
    """The codes of test images: distance from N(0, I), classes, spectrum, and what they decode to.

    Parameters
    ----------
    model : RunSpec, VariationalRunSpec or Measurement
    known, asked : int
        Training and test images, the first ones.
    neighbours : int
        Of the classifier on the codes.

    Returns
    -------
    Dataset
        `divergence` of the moments from N(0, I); `discrepancy` from N(0, I) as trained, and
        `whitened` by the map that gives the training codes mean 0 and covariance I;
        `neighbour_accuracy`; `mse` of the images decoded from codes without noise; `spectrum`,
        the eigenvalues of the codes' covariance, the largest first; and `codes` in the two
        units that vary most between images. All but `neighbour_accuracy` and `mse` are of codes
        as the model draws them.
    """
    train, test = (data.images_of(data_of(model), part) for part in ("train", "test"))
    images = test.pixels[:asked]
    train_codes, train_means = (f(model, train.pixels[:known]) for f in (draw_codes, encode))
    codes, means = (f(model, images) for f in (draw_codes, encode))
    widest = means.var(0).argsort(descending=True)[:2]
    spectrum = np.linalg.eigvalsh(np.cov(codes.double().numpy(), rowvar=False))[::-1]
    scores = {
        "divergence": (moment_divergence(codes), "nats", "divergence of the moments"),
        "discrepancy": (discrepancy_from_normal(codes), "1", "discrepancy, as trained"),
        "whitened": (
            discrepancy_from_normal(whiten(codes, train_codes)),
            "1",
            "discrepancy, whitened",
        ),
        "neighbour_accuracy": (
            neighbour_accuracies(
                (train_means, train.labels[:known]), (means, test.labels[:asked]), [neighbours]
            )[0],
            "1",
            f"{neighbours}-NN accuracy on the codes",
        ),
        "mse": (
            mse(images, decode(model, means)).mean().item(),
            "squared pixel units",
            "test MSE per pixel",
        ),
    }
    return xr.Dataset(
        {
            name: ((), value, {"units": units, "long_name": long_name})
            for name, (value, units, long_name) in scores.items()
        }
        | {
            "spectrum": (
                "direction",
                spectrum,
                {"units": "squared code units", "long_name": "variance of the codes"},
            ),
            "codes": (
                ("image", "unit"),
                codes[:, widest].numpy(),
                {"units": "code units", "long_name": "codes of test images"},
            ),
        },
        coords={"direction": np.arange(1, len(spectrum) + 1)},
    )


@measured
def normal_discrepancies(codes: int, code_size: int, draws: int) -> xr.DataArray:
    """Discrepancy from N(0, I) of codes drawn from N(0, I), dimension `draw`."""
    found = [
        discrepancy_from_normal(
            torch.randn(codes, code_size, generator=torch.Generator().manual_seed(seed))
        )
        for seed in range(draws)
    ]
    about = {"units": "1", "long_name": "discrepancy of draws from N(0, I)"}
    return xr.DataArray(np.array(found), dims="draw", attrs=about)
