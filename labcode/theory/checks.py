"""What closed forms refuse: the counterpart of `labcode.checks` for NumPy's arrays, without torch.

NumPy broadcasts what does not fit, and a wrong theorem is a wrong line in a figure.
"""

import operator

import numpy as np
from numpy.typing import ArrayLike

LARGEST = 1e100


def numbers(**given: ArrayLike) -> None:
    """Refuse arrays, given by name, that hold other than finite real numbers, or none.

    Raises
    ------
    TypeError
        If one holds no numbers.
    ValueError
        If one is empty, ragged or not finite.
    """
    for name, values in given.items():
        _numbers(name, values)


def reals(**given: ArrayLike) -> None:
    """Refuse arrays, given by name, that hold other than real numbers.

    Raises
    ------
    TypeError
        With the name and the type.
    ValueError
        If one is ragged.
    """
    for name, values in given.items():
        _reals(name, values)


def table(width: int | None = None, **given: ArrayLike) -> None:
    """Refuse arrays, given by name, that are no tables (n, d) of finite numbers.

    Parameters
    ----------
    width : int, optional
        What d must be.

    Raises
    ------
    TypeError, ValueError
        As in `numbers`, or if one has another shape.
    """
    for name, values in given.items():
        found = _numbers(name, values)
        if found.ndim != 2 or found.shape[1] != (width or found.shape[1]):
            raise ValueError(
                f"{name} of shape (n, {width or 'd'}) are expected, and these have {found.shape}."
            )


def matching(**given: ArrayLike) -> None:
    """Refuse arrays, given by name, that have not one shape: they would be broadcast.

    Raises
    ------
    TypeError, ValueError
        As in `numbers`, or if shapes differ.
    """
    shapes = {name: _numbers(name, values).shape for name, values in given.items()}
    if len(set(shapes.values())) > 1:
        raise ValueError(
            f"arrays of one shape are expected, and these have "
            f"{', '.join(f'{shape} ({name})' for name, shape in shapes.items())}."
        )


def broadcast(**given: ArrayLike) -> None:
    """Refuse arrays, given by name, whose shapes cannot be broadcast.

    Raises
    ------
    ValueError
        With the shapes.
    """
    shapes_ = {name: np.shape(values) for name, values in given.items()}
    try:
        np.broadcast_shapes(*shapes_.values())
    except ValueError:
        raise ValueError(f"these cannot be broadcast: {shapes_}.") from None


def shapes(sizes: dict[str, int], *expected: tuple[str, ArrayLike, str]) -> None:
    """Refuse arrays whose shapes, in letters, do not agree.

    Parameters
    ----------
    sizes : dict of str to int
        Letters that are known already.
    *expected : tuple of str, array_like, str
        Name, array, and its dimensions: `("w1", w1, "kd")`.

    Raises
    ------
    TypeError, ValueError
        As in `numbers`, or with the name of the first that does not fit.
    """
    known = dict(sizes)
    for name, values, letters in expected:
        shape = _numbers(name, values).shape
        fits = len(shape) == len(letters)
        for letter, size in zip(letters, shape, strict=False):
            fits = fits and known.setdefault(letter, size) == size
        if not fits:
            wanted = ", ".join(f"{letter} = {known.get(letter, letter)}" for letter in letters)
            raise ValueError(f"{name} of shape ({wanted}) is expected, and has {shape}.")


def spectrum(eigenvalues: ArrayLike, k: int | None = None, least: int = 0) -> None:
    """Refuse what are no eigenvalues of a covariance, the largest first; and k beyond them.

    Raises
    ------
    TypeError, ValueError
        As in `numbers`; or if they are not of shape (d,), are negative or ascend by more than
        rounding, or k is no whole number from `least` to d.
    """
    values = _numbers("eigenvalues", eigenvalues)
    slack = 1e-9 * np.abs(values).max()
    if values.ndim != 1 or (values < -slack).any() or (np.diff(values) > slack).any():
        raise ValueError(
            "eigenvalues of shape (d,), 0 or more, the largest first, are expected. Sort them."
        )
    if k is not None:
        whole(least, len(values), k=k)


def variances(**given: ArrayLike) -> None:
    """Refuse arrays, given by name, with a number that is negative or not finite.

    Raises
    ------
    TypeError, ValueError
        As in `numbers`, or if one is negative.
    """
    for name, values in given.items():
        if (found := _numbers(name, values)).min() < 0:
            raise ValueError(f"{name} must be 0 or more, and reach {found.min():g}.")


def above_zero(**given: ArrayLike) -> None:
    """Refuse numbers or arrays, given by name, that are not above 0 and finite.

    Raises
    ------
    TypeError, ValueError
        As in `numbers`, or if one is 0 or less.
    """
    for name, values in given.items():
        if (found := _numbers(name, values)).min() <= 0:
            raise ValueError(f"{name} must be above 0, and reach {found.min():g}.")


def floats(**given: ArrayLike) -> None:
    """Refuse arrays, given by name, that hold not float32 or float64: smaller types overflow.

    Raises
    ------
    TypeError
        With the name and the type.
    """
    for name, values in given.items():
        if not isinstance(values, np.ndarray):
            raise TypeError(f"{name} must be a NumPy array, and is {type(values).__name__}.")
        if values.dtype not in (np.float32, np.float64):
            raise TypeError(
                f"{name} must be float64, and is {values.dtype}. {name}.astype(float) converts it."
            )


def shares(**given: ArrayLike) -> None:
    """Refuse arrays, given by name, with a number outside 0 to 1.

    Raises
    ------
    TypeError, ValueError
        As in `numbers`, or if one lies outside.
    """
    for name, values in given.items():
        found = _numbers(name, values)
        if found.min() < 0 or found.max() > 1:
            raise ValueError(
                f"{name} must lie from 0 to 1, and reach from {found.min():g} to {found.max():g}."
            )


def scalars(**given: ArrayLike) -> None:
    """Refuse what is not one finite number, given by name.

    Raises
    ------
    TypeError, ValueError
        As in `numbers`, or if there are several.
    """
    for name, value in given.items():
        found = _numbers(name, value)
        if found.ndim:
            raise ValueError(f"{name} must be one number, and has shape {np.shape(value)}.")
        if abs(found) > LARGEST:
            raise ValueError(f"{name} = {found:g}: that is too large to be squared.")


def not_negative(**given: ArrayLike) -> None:
    """Refuse what is not one finite number from 0 on, given by name.

    Raises
    ------
    TypeError, ValueError
        As in `scalars`, or if it is negative.
    """
    scalars(**given)
    variances(**given)


def positive(**given: ArrayLike) -> None:
    """Refuse what is not one finite number above 0, given by name.

    Raises
    ------
    TypeError, ValueError
        As in `scalars`, or if it is 0 or less.
    """
    scalars(**given)
    above_zero(**given)


def share(**given: ArrayLike) -> None:
    """Refuse what is not one number from 0 to 1, given by name.

    Raises
    ------
    TypeError, ValueError
        As in `scalars`, or if it lies outside.
    """
    scalars(**given)
    shares(**given)


def whole(least: int, most: int | None = None, **given: int) -> None:
    """Refuse numbers, given by name, that are not whole, or not from the least to the most.

    Raises
    ------
    ValueError
        With the name and the number.
    """
    for name, number in given.items():
        try:
            found = None if isinstance(number, bool | np.bool_) else operator.index(number)
        except TypeError:
            found = None
        if found is None or found < least or (most is not None and found > most):
            ends = f"from {least} on" if most is None else f"between {least} and {most}"
            raise ValueError(f"{name} = {number!r}: it must be a whole number {ends}.")


def mixture(weights: ArrayLike, means: ArrayLike, covariances: ArrayLike) -> None:
    """Refuse what are no weights (m,), means (m, d) and covariances (m, d, d) of Gaussians.

    Raises
    ------
    TypeError, ValueError
        As in `numbers`; or if shapes disagree, or a covariance is not symmetric.
    """
    shapes(
        {}, ("weights", weights, "m"), ("means", means, "md"), ("covariances", covariances, "mdd")
    )
    found = np.asarray(covariances, dtype=float)
    if np.abs(found - found.swapaxes(1, 2)).max() > 1e-9 * np.abs(found).max(initial=1.0):
        raise ValueError("a covariance is symmetric, and one of these is not.")


def labels(x: ArrayLike, given: ArrayLike) -> None:
    """Refuse classes that are not one for each row of a table.

    Raises
    ------
    ValueError
        With both sizes.
    """
    _numbers("labels", given)
    if np.shape(given) != np.shape(x)[:1]:
        raise ValueError(f"{len(np.asarray(x))} rows and classes of shape {np.shape(given)}.")


def density(spectra: np.ndarray, std: float) -> None:
    """Refuse a strength of noise that leaves a Gaussian without a density.

    Parameters
    ----------
    spectra : ndarray
        Eigenvalues of covariances.
    std : float

    Raises
    ------
    TypeError, ValueError
        As in `variances`; or if a variance and the noise are both 0.
    """
    not_negative(std=std)
    if spectra.min() + np.asarray(std, dtype=float) ** 2 <= 0:
        raise ValueError(f"std = {std}: a Gaussian with a variance of 0 needs noise above 0.")


def _reals(name: str, values: ArrayLike) -> np.ndarray:
    try:
        found = np.asarray(values)
    except ValueError as problem:
        raise ValueError(f"{name} must be a table of numbers: {problem}") from problem
    if found.dtype.kind not in "fiub":
        raise TypeError(f"{name} must be real numbers, and are of type {found.dtype}.")
    return found


def _numbers(name: str, values: ArrayLike) -> np.ndarray:
    found = _reals(name, values)
    if found.size == 0:
        raise ValueError(f"{name} are expected, and there are none: shape {found.shape}.")
    if not np.isfinite(found).all():
        raise ValueError(f"{name} hold a number that is not finite. Drop or replace it.")
    return found.astype(float)
