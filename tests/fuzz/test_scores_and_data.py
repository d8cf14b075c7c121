"""Scores and data, against NumPy's and SciPy's answers."""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import linalg
from scipy.spatial.distance import cdist

from labcode.data import DataSpec, made, moments
from labcode.data.images import TRAINING_IMAGES
from labcode.data.outside import outside_images
from labcode.scores import checkerboard, comparison, damage, filters, generation, latent, metrics
from labcode.scores import probes as probe
from labcode.scores.copies import nearest_images
from tests.fuzz.inputs import arrays, finite, numbers, outcome, seeds, sizes, tensors, tries

images = tensors(None, 1, 4, 4, good=0.8)
pairs = st.one_of(st.tuples(images, images), images.map(lambda x: (x, x)))


def same(found, expected, tolerance=1e-4):
    np.testing.assert_allclose(np.asarray(found), expected, rtol=tolerance, atol=tolerance)


@tries(40, 800)
@given(pairs)
def test_the_error_of_images(pair):
    x, y = pair
    found = outcome(lambda: metrics.mse(x, y))
    if found is not None and np.isfinite(y.numpy()).all() and y.abs().max() < 1e10:
        same(found, ((x.double() - y.double()).numpy() ** 2).reshape(len(x), -1).mean(1))
    assert found is None or found.shape == (len(x),)


@tries(40, 600)
@given(images, sizes, sizes)
def test_a_shift_moves_every_pixel(x, right, down):
    found = outcome(lambda: damage.shifted(x, right, down))
    if found is not None:
        expected = np.zeros(x.shape)
        for row in range(x.shape[2]):
            for column in range(x.shape[3]):
                if 0 <= row - down < x.shape[2] and 0 <= column - right < x.shape[3]:
                    expected[:, :, row, column] = x[:, :, row - down, column - right]
        same(found, expected, 1e-6)


@tries(40, 600)
@given(images, tensors(None, good=0.9), st.sampled_from(["faded", "cut_off", "blurred"]))
def test_a_damage_keeps_shape_and_never_brightens(x, strength, name):
    if isinstance(strength, torch.Tensor) and isinstance(x, torch.Tensor) and strength.ndim == 1:
        strength = strength.repeat(4)[: len(x)] if x.ndim and len(x) > 1 else strength
    found = outcome(lambda: getattr(damage, name)(x, strength))
    if found is not None and x.abs().max() < 1e10:
        assert found.shape == x.shape
        finite(found)
        if strength.amax() <= 1 and x.amin() >= 0:
            assert found.sum() <= x.sum() * (1 + 1e-4) + 1e-5


@tries(30, 400)
@given(pairs, st.sampled_from([*damage.DAMAGES, "other", None]))
def test_equally_damaged_images_are_numbers(pair, name):
    x, noise = pair
    found = outcome(lambda: damage.equally_damaged(x, noise, name))
    if found is not None:
        finite(found)
        assert found.shape == x.shape


@tries(40, 800)
@given(tensors(None, 2), tensors(None, 2), st.integers(-1, 3), st.lists(sizes, max_size=3))
def test_neighbours_vote_as_counted_by_hand(codes, asked, lowest, counts):
    def labelled(x):
        n = len(x) if isinstance(x, torch.Tensor) and x.ndim else 1
        return x, torch.arange(n) % 3 + lowest

    known, queries = labelled(codes), labelled(asked)
    found = outcome(lambda: probe.neighbour_accuracies(known, queries, counts))
    if found is not None:
        order = cdist(asked.double(), codes.double()).argsort(1, kind="stable")
        gaps = np.sort(cdist(asked.double(), codes.double()), 1)
        if (np.diff(gaps, axis=1) > 1e-3 * (1 + gaps.max())).all() and gaps.max() < 1e6:
            for count, accuracy in zip(counts, found, strict=True):
                votes = known[1].numpy()[order[:, : int(count)]]
                guess = [np.bincount(some).argmax() for some in votes]
                assert accuracy == np.mean(guess == queries[1].numpy())


@tries(40, 600)
@given(tensors(4, 2), tensors(4, 2), st.lists(numbers, max_size=3), st.integers(-1, 2))
def test_a_linear_probe_is_a_share(codes, asked, strengths, lowest):
    classes = torch.tensor([0, 1, 2, 0]) + lowest
    found = outcome(lambda: probe.linear_accuracies((codes, classes), (asked, classes), strengths))
    if found is not None:
        assert all(share in (0, 0.25, 0.5, 0.75, 1) for share in found)


@tries(40, 600)
@given(arrays(None, 4, 4), sizes)
def test_locality_is_a_share(weights, window):
    found = outcome(lambda: filters.locality(weights, window))
    if found is not None and 1e-10 < np.abs(weights.astype(float)).max() < 1e10:
        assert ((found.share > 0) & (found.share < 1 + 1e-9)).all()
        assert (found.pixels > 1 - 1e-9).all()
        assert (found.pixels < weights[0].size + 1e-6).all()


@tries(30, 500)
@given(tensors(None, 3, 5))
def test_dead_maps_are_counted(maps):
    found = outcome(lambda: filters.dead_maps(maps))
    if found is not None:
        assert found == sum(not maps[:, i].any() for i in range(maps.shape[1]))


@tries(40, 600)
@given(images, images)
def test_the_nearest_image_is_the_nearest(queries, known):
    found = outcome(lambda: nearest_images(queries, known))
    if found is not None and max(queries.abs().max(), known.abs().max()) < 1e3:
        distances = cdist(queries.flatten(1).double(), known.flatten(1).double())
        chosen = distances[np.arange(len(queries)), found.numpy()]
        assert (chosen**2 <= distances.min(1) ** 2 + 1e-3 * (1 + distances.max() ** 2)).all()


@tries(40, 600)
@given(
    tensors(None, None, 3, good=0.85),
    st.sampled_from([latent.step_lengths, latent.detour, latent.unevenness]),
)
def test_paths(path, score):
    found = outcome(lambda: score(path))
    if found is not None and path.abs().max() < 1e10 and (path.abs().max() > 1e-10):
        finite(found)
        assert (found >= (0 if score is latent.step_lengths else 1 - 1e-4)).all()


@tries(40, 600)
@given(tensors(3, 2), tensors(3, 2), sizes, st.sampled_from(["linear_path", "spherical_path"]))
def test_paths_begin_and_end_where_asked(start, end, steps, name):
    if isinstance(steps, int) and steps > 99:
        return
    found = outcome(lambda: getattr(latent, name)(start, end, steps))
    if found is not None and max(start.abs().max(), end.abs().max()) < 1e5:
        same(found[:, 0], start.numpy(), 1e-3)
        same(found[:, -1], end.numpy(), 1e-3)


@tries(40, 600)
@given(tensors(2, dtype=torch.float64), tensors(2, 4, dtype=torch.float64), tensors(2))
def test_frechet_distance_is_scipys(mean, factor, other):
    square = isinstance(factor, torch.Tensor) and factor.ndim == 2 and factor.is_floating_point()
    covariance = factor @ factor.T if square else factor
    found = outcome(
        lambda: generation.gaussian_frechet_distance(mean, covariance, other, covariance)
    )
    if found is not None and covariance.abs().max() < 1e3 and mean.abs().max() < 1e3:
        same(found, float(((mean - other) ** 2).sum()), 1e-3)


@tries(40, 500)
@given(arrays(4, 2), arrays(4, None))
def test_principal_angles_are_scipys(a, b):
    found = outcome(lambda: metrics.principal_angles(a, b))
    if found is not None:
        same(found, linalg.subspace_angles(a, b))


@tries(30, 400)
@given(arrays(None), st.lists(numbers, max_size=3))
def test_places_at_shares(values, shares):
    found = outcome(lambda: comparison.at_shares(values, shares))
    if found is not None:
        assert len(found) == len(shares)
        for share, place in zip(shares, found, strict=True):
            assert values[place] == np.sort(values)[round(share * (len(values) - 1))]


@tries(30, 400)
@given(images)
def test_a_checkerboard_is_a_ratio(errors):
    found = outcome(lambda: checkerboard.checkerboard(errors))
    assert found is None or found >= 0 or np.isnan(found)


@tries(40, 600)
@given(numbers, numbers, st.one_of(st.none(), numbers))
def test_a_data_spec_shares_no_image(train, validation, seed):
    found = outcome(lambda: DataSpec(train, validation, seed))
    if found is not None:
        assert 1 <= found.train <= TRAINING_IMAGES - found.validation <= TRAINING_IMAGES


@tries(40, 600)
@given(tensors(None, 3))
def test_moments_are_numpys(x):
    found = outcome(lambda: moments(x))
    if found is not None and x.abs().max() < 1e10:
        flat = x.flatten(1).double().numpy()
        same(found[0], flat.mean(0))
        same(found[1], np.atleast_2d(np.cov(flat.T, bias=True)), 1e-3)


@tries(30, 500)
@given(
    st.one_of(st.lists(st.floats(0, 3), max_size=4), st.lists(numbers, max_size=3)), sizes, seeds
)
def test_made_data_have_the_moments_asked_for(spectrum, n, seed):
    if isinstance(n, int) and n > 99:
        return
    found = outcome(lambda: made.gaussian(sorted_down(spectrum), n, seed))
    if found is not None:
        covariance = np.atleast_2d(np.cov(found.x.numpy(), rowvar=False, bias=True))
        top = 1 + max(spectrum)
        same(np.linalg.eigvalsh(covariance)[::-1] / top, found.eigenvalues.numpy() / top)


def sorted_down(values):
    try:
        return sorted(values, reverse=True)
    except (TypeError, ValueError):
        return values


@tries(20, 200)
@given(st.sampled_from(["digits", "noise", "constant", "other", None]), sizes)
def test_images_from_outside_are_images(kind, n):
    if isinstance(n, int) and n > 5000:
        return
    found = outcome(lambda: outside_images(kind, n))
    if found is not None:
        assert found.shape == (n, 1, 28, 28)
        assert 0 <= found.min() <= found.max() <= 1
