"""Every rule can give every outcome that it can give, at its threshold and on either side."""

import inspect
import re

import pytest

from labcode.claims import CLAIMS, rules
from labcode.claims.rules import RULES, Outcome, outcome
from labcode.designs.contrast import Contrast, Interval

HOLDS, CONDITIONAL, FAILS = Outcome.HOLDS, Outcome.CONDITIONAL, Outcome.FAILS
UNDECIDED = Outcome.UNDECIDED


def about(mean: float, half: float = 0.5) -> Interval:
    return Interval(mean, mean - half, mean + half, 3)


ABOVE, BELOW = about(1), about(-1)
# Their means have a sign; their intervals, which decide, have none.
MAYBE_ABOVE, MAYBE_BELOW = about(0.2), about(-0.2)


def exact(mean: float) -> Interval:
    return about(mean, 0)


def shown(mean: float, half: float = 0.05) -> Contrast:
    """An effect that no correction takes away."""
    return Contrast(mean, mean - half, mean + half, 5, 1e-4)


def between(mean: float, half: float) -> Contrast:
    """No effect that is shown."""
    return Contrast(mean, mean - half, mean + half, 5, 0.5)


FAVOUR, AGAINST, OPEN = shown(0.5), shown(-0.5), between(0.2, 0.4)
# Shown alone, and with a p that Holm lets pass beside a smaller one, or beside none.
WEAK, WEAKER = Contrast(0.2, 0.01, 0.39, 5, 0.02), Contrast(0.2, 0.001, 0.399, 5, 0.045)
BOTH = [
    ((FAVOUR, FAVOUR), HOLDS),
    ((FAVOUR, AGAINST), CONDITIONAL),
    ((AGAINST, FAVOUR), CONDITIONAL),
    ((AGAINST, AGAINST), FAILS),
    ((FAVOUR, OPEN), UNDECIDED),
    ((OPEN, AGAINST), UNDECIDED),
    ((OPEN, OPEN), UNDECIDED),
]


def c13(prior: Contrast, mixture: Contrast, **others: Contrast) -> dict[str, Contrast]:
    return {
        "ae_to_prior": prior, "linear_to_prior": prior,
        "ae_to_mixture": mixture, "linear_to_mixture": mixture,
    } | others  # fmt: skip


def sure(mean: float) -> Contrast:
    """A difference that is shown, whatever stands beside it."""
    return Contrast(mean, mean - 0.01, mean + 0.01, 5, 1e-6)


def unsure(mean: float, p_value: float = 0.3) -> Contrast:
    """One that is not, though its mean has a sign."""
    return Contrast(mean, mean - 1, mean + 1, 5, p_value)


def all_of(claim: str, number: Contrast, **others: Contrast | float) -> dict[str, Contrast | float]:
    """The same number for each that a rule takes, but for some."""
    return dict.fromkeys(inspect.signature(RULES[claim].decide).parameters, number) | others


def c3(as_run: Contrast, converged: float = 1.0, **others: Contrast):
    return all_of("C3", sure(-1), as_run=as_run, converged=converged, **others)


def c5(few=-1.0, more=-1.0, seconds=-1.0, cnn=1.0, shown=sure):
    contrasts = {"few_images": few, "more_images": more, "seconds": seconds}
    counts = {"cnn_parameters": cnn, "dense_parameters": 2.0}
    return counts | {name: shown(mean) for name, mean in contrasts.items()}


def c6(**others: Contrast | float):
    return all_of("C6", sure(1), shuffled=sure(0), converged=1.0) | others


def c7(last_fifth: Interval, **others: Contrast | float):
    return all_of("C7", unsure(-0.1), last_fifth=last_fifth, converged=1.0) | others


def c8(**others: Contrast):
    return all_of("C8", sure(1), **others)


def difference(mean: float, p_value: float = 1e-4) -> Contrast:
    """Shown by Holm's correction among eight if p is small: its interval follows its sign."""
    half = 0.5 * abs(mean) if p_value < 0.05 else 2 * abs(mean)
    return Contrast(mean, mean - half, mean + half, 5, p_value)


SHOWN, REVERSED, NULL = difference(1), difference(-1), difference(1, 0.3)


def c9(**others: Contrast) -> dict[str, Contrast]:
    return dict.fromkeys(inspect.signature(RULES["C9"].decide).parameters, SHOWN) | others


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
        (c3(sure(-1)), HOLDS),
        *((c3(sure(-1), **{name: unsure(-1)}), CONDITIONAL) for name in list(c3(sure(0)))[1:-1]),
        *((c3(sure(-1), **{name: sure(1)}), CONDITIONAL) for name in list(c3(sure(0)))[1:-1]),
        (c3(sure(-1), converged=0.0), UNDECIDED),
        (c3(unsure(-1)), UNDECIDED),
        (c3(Contrast(-1, -1.9, -0.1, 5, 0.03)), HOLDS),  # the largest of seven may be at 5%
        (c3(Contrast(-1, -1.9, -0.1, 5, 0.03), deep_64=unsure(-1)), UNDECIDED),
        (c3(sure(1)), FAILS),
        (c3(sure(1), converged=0.0), FAILS),
    ],
    "C4": [
        ({"dense_share": about(0.2, 0.1), "cnn_share": about(0.9, 0.1)}, HOLDS),
        ({"dense_share": about(0.45, 0.1), "cnn_share": about(0.9, 0.1)}, UNDECIDED),
        ({"dense_share": about(0.2, 0.1), "cnn_share": about(0.55, 0.1)}, UNDECIDED),
        ({"dense_share": about(0.65, 0.1), "cnn_share": about(0.9, 0.1)}, FAILS),
        ({"dense_share": about(0.2, 0.1), "cnn_share": about(0.35, 0.1)}, FAILS),
    ],
    "C5": [
        (c5(), HOLDS),
        (c5(seconds=1.0), CONDITIONAL),
        (c5(few=1.0, more=1.0), CONDITIONAL),
        (c5(few=1.0, more=1.0, seconds=1.0), FAILS),
        (c5(cnn=2.0), FAILS),
        (c5(shown=unsure), UNDECIDED),
        (c5(few=1.0, more=1.0) | {"seconds": unsure(-1)}, UNDECIDED),
    ],
    "C6": [
        (c6(), HOLDS),
        (c6(shuffled=sure(-1)), HOLDS),
        (c6(shuffled=sure(0.045)), CONDITIONAL),
        (c6(shuffled=unsure(0)), CONDITIONAL),
        (c6(converged=0.0), UNDECIDED),
        (c6(in_place=unsure(1)), UNDECIDED),
        (c6(interaction=unsure(1)), UNDECIDED),
        (c6(in_place=sure(-1)), FAILS),
        (c6(interaction=sure(-1)), FAILS),
        (c6(in_place=sure(-1), converged=0.0), FAILS),
    ],
    "C7": [
        (c7(about(0.02, 0.02)), HOLDS),
        (c7(about(0.02, 0.02), deeper=sure(0.1), larger_code=sure(0.1)), HOLDS),
        (c7(about(0.02, 0.02), converged=0.0), UNDECIDED),
        (c7(about(0.02, 0.02), deeper=sure(-0.1)), CONDITIONAL),
        (c7(about(0.02, 0.02), larger_code=sure(-0.1), converged=0.0), CONDITIONAL),
        (c7(about(0.05, 0.02), larger_code=sure(-0.1)), UNDECIDED),
        (c7(about(0.08, 0.03)), FAILS),
    ],
    "C8": [
        (c8(), HOLDS),
        *((c8(**{name: unsure(1)}), CONDITIONAL) for name in ("linear_equal", "neighbours_equal")),
        *((c8(**{name: sure(-1)}), CONDITIONAL) for name in ("linear_equal", "neighbours_equal")),
        *((c8(**{name: unsure(1)}), UNDECIDED) for name in ("linear_as_run", "neighbours_as_run")),
        *((c8(**{name: sure(-1)}), FAILS) for name in ("linear_as_run", "neighbours_as_run")),
        (c8(linear_as_run=unsure(1), neighbours_as_run=sure(-1)), FAILS),
    ],
    "C9": [
        (c9(), HOLDS),
        *((c9(**{name: REVERSED}), FAILS) for name in ("gain_03", "gain_06")),
        *((c9(**{name: NULL}), UNDECIDED) for name in ("gain_03", "gain_06")),
        (c9(gain_03=REVERSED, gain_06=NULL), FAILS),
        *(
            (c9(**{name: other}), CONDITIONAL)
            for name in c9()
            if name not in ("gain_03", "gain_06")
            for other in (NULL, REVERSED)
        ),
        # Shown alone, p = 0.03, and not as the smallest of eight.
        (dict.fromkeys(c9(), difference(1, 0.03)), UNDECIDED),
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
        ({"gap": about(0.05, 0.04), "below_pca": SHOWN}, HOLDS),
        ({"gap": about(-0.05, 0.04), "below_pca": SHOWN}, HOLDS),
        ({"gap": about(0.05, 0.04), "below_pca": REVERSED}, CONDITIONAL),
        ({"gap": about(0.05, 0.04), "below_pca": NULL}, UNDECIDED),
        ({"gap": about(0.05, 0.06), "below_pca": SHOWN}, UNDECIDED),
        ({"gap": about(-0.05, 0.06), "below_pca": SHOWN}, UNDECIDED),
        ({"gap": about(0.12, 0.01), "below_pca": SHOWN}, FAILS),
        ({"gap": about(-0.12, 0.01), "below_pca": SHOWN}, UNDECIDED),
    ],
    "C12": [
        *((dict(zip(("shape", "classes"), pair, strict=True)), verdict) for pair, verdict in BOTH),
        ({"shape": shown(0.1), "classes": shown(0.008, 0.001)}, CONDITIONAL),
        ({"shape": shown(0.1), "classes": between(0, 0.009)}, CONDITIONAL),
        ({"shape": between(0, 0.009), "classes": between(0, 0.011)}, UNDECIDED),
    ],
    "C13": [
        (c13(FAVOUR, FAVOUR), HOLDS),
        (c13(FAVOUR, AGAINST), HOLDS),
        (c13(AGAINST, FAVOUR), CONDITIONAL),
        (c13(AGAINST, AGAINST), FAILS),
        (c13(AGAINST, OPEN), UNDECIDED),
        (c13(OPEN, FAVOUR), UNDECIDED),
        (c13(OPEN, AGAINST), UNDECIDED),
        (c13(FAVOUR, FAVOUR, ae_to_prior=OPEN), UNDECIDED),
        (c13(FAVOUR, FAVOUR, linear_to_prior=AGAINST), CONDITIONAL),
        (c13(FAVOUR, AGAINST, linear_to_prior=between(0, 0.09)), FAILS),
        (c13(FAVOUR, FAVOUR, linear_to_prior=between(0, 0.11)), UNDECIDED),
        (c13(AGAINST, FAVOUR, linear_to_mixture=AGAINST), FAILS),
        (c13(FAVOUR, FAVOUR, ae_to_prior=WEAK, linear_to_prior=WEAK), HOLDS),
        (c13(FAVOUR, FAVOUR, ae_to_prior=WEAKER, linear_to_prior=WEAKER), UNDECIDED),
    ],
    "C14": [
        *((dict(zip(("steps", "middles"), pair, strict=True)), verdict) for pair, verdict in BOTH),
        ({"steps": shown(0.2), "middles": between(0, 0.049)}, CONDITIONAL),
        ({"steps": between(0, 0.04), "middles": between(0, 0.06)}, UNDECIDED),
        ({"steps": shown(0.2), "middles": WEAK}, HOLDS),
        ({"steps": WEAK, "middles": WEAK}, HOLDS),
        ({"steps": WEAKER, "middles": WEAKER}, UNDECIDED),
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
    if "_both(" in source:
        source += inspect.getsource(rules._both)
    named = {Outcome[name] for name in re.findall(r"Outcome\.([A-Z]+)", source)}
    assert {expected for _, expected in CASES[claim]} == named
    assert Outcome.OPEN not in named


def test_there_is_one_rule_for_each_claim():
    assert list(RULES) == list(CLAIMS)


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ({}, "takes steps, middles, and got none"),
        ({"steps": FAVOUR}, "and got steps"),
        ({"steps": FAVOUR, "middles": AGAINST, "more": 1.0}, "and got .*more"),
        ({"steps": FAVOUR, "middles": 1.0}, "middles as Contrast, and got 1.0"),
        ({"steps": FAVOUR, "middles": ABOVE}, "middles as Contrast, and got Interval"),
    ],
)
def test_a_rule_takes_exactly_its_numbers(numbers, message):
    with pytest.raises(ValueError, match=message):
        outcome("C14", numbers)


def test_a_rule_that_corrects_for_several_needs_each_p():
    with pytest.raises(ValueError, match="gain_1 as Contrast"):
        outcome("C9", c9(gain_1=ABOVE))


def test_a_value_is_no_interval():
    with pytest.raises(ValueError, match="worst_cosine as float"):
        outcome("C2", {"worst_cosine": ABOVE})
