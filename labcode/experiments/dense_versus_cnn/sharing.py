"""Argument 2, weight sharing: fewer parameters, more work; and what the dense plateau is of."""

import numpy as np

from labcode.designs.contrast import Contrast, Interval, contrast, interval
from labcode.designs.profiles import Profile
from labcode.experiments.dense_versus_cnn.as_run import longer, replicas
from labcode.experiments.dense_versus_cnn.models import CNN, DENSE


def slowdown(profile: Profile) -> Contrast:
    """Logarithm of the seconds of training, the lab's CNN minus its dense network."""
    return contrast(np.log(replicas.table(profile).seconds), network=(CNN, DENSE))


def last_fifth(profile: Profile) -> Interval:
    """By how much the last fifth of the longer run lowers the training loss, as a share of it."""
    losses = longer.table(profile).train_loss
    four_fifths = max(0, round(0.8 * losses.sizes["epoch"]) - 1)
    return interval(1 - losses.isel(epoch=-1) / losses.isel(epoch=four_fifths))
