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

from labcode.theory import checks

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
    checks.floats(w1=w1, w2=w2, covariance=covariance)
    checks.table(w1=w1)
    k, d = w1.shape
    if w2.shape != (d, k) or covariance.shape != (d, d):
        raise ValueError(
            f"an encoder of shape (k, d) = {w1.shape} goes with a decoder of shape {(d, k)} and a "
            f"covariance of shape {(d, d)}; got {w2.shape} and {covariance.shape}."
        )
    checks.shapes({}, ("w1", w1, "kd"), ("w2", w2, "dk"), ("covariance", covariance, "dd"))
    checks.floats(w1=w1, w2=w2, covariance=covariance)
    s_w1 = covariance @ w1.T
    centred = covariance.trace() - 2 * np.sum(w2 * s_w1) + np.sum((w2.T @ w2) * (w1 @ s_w1))
    if mean is None and bias is None:
        return float(centred)
    checks.shapes(
        {"d": d}, *((n, v, "d") for n, v in (("mean", mean), ("bias", bias)) if v is not None)
    )
    checks.floats(
        **{name: value for name, value in (("mean", mean), ("bias", bias)) if value is not None}
    )
    mu = np.zeros(d) if mean is None else mean
    offset = mu - w2 @ (w1 @ mu) - (0.0 if bias is None else bias)
    return float(centred + offset @ offset)


def encoder_gradient(w1: np.ndarray, w2: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """Gradient of `loss` on centred data with respect to W1.

    It and `decoder_gradient` are both zero exactly at the critical points that Baldi and Hornik
    (1989) classify. For data that are not centred and a model without biases, give the second
    moment S + mu mu'.

    Parameters
    ----------
    w1, w2, covariance : ndarray, shapes (k, d), (d, k) and (d, d)

    Returns
    -------
    ndarray, shape (k, d)
        -2 W2' (I - W2 W1) S.
    """
    checks.shapes({}, ("w1", w1, "kd"), ("w2", w2, "dk"), ("covariance", covariance, "dd"))
    checks.floats(w1=w1, w2=w2, covariance=covariance)
    return np.asarray(2 * ((w2.T @ w2) @ w1 - w2.T) @ covariance)


def decoder_gradient(w1: np.ndarray, w2: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """Gradient of `loss` with respect to W2, as `encoder_gradient` is with respect to W1.

    Parameters
    ----------
    w1, w2, covariance : ndarray, shapes (k, d), (d, k) and (d, d)

    Returns
    -------
    ndarray, shape (d, k)
        -2 (I - W2 W1) S W1'.
    """
    checks.shapes({}, ("w1", w1, "kd"), ("w2", w2, "dk"), ("covariance", covariance, "dd"))
    checks.floats(w1=w1, w2=w2, covariance=covariance)
    s_w1 = covariance @ w1.T
    return np.asarray(2 * (w2 @ (w1 @ s_w1) - s_w1))


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
    checks.variances(eigenvalues=eigenvalues)
    kept = list(indices)
    if len(set(kept)) != len(kept) or not all(0 <= i < len(eigenvalues) for i in kept):
        raise ValueError(
            f"indices {kept}: they must be different numbers from 0 to {len(eigenvalues) - 1}."
        )
    return float(np.delete(eigenvalues, kept).sum())


# Biases


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
    checks.spectrum(second_moment_eigenvalues, k)
    return (
        float(second_moment_eigenvalues[k + 1 :].sum()),
        float(second_moment_eigenvalues[k:].sum()),
    )


# L2 penalties


def decayed_singular_values(eigenvalues: ArrayLike, weight_decay: ArrayLike, d: int) -> np.ndarray:
    """Singular values of W2 (and of W1) at the minimum of the L2-penalised loss.

    PyTorch adds weight_decay * W to the gradient, the gradient of weight_decay/2 |W|^2, and its
    MSE averages over d pixels: per image, that is the penalty r (|W1|^2 + |W2|^2) with
    r = d weight_decay / 2.

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
    weight_decay : float or array_like
        As given to `torch.optim.SGD` or `Adam`, with the MSE per pixel as the loss; the biases
        are free or absent. `AdamW` shrinks the weights apart from the gradient, which is not
        the gradient of any penalty (Loshchilov and Hutter, 2019), and nothing here predicts
        where it ends.
    d : int
        Pixels in an image.

    Returns
    -------
    ndarray
        s_i = sqrt(1 - r / l_i), or 0 where l_i <= r: such a direction is not worth its weights.
    """
    checks.variances(eigenvalues=eigenvalues, weight_decay=weight_decay)
    checks.broadcast(eigenvalues=eigenvalues, weight_decay=weight_decay)
    checks.whole(1, d=d)
    variance = np.asarray(eigenvalues, dtype=np.float64)
    r = d * np.asarray(weight_decay, dtype=np.float64) / 2
    worth = variance > r
    share = np.divide(r, variance, out=np.ones(worth.shape), where=worth)
    return np.asarray(np.sqrt(1.0 - share))


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
    checks.numbers(time=time)
    checks.variances(eigenvalues=eigenvalues)
    checks.broadcast(time=time, eigenvalues=eigenvalues)
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
    checks.numbers(time=time)
    checks.not_negative(step=step)
    checks.variances(eigenvalues=eigenvalues)
    checks.broadcast(time=time, eigenvalues=eigenvalues)
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
    checks.above_zero(eigenvalues=eigenvalues)
    variance = np.asarray(eigenvalues, dtype=np.float64)
    return np.asarray(-special.logit(_inside(start)) / (2 * variance))


def time_of_step(step: ArrayLike, learning_rate: float, d: int) -> np.ndarray:
    """The flow's time t = 2 learning_rate step / d after so many steps on the MSE per pixel.

    The flow is on L = 1/2 E|x - x_hat|^2, the steps are full-batch gradient descent on 2 L / d.
    """
    checks.numbers(step=step)
    checks.not_negative(learning_rate=learning_rate)
    checks.whole(1, d=d)
    return np.asarray(step, dtype=np.float64) * (2 * learning_rate / d)


def step_of_time(time: ArrayLike, learning_rate: float, d: int) -> np.ndarray:
    """The inverse of `time_of_step`, not rounded: t d / (2 learning_rate)."""
    checks.numbers(time=time)
    checks.positive(learning_rate=learning_rate)
    checks.whole(1, d=d)
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
    checks.positive(top_eigenvalue=top_eigenvalue)
    checks.whole(1, d=d)
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
    checks.shapes({}, ("mean", mean, "d"))
    checks.floats(mean=mean)
    return len(mean) / (float(mean @ mean) + 2.0)


# Recovering the components from trained weights


def svd_directions(w2: np.ndarray) -> np.ndarray:
    """Left singular vectors of the decoder, the largest singular value first, shape (d, k).

    They are the principal components only if the loss had an L2 penalty (Kunin et al., 2019).
    Without one W2 = U_k C with any invertible C, and its singular vectors are those of U_k C:
    an arbitrary basis of the right subspace. (Early versions of Plaut, 2018, claimed otherwise.)
    """
    checks.table(w2=w2)
    checks.floats(w2=w2)
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
    checks.shapes({}, ("w1", w1, "kd"), ("w2", w2, "dk"), ("covariance", covariance, "dd"))
    checks.floats(w1=w1, w2=w2, covariance=covariance)
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
    checks.shapes({}, ("directions", directions, "dk"), ("components", components, "dj"))
    checks.floats(directions=directions, components=components)
    lengths = np.linalg.norm(directions, axis=0)
    units = directions / np.where(lengths > 0, lengths, 1.0)
    return np.asarray(np.minimum(np.abs(units.T @ components), 1.0))


def _inside(start: float) -> float:
    checks.scalars(start=start)
    if not 0 < start < 1:
        raise ValueError(
            f"start = {start}: a_0 must lie strictly between 0 and 1. At 0 and at 1 gradient flow "
            "does not move."
        )
    return start
