"""The fourteen rules that decide the claims: pure functions of what was measured.

A rule knows no profile and measures nothing. It takes the numbers of one claim and gives the
outcome, so anybody can check a verdict with the numbers that stand beside it.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from labcode.designs.contrast import Contrast, Interval, holm

Numbers = Mapping[str, Interval | float]

SAME_SUBSPACE = 1e-3
SAME_AXES = 0.99
LOCAL_WINDOW = 7
LOCAL_SHARE = 0.5
CONVERGED = 0.02
NO_LEAD = 0.05
PLATEAU = 0.05
NO_GAP = 0.03
SMALL_GAP = 0.1
SAME_SHARE = 0.01
SAME_DISTANCE = 0.1
SAME_WALK = 0.05


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
    as_run: Contrast,
    shallow_64: Contrast,
    shallow_392: Contrast,
    deep_64: Contrast,
    deep_392: Contrast,
    equal_parameters: Contrast,
    equal_multiply_adds: Contrast,
    converged: float,
) -> Outcome:
    """C3's rule.

    Parameters
    ----------
    as_run : Contrast
        Logarithm of the test MSE, the lab's CNN minus its dense network.
    shallow_64, shallow_392, deep_64, deep_392 : Contrast
        The same of convolutional minus dense layers, at equal code and depth.
    equal_parameters, equal_multiply_adds : Contrast
        The same with these equal too, averaged over the four.
    converged : float
        1 if training twice as long changes no test MSE by `CONVERGED` or more, and no sign, else 0.
    """
    equal = {
        "shallow_64": shallow_64,
        "shallow_392": shallow_392,
        "deep_64": deep_64,
        "deep_392": deep_392,
        "equal_parameters": equal_parameters,
        "equal_multiply_adds": equal_multiply_adds,
    }
    shown = holm({"as_run": as_run, **equal})
    if not shown["as_run"]:
        return Outcome.UNDECIDED
    if as_run.mean > 0:
        return Outcome.FAILS
    if not converged:
        return Outcome.UNDECIDED
    lower = all(shown[name] and equal[name].mean < 0 for name in equal)
    return Outcome.HOLDS if lower else Outcome.CONDITIONAL


def learns_local_features(dense_share: Interval, cnn_share: Interval) -> Outcome:
    """C4's rule.

    Parameters
    ----------
    dense_share, cnn_share : Interval
        What the reconstruction gains as one number of the code grows: the share of its energy in
        its best window, 0 to 1, the median over the numbers, of the lab's two networks.
    """
    if dense_share.high < LOCAL_SHARE < cnn_share.low:
        return Outcome.HOLDS
    if dense_share.low > LOCAL_SHARE or cnn_share.high < LOCAL_SHARE:
        return Outcome.FAILS
    return Outcome.UNDECIDED


def trains_more_easily(
    cnn_parameters: float,
    dense_parameters: float,
    few_images: Contrast,
    more_images: Contrast,
    seconds: Contrast,
) -> Outcome:
    """C5's rule.

    Parameters
    ----------
    cnn_parameters, dense_parameters : float
        How many, of the lab's two networks.
    few_images, more_images : Contrast
        Logarithm of the test MSE, convolutional minus dense layers at equal code and depth, with
        as many updates from 300 and from 3,000 images.
    seconds : Contrast
        Logarithm of the time that the lab's training takes, its CNN minus its dense network.
    """
    if cnn_parameters >= dense_parameters:
        return Outcome.FAILS
    easier = {"few_images": few_images, "more_images": more_images, "seconds": seconds}
    shown = holm(easier)
    if all(shown[name] and easier[name].mean < 0 for name in easier):
        return Outcome.HOLDS
    if any(shown[name] and easier[name].mean < 0 for name in easier):
        return Outcome.CONDITIONAL
    if all(shown[name] for name in easier):
        return Outcome.FAILS
    return Outcome.UNDECIDED


def needs_the_arrangement(
    in_place: Contrast, shuffled: Contrast, interaction: Contrast, converged: float
) -> Outcome:
    """C6's rule.

    Parameters
    ----------
    in_place, shuffled : Contrast
        The lead: logarithm of the test MSE, dense minus convolutional layers, averaged over depth
        and code, which are equal; with the pixels in place, and shuffled.
    interaction : Contrast
        The first minus the second.
    converged : float
        1 if training twice as long changes no test MSE by `CONVERGED` or more, and no sign, else 0.
    """
    shown = holm({"in_place": in_place, "interaction": interaction})
    if shown["in_place"] and in_place.mean < 0:
        return Outcome.FAILS
    if shown["interaction"] and interaction.mean < 0:
        return Outcome.FAILS
    if not (converged and all(shown.values())):
        return Outcome.UNDECIDED
    return Outcome.HOLDS if shuffled.high < NO_LEAD else Outcome.CONDITIONAL


def reaches_a_plateau(
    last_fifth: Interval, deeper: Contrast, larger_code: Contrast, converged: float
) -> Outcome:
    """C7's rule.

    Parameters
    ----------
    last_fifth : Interval
        By how much the last fifth of a training twice as long as the lab's lowers its dense
        network's training loss, as a share of it.
    deeper : Contrast
        Logarithm of the test MSE, deep minus shallow dense networks with a code of 64.
    larger_code : Contrast
        The same of a code of 392 minus one of 64, shallow.
    converged : float
        1 if training twice as long changes no test MSE by `CONVERGED` or more, and no sign, else 0.
    """
    if last_fifth.low >= PLATEAU:
        return Outcome.FAILS
    if last_fifth.high >= PLATEAU:
        return Outcome.UNDECIDED
    lower = {"deeper": deeper, "larger_code": larger_code}
    shown = holm(lower)
    if any(shown[name] and lower[name].mean < 0 for name in lower):
        return Outcome.CONDITIONAL
    return Outcome.HOLDS if converged else Outcome.UNDECIDED


def has_the_higher_accuracy(
    linear_as_run: Contrast,
    neighbours_as_run: Contrast,
    linear_equal: Contrast,
    neighbours_equal: Contrast,
) -> Outcome:
    """C8's rule.

    Parameters
    ----------
    linear_as_run, neighbours_as_run : Contrast
        Accuracy of a linear probe and of nearest neighbours on whitened codes, the lab's CNN minus
        its dense network.
    linear_equal, neighbours_equal : Contrast
        The same of convolutional minus dense layers, averaged over depth and code, which are
        equal.
    """
    contrasts = {
        "linear_as_run": linear_as_run,
        "neighbours_as_run": neighbours_as_run,
        "linear_equal": linear_equal,
        "neighbours_equal": neighbours_equal,
    }
    shown = holm(contrasts)
    higher = {name: shown[name] and contrasts[name].mean > 0 for name in contrasts}
    lower = {name: shown[name] and contrasts[name].mean < 0 for name in contrasts}
    if lower["linear_as_run"] or lower["neighbours_as_run"]:
        return Outcome.FAILS
    if not (higher["linear_as_run"] and higher["neighbours_as_run"]):
        return Outcome.UNDECIDED
    equal = higher["linear_equal"] and higher["neighbours_equal"]
    return Outcome.HOLDS if equal else Outcome.CONDITIONAL


def outperforms_on_noise(
    gain_005: Contrast,
    gain_01: Contrast,
    gain_02: Contrast,
    gain_03: Contrast,
    gain_06: Contrast,
    gain_1: Contrast,
    below_wiener_03: Contrast,
    below_wiener_06: Contrast,
) -> Outcome:
    """C9's rule.

    Parameters
    ----------
    gain_005, gain_01, gain_02, gain_03, gain_06, gain_1 : Contrast
        Test MSE on images with noise of 0.05 to 1, the plain network's minus that of the one that
        trained on this noise.
    below_wiener_03, below_wiener_06 : Contrast
        Test MSE of the Wiener filter minus the denoising network's.
    """
    gains = {"005": gain_005, "01": gain_01, "02": gain_02, "1": gain_1}
    labs = {"03": gain_03, "06": gain_06}
    low = {"wiener_03": below_wiener_03, "wiener_06": below_wiener_06}
    everything = gains | labs | low
    sure = holm(everything)
    better = {name for name, number in everything.items() if sure[name] and number.mean > 0}
    worse = {name for name, number in everything.items() if sure[name] and number.mean < 0}
    if worse & set(labs):
        return Outcome.FAILS
    if not set(labs) <= better:
        return Outcome.UNDECIDED
    return Outcome.HOLDS if better == set(everything) else Outcome.CONDITIONAL


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


def does_well(gap: Interval, below_pca: Contrast) -> Outcome:
    """C11's rule.

    Parameters
    ----------
    gap : Interval
        Validation loss above training loss, as a share of it, on clean images.
    below_pca : Contrast
        Test MSE of clipped PCA with as large a code, minus the plain network's, on clean images.
    """
    if gap.low > SMALL_GAP:
        return Outcome.FAILS
    if not _inside(gap, SMALL_GAP) or below_pca.low <= 0 <= below_pca.high:
        return Outcome.UNDECIDED
    return Outcome.HOLDS if below_pca.mean > 0 else Outcome.CONDITIONAL


def organises(shape: Contrast, classes: Contrast) -> Outcome:
    """C12's rule: of scores that no change of basis or scale moves.

    Parameters
    ----------
    shape : Contrast
        Share of whitened codes and draws of N(0, I) that a classifier tells apart, the AE's minus
        the VAE's.
    classes : Contrast
        Nearest-neighbour accuracy on whitened codes, the VAE's minus the AE's.
    """
    return _both(_standing({"shape": shape, "classes": classes}, SAME_SHARE))


def only_the_vae_generates(
    ae_to_prior: Contrast,
    linear_to_prior: Contrast,
    ae_to_mixture: Contrast,
    linear_to_mixture: Contrast,
) -> Outcome:
    """C13's rule.

    Parameters
    ----------
    ae_to_prior, linear_to_prior : Contrast
        Logarithm of the Fréchet distance of the AE with a mixture of its codes, and of a mixture
        of probabilistic PCA, each minus that of the VAE with its prior.
    ae_to_mixture, linear_to_mixture : Contrast
        The same, minus that of the VAE with a mixture of its codes.
    """
    standing = _standing(
        {
            "ae_to_prior": ae_to_prior,
            "linear_to_prior": linear_to_prior,
            "ae_to_mixture": ae_to_mixture,
            "linear_to_mixture": linear_to_mixture,
        },
        SAME_DISTANCE,
    )
    prior = (standing["ae_to_prior"], standing["linear_to_prior"])
    mixture = (standing["ae_to_mixture"], standing["linear_to_mixture"])
    if min(prior) > 0:
        return Outcome.HOLDS
    if min(prior) < 0 < min(mixture):
        return Outcome.CONDITIONAL
    return Outcome.FAILS if max(min(prior), min(mixture)) < 0 else Outcome.UNDECIDED


def is_smooth(steps: Contrast, middles: Contrast) -> Outcome:
    """C14's rule.

    Parameters
    ----------
    steps : Contrast
        Logarithm of the unevenness of the AE's walks, minus that of the VAE's.
    middles : Contrast
        Logarithm of the distance of the middle image to the nearest real one, the AE's minus the
        VAE's.
    """
    return _both(_standing({"steps": steps, "middles": middles}, SAME_WALK))


def _standing(contrasts: Mapping[str, Contrast], margin: float) -> dict[str, int]:
    """Of each contrast: 1 if it favours the claim, -1 if it speaks against it, else 0.

    In favour: shown, after Holm's correction, above 0 and not inside the margin. Against: shown
    below 0, or inside the margin, which is no difference that matters.
    """
    found = holm(contrasts)
    standing = {}
    for name, one in contrasts.items():
        against = one.within(margin) or (found[name] and one.mean < 0)
        standing[name] = -1 if against else int(found[name])
    return standing


def _both(standing: Mapping[str, int]) -> Outcome:
    """Holds if all are in favour, fails if all are against, conditional if both sides are shown."""
    sides = set(standing.values())
    if len(sides) == 1 and 0 not in sides:
        return Outcome.HOLDS if 1 in sides else Outcome.FAILS
    return Outcome.CONDITIONAL if {1, -1} <= sides else Outcome.UNDECIDED


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
        "Does not hold if the lab's CNN is shown to end with the higher test error. If with the "
        "lower one, the claim holds if convolutional layers also lead at equal code and depth, in "
        "each of four pairs, and with parameters or multiply-adds equal too; with conditions if "
        f"not in all. Undecided if no lead is shown as run, or if training twice as long moves a "
        f"test error by {CONVERGED:.0%} or a sign. Welch's tests of logarithms, Holm over all "
        "seven.",
    ),
    "C4": Rule(
        learns_local_features,
        "What does the reconstruction gain as one number of the code grows? Holds if the median "
        f"number puts less than half of that gain's energy into its best {LOCAL_WINDOW} x "
        f"{LOCAL_WINDOW} window in the lab's dense network, and more than half in its CNN; does "
        "not hold if one of them is the other way round; else undecided. Each by the whole 95% "
        "interval over seeds.",
        "How far a number of the CNN's code sees, and reaches, follows from its layers. That part "
        "no training could change.",
    ),
    "C5": Rule(
        trains_more_easily,
        "Does not hold without fewer parameters. With them, easier may mean three things: a lower "
        "error from 300 images, and from 3,000, at equal code, depth and updates, and less time "
        "for the lab's training. Holds if all three are shown; with conditions if some are; does "
        "not hold if the opposite of all is shown; else undecided. Welch's tests of logarithms, "
        "Holm over the three.",
    ),
    "C6": Rule(
        needs_the_arrangement,
        "The lead of convolutional over dense layers, at equal code and depth, in place and with "
        "pixels shuffled. Does not hold if dense layers are shown to lead in place, or the lead to "
        "grow by shuffling. Holds if the lead in place is shown, is shown to shrink, and what is "
        f"left is below {NO_LEAD:.0%}, the whole interval; with conditions if more is left; else "
        f"undecided, as when training twice as long moves a test error by {CONVERGED:.0%} or a "
        "sign. Welch's tests of logarithms, Holm over the two.",
    ),
    "C7": Rule(
        reaches_a_plateau,
        "Does not hold if the last fifth of a training twice as long as the lab's lowers its loss "
        f"by {PLATEAU:.0%} or more. If by less, the claim holds with conditions if dense networks "
        "with more layers, or with a larger code, are shown to end lower: then it is no plateau of "
        "dense layers. It holds if they are not and training has converged; else it is undecided. "
        "Holm over the two.",
    ),
    "C8": Rule(
        has_the_higher_accuracy,
        "An autoencoder has no accuracy; a classifier on its whitened codes has. Does not hold if "
        "a linear probe or nearest neighbours are shown to be worse on the codes of the lab's CNN. "
        "Holds if both are shown to be better, as run and averaged over pairs of equal code and "
        "depth; with conditions if only as run; else undecided. Welch's tests, Holm over all four.",
    ),
    "C9": Rule(
        outperforms_on_noise,
        "On noisy images, the CNN that trained on their noise against the plain one, at six "
        "strengths; \"a low loss\" is one below the Wiener filter's at the lab's two, 0.3 and 0.6. "
        "Holds if all eight differences are shown; with conditions if those to the plain CNN at "
        "the lab's two are, and not all; does not hold if the plain one is shown to be better at "
        "one of the two; else undecided. By Welch's test, Student's against the filter, and Holm's "
        "correction over the eight.",
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
        f"Holds if, on clean images, validation loss lies within {SMALL_GAP:.0%} of the training "
        "loss of the same weights, and the test error is below that of clipped PCA with as large a "
        "code; with conditions if within, but above PCA; does not hold if the gap is over "
        f"{SMALL_GAP:.0%}; else undecided. Each by the whole 95% interval over seeds.",
    ),
    "C12": Rule(
        organises,
        "Place, scale and basis of codes are free, so they decide nothing. Holds if, after "
        "whitening, a classifier tells the VAE's codes less well from N(0, I) than the AE's, and "
        "nearest neighbours name the class better on them; does not hold if neither is so; holds "
        "with conditions if one is so and the other is not; else undecided. Is so: shown by Welch "
        "between five networks each, after Holm, and not inside "
        f"{100 * SAME_SHARE:.0f} point on both sides of 0. Is not: shown the other way, or inside.",
        "An affine map of the codes, undone by the decoder's first layer, changes no "
        "reconstruction: an autoencoder's loss leaves place, scale and basis open, and a VAE's "
        "rate fixes place and scale.",
    ),
    "C13": Rule(
        only_the_vae_generates,
        "Two opponents: the AE with a mixture fitted to its codes, and a mixture of probabilistic "
        "PCA that knows no labels. Holds if the VAE with its prior has the smaller Fréchet "
        "distance than both; holds with conditions if that is not so, but the VAE with a mixture "
        "of its codes has the smaller one than both; does not hold if an opponent is as good as "
        "the VAE sampled either way; else undecided. Smaller: shown by Welch between five "
        "fits each, after Holm over the four contrasts, and not inside "
        f"{SAME_DISTANCE:.0%}, of ratios of distances. As good: shown the other way, or inside.",
    ),
    "C14": Rule(
        is_smooth,
        "Holds if the VAE's walks have both the evener steps and middle images nearer to real "
        "ones than the AE's; does not hold if neither is so; holds with conditions if one is so "
        "and the other is not; else undecided. Is so: shown by Welch between five networks each, "
        f"after Holm, and not inside {SAME_WALK:.0%} of a ratio. Is not: shown the other way, or "
        "inside.",
        "A network of ReLUs and a sigmoid is continuous, VAE or not. Continuity bounds no step of "
        "a walk: that takes a Lipschitz constant.",
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
        If a number is missing, is one too many, or is of another kind than the rule takes: a
        value, an interval, or a contrast, which is an interval with its p.
    """
    wanted = {
        name: parameter.annotation
        for name, parameter in inspect.signature(RULES[claim].decide).parameters.items()
    }
    if set(numbers) != set(wanted):
        given = ", ".join(numbers) or "none"
        raise ValueError(f"the rule of {claim} takes {', '.join(wanted)}, and got {given}.")
    for name, number in numbers.items():
        kind = wanted[name]
        if not isinstance(number, kind if issubclass(kind, Interval) else float | int):
            raise ValueError(
                f"the rule of {claim} takes {name} as {kind.__name__}, and got {number!r}."
            )
    return RULES[claim].decide(**numbers)
