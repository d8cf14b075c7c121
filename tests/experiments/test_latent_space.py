"""The latent-space half of Chapter 5: its rules, and its facts in small on real Fashion-MNIST."""

import pytest

from labcode import profiles
from labcode.claims import Outcome
from labcode.experiments import latent_space as experiment
from labcode.metrics import Interval

SMOKE = profiles.PROFILES["smoke"]

ABOVE, AROUND, BELOW = (Interval(m, m - 0.5, m + 0.5, 3) for m in (1.0, 0.0, -1.0))


@pytest.mark.parametrize(
    ("as_trained", "whitened", "classes", "outcome"),
    [
        (ABOVE, ABOVE, ABOVE, Outcome.HOLDS),
        (ABOVE, AROUND, ABOVE, Outcome.CONDITIONAL),
        (ABOVE, BELOW, ABOVE, Outcome.CONDITIONAL),
        (ABOVE, ABOVE, AROUND, Outcome.CONDITIONAL),
        (ABOVE, ABOVE, Interval(0.015, 0.005, 0.025, 3), Outcome.CONDITIONAL),
        (ABOVE, AROUND, BELOW, Outcome.CONDITIONAL),
        (AROUND, ABOVE, ABOVE, Outcome.FAILS),
        (BELOW, ABOVE, ABOVE, Outcome.FAILS),
    ],
)
def test_rule_of_c12(as_trained, whitened, classes, outcome):
    assert experiment.organises(as_trained, whitened, classes) is outcome


@pytest.mark.parametrize(
    ("over_vae", "over_linear", "outcome"),
    [
        (ABOVE, ABOVE, Outcome.HOLDS),
        (ABOVE, AROUND, Outcome.HOLDS),
        (ABOVE, BELOW, Outcome.CONDITIONAL),
        (AROUND, BELOW, Outcome.FAILS),
        (BELOW, BELOW, Outcome.FAILS),
    ],
)
def test_rule_of_c13(over_vae, over_linear, outcome):
    assert experiment.only_the_vae_generates(over_vae, over_linear) is outcome


@pytest.mark.parametrize(
    ("steps", "middles", "outcome"),
    [
        (ABOVE, ABOVE, Outcome.HOLDS),
        (ABOVE, AROUND, Outcome.CONDITIONAL),
        (BELOW, ABOVE, Outcome.CONDITIONAL),
        (AROUND, BELOW, Outcome.FAILS),
    ],
)
def test_rule_of_c14(steps, middles, outcome):
    assert experiment.smooth(steps, middles) is outcome


def test_differences_are_paired_by_seed():
    one, other = experiment.Measured((1.0, 2.0, 3.0)), experiment.Measured((0.0, 1.0, 2.0))
    assert one.minus(other) == Interval(1, 1, 1, 3)
    assert one.minus(experiment.Measured((2.0,))).mean == 0
    assert experiment.Measured((2.0,)).interval is None
    assert f"{experiment.Measured((2.0,)):.1f}" == "2.0"
