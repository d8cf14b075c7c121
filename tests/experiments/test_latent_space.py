"""The latent-space half of Chapter 5: its facts in small on real Fashion-MNIST, its verdicts."""

from collections.abc import Iterator
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

from labcode import data
from labcode.designs import profiles
from labcode.designs.contrast import Interval
from labcode.experiments import latent_space as experiment
from labcode.figures import latent_space as figures

SMOKE = profiles.PROFILES["smoke"]
SMALL = replace(SMOKE, seeds=(0, 1), epochs=6, train=6000, validation=500)


@pytest.fixture(scope="module")
def small() -> Iterator[profiles.Profile]:
    """Networks that learned something, in seconds."""
    with pytest.MonkeyPatch.context() as patch:
        sizes = experiment.Sizes(3000, (10,), 2000, 500, 1000, 400, 40, 2000, 300)
        patch.setitem(experiment.SIZES, "smoke", sizes)
        yield SMALL


def test_differences_are_paired_by_seed():
    one, other = experiment.Measured((1.0, 2.0, 3.0)), experiment.Measured((0.0, 1.0, 2.0))
    assert one.minus(other) == Interval(1, 1, 1, 3)
    assert one.minus(experiment.Measured((2.0,))).mean == 0
    assert experiment.Measured((2.0,)).interval is None
    assert f"{experiment.Measured((2.0,)):.1f}" == "2.0"


def test_the_vae_is_nearer_to_its_prior(small):
    """C12: as trained, and mostly by an affine map; the AE's codes know the classes too."""
    spaces = experiment.latent_spaces(small)
    ae, vae = spaces[experiment.AE], spaces[experiment.VAE]
    assert ae.discrepancy.mean > 3 * vae.discrepancy.mean
    assert ae.whitened.mean < 0.1 * ae.discrepancy.mean
    assert abs(ae.neighbours.mean - vae.neighbours.mean) < 0.05
    assert ae.neighbours.mean > 0.6
    beta = spaces[experiment.BETA_VAE]
    assert beta.divergence.mean < vae.divergence.mean < ae.divergence.mean
    assert beta.error.mean > vae.error.mean


def test_probabilistic_pca_has_codes_with_the_priors_moments(small):
    """In closed form the covariance of its aggregated posterior is I."""
    space = experiment.latent_spaces(small)[experiment.PPCA]
    assert space.divergence.mean < 0.5  # 16 eigenvalues of 500 codes
    assert space.spectrum.shape == (1, experiment.CODE_SIZE)


def test_an_autoencoder_with_a_mixture_generates(small):
    """C13: nearer to real images than the VAE with its prior, and than probabilistic PCA."""
    made = {label: g.frechet.mean for label, g in experiment.generators(small).items()}
    mixture = made[experiment.AE_MIXTURE]
    assert mixture < 0.5 * made[experiment.VAE_PRIOR]
    assert mixture < 0.5 * made[experiment.PPCA_PRIOR]
    assert mixture < 0.2 * made[experiment.AE_NORMAL]
    assert made[experiment.REAL] < mixture


def test_draws_from_the_prior_are_no_code_of_the_autoencoder(small):
    """They give few kinds of image, so recall suffers before precision does."""
    drawn = experiment.generators(small)[experiment.AE_NORMAL]
    assert drawn.recall.mean < 0.5 * drawn.precision.mean
    assert drawn.examples.shape == (10, 1, 28, 28)


def test_middles_of_walks_are_scored_in_features_and_in_pixels(small):
    """Twice the same images: the distances of PCA's middles in pixel space, one by one."""
    start, end = experiment._pairs(40)
    means = [experiment._means(small, experiment.PPCA, 0, some) for some in (start, end)]
    middle = experiment._decode(small, experiment.PPCA, 0, sum(means) / 2)
    real = data.fashion_mnist("train").pixels[:2000]
    nearest = [((real - image) ** 2).sum((1, 2, 3)).sqrt().min().item() for image in middle]
    walk = experiment.walks(small)["PCA, line"]
    assert walk.middle_pixels.mean == pytest.approx(np.mean(nearest), rel=1e-4)
    assert walk.middle.mean == pytest.approx(walk.profile[len(walk.profile) // 2], rel=1e-5)


def test_walks_of_the_vae_are_even(small):
    """C14: no jump on any network's walk; PCA's is straight and even but for its clipping."""
    walked = experiment.walks(small)
    for label in ("AE, line", "VAE, line"):
        assert 1 < walked[label].unevenness.mean < 2
        assert walked[label].detour.mean < 2
    assert walked["PCA, line"].detour.mean < 1.05
    assert walked["PCA, line"].unevenness.mean < 1.1
    assert walked["PCA, line"].middle.mean > walked["VAE, line"].middle.mean


def test_detectors_find_noise_and_miss_blank_images(small):
    areas = {detector.label: detector.areas for detector in experiment.detectors(small)}
    for label in ("VAE, minus ELBO", "VAE, error", "AE, error", "PCA, error"):
        assert areas[label]["noise"].mean > 0.99
        assert areas[label]["constant"].mean < 0.85


def test_pairs_join_different_classes(fashion_mnist):
    start, end = experiment._pairs(50)
    assert start.shape == end.shape == (50, 1, 28, 28)
    labels = [
        fashion_mnist.test.labels[(fashion_mnist.test.pixels == image).flatten(1).all(1)][0]
        for image in torch.cat([start, end])
    ]
    assert all(one != other for one, other in zip(labels[:50], labels[50:], strict=True))


def test_outside_images_are_what_their_names_say():
    outside = experiment.outside_images(20)
    for images in outside.values():
        assert images.shape == (20, 1, 28, 28)
        assert images.min() >= 0
        assert images.max() <= 1
    assert tuple(outside) == experiment.OUTSIDE
    assert outside["constant"].flatten(1).std(1).max() < 1e-6
    assert outside["noise"].mean().item() == pytest.approx(0.5, abs=0.01)
    assert outside["digits"].flatten(1).std(1).min() > 0.1


def test_networks_share_layers_and_budget():
    """Only the loss, and the encoder's second output, tell AE and VAE apart."""
    book = profiles.PROFILES["book"]
    plain, variational = (
        experiment._network_specs(book)[label][0] for label in (experiment.AE, experiment.VAE)
    )
    for name in ("epochs", "seed", "data", "optimiser", "batch_size"):
        assert getattr(plain, name) == getattr(variational, name)
    assert dict(plain.model.arguments) == dict(variational.model.arguments)
    assert variational.schedule == "constant"


def test_figures_show_every_result(small):
    spaces, made = experiment.latent_spaces(small), experiment.generators(small)
    walked, found = experiment.walks(small), experiment.detectors(small)
    drawn = [
        figures.latent_spaces(spaces),
        figures.latent_scores(spaces, experiment.normal_discrepancy(small)),
        figures.samples(made),
        figures.sample_scores(made),
        figures.walks(walked),
        figures.walk_scores(walked),
        figures.outside_examples(experiment.outside_images(4)),
        figures.detectors(found),
    ]
    for figure in drawn:
        figure.canvas.draw()
    fractions = drawn[3].axes[1].lines
    shown = [line.get_xdata()[0] for line in fractions if len(line.get_xdata()) == 1]
    expected = [generator.precision.mean for generator in made.values()]
    np.testing.assert_allclose(sorted(set(shown) & set(expected)), sorted(set(expected)))
    plt.close("all")


def test_verdicts_are_decided_by_what_was_measured(small):
    """Each difference in the direction that its claim speaks of."""
    c12, c13, c14 = experiment.verdicts(small)
    assert (c12.claim, c13.claim, c14.claim) == ("C12", "C13", "C14")
    spaces, made = experiment.latent_spaces(small), experiment.generators(small)
    walked = experiment.walks(small)
    ae, vae = spaces[experiment.AE], spaces[experiment.VAE]
    mixture = made[experiment.AE_MIXTURE].frechet
    assert c12.numbers == {
        "as_trained": ae.discrepancy.minus(vae.discrepancy),
        "whitened": ae.whitened.minus(vae.whitened),
        "classes": vae.neighbours.minus(ae.neighbours),
    }
    assert c13.numbers == {
        "over_vae": mixture.minus(made[experiment.VAE_PRIOR].frechet),
        "over_linear": mixture.minus(made[experiment.PPCA_PRIOR].frechet),
    }
    one, other = walked["AE, line"], walked["VAE, line"]
    assert c14.numbers == {
        "steps": one.unevenness.minus(other.unevenness),
        "middles": one.middle.minus(other.middle),
    }
    assert f"{c12.numbers['as_trained']:.4f}" in c12.effect
