"""Each closed form against an average over data, PyTorch's autograd, or plain descent."""

import itertools
from collections.abc import Callable

import numpy as np
import pytest
import torch
from scipy import integrate, linalg, optimize

from labcode.theory import linear_autoencoder as theory
from labcode.theory import pca

D, K = 7, 3
SPECTRUM = np.array([5.0, 3.0, 1.8, 1.0, 0.5, 0.2, 0.1])


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture
def u(rng: np.random.Generator) -> np.ndarray:
    """Components, in general position."""
    return np.linalg.qr(rng.normal(size=(D, D)))[0]


@pytest.fixture
def s(u: np.ndarray) -> np.ndarray:
    return (u * SPECTRUM) @ u.T


@pytest.fixture
def mu(rng: np.random.Generator) -> np.ndarray:
    return rng.normal(size=D)


@pytest.fixture
def x(rng: np.random.Generator, s: np.ndarray, mu: np.ndarray) -> np.ndarray:
    """40 images with exactly mean mu and covariance S."""
    z = rng.normal(size=(40, D))
    z -= z.mean(axis=0)
    whitened = z @ np.linalg.inv(np.linalg.cholesky(z.T @ z / 40)).T
    return whitened @ np.linalg.cholesky(s).T + mu


@pytest.fixture
def weights(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    return rng.normal(size=(K, D)), rng.normal(size=(D, K))


def gradients(w1: np.ndarray, w2: np.ndarray, s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return theory.encoder_gradient(w1, w2, s), theory.decoder_gradient(w1, w2, s)


Objective = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def minimise(objective: Objective, seed: int = 0) -> tuple[np.ndarray, np.ndarray, float]:
    """W1, W2 and the loss after BFGS from a random start, with autograd's gradients."""
    start = 0.3 * np.random.default_rng(seed).normal(size=2 * K * D)

    def value_and_gradient(flat: np.ndarray) -> tuple[float, np.ndarray]:
        p = torch.tensor(flat, requires_grad=True)
        value = objective(p[: K * D].view(K, D), p[K * D :].view(D, K))
        value.backward()
        assert p.grad is not None
        return value.item(), p.grad.numpy()

    options = {"gtol": 1e-11, "maxiter": 20_000}
    found = optimize.minimize(value_and_gradient, start, jac=True, method="BFGS", options=options)
    return found.x[: K * D].reshape(K, D), found.x[K * D :].reshape(D, K), float(found.fun)


def squared_error(s: np.ndarray) -> Objective:
    """E|x - W2 W1 x|^2 written apart from the code under test."""
    root = torch.from_numpy(linalg.sqrtm(s).real)

    def objective(w1: torch.Tensor, w2: torch.Tensor) -> torch.Tensor:
        return ((root - w2 @ w1 @ root) ** 2).sum()

    return objective


# The loss and its critical points


def test_loss_is_the_average_over_the_data(
    x: np.ndarray, s: np.ndarray, mu: np.ndarray, weights: tuple[np.ndarray, np.ndarray]
) -> None:
    w1, w2 = weights
    rng = np.random.default_rng(3)
    b1, b2 = rng.normal(size=K), rng.normal(size=D)

    def average(images: np.ndarray, output: np.ndarray) -> float:
        return float(np.sum((images - output) ** 2) / len(images))

    centred = x - mu
    assert theory.loss(w1, w2, s) == pytest.approx(average(centred, centred @ w1.T @ w2.T))
    biased = average(x, (x @ w1.T + b1) @ w2.T + b2)
    assert theory.loss(w1, w2, s, mean=mu, bias=w2 @ b1 + b2) == pytest.approx(biased)
    assert theory.loss(w1, w2, s, mean=mu) == pytest.approx(average(x, x @ w1.T @ w2.T))
    assert theory.loss(w1, w2, s, bias=b2) == pytest.approx(
        average(centred, centred @ w1.T @ w2.T + b2)
    )


def test_loss_refuses_weights_that_do_not_fit(s: np.ndarray) -> None:
    with pytest.raises(ValueError, match="goes with a decoder of shape"):
        theory.loss(np.zeros((K, D)), np.zeros((K, D)), s)


def test_gradient_is_autograds(s: np.ndarray, weights: tuple[np.ndarray, np.ndarray]) -> None:
    w1, w2 = (torch.tensor(w, requires_grad=True) for w in weights)
    squared_error(s)(w1, w2).backward()
    for ours, theirs in zip(gradients(*weights, s), (w1.grad, w2.grad), strict=True):
        assert theirs is not None
        np.testing.assert_allclose(ours, theirs.numpy(), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("indices", [(1, 2, 3), (0, 4, 6), (2,), (), (0, 1, 2)])
def test_critical_points_have_no_gradient_and_the_stated_loss(
    s: np.ndarray, u: np.ndarray, indices: tuple[int, ...]
) -> None:
    mixing = np.random.default_rng(1).normal(size=(K, K))
    chosen = np.zeros((D, K))
    chosen[:, : len(indices)] = u[:, list(indices)]
    w1, w2 = np.linalg.inv(mixing) @ chosen.T, chosen @ mixing
    assert max(np.abs(g).max() for g in gradients(w1, w2, s)) < 1e-12
    assert theory.critical_loss(SPECTRUM, indices) == pytest.approx(theory.loss(w1, w2, s))


def test_every_other_critical_point_is_a_saddle(s: np.ndarray, u: np.ndarray) -> None:
    """Replacing a held component a little by a larger one lowers the loss: no local minimum."""
    for chosen in itertools.combinations(range(D), K):
        if chosen == (0, 1, 2):
            continue
        missing = next(i for i in range(D) if i not in chosen)
        w2 = u[:, list(chosen)].copy()
        w2[:, -1] = np.cos(1e-3) * w2[:, -1] + np.sin(1e-3) * u[:, missing]
        assert theory.loss(w2.T, w2, s) < theory.critical_loss(SPECTRUM, chosen) - 1e-8


def test_critical_loss_refuses_components_that_do_not_exist() -> None:
    for wrong in ([0, 0], [7], [-1]):
        with pytest.raises(ValueError, match="different numbers from 0 to 6"):
            theory.critical_loss(SPECTRUM, wrong)


@pytest.mark.parametrize("seed", range(5))
def test_every_start_ends_at_the_floor_with_the_projection(
    s: np.ndarray, u: np.ndarray, seed: int
) -> None:
    w1, w2, value = minimise(squared_error(s), seed)
    assert value == pytest.approx(theory.critical_loss(SPECTRUM, range(K)), rel=1e-10)
    top = u[:, :K]
    np.testing.assert_allclose(w2 @ w1, top @ top.T, atol=1e-6)
    assert linalg.subspace_angles(w2, top).max() < 1e-6
    assert linalg.subspace_angles(s @ w1.T, top).max() < 1e-6


def test_any_invertible_mixing_of_the_code_leaves_the_loss(
    s: np.ndarray, weights: tuple[np.ndarray, np.ndarray]
) -> None:
    w1, w2 = weights
    mixing = np.random.default_rng(1).normal(size=(K, K))
    mixed = theory.loss(np.linalg.inv(mixing) @ w1, w2 @ mixing, s)
    assert mixed == pytest.approx(theory.loss(w1, w2, s))


def test_an_encoder_may_do_as_it_likes_where_the_data_do_not_vary(u: np.ndarray) -> None:
    flat = np.where(np.arange(D) < 5, SPECTRUM, 0.0)
    s, top = (u * flat) @ u.T, u[:, :K]
    w1 = top.T + np.random.default_rng(0).normal(size=(K, 2)) @ u[:, 5:].T
    assert theory.loss(w1, top, s) == pytest.approx(flat[K:].sum())
    assert linalg.subspace_angles(w1.T, top).max() > 0.1
    assert linalg.subspace_angles(s @ w1.T, top).max() < 1e-12


# Biases


def test_biases_are_worth_at_most_one_unit(s: np.ndarray, mu: np.ndarray) -> None:
    for length in (0.01, 1.0, 30.0):
        second_moment = s + length**2 * np.outer(mu, mu)
        m = np.linalg.eigvalsh(second_moment)[::-1]
        for k in range(D):
            low, high = theory.bias_bounds(m, k)
            assert low - 1e-10 <= SPECTRUM[k:].sum() <= high + 1e-10
    # A far mean takes a whole unit for itself, a mean near zero takes none.
    assert low == pytest.approx(SPECTRUM[k:].sum(), abs=0.1)


def test_bias_bounds_are_the_floors_without_biases(s: np.ndarray, mu: np.ndarray) -> None:
    second_moment = s + np.outer(mu, mu)
    uncentred = pca.from_moments(mu, s).uncentred()
    low, high = theory.bias_bounds(uncentred.eigenvalues, K)
    assert (low, high) == pytest.approx((uncentred.floor(K + 1), uncentred.floor(K)))
    assert minimise(squared_error(second_moment))[2] == pytest.approx(high, rel=1e-9)


# L2 penalties


@pytest.mark.parametrize("r", [0.3, 2.5])
def test_l2_minimum_found_by_descent_is_the_predicted_one(
    s: np.ndarray, u: np.ndarray, r: float
) -> None:
    """At r = 2.5 the third component, of variance 1.8, is not worth its weights."""
    error = squared_error(s)
    w1, w2, _ = minimise(lambda a, b: error(a, b) + r * ((a**2).sum() + (b**2).sum()))
    predicted = theory.decayed_singular_values(SPECTRUM[:K], 2 * r / D, D)
    np.testing.assert_allclose(w1, w2.T, atol=1e-6)
    np.testing.assert_allclose(np.linalg.svd(w2, compute_uv=False), predicted, atol=1e-6)
    held = int(np.count_nonzero(predicted))
    assert held == (3 if r < 1.8 else 2)
    directions = theory.svd_directions(w2)[:, :held]
    np.testing.assert_allclose(theory.alignment(directions, u[:, :held]), np.eye(held), atol=1e-5)


@pytest.mark.parametrize("optimiser", [torch.optim.SGD, torch.optim.Adam])
def test_pytorchs_weight_decay_on_pytorchs_mean_squared_error(
    x: np.ndarray, mu: np.ndarray, optimiser: type[torch.optim.Optimizer]
) -> None:
    decay = 0.1
    w1, w2 = _trained(x - mu, optimiser, decay)
    predicted = theory.decayed_singular_values(SPECTRUM[:K], decay, D)
    np.testing.assert_allclose(predicted, np.sqrt(1 - D * decay / (2 * SPECTRUM[:K])))
    np.testing.assert_allclose(np.linalg.svd(w2, compute_uv=False), predicted, atol=1e-4)
    np.testing.assert_allclose(w1, w2.T, atol=1e-3)


def test_adamw_is_not_an_l2_penalty(x: np.ndarray, mu: np.ndarray) -> None:
    w1, w2 = _trained(x - mu, torch.optim.AdamW, 0.1)
    assert np.linalg.svd(w2, compute_uv=False).max() > 1
    assert np.abs(w1 - w2.T).max() > 0.05


def _trained(
    x: np.ndarray, optimiser: type[torch.optim.Optimizer], decay: float
) -> tuple[np.ndarray, np.ndarray]:
    torch.manual_seed(0)
    images = torch.from_numpy(x)
    encoder = torch.nn.Linear(D, K, bias=False, dtype=torch.float64)
    decoder = torch.nn.Linear(K, D, bias=False, dtype=torch.float64)
    parameters = [encoder.weight, decoder.weight]
    rate = 0.3 if optimiser is torch.optim.SGD else 3e-3
    steps = optimiser(parameters, lr=rate, weight_decay=decay)  # type: ignore[call-arg]
    for _ in range(4000):
        steps.zero_grad()
        torch.nn.functional.mse_loss(decoder(encoder(images)), images).backward()
        steps.step()
    w1, w2 = (w.detach().numpy() for w in parameters)
    return w1, w2


def test_uneven_penalties_order_the_columns(s: np.ndarray, u: np.ndarray) -> None:
    r = np.array([0.1, 0.5, 1.2])
    error, each = squared_error(s), torch.from_numpy(r)
    w1, w2, _ = minimise(
        lambda a, b: error(a, b) + (each * ((a**2).sum(1) + (b**2).sum(0))).sum(), seed=2
    )
    np.testing.assert_allclose(theory.alignment(w2, u[:, :K]), np.eye(K), atol=1e-4)
    lengths = theory.decayed_singular_values(SPECTRUM[:K], 2 * r / D, D)
    np.testing.assert_allclose(np.linalg.norm(w2, axis=0), lengths, atol=1e-5)
    np.testing.assert_allclose(w1, w2.T, atol=1e-5)


def test_singular_values_of_directions_without_variance_are_zero() -> None:
    np.testing.assert_array_equal(theory.decayed_singular_values([0.0, 1.0], 0.0, D), [0, 1])


# How the weights move


def test_learning_curve_solves_its_differential_equation() -> None:
    start, times = 0.01, np.linspace(0, 6, 50)
    for variance in (0.5, 3.0):
        solved = integrate.solve_ivp(
            lambda _, a, rate=2 * variance: rate * a * (1 - a),
            (0, 6),
            [start],
            t_eval=times,
            rtol=1e-10,
            atol=1e-12,
        )
        curve = theory.learning_curve(times, variance, start)
        np.testing.assert_allclose(curve, solved.y[0], atol=1e-8)
    half = theory.half_life(SPECTRUM, start)
    np.testing.assert_allclose(theory.learning_curve(half, SPECTRUM, start), 0.5)
    assert theory.learning_curve(1e4, SPECTRUM[0], start) == 1.0


@pytest.mark.parametrize("scale", [0.01, 0.1])
def test_gradient_descent_on_the_mean_squared_error_follows_the_curve(
    s: np.ndarray, u: np.ndarray, scale: float
) -> None:
    rate, start = 0.014, scale**2
    w1, w2 = scale * u[:, :K].T, scale * u[:, :K]
    strengths = []
    for _ in range(3000):
        strengths.append(np.einsum("di,dk,ke,ei->i", u[:, :K], w2, w1, u[:, :K]))
        by_w1, by_w2 = gradients(w1, w2, s)
        w1, w2 = w1 - rate / D * by_w1, w2 - rate / D * by_w2
    measured = np.array(strengths)
    assert measured[-1].min() > 0.999
    time = theory.time_of_step(np.arange(3000), rate, D)[:, None]
    step = float(theory.time_of_step(1, rate, D))
    curve = theory.learning_curve(time, SPECTRUM[:K], start)
    lag = theory.learning_curve_lag(time, SPECTRUM[:K], start, step)
    size = step * SPECTRUM[0]
    assert np.abs(measured - curve).max() > 0.3 * size
    assert np.abs(measured - (curve - lag)).max() < 3 * size**2


def test_steps_and_times_are_inverse_and_half_lives_in_steps_as_derived() -> None:
    steps = theory.step_of_time(theory.half_life(SPECTRUM, 1e-4), 0.5, D)
    np.testing.assert_allclose(steps, D * np.log(9999) / (4 * 0.5 * SPECTRUM))
    np.testing.assert_allclose(theory.time_of_step(steps, 0.5, D) * SPECTRUM, np.log(9999) / 2)


def test_starts_that_do_not_move_are_refused() -> None:
    for start in (0.0, 1.0, -0.1):
        for call in (
            lambda a: theory.learning_curve(1.0, 1.0, a),
            lambda a: theory.learning_curve_lag(1.0, 1.0, a, 0.1),
            lambda a: theory.half_life(1.0, a),
        ):
            with pytest.raises(ValueError, match="strictly between"):
                call(start)


def largest_curvature(function: Callable[[torch.Tensor], torch.Tensor], *at: np.ndarray) -> float:
    flat = torch.from_numpy(np.concatenate([w.ravel() for w in at]))
    hessian = torch.autograd.functional.hessian(function, flat)
    return float(torch.linalg.eigvalsh(hessian)[-1])


def test_balanced_minima_are_the_flattest_and_set_the_largest_step(
    s: np.ndarray, u: np.ndarray
) -> None:
    error = squared_error(s)

    def per_pixel(p: torch.Tensor) -> torch.Tensor:
        return error(p[: K * D].view(K, D), p[K * D :].view(D, K)) / D

    top, rng = u[:, :K], np.random.default_rng(4)
    balanced = largest_curvature(per_pixel, top.T, top)
    assert 2 / balanced == pytest.approx(theory.largest_stable_step(SPECTRUM[0], D))
    turn = np.linalg.qr(rng.normal(size=(K, K)))[0]
    assert largest_curvature(per_pixel, turn.T @ top.T, top @ turn) == pytest.approx(balanced)
    for _ in range(10):
        mixing = np.eye(K) + 0.3 * rng.normal(size=(K, K))
        other = largest_curvature(per_pixel, np.linalg.inv(mixing) @ top.T, top @ mixing)
        assert other > balanced


@pytest.mark.parametrize("centred", [True, False])
def test_gradient_descent_stays_below_the_largest_step_and_leaves_above(
    s: np.ndarray, mu: np.ndarray, centred: bool
) -> None:
    moment = s if centred else s + np.outer(mu, mu)
    fitted = pca.from_moments(np.zeros(D), moment)
    bound = theory.largest_stable_step(fitted.eigenvalues[0], D)
    top = fitted.components[:, :K]
    distance = {}
    for share in (0.95, 1.05):
        w1, w2 = top.T + 1e-6, top - 1e-6
        for _ in range(300):
            by_w1, by_w2 = gradients(w1, w2, moment)
            w1, w2 = w1 - share * bound / D * by_w1, w2 - share * bound / D * by_w2
        distance[share] = np.linalg.norm(w2 @ w1 - top @ top.T)
    assert distance[0.95] < 1e-5
    assert not distance[1.05] < 1e-2


def largest_step_of_a_biased_minimum(
    s: np.ndarray, u: np.ndarray, mean: np.ndarray, mean_code: float
) -> float:
    """2 over the largest curvature where W1 = W2' = U_k' and the biases fit the mean."""
    top, error, target = u[:, :K], squared_error(s), torch.from_numpy(mean)

    def per_pixel(p: torch.Tensor) -> torch.Tensor:
        w1, w2, b1, b2 = torch.split(p, [K * D, K * D, K, D])
        a, b = w1.view(K, D), w2.view(D, K)
        offset = target - b @ (a @ target + b1) - b2
        return (error(a, b) + offset @ offset) / D

    z = np.full(K, mean_code)
    biases = z - top.T @ mean, mean - top @ z
    return 2 / largest_curvature(per_pixel, top.T, top, *biases)


@pytest.mark.parametrize("mean_code", [0.0, 1.0])
def test_biases_do_not_make_uncentred_data_as_easy_as_centred(
    s: np.ndarray, u: np.ndarray, mu: np.ndarray, mean_code: float
) -> None:
    far = 3 * mu
    largest = largest_step_of_a_biased_minimum(s, u, far, mean_code)
    assert largest < theory.largest_step_with_biases(far) < theory.largest_stable_step(5.0, D)


def test_bound_with_biases_is_the_limit_of_data_that_hardly_vary(
    s: np.ndarray, u: np.ndarray, mu: np.ndarray
) -> None:
    largest = largest_step_of_a_biased_minimum(1e-8 * s, u, mu, 0.0)
    assert largest == pytest.approx(theory.largest_step_with_biases(mu), rel=1e-6)


# Recovering the components


def test_three_recoveries_at_an_unregularised_minimum(s: np.ndarray, u: np.ndarray) -> None:
    top, mixing = u[:, :K], np.random.default_rng(6).normal(size=(K, K))
    w1, w2 = np.linalg.inv(mixing) @ top.T, top @ mixing
    assert linalg.subspace_angles(theory.svd_directions(w2), top).max() < 1e-12
    naive = theory.alignment(theory.svd_directions(w2), top)
    assert naive.diagonal().min() < 0.9
    repaired = theory.alignment(theory.reconstruction_directions(w1, w2, s), top)
    np.testing.assert_allclose(repaired, np.eye(K), atol=1e-9)


def test_reconstruction_directions_are_pca_of_the_reconstructions(
    x: np.ndarray, s: np.ndarray, mu: np.ndarray, weights: tuple[np.ndarray, np.ndarray]
) -> None:
    w1, w2 = weights
    fitted = pca.fit((x - mu) @ w1.T @ w2.T)
    found = theory.reconstruction_directions(w1, w2, s)
    np.testing.assert_allclose(
        theory.alignment(found, fitted.components[:, :K]), np.eye(K), atol=1e-6
    )


def test_alignment_is_the_cosine_of_the_angle() -> None:
    directions = np.array([[3.0, -1.0, 0.0], [3.0, 0.0, 0.0]])
    expected = [[np.sqrt(0.5), np.sqrt(0.5)], [1, 0], [0, 0]]
    np.testing.assert_allclose(theory.alignment(directions, np.eye(2)), expected)
