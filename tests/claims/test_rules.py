"""Every rule can give every outcome that it can give, at its threshold and on either side."""

import inspect
import re

import pytest

from labcode.claims import CLAIMS
from labcode.claims.rules import RULES, Outcome, outcome
from labcode.designs.contrast import Interval

HOLDS, CONDITIONAL, FAILS = Outcome.HOLDS, Outcome.CONDITIONAL, Outcome.FAILS
UNDECIDED = Outcome.UNDECIDED


def about(mean: float, half: float = 0.5) -> Interval:
    return Interval(mean, mean - half, mean + half, 3)


ABOVE, BELOW = about(1), about(-1)
# Their means have a sign; their intervals, which decide, have none.
MAYBE_ABOVE, MAYBE_BELOW = about(0.2), about(-0.2)


def exact(mean: float) -> Interval:
    return about(mean, 0)


def c3(as_run: Interval, **others: Interval) -> dict[str, Interval]:
    names = inspect.signature(RULES["C3"].decide).parameters
    return dict.fromkeys(names, BELOW) | {"as_run": as_run} | others


def c8(**others: Interval) -> dict[str, Interval]:
    return dict.fromkeys(inspect.signature(RULES["C8"].decide).parameters, ABOVE) | others


def c9(less=ABOVE, more=ABOVE, clean=2.0):
    return {
        "plain_minus_denoising_03": less,
        "plain_minus_denoising_06": more,
        "denoising_loss": about(1, 0.1),
        "plain_clean_loss": about(clean, 0.1),
    }


def c10(
    as_run: Interval, unclipped: Interval, clipped: Interval, **others: Interval
) -> dict[str, Interval]:
    both = {"as_run": as_run, "unclipped": unclipped, "clipped": clipped}
    return {f"{name}_{std}": both[name] for name in both for std in ("03", "06")} | others


CASES = {
    "C1": [
        ({"at_convergence": 1e-3, "otherwise": 0.3}, CONDITIONAL),
        ({"at_convergence": 1.2e-3, "otherwise": 0.3}, UNDECIDED),
        ({"at_convergence": 1e-5, "otherwise": 1e-3}, UNDECIDED),
    ],
    "C2": [({"worst_cosine": 0.99}, UNDECIDED), ({"worst_cosine": 0.98}, FAILS)],
    "C3": [
        (c3(BELOW), HOLDS),
        *((c3(BELOW, **{name: MAYBE_BELOW}), CONDITIONAL) for name in list(c3(BELOW))[1:]),
        (c3(MAYBE_BELOW), FAILS),
        (c3(ABOVE), FAILS),
    ],
    "C4": [
        ({"dense_share": 0.45, "receptive_field": 7}, HOLDS),
        ({"dense_share": 0.5, "receptive_field": 7}, FAILS),
        ({"dense_share": 0.2, "receptive_field": 8}, FAILS),
    ],
    "C5": [
        ({"cnn_parameters": 1, "dense_parameters": 2, "cnn_over_dense_seconds": ratio}, verdict)
        for ratio, verdict in [(exact(0.9), HOLDS), (about(0.9), CONDITIONAL)]
    ]
    + [
        (
            {"cnn_parameters": 2, "dense_parameters": 2, "cnn_over_dense_seconds": exact(0.9)},
            FAILS,
        )
    ],
    "C6": [
        ({"dense": about(1.04), "cnn": about(5, 3)}, HOLDS),
        ({"dense": about(1.06), "cnn": about(5, 3)}, FAILS),
        ({"dense": about(0.94), "cnn": about(5, 3)}, FAILS),
        ({"dense": about(1), "cnn": about(4.9, 3)}, FAILS),
        ({"dense": about(1), "cnn": about(5, 4)}, FAILS),
    ],
    "C7": [
        ({"last_fifth": about(0.02, 0.02), "larger_code": about(0.9)}, HOLDS),
        ({"last_fifth": about(0.02, 0.02), "larger_code": about(0.4)}, CONDITIONAL),
        ({"last_fifth": about(0.02, 0.03), "larger_code": about(1)}, FAILS),
    ],
    "C8": [
        (c8(), HOLDS),
        *(
            (c8(**{name: MAYBE_ABOVE}), FAILS if name.endswith("as_run") else CONDITIONAL)
            for name in c8()
        ),
    ],
    "C9": [
        (c9(), HOLDS),
        (c9(clean=1.15), CONDITIONAL),
        (c9(less=MAYBE_ABOVE), FAILS),
        (c9(more=MAYBE_ABOVE), FAILS),
    ],
    "C10": [
        (c10(about(0.3, 0.1), about(0.05, 0.01), about(0.05, 0.01)), HOLDS),
        (c10(exact(0), about(0.05, 0.01), exact(0)), HOLDS),
        (c10(about(0.3, 0.1), about(0.01, 0.01), about(-0.01, 0.01)), FAILS),
        (c10(about(0.3, 0.1), exact(0.03), exact(0)), UNDECIDED),
        (c10(about(0.3, 0.1), about(0, 0.04), exact(0)), UNDECIDED),
        (c10(about(0.3, 0.1), exact(0), about(0.01, 0.03)), UNDECIDED),
        *(
            (c10(about(0.3, 0.1), exact(0), exact(0), **{name: about(0.3, 0.28)}), UNDECIDED)
            for name in ("as_run_03", "as_run_06")
        ),
        *(
            (c10(about(0.3, 0.1), exact(0.05), exact(0), **{name: about(0.05, 0.03)}), UNDECIDED)
            for name in ("unclipped_03", "unclipped_06")
        ),
    ],
    "C11": [
        ({"gap": about(0.05, 0.04), "noisy_loss": about(1, 0.1), "wiener_loss": 1.2}, HOLDS),
        ({"gap": about(0, 0.05), "noisy_loss": about(1, 0.1), "wiener_loss": 1.1}, CONDITIONAL),
        ({"gap": about(0, 0.1), "noisy_loss": about(1, 0.1), "wiener_loss": 1.2}, FAILS),
    ],
    "C12": [
        ({"as_trained": ABOVE, "whitened": ABOVE, "classes": ABOVE}, HOLDS),
        ({"as_trained": ABOVE, "whitened": MAYBE_ABOVE, "classes": ABOVE}, CONDITIONAL),
        ({"as_trained": ABOVE, "whitened": BELOW, "classes": ABOVE}, CONDITIONAL),
        ({"as_trained": ABOVE, "whitened": ABOVE, "classes": MAYBE_ABOVE}, CONDITIONAL),
        ({"as_trained": ABOVE, "whitened": ABOVE, "classes": about(0.015, 0.004)}, HOLDS),
        ({"as_trained": ABOVE, "whitened": ABOVE, "classes": about(0.015, 0.006)}, CONDITIONAL),
        ({"as_trained": ABOVE, "whitened": MAYBE_ABOVE, "classes": BELOW}, CONDITIONAL),
        ({"as_trained": MAYBE_ABOVE, "whitened": ABOVE, "classes": ABOVE}, FAILS),
        ({"as_trained": BELOW, "whitened": ABOVE, "classes": ABOVE}, FAILS),
    ],
    "C13": [
        ({"over_vae": ABOVE, "over_linear": ABOVE}, HOLDS),
        ({"over_vae": ABOVE, "over_linear": MAYBE_BELOW}, HOLDS),
        ({"over_vae": ABOVE, "over_linear": BELOW}, CONDITIONAL),
        ({"over_vae": MAYBE_ABOVE, "over_linear": BELOW}, FAILS),
        ({"over_vae": BELOW, "over_linear": BELOW}, FAILS),
    ],
    "C14": [
        ({"steps": ABOVE, "middles": ABOVE}, HOLDS),
        ({"steps": ABOVE, "middles": MAYBE_ABOVE}, CONDITIONAL),
        ({"steps": BELOW, "middles": ABOVE}, CONDITIONAL),
        ({"steps": MAYBE_ABOVE, "middles": BELOW}, FAILS),
    ],
}


@pytest.mark.parametrize(
    ("claim", "numbers", "expected"),
    [(claim, *case) for claim, cases in CASES.items() for case in cases],
)
def test_the_rule_gives(claim, numbers, expected):
    assert outcome(claim, numbers) is expected


@pytest.mark.parametrize("claim", CLAIMS)
def test_the_cases_above_give_each_outcome_that_the_rule_names(claim):
    source = inspect.getsource(RULES[claim].decide)
    named = {Outcome[name] for name in re.findall(r"Outcome\.([A-Z]+)", source)}
    assert {expected for _, expected in CASES[claim]} == named
    assert Outcome.OPEN not in named


def test_there_is_one_rule_for_each_claim():
    assert list(RULES) == list(CLAIMS)


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ({}, "takes over_vae, over_linear, and got none"),
        ({"over_vae": ABOVE}, "and got over_vae"),
        ({"over_vae": ABOVE, "over_linear": BELOW, "more": 1.0}, "and got .*more"),
        ({"over_vae": ABOVE, "over_linear": 1.0}, "over_linear as Interval, and got 1.0"),
    ],
)
def test_a_rule_takes_exactly_its_numbers(numbers, message):
    with pytest.raises(ValueError, match=message):
        outcome("C13", numbers)


def test_a_value_is_no_interval():
    with pytest.raises(ValueError, match="worst_cosine as float"):
        outcome("C2", {"worst_cosine": ABOVE})
