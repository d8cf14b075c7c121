"""Scores of codes that no change of basis or scale can move.

A decoder's first layer can undo any invertible affine map of its codes. So what is said of codes
should be the same for all their images under such maps.
"""

import numpy as np
import torch
import xarray as xr
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import Tensor

from labcode import checks, data
from labcode.data import moments
from labcode.runs.measured import measured
from labcode.scores.latent import whiten
from labcode.scores.latent_models import Model, data_of, draw_codes, encode
from labcode.scores.probes import neighbour_accuracies

LEAST_SHARE = 0.01
HIDDEN = (128, 128)
PASSES = 40
PRIOR_SEED, TOLD_SEED = 60_000, 0


def told_from_normal(known: Tensor, asked: Tensor) -> tuple[float, float]:
    """How well a classifier tells codes from draws of N(0, I).

    A classifier's two-sample test (Lopez-Paz and Oquab, 2017): a small network learns to tell
    known codes from as many draws, and is asked about other codes and other draws.

    Parameters
    ----------
    known, asked : Tensor, shapes (n, k) and (m, k)

    Returns
    -------
    accuracy : float
        On `asked` and m draws: 0.5 if nothing tells them apart, 1 if everything does.
    divergence : float
        ln 2 less the cross-entropy on the same, in nats: at most the Jensen-Shannon divergence
        from N(0, I) up to chance, so between 0 and ln 2; negative if the classifier overfits.
    """
    checks.vectors("codes", known, asked)
    generator = torch.Generator().manual_seed(PRIOR_SEED)
    pairs = []
    for codes in (known, asked):
        draws = torch.randn(codes.shape, generator=generator, dtype=torch.float64)
        points = torch.cat([codes.double(), draws]).numpy()
        pairs.append((points, np.repeat([1, 0], len(codes))))
    (x, is_code), (asked_x, asked_is_code) = pairs
    network = MLPClassifier(
        HIDDEN, batch_size=500, early_stopping=True, n_iter_no_change=4, max_iter=PASSES,
        random_state=TOLD_SEED,
    )  # fmt: skip
    classifier = make_pipeline(StandardScaler(), network).fit(x, is_code)
    probabilities = np.clip(classifier.predict_proba(asked_x)[:, 1], 1e-12, 1 - 1e-12)
    right = np.where(asked_is_code == 1, probabilities, 1 - probabilities)
    return float((right > 0.5).mean()), float(np.log(2) + np.log(right).mean())


def informative(draws: Tensor, means: Tensor, *others: Tensor) -> list[Tensor]:
    """Codes along the directions that carry the image, with variance 1 in each.

    Of codes with noise on them, some directions may be noise alone: those of collapsed units.
    Whitening would blow up what little their means vary. Kept are the directions in which the
    means have more than 1% of the draws' variance (Burda et al., 2016, section 5.2, ask the same
    of single units, where the prior has variance 1).

    Parameters
    ----------
    draws, means : Tensor, shape (n, k)
        Codes with noise, and their means; of an autoencoder, twice its codes.
    *others : Tensor, shapes (m, k)
        Further means.

    Returns
    -------
    list of Tensor
        `means` and the others, shapes (n, r) and (m, r), in double precision.
    """
    checks.vectors("codes", draws, means, *others)
    moved = [whiten(codes, draws) for codes in (means, *others)]
    mean, covariance = moments(moved[0])
    shares, axes = torch.linalg.eigh(covariance)
    kept = shares > LEAST_SHARE
    return [(codes - mean) @ axes[:, kept] / shares[kept].sqrt() for codes in moved]


@measured
def organisation(model: Model, known: int, told: int, asked: int, neighbours: int) -> xr.Dataset:
    """Whether codes of test images have the prior's shape, and whether they know the classes.

    Parameters
    ----------
    model : RunSpec, VariationalRunSpec or Measurement
    known, told : int
        Training images, the first ones: among which neighbours are sought, and from whose codes
        the two-sample classifier learns; at most as many.
    asked : int
        Test images, the first ones.
    neighbours : int
        How many vote.

    Returns
    -------
    Dataset
        Of codes as the model draws them: `told` and `told_whitened`, the accuracies of
        `told_from_normal` as trained and after whitening; `jensen_shannon` and
        `jensen_shannon_whitened`, its divergences. Of codes without noise: `neighbours` and
        `neighbours_whitened`, the accuracy of nearest neighbours as trained and along
        `informative` directions; `directions`, how many these are.
    """
    train, test = (data.images_of(data_of(model), part) for part in ("train", "test"))
    images = test.pixels[:asked]
    draws, means = (f(model, train.pixels[:known]) for f in (draw_codes, encode))
    asked_draws, asked_means = draw_codes(model, images), encode(model, images)
    told_as_trained = told_from_normal(draws[:told], asked_draws)
    told_whitened = told_from_normal(
        *(whiten(codes, draws) for codes in (draws[:told], asked_draws))
    )
    white, asked_white = informative(draws, means, asked_means)
    near = [
        neighbour_accuracies(
            (some, train.labels[:known]), (others, test.labels[:asked]), [neighbours]
        )[0]
        for some, others in ((means, asked_means), (white, asked_white))
    ]
    share, nats = "1", "nats"
    scores = {
        "told": (told_as_trained[0], share, "told from N(0, I), as trained"),
        "told_whitened": (told_whitened[0], share, "told from N(0, I), whitened"),
        "jensen_shannon": (told_as_trained[1], nats, "divergence from N(0, I), as trained"),
        "jensen_shannon_whitened": (told_whitened[1], nats, "divergence from N(0, I), whitened"),
        "neighbours": (near[0], share, f"{neighbours}-NN accuracy on the codes"),
        "neighbours_whitened": (near[1], share, f"{neighbours}-NN accuracy, whitened"),
        "directions": (white.shape[1], share, "directions that carry the image"),
    }
    return xr.Dataset(
        {
            name: ((), value, {"units": units, "long_name": long_name})
            for name, (value, units, long_name) in scores.items()
        }
    )


@measured
def pixel_neighbours(known: int, asked: int, neighbours: int) -> float:
    """Nearest-neighbour accuracy on raw pixels, 0 to 1: what no code has to be learned for.

    Parameters
    ----------
    known, asked, neighbours : int
        As in `organisation`.
    """
    train, test = data.fashion_mnist("train"), data.fashion_mnist("test")
    sets = [
        (images.pixels[:count].flatten(1), images.labels[:count])
        for images, count in ((train, known), (test, asked))
    ]
    return neighbour_accuracies(sets[0], sets[1], [neighbours])[0]
