"""The fourteen rules that decide the claims: pure functions of what was measured.

A rule knows no profile and measures nothing. It takes the numbers of one claim and gives the
outcome, so anybody can check a verdict with the numbers that stand beside it.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from labcode.designs.contrast import Interval

Numbers = Mapping[str, Interval | float]

SAME_SUBSPACE = 1e-3
SAME_AXES = 0.99
LOCAL_WINDOW = 7
LOCAL_SHARE = 0.5
UNCHANGED = 0.05
COLLAPSE = 5
PLATEAU = 0.05
NO_GAP = 0.03
SMALL_GAP = 0.1
SAME_CLASSES = 0.01


class Outcome(StrEnum):
    """What a measurement says of a claim.

    A null result is `UNDECIDED`, never a verdict against the claim. `OPEN` is no measurement's:
    this build has only short runs, and short runs decide nothing.
    """

    HOLDS = "holds"
    CONDITIONAL = "holds with conditions"
    FAILS = "does not hold"
    UNDECIDED = "undecided"
    OPEN = "not decided in this build"


def spans_the_subspace(at_convergence: float, otherwise: float) -> Outcome:
    """C1's rule. The theorem gives the condition; training must be seen to meet it.

    Parameters
    ----------
    at_convergence : float
        Largest angle in radians, after training to convergence, between the principal subspace
        and the decoder's, or that of the encoder seen through the covariance.
    otherwise : float
        Largest angle of raw encoder weights, or after mini-batches.
    """
    seen = at_convergence <= SAME_SUBSPACE < otherwise
    return Outcome.CONDITIONAL if seen else Outcome.UNDECIDED


def differs_only_in_how(worst_cosine: float) -> Outcome:
    """C2's rule. The theorem denies the claim; training must be seen to follow it.

    Parameters
    ----------
    worst_cosine : float
        Smallest |cos| between a component and the trained decoder's singular vector, of the seed
        where it is largest.
    """
    return Outcome.FAILS if worst_cosine < SAME_AXES else Outcome.UNDECIDED


def reaches_a_lower_loss(
    as_run: Interval,
    code_64: Interval,
    code_392: Interval,
    equal_parameters: Interval,
    equal_multiply_adds: Interval,
    as_run_dense_longer: Interval,
    code_64_dense_longer: Interval,
) -> Outcome:
    """C3's rule.

    Parameters
    ----------
    as_run, code_64, code_392, equal_parameters, equal_multiply_adds : Interval
        Test MSE, the CNN's minus the dense network's.
    as_run_dense_longer, code_64_dense_longer : Interval
        The same, with the dense network trained longer.
    """
    others = (
        code_64,
        code_392,
        equal_parameters,
        equal_multiply_adds,
        as_run_dense_longer,
        code_64_dense_longer,
    )
    if as_run.high >= 0:
        return Outcome.FAILS
    return Outcome.HOLDS if all(o.high < 0 for o in others) else Outcome.CONDITIONAL


def learns_local_features(dense_share: float, receptive_field: float) -> Outcome:
    """C4's rule, which has two outcomes.

    Parameters
    ----------
    dense_share : float
        Share of its energy that the median dense filter has in its best window, 0 to 1.
    receptive_field : float
        Side in pixels of what a number of the CNN's code sees.
    """
    local = dense_share < LOCAL_SHARE and receptive_field <= LOCAL_WINDOW
    return Outcome.HOLDS if local else Outcome.FAILS


def trains_more_easily(
    cnn_parameters: float, dense_parameters: float, cnn_over_dense_seconds: Interval
) -> Outcome:
    """C5's rule.

    Parameters
    ----------
    cnn_parameters, dense_parameters : float
        How many.
    cnn_over_dense_seconds : Interval
        Ratio of the time that an epoch takes.
    """
    if cnn_parameters >= dense_parameters:
        return Outcome.FAILS
    return Outcome.HOLDS if cnn_over_dense_seconds.high < 1 else Outcome.CONDITIONAL


def needs_the_arrangement(dense: Interval, cnn: Interval) -> Outcome:
    """C6's rule, which has two outcomes.

    Parameters
    ----------
    dense, cnn : Interval
        Test MSE on permuted pixels over that on the original ones.
    """
    same = 1 - UNCHANGED < dense.mean < 1 + UNCHANGED
    holds = same and cnn.low > 1 and cnn.mean >= COLLAPSE
    return Outcome.HOLDS if holds else Outcome.FAILS


def reaches_a_plateau(last_fifth: Interval, larger_code: Interval) -> Outcome:
    """C7's rule.

    Parameters
    ----------
    last_fifth : Interval
        By how much the last fifth of a longer training lowers the loss, as a share of it.
    larger_code : Interval
        Test MSE with the larger code over that with the lab's.
    """
    if last_fifth.high >= PLATEAU:
        return Outcome.FAILS
    return Outcome.CONDITIONAL if larger_code.high < 1 else Outcome.HOLDS


def has_the_higher_accuracy(
    linear_as_run: Interval,
    neighbours_as_run: Interval,
    linear_64: Interval,
    neighbours_64: Interval,
    linear_392: Interval,
    neighbours_392: Interval,
) -> Outcome:
    """C8's rule.

    Parameters
    ----------
    linear_as_run, linear_64, linear_392 : Interval
        Accuracy of a linear probe, on the CNN's codes minus on the dense network's.
    neighbours_as_run, neighbours_64, neighbours_392 : Interval
        The same of nearest neighbours.
    """
    if linear_as_run.low <= 0 or neighbours_as_run.low <= 0:
        return Outcome.FAILS
    equal = (linear_64, neighbours_64, linear_392, neighbours_392)
    return Outcome.HOLDS if all(e.low > 0 for e in equal) else Outcome.CONDITIONAL


def outperforms_the_plain(
    plain_minus_denoising_03: Interval,
    plain_minus_denoising_06: Interval,
    denoising_loss: Interval,
    plain_clean_loss: Interval,
) -> Outcome:
    """C9's rule.

    Parameters
    ----------
    plain_minus_denoising_03, plain_minus_denoising_06 : Interval
        Difference of test MSE on images with noise of 0.3 and of 0.6.
    denoising_loss : Interval
        Test MSE of the denoising network at 0.3.
    plain_clean_loss : Interval
        That of the plain network on clean images.
    """
    if min(plain_minus_denoising_03.low, plain_minus_denoising_06.low) <= 0:
        return Outcome.FAILS
    low = denoising_loss.high < plain_clean_loss.low
    return Outcome.HOLDS if low else Outcome.CONDITIONAL


def gap_shows_overfitting(
    as_run_03: Interval,
    as_run_06: Interval,
    unclipped_03: Interval,
    unclipped_06: Interval,
    clipped_03: Interval,
    clipped_06: Interval,
) -> Outcome:
    """C10's rule.

    Parameters
    ----------
    as_run_03, as_run_06 : Interval
        Validation loss above training loss, as a share of it: trained on unclipped noise,
        validated on clipped noise, of 0.3 and of 0.6.
    unclipped_03, unclipped_06 : Interval
        The same weights, validated on unclipped noise.
    clipped_03, clipped_06 : Interval
        Clipped in training and in validation.
    """
    kept = (unclipped_03, unclipped_06)
    if min(gap.low for gap in kept) > NO_GAP:
        return Outcome.HOLDS
    gone = all(_inside(gap, NO_GAP) for gap in (*kept, clipped_03, clipped_06))
    there = min(as_run_03.low, as_run_06.low) > NO_GAP
    return Outcome.FAILS if there and gone else Outcome.UNDECIDED


def does_well(gap: Interval, noisy_loss: Interval, wiener_loss: float) -> Outcome:
    """C11's rule.

    Parameters
    ----------
    gap : Interval
        Validation loss above training loss, as a share of it, on clean images.
    noisy_loss : Interval
        Test MSE of the plain network on images with noise of 0.3.
    wiener_loss : float
        That of the Wiener filter.
    """
    if gap.high >= SMALL_GAP:
        return Outcome.FAILS
    return Outcome.HOLDS if noisy_loss.high < wiener_loss else Outcome.CONDITIONAL


def organises(as_trained: Interval, whitened: Interval, classes: Interval) -> Outcome:
    """C12's rule.

    Parameters
    ----------
    as_trained, whitened : Interval
        Discrepancy from N(0, I), the AE's minus the VAE's.
    classes : Interval
        Nearest-neighbour accuracy on the codes, the VAE's minus the AE's.
    """
    if as_trained.low <= 0:
        return Outcome.FAILS
    if whitened.low > 0 and classes.low > SAME_CLASSES:
        return Outcome.HOLDS
    return Outcome.CONDITIONAL


def only_the_vae_generates(over_vae: Interval, over_linear: Interval) -> Outcome:
    """C13's rule.

    Parameters
    ----------
    over_vae : Interval
        Fréchet distance of the AE with a mixture of its codes, minus that of the VAE's prior.
    over_linear : Interval
        The same, minus that of probabilistic PCA.
    """
    if over_vae.low <= 0:
        return Outcome.FAILS
    return Outcome.HOLDS if over_linear.high >= 0 else Outcome.CONDITIONAL


def is_smooth(steps: Interval, middles: Interval) -> Outcome:
    """C14's rule.

    Parameters
    ----------
    steps : Interval
        Unevenness of the AE's walks minus that of the VAE's.
    middles : Interval
        Distance of the middle image to the nearest real one, the AE's minus the VAE's.
    """
    met = (steps.low > 0) + (middles.low > 0)
    return (Outcome.FAILS, Outcome.CONDITIONAL, Outcome.HOLDS)[met]


def _inside(number: Interval, margin: float) -> bool:
    """Whether an interval lies between minus the margin and the margin."""
    return -margin < number.low and number.high < margin


@dataclass(frozen=True)
class Rule:
    """How one claim is decided.

    Attributes
    ----------
    decide : callable
        Takes the claim's numbers by name and returns an `Outcome`.
    words : str
        The same for a reader.
    shown : str
        What of the claim a theorem or the architecture says: no measurement decides that.
    """

    decide: Callable[..., Outcome]
    words: str
    shown: str = ""


RULES = {
    "C1": Rule(
        spans_the_subspace,
        "Holds with conditions if, trained to convergence, the decoder, and the encoder seen "
        f"through the covariance, lie within {SAME_SUBSPACE} rad of the principal subspace, and "
        "raw encoder weights or weights trained in mini-batches do not; else undecided: then "
        "training has not converged.",
        "At each minimum of the loss the decoder spans the principal subspace, and so does the "
        "encoder seen through the covariance; its raw weights need not (Baldi and Hornik, 1989).",
    ),
    "C2": Rule(
        differs_only_in_how,
        "Does not hold if in no seed the trained decoder's singular vectors are the components, "
        f"each with a |cos| of at least {SAME_AXES}; else undecided: then chance has found them.",
        "The loss is the same for each basis of the subspace. So its minima say which subspace "
        "the components span, and not which vectors they are (Baldi and Hornik, 1989).",
    ),
    "C3": Rule(
        reaches_a_lower_loss,
        "Holds if the CNN's test error is lower as the lab ran it and in every comparison with "
        "one thing equal, each with a paired 95% interval below 0; holds with conditions if as "
        "run, but not in all.",
    ),
    "C4": Rule(
        learns_local_features,
        f"Holds if a number of the CNN's code sees at most {LOCAL_WINDOW} x {LOCAL_WINDOW} pixels, "
        "and the median dense filter has less than half of its energy in its best window of that "
        "size.",
        "What a number of the CNN's code sees follows from its layers; only the dense half is "
        "measured.",
    ),
    "C5": Rule(
        trains_more_easily,
        "Holds if the CNN has fewer parameters and an epoch takes it less time; holds with "
        "conditions if only the first is so.",
    ),
    "C6": Rule(
        needs_the_arrangement,
        "Holds if permuting the pixels changes the dense network's error by less than "
        f"{UNCHANGED:.0%} and makes the CNN's at least {COLLAPSE} times as large.",
    ),
    "C7": Rule(
        reaches_a_plateau,
        f"Holds if the last fifth of a longer training lowers the loss by less than {PLATEAU:.0%}; "
        "with conditions if that is so, but the same layers with a larger code end lower.",
    ),
    "C8": Rule(
        has_the_higher_accuracy,
        "An autoencoder has no accuracy; a classifier on its codes has. Holds if a linear probe "
        "and nearest neighbours are both more accurate on the CNN's codes, as run and at equal "
        "code size; with conditions if only as run.",
    ),
    "C9": Rule(
        outperforms_the_plain,
        "Holds if the denoising CNN has the lower test error on noisy images at 0.3 and 0.6 (the "
        "whole interval over seeds) and a lower loss than the plain CNN has on clean ones; holds "
        "with conditions if only the first is so.",
    ),
    "C10": Rule(
        gap_shows_overfitting,
        f"Does not hold if, at both strengths, the lab's gap is over {NO_GAP:.0%}, and gaps stay "
        f"inside {NO_GAP:.0%} on both sides of 0 for the same weights on unclipped noise and for "
        "the clip in training and validation; holds if the same weights keep a gap of over "
        f"{NO_GAP:.0%} at both; else undecided. Each by the whole 95% interval over seeds.",
    ),
    "C11": Rule(
        does_well,
        f"Holds if validation loss exceeds training loss by less than {SMALL_GAP:.0%} on clean "
        "images and the network also beats the Wiener filter on noise of 0.3; holds with "
        "conditions if only the first is so.",
    ),
    "C12": Rule(
        organises,
        "Holds if the VAE's codes are nearer to N(0, I) than the AE's, both as trained and "
        "after whitening, and separate the classes better by more than "
        f"{100 * SAME_CLASSES:.0f} point of nearest-neighbour accuracy; holds with conditions if "
        "they are nearer as trained, and one of the other two is not shown; else it does not hold. "
        "Each by the 95% interval of the paired difference.",
    ),
    "C13": Rule(
        only_the_vae_generates,
        "Does not hold if the AE, with a Gaussian mixture fitted to its codes, is not shown to "
        "have a larger Fréchet distance than the VAE with its prior. If it is, the claim holds "
        "with conditions where the AE still beats probabilistic PCA, and holds where it does "
        "not. Each by the 95% interval of the paired difference.",
    ),
    "C14": Rule(
        is_smooth,
        "Holds if the VAE's walks have the evener steps and middle images nearer to real ones "
        "than the AE's; holds with conditions if just one of the two is shown; else it does "
        "not hold. Each by the 95% interval of the paired difference.",
    ),
}


def outcome(claim: str, numbers: Numbers) -> Outcome:
    """What the rule of a claim says of these numbers.

    Parameters
    ----------
    claim : str
        `C1` to `C14`.
    numbers : mapping of str to Interval or float
        Exactly those that the rule takes, by name.

    Raises
    ------
    ValueError
        If a number is missing, is one too many, or is a value where the rule takes an interval.
    """
    wanted = {
        name: parameter.annotation
        for name, parameter in inspect.signature(RULES[claim].decide).parameters.items()
    }
    if set(numbers) != set(wanted):
        given = ", ".join(numbers) or "none"
        raise ValueError(f"the rule of {claim} takes {', '.join(wanted)}, and got {given}.")
    for name, number in numbers.items():
        if isinstance(number, Interval) != (wanted[name] is Interval):
            kind = wanted[name].__name__
            raise ValueError(f"the rule of {claim} takes {name} as {kind}, and got {number!r}.")
    return RULES[claim].decide(**numbers)
