"""Which learning rate a tuning chooses."""

import xarray as xr

MARGIN = 0.005


def chosen(loss: xr.DataArray) -> float:
    """The lowest rate whose loss is within half a per cent of the least.

    One seed does not tell rates apart that are so near, and a high rate that is best at one code
    size may diverge at the next.

    Parameters
    ----------
    loss : DataArray, dimension `rate`
        Validation losses of one network; NaN where a rate was not tried.

    Raises
    ------
    ValueError
        If the least loss is that of the lowest or the highest rate: then others must be tried.
    """
    tried = loss.dropna("rate").sortby("rate")
    best = tried.argmin("rate").item()
    if best in (0, len(tried) - 1):
        raise ValueError(
            f"the least loss is that of the rate {tried.rate[best].item():g}, at the edge of those "
            "that were tried. Try another beyond it."
        )
    return float(tried.rate[tried <= (1 + MARGIN) * tried[best]].min())
