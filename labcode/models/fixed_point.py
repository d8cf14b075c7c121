"""Weights of 16 bits: whole numbers, and one scale a row.

Of two numbers of 16 bits, this is closer than a half-precision float where a row's weights are
alike in size.
"""

import numpy as np
from torch import Tensor

from labcode import checks

LARGEST = 2**15 - 1


def fixed_point(weight: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Whole numbers and scales whose product is the weight, to half a scale.

    Parameters
    ----------
    weight : Tensor, shape (rows, columns)

    Returns
    -------
    ndarray, shape (rows, columns), int16
    ndarray, shape (rows,), float32

    Raises
    ------
    ValueError
        If it has another shape, or a weight that is not finite or too large for float32.
    """
    checks.dimensions("weights", weight, ("outputs", "inputs"))
    exact = weight.detach().cpu().double().numpy()
    if np.abs(exact).max() > np.finfo(np.float32).max:
        raise ValueError("the network has a weight that is too large for float32.")
    scale = (np.abs(exact).max(axis=1) / LARGEST).astype(np.float32)
    scale[scale == 0] = 1
    return np.rint(exact / scale[:, None]).astype("<i2"), scale
