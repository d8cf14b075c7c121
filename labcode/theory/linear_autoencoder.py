"""What is known in closed form about the linear autoencoder x -> W2 (W1 x + b1) + b2.

Notation: W1 is the encoder, shape (k, d); W2 the decoder, shape (d, k); S the covariance of the
data (divide by N) with eigenvalues l_1 >= ... >= l_d and eigenvectors U; mu their mean. The
squared error sees the data through mu and S alone, so these functions ask for no data.

Unless a name says otherwise a loss is per image: the mean over images of |x - x_hat|^2, summed
over pixels. `torch.nn.functional.mse_loss` averages over the d pixels too, so it is a loss from
here divided by d.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

# The loss and its critical points


def loss(
    w1: np.ndarray,
    w2: np.ndarray,
    covariance: np.ndarray,
    *,
    mean: np.ndarray | None = None,
    bias: np.ndarray | None = None,
) -> float:
    """E|x - W2 W1 x - b|^2, from the moments of the data.

    Parameters
    ----------
    w1, w2, covariance : ndarray, shapes (k, d), (d, k) and (d, d)
    mean : ndarray, shape (d,), optional
        Left out, the data are centred.
    bias : ndarray, shape (d,), optional
        b = W2 b1 + b2: all that the output sees of the two biases. Left out, it is zero.

    Returns
    -------
    float
        tr((I - W2 W1) S (I - W2 W1)') + |(I - W2 W1) mu - b|^2.
    """
    k, d = w1.shape
    if w2.shape != (d, k) or covariance.shape != (d, d):
        raise ValueError(
            f"an encoder of shape (k, d) = {w1.shape} goes with a decoder of shape {(d, k)} and a "
            f"covariance of shape {(d, d)}; got {w2.shape} and {covariance.shape}."
        )
    s_w1 = covariance @ w1.T
    centred = covariance.trace() - 2 * np.sum(w2 * s_w1) + np.sum((w2.T @ w2) * (w1 @ s_w1))
    if mean is None and bias is None:
        return float(centred)
    mu = np.zeros(d) if mean is None else mean
    offset = mu - w2 @ (w1 @ mu) - (0.0 if bias is None else bias)
    return float(centred + offset @ offset)


def gradient(
    w1: np.ndarray, w2: np.ndarray, covariance: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Gradients of `loss` on centred data with respect to W1 and W2.

    Both are zero exactly at the critical points that Baldi and Hornik (1989) classify. For data
    that are not centred and a model without biases, give the second moment S + mu mu'.

    Parameters
    ----------
    w1, w2, covariance : ndarray, shapes (k, d), (d, k) and (d, d)

    Returns
    -------
    tuple of ndarray, shapes (k, d) and (d, k)
        -2 W2' (I - W2 W1) S and -2 (I - W2 W1) S W1'.
    """
    s_w1 = covariance @ w1.T
    by_w1 = 2 * ((w2.T @ w2) @ s_w1.T - w2.T @ covariance)
    by_w2 = 2 * (w2 @ (w1 @ s_w1) - s_w1)
    return by_w1, by_w2


def critical_loss(eigenvalues: np.ndarray, indices: Sequence[int]) -> float:
    """Loss at the critical points whose code holds the components in `indices`.

    Let S have full rank and distinct eigenvalues, and let the data be centred or the biases
    optimal. Then every critical point has W2 W1 = U_I U_I' for a set I of at most k components
    (fewer if W2 W1 lost rank). I = {1, ..., k} is the global minimum; every other set is a
    saddle, and there is no other local minimum. Source: Baldi and Hornik (1989).

    Parameters
    ----------
    eigenvalues : ndarray, shape (d,)
        In descending order.
    indices : sequence of int
        The set I, counted from 0: `range(k)` is the minimum.

    Returns
    -------
    float
        tr S minus the eigenvalues in I.
    """
    kept = list(indices)
    if len(set(kept)) != len(kept) or not all(0 <= i < len(eigenvalues) for i in kept):
        raise ValueError(
            f"indices {kept}: they must be different numbers from 0 to {len(eigenvalues) - 1}."
        )
    return float(np.delete(eigenvalues, kept).sum())


def optimal_encoder(w2: np.ndarray) -> np.ndarray:
    """The best encoder for a given decoder: the pseudoinverse W2^+, shape (k, d).

    It minimises the error of every single image, so it is best for any data. It is the only best
    one if S has full rank; otherwise W2^+ + N with N S = 0 is as good.
    """
    return np.linalg.pinv(w2)


def optimal_decoder(w1: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """The best decoder for a given encoder: the regression S W1' (W1 S W1')^+, shape (d, k).

    It is the only best one if the codes' covariance W1 S W1' has full rank.
    """
    s_w1 = covariance @ w1.T
    return np.asarray(s_w1 @ np.linalg.pinv(w1 @ s_w1, hermitian=True))


def encoder_deviation(w1: np.ndarray, w2: np.ndarray, covariance: np.ndarray) -> float:
    """Root mean square of |W1 c - W2^+ c| over centred data c = x - mu.

    It is the Frobenius norm of (W1 - W2^+) S^(1/2), and it is zero at every minimum of the loss.
    The plain norm of W1 - W2^+ need not be small there: no loss asks what the encoder does in
    directions in which the data do not vary.

    Parameters
    ----------
    w1, w2, covariance : ndarray, shapes (k, d), (d, k) and (d, d)
    """
    difference = w1 - optimal_encoder(w2)
    return float(np.sqrt(max(np.sum((difference @ covariance) * difference), 0.0)))


# Biases


def optimal_bias(w1: np.ndarray, w2: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """The best b = W2 b1 + b2 for given weights: (I - W2 W1) mu, shape (d,).

    With it the loss is that of centred data. Only the sum b is identified: any b1 will do if
    b2 = b - W2 b1. At a minimum b = (I - P) mu with P = U_k U_k', so "the decoder's bias learns
    the mean", b2 = mu, is true only if the codes are centred, W1 mu + b1 = 0.

    Parameters
    ----------
    w1, w2, mean : ndarray, shapes (k, d), (d, k) and (d,)
    """
    return np.asarray(mean - w2 @ (w1 @ mean))


def bias_bounds(second_moment_eigenvalues: np.ndarray, k: int) -> tuple[float, float]:
    """Bounds on the loss floor with biases, from that of models without them.

    Let m_1 >= ... >= m_d be the eigenvalues of E[x x'] = S + mu mu'. Since mu mu' has rank one
    and is positive, m_1 >= l_1 >= m_2 >= l_2 >= ... (Weyl, 1912). Summed,

        m_(k+2) + ... + m_d <= l_(k+1) + ... + l_d <= m_(k+1) + ... + m_d:

    biases are worth at most one more unit of the code.

    Parameters
    ----------
    second_moment_eigenvalues : ndarray, shape (d,)
        In descending order.
    k : int
        Code size.

    Returns
    -------
    tuple of float
        The least loss without biases at code sizes k + 1 and k.
    """
    return (
        float(second_moment_eigenvalues[k + 1 :].sum()),
        float(second_moment_eigenvalues[k:].sum()),
    )


# L2 penalties, and what other programs call them


def penalty_from_sum(weight: float, n: int) -> float:
    """Penalty r of the loss |X - W2 W1 X|^2 + weight (|W1|^2 + |W2|^2), summed over n images.

    Returns weight / n. It is the form in Kunin et al. (2019), with singular values
    sigma_i = sqrt(n l_i) of the data.
    """
    return weight / n


def penalty_from_mse(weight: ArrayLike, d: int) -> np.ndarray:
    """Penalty r of a loss averaged over the d pixels, MSE + weight (|W1|^2 + |W2|^2).

    Returns d weight: an average over pixels makes the same penalty d times as strong.
    """
    return d * np.asarray(weight, dtype=np.float64)


def penalty_from_weight_decay(weight_decay: ArrayLike, d: int) -> np.ndarray:
    """Penalty r of `torch.optim.SGD` or `Adam` with this `weight_decay`, on the MSE per pixel.

    PyTorch adds weight_decay * W to the gradient, the gradient of weight_decay/2 |W|^2; so it
    returns d weight_decay / 2. It is not what `AdamW` does: that shrinks the weights apart from
    the gradient, which is not the gradient of any penalty (Loshchilov and Hutter, 2019), and
    nothing here predicts where it ends. `weight_decay` reaches the biases too, unless they have
    a parameter group of their own; the formulas here take them as free or absent.
    """
    return penalty_from_mse(weight_decay, d) / 2


def penalised_loss(
    w1: np.ndarray, w2: np.ndarray, covariance: np.ndarray, penalty: ArrayLike
) -> float:
    """E|x - W2 W1 x|^2 + sum_i r_i (|row i of W1|^2 + |column i of W2|^2), on centred data.

    Parameters
    ----------
    w1, w2, covariance : ndarray, shapes (k, d), (d, k) and (d, d)
    penalty : float or array_like, shape (k,)
        r per image. One number is the plain L2 penalty of Kunin et al. (2019), k numbers are the
        non-uniform one of Bao et al. (2020).
    """
    weights = np.sum(w1**2, axis=1) + np.sum(w2**2, axis=0)
    return loss(w1, w2, covariance) + float(np.sum(np.asarray(penalty) * weights))


def penalised_critical_loss(eigenvalues: np.ndarray, penalties: Sequence[float]) -> float:
    """`penalised_loss` where unit i of the code holds component i, as strongly as r_i lets it.

    With equal penalties, or penalties in ascending order, it is the global minimum. With other
    orders it is the loss at other critical points, which are saddles if eigenvalues and
    penalties are distinct: the unit that pays least should hold the component that varies most.

    Parameters
    ----------
    eigenvalues : ndarray, shape (d,)
        In descending order.
    penalties : sequence of float, length k
        r_i per image, not negative.

    Returns
    -------
    float
        tr S - sum_(i<=k) max(l_i - r_i, 0)^2 / l_i. A component with l_i > r_i leaves
        2 r_i - r_i^2 / l_i behind, any other its whole variance l_i.
    """
    r = np.asarray(penalties, dtype=np.float64)
    if r.ndim != 1 or len(r) > len(eigenvalues) or (r < 0).any():
        raise ValueError(
            f"one penalty for each unit of the code is needed, none negative, at most "
            f"{len(eigenvalues)} of them; got {penalties}. For a plain L2 penalty give [r] * k."
        )
    top = eigenvalues[: len(r)]
    held = np.maximum(top - r, 0.0) * shrunken_singular_values(top, r) ** 2
    return float(eigenvalues.sum() - held.sum())


def shrunken_singular_values(eigenvalues: ArrayLike, penalty: ArrayLike) -> np.ndarray:
    """Singular values of W2 (and of W1) at the minimum of the L2-penalised loss.

    For r > 0 every critical point has W1 = W2' and W2 = U_I diag(s_I) O' with some set I of
    components and some orthogonal O; at the global minimum I holds the first k. So the penalty
    leaves a rotation of the code free, but the left singular vectors of the decoder are the
    components if the first k eigenvalues are distinct. W2 W1 has the singular values s_i^2.
    Source: Kunin, Bloom, Goeva and Seed (2019), the transpose and the landscape
    theorem, in whose units r is lambda and l_i is sigma_i^2.

    With a penalty r_i for each unit, distinct, ascending, and r_k < l_k, the code cannot even
    turn: W2 = U_k diag(s_1, ..., s_k) up to signs of columns. Source: Bao, Lucas, Sachdeva and
    Grosse (2020).

    Parameters
    ----------
    eigenvalues : array_like
        l_i of the components that the code has room for.
    penalty : float or array_like
        r per image; see `penalty_from_sum`, `penalty_from_mse`, `penalty_from_weight_decay`.

    Returns
    -------
    ndarray
        s_i = sqrt(1 - r / l_i), or 0 where l_i <= r: such a direction is not worth its weights.
    """
    variance = np.asarray(eigenvalues, dtype=np.float64)
    r = np.asarray(penalty, dtype=np.float64)
    worth = variance > r
    share = np.divide(r, variance, out=np.ones(worth.shape), where=worth)
    return np.asarray(np.sqrt(1.0 - share))


def decayed_singular_values(eigenvalues: ArrayLike, weight_decay: ArrayLike, d: int) -> np.ndarray:
    """`shrunken_singular_values` in PyTorch's units: sqrt(1 - d weight_decay / (2 l_i)).

    Parameters
    ----------
    eigenvalues : array_like
    weight_decay : float or array_like
        As given to `torch.optim.SGD` or `Adam`, with the MSE per pixel as the loss.
    d : int
        Pixels in an image.
    """
    return shrunken_singular_values(eigenvalues, penalty_from_weight_decay(weight_decay, d))


def recovered_eigenvalues(singular_values: ArrayLike, penalty: float) -> np.ndarray:
    """The eigenvalues l_i = r / (1 - s_i^2) that a penalised decoder's singular values tell.

    Parameters
    ----------
    singular_values : array_like
        Of W2 at the minimum.
    penalty : float
        r per image, positive.

    Returns
    -------
    ndarray
        r itself where s_i = 0: then all that is known is l_i <= r.

    Raises
    ------
    ValueError
        If a singular value is 1 or more, which an L2 penalty does not allow. (`AdamW` does.)
    """
    s = np.asarray(singular_values, dtype=np.float64)
    if (s >= 1).any():
        raise ValueError(
            f"the largest singular value is {s.max():g}. At the minimum of an L2-penalised loss "
            "all are below 1: train on, or check that the optimiser's weight decay is a penalty."
        )
    return penalty / (1.0 - s**2)


def product_singular_values(eigenvalues: ArrayLike, penalty: float) -> np.ndarray:
    """Singular values l_i / (l_i + r) of A = W2 W1 at the minimum of E|x - A x|^2 + r |A|^2.

    A = U_k diag(l_i / (l_i + r)) U_k'. With r = s^2 this is the best denoiser of rank k for
    noise of standard deviation s: for linear maps, noise on the input is this penalty and
    nothing else (Bishop, 1995). Since the penalty sees only the product, W2 keeps its freedom of
    any invertible matrix. Source: Kunin et al. (2019), the "product loss".

    Parameters
    ----------
    eigenvalues : array_like
        The first k.
    penalty : float
        r per image, positive.
    """
    variance = np.asarray(eigenvalues, dtype=np.float64)
    return variance / (variance + penalty)


def product_minimum(eigenvalues: np.ndarray, penalty: float, k: int) -> float:
    """Least E|x - A x|^2 + r |A|^2 over A of rank k: sum_(i<=k) r l_i / (l_i + r) + the floor.

    Parameters
    ----------
    eigenvalues : ndarray, shape (d,)
        In descending order.
    penalty : float
        r per image, positive.
    k : int
    """
    paid = penalty * product_singular_values(eigenvalues[:k], penalty)
    return float(paid.sum() + eigenvalues[k:].sum())


# Nested dropout


def nested_dropout_loss(
    w1: np.ndarray, w2: np.ndarray, covariance: np.ndarray, probabilities: Sequence[float]
) -> float:
    """E_b E|x - W2 M_b W1 x|^2 on centred data, where M_b keeps the first b units of the code.

    Its minimum is E_b[floor(b)] = sum_b p_b (l_(b+1) + ... + l_d). If every p_b > 0 and
    l_1 > ... > l_(k+1), it is reached only where unit i reads and writes component i alone:
    column i of W2 is c_i u_i and row i of W1 is u_i' / c_i (up to directions without variance).
    For each b must then reach its own floor, so that the first b units give U_b U_b', and
    successive differences leave u_i u_i' for unit i. Any such p has this minimum; Rippel,
    Gelbart and Adams (2014), section 3, draw b from a geometric distribution.

    Parameters
    ----------
    w1, w2, covariance : ndarray, shapes (k, d), (d, k) and (d, d)
    probabilities : sequence of float, length k
        p_1, ..., p_k, with sum 1.
    """
    p = _distribution(probabilities, w1.shape[0])
    cut = [loss(w1[:b], w2[:, :b], covariance) for b in range(1, len(p) + 1)]
    return float(p @ np.array(cut))


def nested_dropout_minimum(eigenvalues: np.ndarray, probabilities: Sequence[float]) -> float:
    """The least `nested_dropout_loss`: the mean of PCA's floors, sum_b p_b floor(b).

    Parameters
    ----------
    eigenvalues : ndarray, shape (d,)
        In descending order.
    probabilities : sequence of float, length k
        p_1, ..., p_k, with sum 1.
    """
    p = _distribution(probabilities, len(probabilities))
    floors = [eigenvalues[b:].sum() for b in range(1, len(p) + 1)]
    return float(p @ np.array(floors))


def _distribution(probabilities: Sequence[float], k: int) -> np.ndarray:
    p = np.asarray(probabilities, dtype=np.float64)
    if p.shape != (k,) or (p < 0).any() or abs(p.sum() - 1) > 1e-9:
        raise ValueError(
            f"nested dropout needs one probability for each of {k} units, with sum 1, and got "
            f"{probabilities}."
        )
    return p


# How the weights move


def learning_curve(time: ArrayLike, eigenvalues: ArrayLike, start: float) -> np.ndarray:
    """Strength a_i(t) = u_i' W2 W1 u_i of component i while the autoencoder learns it.

        a_i(t) = 1 / (1 + (1/a_0 - 1) exp(-2 l_i t)).

    It solves da/dt = 2 l_i a (1 - a), which is gradient flow on 1/2 E|x - W2 W1 x|^2 from the
    aligned, balanced start W1 = W2' = sqrt(a_0) U_k'. Then the components do not meet: each
    follows a logistic curve of its own, the larger its variance the sooner. From a start that is
    not aligned they compete for the units of the code, and the order remains but not the curve.
    Source: Saxe, McClelland and Ganguli (2014) for whitened inputs; the same derivation holds for
    an autoencoder of inputs with covariance S.

    Parameters
    ----------
    time : array_like
        t, in the time of that flow; see `time_of_step`.
    eigenvalues : array_like
        l_i of components that the code has room for. Broadcasts against `time`.
    start : float
        a_0, the strength at t = 0, strictly between 0 and 1. It is the square of the scale of
        the weights.

    Returns
    -------
    ndarray
        In (0, 1): the share of the component that a reconstruction shows.
    """
    variance = np.asarray(eigenvalues, dtype=np.float64)
    logit = 2 * variance * np.asarray(time, dtype=np.float64) + special.logit(_inside(start))
    return np.asarray(special.expit(logit))


def learning_curve_lag(
    time: ArrayLike, eigenvalues: ArrayLike, start: float, step: float
) -> np.ndarray:
    """How far gradient descent with finite steps runs behind `learning_curve`, to first order.

    From the same start each step maps the weights' scale sqrt(a) to sqrt(a) (1 + h l (1 - a)).
    Backward error analysis (Hairer, Lubich and Wanner, 2006, chapter IX) turns this into a flow
    with a correction of order h, and that into the lag

        h l_i / 2 * a (1 - a) [ln(a / a_0) + 2 ln((1 - a) / (1 - a_0))],

    with a from `learning_curve`. The error that is left is of order (h l_i)^2. It peaks a
    little before the half-life, and is negative at the end: there steps run ahead of the flow.

    Parameters
    ----------
    time, eigenvalues, start
        As for `learning_curve`.
    step : float
        h, the size of one step in the flow's time: `time_of_step(1, learning_rate, d)`.

    Returns
    -------
    ndarray
        Subtract it from `learning_curve` for a prediction that knows the step size.
    """
    variance = np.asarray(eigenvalues, dtype=np.float64)
    logit = 2 * variance * np.asarray(time, dtype=np.float64) + special.logit(_inside(start))
    log_held, log_missing = special.log_expit(logit), special.log_expit(-logit)
    delay = log_held - np.log(start) + 2 * (log_missing - np.log1p(-start))
    return np.asarray(step * variance / 2 * np.exp(log_held + log_missing) * delay)


def half_life(eigenvalues: ArrayLike, start: float) -> np.ndarray:
    """The time ln(1/a_0 - 1) / (2 l_i) at which `learning_curve` reaches one half.

    Parameters
    ----------
    eigenvalues : array_like
        Positive.
    start : float
        a_0, strictly between 0 and 1. Above one half the time is negative.

    Returns
    -------
    ndarray
        In the flow's time; `step_of_time` gives steps.
    """
    variance = np.asarray(eigenvalues, dtype=np.float64)
    return np.asarray(-special.logit(_inside(start)) / (2 * variance))


def time_of_step(step: ArrayLike, learning_rate: float, d: int) -> np.ndarray:
    """The flow's time t = 2 learning_rate step / d after so many steps on the MSE per pixel.

    The flow is on L = 1/2 E|x - x_hat|^2, the steps are full-batch gradient descent on 2 L / d.
    """
    return np.asarray(step, dtype=np.float64) * (2 * learning_rate / d)


def step_of_time(time: ArrayLike, learning_rate: float, d: int) -> np.ndarray:
    """The inverse of `time_of_step`, not rounded: t d / (2 learning_rate)."""
    return np.asarray(time, dtype=np.float64) * (d / (2 * learning_rate))


def largest_stable_step(top_eigenvalue: float, d: int) -> float:
    """Above this learning rate, d / (2 l_1), gradient descent cannot rest at any minimum.

    For full-batch gradient descent on the MSE per pixel. At a balanced minimum, W1 = W2' up to
    a rotation of the code, the largest eigenvalue of the Hessian is 4 l_1 / d, and gradient
    descent is stable where the learning rate is below 2 over that. Every other minimum is at
    least as sharp, by the arithmetic and geometric mean: scaling the decoder by c and the
    encoder by 1/c gives c^2 + 1/c^2 >= 2. It is the linear analysis at the minimum; on the way
    from a poor start a smaller step can be needed.

    Parameters
    ----------
    top_eigenvalue : float
        l_1 of the covariance if the data are centred. If they are not, and the model has no
        biases, the top eigenvalue m_1 of the second moment S + mu mu' takes its place, between
        max(l_1, |mu|^2) and l_1 + |mu|^2.
    d : int
        Pixels in an image.
    """
    return d / (2 * top_eigenvalue)


def largest_step_with_biases(mean: np.ndarray) -> float:
    """Bound d / (|mu|^2 + 2) on the step when biases stand in for centring.

    For data with mean mu that nobody centred, a model with both biases, and full-batch gradient
    descent on the MSE per pixel. Biases bring the loss down to the floor of centred data, but
    not the Hessian to theirs. At a minimum with W1 = W2' up to a rotation of the code, the
    error of the mean output moves by dW2 z + W2 (dW1 mu + db1) + db2, with z = W1 mu + b1 the
    mean code. The largest eigenvalue of the square of this is |mu|^2 + |z|^2 + 2, and what the
    covariance adds is not negative. So no such minimum is stable above this learning rate.

    Parameters
    ----------
    mean : ndarray, shape (d,)

    Returns
    -------
    float
        A bound from above. The exact limit lies lower, and depends on how b1 and b2 share the mean.
    """
    return len(mean) / (float(mean @ mean) + 2.0)


def sweep_factor(eigenvalues: np.ndarray, k: int) -> float:
    """Factor l_(k+1) / l_k by which a sweep of alternating least squares shrinks the angle.

    One sweep is `optimal_decoder`, then `optimal_encoder`. It turns the row space of W1 into its
    image under S, so alternating least squares IS subspace (power) iteration. If l_k > l_(k+1)
    and the start is in general position, the tangent of the largest principal angle to the
    first k components falls at least by this factor each sweep (Golub and Van Loan, 2013,
    theorem 8.2.2), in the long run exactly so, and the excess loss by its square.

    Parameters
    ----------
    eigenvalues : ndarray, shape (d,)
        In descending order.
    k : int
        Code size, 1 to d - 1.
    """
    if not 1 <= k < len(eigenvalues):
        raise ValueError(f"k = {k}: it must be between 1 and {len(eigenvalues) - 1}.")
    return float(eigenvalues[k] / eigenvalues[k - 1])


# Recovering the components from trained weights


def svd_directions(w2: np.ndarray) -> np.ndarray:
    """Left singular vectors of the decoder, the largest singular value first, shape (d, k).

    They are the principal components only if the loss had an L2 penalty (Kunin et al., 2019).
    Without one W2 = U_k C with any invertible C, and its singular vectors are those of U_k C:
    an arbitrary basis of the right subspace. (Early versions of Plaut, 2018, claimed otherwise.)
    """
    return np.asarray(np.linalg.svd(w2, full_matrices=False).U)


def reconstruction_directions(w1: np.ndarray, w2: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """Left singular vectors of W2 Cov(z)^(1/2), with Cov(z) = W1 S W1', shape (d, k).

    They are the principal components of the reconstructions, whose covariance is
    W2 Cov(z) W2'. At any minimum of the loss, with or without a penalty, this is
    U_k D U_k' with D diagonal and descending: so they are those of the data if l_1 > ... >
    l_(k+1). No C is in the way, and no training with a penalty is needed.

    Parameters
    ----------
    w1, w2, covariance : ndarray, shapes (k, d), (d, k) and (d, d)
    """
    variances, axes = np.linalg.eigh(w1 @ covariance @ w1.T)
    return svd_directions(w2 @ (axes * np.sqrt(np.maximum(variances, 0.0))))


def alignment(directions: np.ndarray, components: np.ndarray) -> np.ndarray:
    """|cos| of the angle between each direction and each component.

    Parameters
    ----------
    directions : ndarray, shape (d, k)
        Columns of any length. A column of zeros points nowhere and gets 0.
    components : ndarray, shape (d, j)
        Unit columns.

    Returns
    -------
    ndarray, shape (k, j)
        0 to 1. The identity if the directions are the components, up to signs.
    """
    lengths = np.linalg.norm(directions, axis=0)
    units = directions / np.where(lengths > 0, lengths, 1.0)
    return np.asarray(np.minimum(np.abs(units.T @ components), 1.0))


def _inside(start: float) -> float:
    if not 0 < start < 1:
        raise ValueError(
            f"start = {start}: a_0 must lie strictly between 0 and 1. At 0 and at 1 gradient flow "
            "does not move."
        )
    return start
