"""C3 to C8, decided by the rules of `labcode.claims.rules`."""

from labcode.claims import Evidence, decides
from labcode.claims.rules import LOCAL_WINDOW
from labcode.designs.contrast import Interval, contrast, interval
from labcode.designs.profiles import Profile
from labcode.experiments.dense_versus_cnn import features, matched, metrics, models, sharing, space
from labcode.experiments.dense_versus_cnn.models import CNN, CNN_64, DENSE, DENSE_392
from labcode.models.conv import LabCNN
from labcode.models.counting import receptive_field

TESTS = "tests/experiments/test_dense_versus_cnn.py::"
MODEL_TESTS = "tests/models/test_conv.py::"


@decides("C3", "fig-c3-matched", TESTS + "test_the_winner_is_decided_by_the_interval")
def c3(profile: Profile) -> Evidence:
    """The CNN reaches a lower loss."""
    errors = matched.pairs(profile).test_mse
    numbers = {equal: matched.difference(errors.sel(equal=equal)) for equal in matched.PAIRS}
    dense, cnn = (interval(errors.sel(equal="as_run", layers=name)) for name in ("dense", "CNN"))
    signed = {equal: signed_interval(value, 1000, 2) for equal, value in numbers.items()}
    return Evidence(
        numbers,
        f"test MSE as run: dense {dense:.4f}, CNN {cnn:.4f}; CNN minus dense, in thousandths: "
        f"{signed['as_run']} as run, {signed['code_392']} at code 392, {signed['code_64']} at "
        f"code 64, {signed['code_64_dense_longer']} at code 64 with the dense network trained "
        "longer",
        len(profile.seeds),
    )


@decides("C4", "fig-c3-filters", TESTS + "test_receptive_field_of_the_labs_cnn")
def c4(profile: Profile) -> Evidence:
    """Dense features are global, convolutional ones local."""
    dense = features.filters(profile).share.sel(kind="dense").median().item()
    field = receptive_field(LabCNN())
    return Evidence(
        {"dense_share": dense, "receptive_field": field},
        f"a code number of the CNN sees {field} x {field} pixels; the median dense filter has "
        f"{100 * dense:.0f}% of its energy in its best {LOCAL_WINDOW} x {LOCAL_WINDOW}",
        1,
    )


@decides(
    "C5",
    "fig-c3-pareto",
    MODEL_TESTS + "test_the_labs_cnn_has_3217_parameters_and_a_code_of_392",
)
def c5(profile: Profile) -> Evidence:
    """Fewer parameters, so easier training."""
    parameters = models.networks.table(profile).parameters.isel(seed=0)
    dense, cnn = (int(parameters.sel(network=network)) for network in (DENSE, CNN))
    ratio = sharing.slowdown(profile)
    return Evidence(
        {"cnn_parameters": cnn, "dense_parameters": dense, "cnn_over_dense_seconds": ratio},
        f"{cnn:,} parameters against {dense:,}; seconds an epoch, CNN over dense: {ratio:.1f}",
        len(profile.seeds),
    )


@decides(
    "C6", "fig-c3-permuted", MODEL_TESTS + "test_a_dense_autoencoder_cannot_tell_permuted_pixels"
)
def c6(profile: Profile) -> Evidence:
    """The CNN wins because it keeps the spatial arrangement."""
    dense, cnn = (interval(ratio) for ratio in space.ratio(profile))
    return Evidence(
        {"dense": dense, "cnn": cnn},
        f"permuted over original: dense {dense:.3f}, CNN {cnn:.1f}",
        len(profile.seeds),
    )


@decides("C7", "fig-c3-epochs", TESTS + "test_plateau_reads_the_last_fifth")
def c7(profile: Profile) -> Evidence:
    """The dense autoencoder reaches a plateau."""
    fall, wider = sharing.last_fifth(profile), sharing.wider_code(profile)
    return Evidence(
        {"last_fifth": fall, "larger_code": wider},
        f"the last fifth lowers the loss by {fall.percent()}; code 392 ends at "
        f"{wider:.2f} of the error",
        len(profile.seeds),
    )


@decides("C8", "fig-c3-probes", TESTS + "test_classifiers_agree_with_scikit_learn")
def c8(profile: Profile) -> Evidence:
    """The CNN has the higher accuracy."""
    accuracies = metrics.probed.table(profile)
    pairs = {"as_run": (CNN, DENSE), "64": (CNN_64, DENSE), "392": (CNN, DENSE_392)}
    numbers = {
        f"{probe}_{size}": contrast(accuracies[probe], paired=True, coder=pair)
        for size, pair in pairs.items()
        for probe in ("linear", "neighbours")
    }
    linear, near = (
        signed_interval(numbers[f"{p}_as_run"], 100, 1) for p in ("linear", "neighbours")
    )
    return Evidence(
        numbers,
        f"accuracy on the CNN's codes minus dense, in points: linear {linear}, neighbours {near}",
        len(profile.seeds),
    )


def signed_interval(value: Interval, factor: int, digits: int) -> str:
    """A difference, times a factor, with its sign and its interval: `-1.20 [-1.40, -1.00]`."""
    mean, low, high = (f"{factor * x:+.{digits}f}" for x in (value.mean, value.low, value.high))
    return f"{mean} [{low}, {high}]"
