"""Argument 2, weight sharing: fewer parameters, more work; and what the dense plateau is of."""

import numpy as np

from labcode.designs.contrast import Interval, interval
from labcode.designs.profiles import Profile
from labcode.experiments.dense_versus_cnn.models import CNN, DENSE, DENSE_392, DENSE_LONG, networks


def slowdown(profile: Profile) -> Interval:
    """Seconds of training, the lab's CNN over its dense network, paired by seed.

    Geometric mean and an interval of logarithms, so that no end of it is below 0.
    """
    seconds = networks.table(profile).seconds
    logs = interval(np.log(seconds.sel(network=CNN) / seconds.sel(network=DENSE)))
    mean, low, high = np.exp([logs.mean, logs.low, logs.high]).tolist()
    return Interval(mean, low, high, logs.n)


def last_fifth(profile: Profile) -> Interval:
    """By how much the last fifth of the longer run lowers the training loss, as a share of it."""
    losses = networks.table(profile).train_loss.sel(network=DENSE_LONG)
    four_fifths = max(0, round(0.8 * losses.sizes["epoch"]) - 1)
    return interval(1 - losses.isel(epoch=-1) / losses.isel(epoch=four_fifths))


def wider_code(profile: Profile) -> Interval:
    """Dense test error with a code of 392 over that with 64 after the longer training."""
    errors = networks.table(profile).test_mse
    return interval(errors.sel(network=DENSE_392) / errors.sel(network=DENSE_LONG))
