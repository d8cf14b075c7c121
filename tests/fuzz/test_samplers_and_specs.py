"""Samplers in the plane, specs without mini-batches, probes and counts, against known answers."""

import dataclasses

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from labcode.data import DataSpec, near_an_arc, pixel_permutation
from labcode.data.corruption import GaussianNoise, noisy
from labcode.models import LinearAutoencoder, counting
from labcode.models.denoiser import AnyNoiseDenoiser, PlaneDenoiser
from labcode.models.published import MoorAutoencoder
from labcode.scores import plane, probes
from labcode.training.covariance import CovarianceRunSpec
from labcode.training.curve import CurveSpec
from labcode.training.loop import share_of_rate
from labcode.training.mixtures import MixtureRunSpec
from labcode.training.networks import drawn_once, model_spec
from labcode.training.planted import PlantedData, PlantedSpec
from tests.fuzz.inputs import finite, numbers, outcome, seeds, sizes, tensors, tries

few = sizes.filter(lambda n: not isinstance(n, int) or n < 9)
points = tensors(None, 2)
DENOISER, TOLD = PlaneDenoiser(3).eval(), AnyNoiseDenoiser(hidden=3).eval()


@tries(40, 800)
@given(few, few, numbers, numbers)
def test_samplers_in_the_plane_draw_as_many_points_as_asked_for(n, steps, std, spread):
    with torch.no_grad():
        chain = outcome(lambda: plane.walk_back(DENOISER, std, n, spread, steps))
        flow = outcome(lambda: plane.descend(TOLD, n, steps))
    for found in (chain, flow):
        assert found is None or found.shape == (n, 2)
    if flow is not None:
        finite(flow)


@tries(40, 800)
@given(points, points)
def test_the_energy_distance_is_that_of_all_pairs(a, b):
    found = outcome(lambda: plane.energy_distance(a, b))
    if found is not None and max(a.abs().max(), b.abs().max()) < 1e3:
        means = []
        for one, other in ((a, b), (a, a), (b, b)):
            lengths = np.linalg.norm(one.numpy()[:, None] - other.numpy(), axis=-1)
            pairs = lengths.size - (len(one) if one is other else 0)
            means.append(lengths.sum() / pairs)
        np.testing.assert_allclose(found, 2 * means[0] - means[1] - means[2], atol=1e-3)


@tries(40, 800)
@given(points, tensors(None, 1))
def test_a_told_denoiser_answers_with_points_or_refuses_the_strength(y, std):
    fits = isinstance(std, torch.Tensor) and std.ndim == 2 and isinstance(y, torch.Tensor)
    strength = std[:1].expand(len(y), -1) if fits and len(std) and y.ndim else std
    found = outcome(lambda: TOLD.denoise(y, strength))
    if found is not None and y.abs().max() < 1e10 and strength.max() < 1e10:
        assert found.shape == y.shape
        finite(found.detach())


@tries(40, 800)
@given(points)
def test_whitened_codes_have_mean_0_and_variance_1(codes):
    found = outcome(lambda: probes.whitened(codes))
    varied = found is not None and len(codes) > 3 and codes.abs().max() < 10
    if varied and codes.std(0).min() > 0.1:
        np.testing.assert_allclose(found[0].mean(0), 0, atol=1e-4)
        np.testing.assert_allclose(found[0].var(0, correction=0), 1, rtol=1e-3)


SPECS = [
    CovarianceRunSpec(1, "SGD", 5, 0, (2.0, 1.0)),
    MixtureRunSpec(2, 1, 2, 0, DataSpec(50, 10)),
    CurveSpec(model_spec(LinearAutoencoder, code_size=1, shape=(2,)), 1, 0, 50),
    PlantedSpec(
        model_spec(LinearAutoencoder, code_size=1, shape=(4,)), 1, 0, PlantedData(50, 0, 4, 4, 2)
    ),
]
CHANGED = [
    (spec, name)
    for spec in SPECS
    for name in ("seed", "epochs", "points", "noise", "learning_rate", "start_scale", "iterations")
    if name in {field.name for field in dataclasses.fields(spec)}
]


@tries(80, 1500)
@given(st.sampled_from(CHANGED), st.one_of(numbers, seeds, sizes))
def test_what_a_spec_accepts_it_can_name(change, value):
    spec, name = change
    found = outcome(lambda: dataclasses.replace(spec, **{name: value}))
    if found is not None:
        assert found.title and found.cost >= 0


@tries(40, 800)
@given(st.one_of(numbers, st.lists(st.floats(-1, 3), min_size=1, max_size=3).map(tuple)))
def test_a_made_spectrum_is_of_variances(spectrum):
    given_one = isinstance(spectrum, tuple) and len(spectrum) > 0
    if given_one:
        found = outcome(lambda: dataclasses.replace(SPECS[0], spectrum=spectrum))
        assert found is None or min(spectrum) >= 0


@tries(40, 800)
@given(few, few)
def test_draws_are_decided_by_their_seed(seed, n):
    draws = (
        lambda: pixel_permutation(seed, n),
        lambda: near_an_arc(n, 0.1, seed),
        lambda: noisy(torch.zeros(2, 1, 4, 4), 0.1, seed=seed),
        lambda: drawn_once(GaussianNoise(0.1), torch.zeros(2, 1, 4, 4), seed),
    )
    for draw in draws:
        found = outcome(draw)
        assert found is None or torch.equal(found, draw())
    order = outcome(draws[0])
    assert order is None or sorted(order.tolist()) == list(range(n))


@tries(40, 400)
@given(st.one_of(st.sampled_from(["constant", "cosine", "linear", "Cosine"]), numbers))
def test_a_schedule_starts_at_one(name):
    share = outcome(lambda: share_of_rate(name, 4))
    assert share is None or (share(0), name in ("constant", "cosine")) == (1, True)


@tries(30, 300)
@given(st.one_of(st.tuples(few), st.tuples(few, few), st.just(())), st.tuples(few, few, few))
def test_layers_and_costs_are_counted_of_what_can_be_built(hidden, shape):
    model = outcome(lambda: MoorAutoencoder(2, hidden, (1, 4, 4)))
    if model is not None:
        weights = sum(weight.numel() for weight in model.parameters())
        assert outcome(lambda: counting.parameters(model)) == weights
        found = outcome(lambda: counting.multiply_adds(model.eval(), shape))
        assert found is None or found > 0
