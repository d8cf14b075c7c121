"""C3 to C8, decided by the rules of `labcode.claims.rules`."""

import numpy as np

from labcode.claims import Evidence, decides
from labcode.claims.rules import LOCAL_WINDOW
from labcode.designs.contrast import Contrast, Interval, contrast, ratio
from labcode.designs.profiles import Profile
from labcode.experiments.dense_versus_cnn import (
    as_run,
    effects,
    efficiency,
    features,
    metrics,
    sharing,
)
from labcode.experiments.dense_versus_cnn.models import CNN
from labcode.experiments.dense_versus_cnn.models import DENSE as LAB_DENSE
from labcode.experiments.dense_versus_cnn.networks import DEEP, DENSE, EQUAL, IN_PLACE, SHALLOW

TESTS = "tests/experiments/test_dense_versus_cnn.py::"
FACTORIAL_TESTS = "tests/experiments/test_effects.py::"


@decides("C3", "fig-c3-pairs", FACTORIAL_TESTS + "test_pairs_are_welchs_tests_of_logarithms")
def c3(profile: Profile) -> Evidence:
    """The CNN reaches a lower loss."""
    errors = np.log(as_run.replicas.table(profile).test_mse)
    parameters, multiply_adds = (effects.matched(profile)[equal] for equal in EQUAL)
    numbers: dict[str, Contrast | float] = {
        "as_run": contrast(errors, network=(CNN, LAB_DENSE)),
        **effects.pairs(profile),
        "equal_parameters": parameters,
        "equal_multiply_adds": multiply_adds,
        "converged": float(effects.convergence(profile).reached),
    }
    ratios = {
        name: f"{ratio(found):.2f}"
        for name, found in numbers.items()
        if isinstance(found, Interval)
    }
    return Evidence(
        numbers,
        f"test MSE, convolutional over dense: {ratios['as_run']} as run; at equal code and depth "
        f"{ratios['shallow_64']} (64, shallow), {ratios['deep_64']} (64, deep), "
        f"{ratios['shallow_392']} (392, shallow), {ratios['deep_392']} (392, deep); "
        f"{ratios['equal_parameters']} with parameters equal too",
        len(profile.seeds),
    )


@decides(
    "C4",
    "fig-c3-gains",
    "tests/scores/test_filters.py::test_gains_of_one_layer_are_columns_times_the_sigmoids_slope",
)
def c4(profile: Profile) -> Evidence:
    """Dense features are global, convolutional ones local."""
    shares = features.median_share(features.gains.table(profile))
    before = features.median_share(features.untrained_gains.table(profile))
    dense, cnn = shares[LAB_DENSE], shares[CNN]
    return Evidence(
        {"dense_share": dense, "cnn_share": cnn},
        f"energy in the best {LOCAL_WINDOW} x {LOCAL_WINDOW} window, median number of the code: "
        f"dense {dense.percent(0)} (untrained {before[LAB_DENSE].percent(0)}), CNN "
        f"{cnn.percent(0)} (untrained {before[CNN].percent(0)})",
        len(profile.seeds),
    )


@decides("C5", "fig-c3-efficiency", FACTORIAL_TESTS + "test_few_images_are_compared_at_equal_steps")
def c5(profile: Profile) -> Evidence:
    """Fewer parameters, so easier training."""
    parameters = as_run.replicas.table(profile).parameters.isel(seed=0)
    dense, cnn = (int(parameters.sel(network=network)) for network in (LAB_DENSE, CNN))
    seconds = sharing.slowdown(profile)
    few, more = efficiency.leads(profile)[:2]
    counts = efficiency.counts(profile)
    return Evidence(
        {
            "cnn_parameters": cnn,
            "dense_parameters": dense,
            "few_images": few,
            "more_images": more,
            "seconds": seconds,
        },
        f"{cnn:,} parameters against {dense:,}; test MSE, convolutional over dense, from "
        f"{counts[0]:,} images {ratio(few):.2f}, from {counts[1]:,} {ratio(more):.2f}; time for "
        f"the lab's training {ratio(seconds):.2f}",
        len(profile.seeds),
    )


@decides(
    "C6", "fig-c3-shuffled", FACTORIAL_TESTS + "test_the_lead_and_what_shuffling_takes_from_it"
)
def c6(profile: Profile) -> Evidence:
    """The CNN wins because it keeps the spatial arrangement."""
    lead = effects.lead(profile)
    return Evidence(
        {**lead, "converged": float(effects.convergence(profile).reached)},
        "test MSE, dense over convolutional, at equal code and depth: "
        f"{ratio(lead['in_place']):.2f} in place, {ratio(lead['shuffled']):.2f} shuffled",
        len(profile.seeds),
    )


@decides("C7", "fig-c3-plateau", TESTS + "test_plateau_reads_the_last_fifth")
def c7(profile: Profile) -> Evidence:
    """The dense autoencoder reaches a plateau."""
    dense = effects.logs(profile).sel(layers=DENSE, pixels=IN_PLACE)
    fall = sharing.last_fifth(profile)
    deeper = contrast(dense.sel(code_size=64), depth=(DEEP, SHALLOW))
    larger = contrast(dense.sel(depth=SHALLOW), code_size=(392, 64))
    return Evidence(
        {
            "last_fifth": fall,
            "deeper": deeper,
            "larger_code": larger,
            "converged": float(effects.convergence(profile).reached),
        },
        f"the last fifth of a longer training lowers the loss by {fall.percent()}; test MSE of "
        f"dense networks, deep over shallow {ratio(deeper):.2f}, code 392 over 64 "
        f"{ratio(larger):.2f}",
        len(profile.seeds),
    )


@decides("C8", "fig-c3-probes", FACTORIAL_TESTS + "test_probes_are_averaged_over_equal_pairs")
def c8(profile: Profile) -> Evidence:
    """The CNN has the higher accuracy."""
    table = metrics.probed.table(profile)
    probes = ("linear", "neighbours")
    as_run_numbers = {
        f"{probe}_as_run": contrast(
            table[probe].sel(coder=[CNN, LAB_DENSE]), coder=(CNN, LAB_DENSE)
        )
        for probe in probes
    }
    equal = {f"{probe}_equal": metrics.at_equal_code(table[probe]) for probe in probes}
    points = {
        name: signed_interval(value, 100, 1) for name, value in (as_run_numbers | equal).items()
    }
    return Evidence(
        as_run_numbers | equal,
        "accuracy on whitened codes, convolutional minus dense, in points: linear "
        f"{points['linear_as_run']} as run and {points['linear_equal']} at equal code and depth; "
        f"neighbours {points['neighbours_as_run']} and {points['neighbours_equal']}",
        len(profile.seeds),
    )


def signed_interval(value: Interval, factor: int, digits: int) -> str:
    """A difference, times a factor, with its sign and its interval: `-1.20 [-1.40, -1.00]`."""
    mean, low, high = (f"{factor * x:+.{digits}f}" for x in (value.mean, value.low, value.high))
    return f"{mean} [{low}, {high}]"
