"""AE versus VAE, the half on codes: its facts in small on real Fashion-MNIST, and its figures."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch
from matplotlib.axes import Axes

from labcode import data
from labcode.data.outside import KINDS, outside_images
from labcode.designs import profiles
from labcode.designs.contrast import over_seeds
from labcode.experiments import latent_space
from labcode.experiments.latent_space import detectors, generators, models, posteriors, walks
from labcode.experiments.latent_space.models import AE, BETA_VAE, PPCA, VAE
from labcode.figures import latent_space as figures
from labcode.scores.latent_models import decode, encode
from labcode.scores.walks import pairs_of_images
from labcode.training.classifier import ClassifierRunSpec
from labcode.training.networks import RunSpec
from labcode.training.variational import VariationalRunSpec

SMOKE, BOOK = profiles.PROFILES["smoke"], profiles.PROFILES["book"]
SMALL = replace(SMOKE, seeds=(0, 1), epochs=6, train=3000, validation=500, labelled=2000)


@pytest.fixture(scope="module")
def small() -> Iterator[profiles.Profile]:
    """Networks that learned something, in seconds."""
    with pytest.MonkeyPatch.context() as patch:
        sizes = models.Sizes(
            codes=3000, components=(10,), asked=500, samples=1000, support=400, pairs=40,
            outside=300,
        )  # fmt: skip
        for module in (models, detectors, generators, posteriors, walks):
            patch.setattr(module, "sizes", lambda profile: sizes)
        yield SMALL


@pytest.fixture
def spaces(small):
    return posteriors.aggregated_posteriors.table(small)


@pytest.fixture
def made(small):
    return generators.generators.table(small)


@pytest.fixture
def walked(small):
    return walks.walks.table(small)


@pytest.fixture
def areas(small):
    return detectors.detectors.table(small)["value"]


def test_the_vae_is_nearer_to_its_prior(spaces):
    """C12: as trained, and mostly by an affine map; the AE's codes know the classes too."""
    mean = spaces.mean("seed")
    ae, vae, beta = (mean.sel(model=model) for model in (AE, VAE, BETA_VAE))
    assert ae.discrepancy > 3 * vae.discrepancy
    assert ae.whitened < 0.1 * ae.discrepancy
    assert abs(ae.neighbour_accuracy - vae.neighbour_accuracy) < 0.05
    assert ae.neighbour_accuracy > 0.6
    assert beta.divergence < vae.divergence < ae.divergence
    assert beta.mse > vae.mse


def test_probabilistic_pca_has_codes_with_the_priors_moments(spaces):
    """In closed form the covariance of its aggregated posterior is I; it has one fit."""
    space = spaces.sel(model=PPCA)
    assert over_seeds(space.divergence) < 0.5  # 16 eigenvalues of 500 codes
    assert space.spectrum.dropna("seed").shape == (1, models.CODE_SIZE)


def test_an_autoencoder_with_a_mixture_generates(made):
    """C13: nearer to real images than the VAE with its prior, and than probabilistic PCA."""
    frechet = made.frechet.mean("seed")
    mixture = frechet.sel(model=AE, sampler=generators.MIXTURE)
    prior = frechet.sel(sampler=generators.PRIOR)
    assert mixture < 0.5 * prior.sel(model=VAE)
    assert mixture < 0.5 * prior.sel(model=PPCA)
    assert mixture < 0.2 * prior.sel(model=AE)
    assert frechet.sel(model=generators.REAL, sampler=generators.HELD_OUT) < mixture


def test_draws_from_the_prior_are_no_code_of_the_autoencoder(made):
    """They give few kinds of image, so recall suffers before precision does."""
    drawn = made.sel(model=AE, sampler=generators.PRIOR)
    assert drawn.recall.mean() < 0.5 * drawn.precision.mean()
    assert drawn.examples.shape == (2, 10, 28, 28)


def test_middles_of_walks_are_scored_in_features_and_in_pixels(small, walked):
    """Twice the same images: the distances of PCA's middles in pixel space, one by one."""
    model = models.spec(small, PPCA, 0)
    start, end = (encode(model, images) for images in pairs_of_images(40))
    middle = decode(model, (start + end) / 2)
    real = data.fashion_mnist("train").pixels[:2000]
    nearest = [((real - image) ** 2).sum((1, 2, 3)).sqrt().min().item() for image in middle]
    walk = walked.sel(model=walks.PCA, path=walks.LINE).isel(seed=0)
    assert walk.middle_pixels.item() == pytest.approx(np.mean(nearest), rel=1e-4)
    assert walk.middle.item() == pytest.approx(walk.distance.sel(place=0.5).item(), rel=1e-5)


def test_walks_of_the_vae_are_even(walked):
    """C14: no jump on any network's walk; PCA's is straight and even but for its clipping."""
    mean = walked.sel(path=walks.LINE).mean("seed")
    for model in (AE, VAE):
        assert 1 < mean.unevenness.sel(model=model) < 2
        assert mean.detour.sel(model=model) < 2
    assert mean.detour.sel(model=walks.PCA) < 1.05
    assert mean.unevenness.sel(model=walks.PCA) < 1.1
    assert mean.middle.sel(model=walks.PCA) > mean.middle.sel(model=VAE)


def test_detectors_find_noise_and_miss_blank_images(areas):
    mean = areas.mean("seed")
    for model, detector in (
        (VAE, detectors.ELBO),
        (VAE, detectors.ERROR),
        (AE, detectors.ERROR),
        (detectors.PCA, detectors.ERROR),
    ):
        found = mean.sel(model=model, detector=detector)
        assert found.sel(kind="noise") > 0.99
        assert found.sel(kind="constant") < 0.85


def test_pairs_join_different_classes(fashion_mnist):
    pairs = pairs_of_images(50)
    assert pairs.shape == (2, 50, 1, 28, 28)
    test = fashion_mnist.test
    nearest = torch.cdist(pairs.flatten(2), test.pixels.flatten(1)[None]).argmin(2)
    assert torch.equal(test.pixels[nearest], pairs)
    start, end = test.labels[nearest]
    assert (start != end).all()


def test_outside_images_are_what_their_names_say():
    outside = {kind: outside_images(kind, 20) for kind in KINDS}
    for images in outside.values():
        assert images.shape == (20, 1, 28, 28)
        assert images.min() >= 0
        assert images.max() <= 1
    assert outside["constant"].flatten(1).std(1).max() < 1e-6
    assert outside["noise"].mean().item() == pytest.approx(0.5, abs=0.01)
    assert outside["digits"].flatten(1).std(1).min() > 0.1
    with pytest.raises(ValueError, match="kind"):
        outside_images("letters", 1)


def test_networks_share_layers_and_budget():
    """Only the loss, and the encoder's second output, tell AE and VAE apart."""
    plain, variational = (models.network_spec(BOOK, model, 0) for model in (AE, VAE))
    for name in ("epochs", "seed", "data", "optimiser", "batch_size"):
        assert getattr(plain, name) == getattr(variational, name)
    assert dict(plain.model.arguments) == dict(variational.model.arguments)
    assert variational.schedule == "constant"


def test_each_run_is_listed_once():
    listed = latent_space.specs(BOOK)
    assert len(listed) == len(set(listed))
    assert len(networks(BOOK)) == 3 * 3 + 1 + 2


@pytest.mark.parametrize("change", [{"epochs": 40}, {"seeds": (7,)}])
def test_every_network_follows_the_profile(change):
    assert not networks(BOOK) & networks(replace(BOOK, **change))


def networks(profile):
    kinds = RunSpec | VariationalRunSpec | ClassifierRunSpec
    return {spec for spec in latent_space.specs(profile) if isinstance(spec, kinds)}


def points(place: Axes, labels: list[str]) -> dict[str, tuple[float, str]]:
    """Of each row: where its point lies, and the point's colour."""
    found = [line for line in place.lines if line.get_marker() not in ("None", "|", "")]
    return {
        labels[int(line.get_ydata()[0])]: (line.get_xdata()[0], line.get_color()) for line in found
    }


def row_labels(place: Axes) -> list[str]:
    return [label.get_text() for label in place.get_yticklabels()]


def matches(place, labels, values, factors):
    """Each point of a panel is the mean of its own model, in its model's colour."""
    drawn = points(place, labels)
    assert len(drawn) == len(labels)
    for label, (x, colour) in drawn.items():
        levels = next(levels for levels in factors if ", ".join(levels.values()) == label)
        assert x == pytest.approx(values.sel(levels).mean("seed").item())
        assert colour == figures.LOOKS[levels["model"]].color


def crossed(values):
    one, other = values.dims[:2]
    return [
        {one: level, other: second}
        for level in values[one].values
        for second in values[other].values
        if values.sel({one: level, other: second}).notnull().any()
    ]


def test_figure_of_codes_shows_each_model_in_its_place(spaces, fashion_mnist):
    figure = figures.latent_spaces(spaces, fashion_mnist.test.labels[:500])
    left, middle, right = figure.axes
    for place, model in ((left, AE), (middle, VAE)):
        shown = place.collections[0].get_offsets()
        np.testing.assert_allclose(shown, spaces.codes.sel(model=model).values[0], rtol=1e-6)
        assert place.get_title("left") == model
    for model in (AE, VAE, BETA_VAE, PPCA):
        (line,) = (line for line in right.lines if line.get_label() == model)
        np.testing.assert_allclose(line.get_ydata(), spaces.spectrum.sel(model=model).values[0])
        assert line.get_color() == figures.LOOKS[model].color


def test_figure_of_code_scores_shows_each_model_in_its_row(spaces):
    figure = figures.latent_scores(spaces, chance=0.001)
    labels = row_labels(figure.axes[0])
    for place, score in zip(
        figure.axes, ("discrepancy", "whitened", "mse", "neighbour_accuracy"), strict=True
    ):
        matches(place, labels, spaces[score], [{"model": str(m)} for m in spaces.model.values])


def test_figure_of_samples_shows_each_generator_in_its_row(made):
    check_strips(figures.samples(made), made.examples.isel(seed=0), crossed(made.frechet), 10)


def test_figure_of_sample_scores_shows_each_generator_in_its_row(made):
    figure = figures.sample_scores(made)
    labels = row_labels(figure.axes[0])
    assert len(labels) == 8
    for place, score in zip(figure.axes, ("frechet", "precision", "recall"), strict=True):
        matches(place, labels, made[score], crossed(made.frechet))


def test_figure_of_walks_shows_each_model_in_its_row(walked):
    images = walked.examples.isel(seed=0, walk=0, step=slice(None, None, 2))
    check_strips(figures.walks(walked), images, crossed(walked.detour), 11)


def check_strips(figure, images, factors, columns):
    rows = np.reshape(figure.axes, (-1, columns))
    assert len(rows) == len(factors)
    for row, levels in zip(rows, factors, strict=True):
        assert row[0].get_ylabel() == ", ".join(levels.values())
        shown = [place.images[0].get_array() for place in row]
        np.testing.assert_array_equal(shown, images.sel(levels).values)


def test_figure_of_walk_scores_shows_each_model_in_its_row(walked):
    left, middle, right = figures.walk_scores(walked).axes
    factors = crossed(walked.detour)
    labels = row_labels(middle)
    for place, score in ((middle, "unevenness"), (right, "detour")):
        matches(place, labels, walked[score], factors)
    for line, levels in zip(left.lines, factors, strict=True):
        expected = walked.distance.sel(levels).mean("seed")
        np.testing.assert_allclose(line.get_ydata(), expected, rtol=1e-6)
        assert line.get_color() == figures.LOOKS[levels["model"]].color


def test_figure_of_outside_images_shows_each_kind_under_its_name():
    outside = {kind: outside_images(kind, 4) for kind in KINDS}
    places = figures.outside_examples(outside).axes
    for kind, place in zip(KINDS, places[::4], strict=True):
        assert place.get_title("left") == kind
        np.testing.assert_array_equal(place.images[0].get_array(), outside[kind][0, 0])


def test_figure_of_detectors_shows_each_detector_in_its_row(areas):
    figure = figures.detectors(areas)
    labels = row_labels(figure.axes[0])
    assert len(labels) == 6
    for place, kind in zip(figure.axes, KINDS, strict=True):
        assert place.get_title("left") == kind
        matches(place, labels, areas.sel(kind=kind), crossed(areas.sel(kind=kind)))
