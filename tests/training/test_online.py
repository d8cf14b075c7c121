"""Online training: networks find components in order, and a code of signs reaches its limit."""

import numpy as np
import pytest
import torch

from labcode.scores.order_of_learning import error_left, shares_learned, times_of_learning
from labcode.theory import sign_codes
from labcode.training.online import ACTIVATIONS, OnlineRunSpec

SPECTRUM = (16.0, 4.0, 1.0, 0.25, 0.25)


def spec(activation="linear", **changes) -> OnlineRunSpec:
    about = {"steps": 6000, "code_size": 3, "spectrum": SPECTRUM, "components": 5}
    return OnlineRunSpec(activation, "Gaussian", **{**about, **changes})


def test_a_linear_network_learns_the_largest_first_and_no_more_than_it_has_units():
    table = times_of_learning(spec())
    assert table.time[0] < table.time[1] < table.time[2]
    assert table.time[3:].isnull().all()
    np.testing.assert_allclose(table.share, [1, 1, 1, 0, 0], atol=0.03)
    np.testing.assert_allclose(table.variance, SPECTRUM, rtol=0.15)


def test_times_are_in_proportion_to_inverse_variances():
    """Saxe et al. (2014): a mode's strength s grows by 2 v s (1 - s) a unit of time."""
    found = np.mean([times_of_learning(spec(seed=seed)).time[:3] for seed in range(4)], axis=0)
    np.testing.assert_allclose(found[1:] / found[:-1], 4, rtol=0.3)


def test_shares_pass_half_at_the_time_of_learning():
    shares, table = shares_learned(spec("erf")), times_of_learning(spec("erf"))
    first = shares.step[(shares.sel(component=1) >= 0.5).values.argmax()]
    assert first == table.time[0]
    assert (shares.isel(step=0) < 0.1).all()


def test_tied_weights_stop_an_error_function_short():
    """It is linear near zero only, where an encoder is small and a decoder must be large."""
    free, tied = (times_of_learning(spec("erf", steps=8000, tied=t)).share for t in (False, True))
    assert free[0] > 0.97
    assert tied[0] < 0.95 < free[1]


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_activations_and_their_slopes(activation):
    z = torch.linspace(-2, 2, 9, dtype=torch.float64, requires_grad=True)
    value = ACTIVATIONS[activation](z)
    (slope,) = torch.autograd.grad(value.sum(), z)
    x, normal = z.detach(), torch.distributions.Normal(0.0, 1.0)
    expected = {
        "linear": (x, torch.ones(9)),
        "erf": (2 * normal.cdf(x) - 1, 2 * normal.log_prob(x).exp()),
        "ReLU": (x.clamp(min=0), (x > 0).double()),
        "sign": (x.sign(), 2 * 2**0.5 * normal.log_prob(x * 2**0.5).exp()),
    }[activation]
    torch.testing.assert_close(value.detach(), expected[0].double())
    torch.testing.assert_close(slope, expected[1].double())


def test_trained_signs_reach_the_limit():
    isotropic = OnlineRunSpec(
        "sign", "Gaussian", 4000, 0, "Adam", 3e-3, 4, spectrum=(1.0,) * 8, records=60
    )
    least = sign_codes.least_error(0.5)
    assert error_left(isotropic) == pytest.approx(least, rel=0.02)
    assert least > 0.5  # PCA's with as many numbers


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="activation"):
        spec("tanh")
    with pytest.raises(ValueError, match="their own spectrum"):
        OnlineRunSpec("linear", "images", 10, spectrum=SPECTRUM)
    with pytest.raises(ValueError, match="steps"):
        spec(steps=0)
