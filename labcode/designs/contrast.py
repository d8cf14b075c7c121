"""Statistics of tables: means over independent runs, contrasts of two levels, several of them."""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr
from scipy import stats


@dataclass(frozen=True)
class Interval:
    """A mean with its 95% confidence interval.

    Attributes
    ----------
    mean, low, high : float
    n : int
        How many runs.
    """

    mean: float
    low: float
    high: float
    n: int

    def __format__(self, spec: str) -> str:
        return f"{self.mean:{spec}} [{self.low:{spec}}, {self.high:{spec}}]"

    def percent(self, digits: int = 1) -> str:
        """A share in per cent, with its interval: `12.3% [11.0, 13.6]`."""
        mean, low, high = (f"{100 * end:.{digits}f}" for end in (self.mean, self.low, self.high))
        return f"{mean}% [{low}, {high}]"


@dataclass(frozen=True)
class Contrast(Interval):
    """The difference of two means with its 95% interval, and the p of no difference.

    Attributes
    ----------
    p_value : float
        Two-sided; of Welch's test, or of the paired t-test.
    """

    p_value: float

    def within(self, margin: float) -> bool:
        """Whether the interval lies inside a margin on both sides: no difference that matters.

        Parameters
        ----------
        margin : float
            Named before the measurement, in the unit of the difference.
        """
        return -margin < self.low and self.high < margin


def interval(values: Sequence[float] | np.ndarray | xr.DataArray) -> Interval:
    """Mean and 95% interval of Student's t over independent runs.

    Parameters
    ----------
    values : sequence of float, at least two
        One number a seed. For a difference between two methods that share seeds, give the
        differences: the interval is then the paired one.

    Raises
    ------
    ValueError
        If there are fewer than two values: one run says nothing of the spread.
    """
    numbers = np.asarray(values, dtype=float)
    if numbers.ndim != 1 or len(numbers) < 2:
        raise ValueError(f"an interval needs at least two runs, and got {numbers.size}.")
    mean = float(numbers.mean())
    half = float(stats.sem(numbers) * stats.t.ppf(0.975, len(numbers) - 1))
    return Interval(mean, mean - half, mean + half, len(numbers))


def over_seeds(values: xr.DataArray) -> Interval | float:
    """Mean and 95% interval over the seeds that have a number; the number itself if only one has.

    Parameters
    ----------
    values : DataArray
        With the dimension `seed` and no other; NaN where a design left a seed out.
    """
    found = values.dropna("seed").values.astype(float)
    return interval(found) if len(found) > 1 else float(found.item())


def contrast(
    array: xr.DataArray, *, paired: bool = False, **factor: tuple[str | float, str | float]
) -> Contrast:
    """The first level of a factor minus the second, with its 95% interval over seeds.

    Parameters
    ----------
    array : DataArray
        With the dimensions `seed` and the factor, and no other.
    paired : bool
        False: Welch's interval, for networks that started independently. True: the interval of
        the differences seed by seed, for the same network under two conditions.
    **factor : pair of levels
        `layers=("conv", "dense")`.

    Raises
    ------
    ValueError
        If not one factor is given, or the array has other dimensions.
    """
    if len(factor) != 1 or set(array.dims) != {"seed", *factor}:
        raise ValueError(
            f"a contrast is of two levels of one factor over seeds, and got {factor} of an array "
            f"with dimensions {array.dims}. Select the other factors first, with .sel()."
        )
    [(name, levels)] = factor.items()
    one, other = (array.sel({name: level}).values.astype(float) for level in levels)
    return paired_difference(one, other) if paired else welch(one, other)


def paired_difference(one: np.ndarray, other: np.ndarray) -> Contrast:
    """Mean of the differences of pairs, with its 95% interval and the p of the paired t-test.

    Parameters
    ----------
    one, other : ndarray, shape (n,), at least two numbers
    """
    found = interval(one - other)
    p_value = _two_sided(found.mean, found.high - found.mean, found.n - 1)
    return Contrast(found.mean, found.low, found.high, found.n, p_value)


def welch(one: np.ndarray, other: np.ndarray) -> Contrast:
    """Mean of the first sample minus the second's, with Welch's 95% interval.

    Parameters
    ----------
    one, other : ndarray, shapes (n,) and (m,), at least two numbers each

    Returns
    -------
    Interval
        `n` is the smaller of n and m. Source: Welch (1947); degrees of freedom by Satterthwaite.
    """
    if min(one.size, other.size) < 2:
        raise ValueError(
            f"an interval needs at least two runs of each, and got {one.size} and {other.size}."
        )
    mean = float(one.mean() - other.mean())
    shares = [float(sample.var(ddof=1)) / sample.size for sample in (one, other)]
    spread = sum(shares)
    if spread == 0:
        return Contrast(mean, mean, mean, min(one.size, other.size), float(mean == 0))
    freedom = spread**2 / sum(
        share**2 / (sample.size - 1) for share, sample in zip(shares, (one, other), strict=True)
    )
    half = math.sqrt(spread) * float(stats.t.ppf(0.975, freedom))
    n, p_value = min(one.size, other.size), _two_sided(mean, half, freedom)
    return Contrast(mean, mean - half, mean + half, n, p_value)


def _two_sided(mean: float, half: float, freedom: float) -> float:
    """The p of Student's t whose 95% interval has this half width."""
    if half == 0:
        return float(mean == 0)
    t = abs(mean) / half * float(stats.t.ppf(0.975, freedom))
    return 2 * float(stats.t.sf(t, freedom))


def ratio(logs: Interval) -> Interval:
    """The ratio of two geometric means, with its interval, from a difference of logarithms."""
    mean, low, high = (math.exp(end) for end in (logs.mean, logs.low, logs.high))
    return Interval(mean, low, high, logs.n)


def effects(
    array: xr.DataArray, factors: Mapping[str, tuple[str | float, str | float]]
) -> dict[str, Contrast]:
    """Main effects and interactions of two-level factors, over independent runs.

    An effect is the mean of the cells at a factor's second level minus the mean at its first; an
    interaction of two factors is half the difference of one's effects at the other's levels, and
    so on (Box, Hunter and Hunter, 2005, ch. 5). Cells keep their own variances: intervals and p
    are Welch's, with Satterthwaite's degrees of freedom.

    Parameters
    ----------
    array : DataArray
        With the dimensions `seed` and the factors, and no other. Its logarithm, if ratios matter.
    factors : mapping of str to a pair of levels
        First and second level of each.

    Returns
    -------
    dict of str to Contrast
        By the factors' names: `layers`, `pixels`, `layers x pixels`.
    """
    cells = array.sel({name: list(levels) for name, levels in factors.items()})
    cells = cells.transpose(*factors, "seed")
    found = {}
    for size in range(1, len(factors) + 1):
        for names in itertools.combinations(factors, size):
            signs = np.ones([2] * len(factors))
            for place, name in enumerate(factors):
                if name in names:
                    shape = [2 if axis == place else 1 for axis in range(len(factors))]
                    signs = signs * np.array([-1.0, 1.0]).reshape(shape)
            weights = signs / 2 ** (len(factors) - 1)
            found[" x ".join(names)] = combination(cells.values, weights)
    return found


def combination(runs: np.ndarray, weights: np.ndarray) -> Contrast:
    """A weighted sum of the means of independent groups, with Welch's interval.

    Parameters
    ----------
    runs : ndarray, shape (..., n)
        n independent runs in each group.
    weights : ndarray, shape (...)
    """
    n = runs.shape[-1]
    estimate = float((weights * runs.mean(-1)).sum())
    parts = weights**2 * runs.var(-1, ddof=1) / n
    error, spread = math.sqrt(parts.sum()), (parts**2).sum()
    freedom = parts.sum() ** 2 / (spread / (n - 1)) if spread else n - 1
    half = float(error * stats.t.ppf(0.975, freedom))
    p = float(2 * stats.t.sf(abs(estimate) / error, freedom)) if error else float(not estimate)
    return Contrast(estimate, estimate - half, estimate + half, n, p)


def holm(contrasts: Mapping[str, Contrast], level: float = 0.05) -> dict[str, bool]:
    """Which of several contrasts are shown, so that one is shown by luck in at most 5% of cases.

    Parameters
    ----------
    contrasts : mapping of str to Contrast
        All that a claim takes, by name.
    level : float
        Of the family: the chance of at least one false finding.

    Returns
    -------
    dict from str to bool
        Source: Holm (1979). The smallest p is held against level / n, the next against
        level / (n - 1), and so on, up to the first that fails; this and all larger ones are not
        shown.
    """
    shown = dict.fromkeys(contrasts, False)
    for place, name in enumerate(sorted(contrasts, key=lambda name: contrasts[name].p_value)):
        if contrasts[name].p_value > level / (len(contrasts) - place):
            break
        shown[name] = True
    return shown
