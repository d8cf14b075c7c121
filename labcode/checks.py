"""What every public function refuses: inputs of another shape, type or range, unknown options.

Broadcasting makes a wrong number of a wrong shape without a word, and a network trains on pixels
of 0 to 255 without a word. Each check here says what was expected, what came, and what to do.
"""

import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from numbers import Integral, Real

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

# 15 standard deviations of noise as strong as the pixels' whole range.
NOISE_REACHES = 16.0
LARGEST_SEED = 2**62
LARGEST_COVARIANCE = 20_000
MOST = 10**12


def batch(
    x: Tensor, shape: tuple[int, ...], dtype: torch.dtype, opening: str, mend: str = "Reshape them."
) -> None:
    """Refuse what is not a batch of one shape and one type.

    Parameters
    ----------
    x : Tensor, expected of shape (n, *shape)
    shape : tuple of int
    dtype : torch.dtype
    opening : str
        Of the message: who expects what, `this model was built for images`.
    mend : str
        Of the message: what to do about another shape.

    Raises
    ------
    TypeError
        If `x` is no tensor.
    ValueError
        If its shape or its type is another one.
    """
    _tensor(x)
    if tuple(x.shape[1:]) != shape:
        if len(shape) == 3 and shape[0] == 1 and tuple(x.shape[1:]) == shape[1:]:
            mend = "x.unsqueeze(1) adds the channel that is missing."
        raise ValueError(
            f"{opening} of shape (n, {', '.join(map(str, shape))}) and got {tuple(x.shape)}. {mend}"
        )
    if x.dtype != dtype:
        raise ValueError(
            f"{opening} of type {_name(dtype)} and got {_name(x.dtype)}. {_mend(x, dtype)}"
        )


def pixels(x: Tensor) -> None:
    """Refuse images whose pixels are not floating-point numbers from 0 to 1.

    Parameters
    ----------
    x : Tensor, any shape

    Raises
    ------
    TypeError
        If `x` is no tensor.
    ValueError
        If its type is another one, or a pixel is below 0, above 1 or not a number.
    """
    _tensor(x)
    if not x.is_floating_point():
        raise ValueError(
            f"pixels must be float32 from 0 to 1, and these are {_name(x.dtype)}. {_mend(x)}"
        )
    if x.numel() == 0:
        return
    low, high = x.amin().item(), x.amax().item()
    if not (low >= 0 and high <= 1):
        raise _other_range("from 0 to 1,", f"reach from {low:g} to {high:g}")


def noisy_pixels(x: Tensor) -> None:
    """Refuse images that are none of pixels from 0 to 1, even with noise on them.

    A denoiser has to take what lies outside [0, 1]; nothing that was meant so lies beyond
    `NOISE_REACHES`, and pixels of 0 to 255 do. Networks ask this of each batch, so only the
    brightest pixel of the first image is looked at, which gives the others away.

    Parameters
    ----------
    x : Tensor of floating-point numbers, shape (n, ...)

    Raises
    ------
    ValueError
        If that pixel lies beyond, or the image holds what is not a number.
    """
    if len(x) and not (high := x[0].amax().item()) <= NOISE_REACHES:
        raise _other_range("from 0 to 1, with noise or without,", f"reach {high:g}")


def probabilities(output: Tensor) -> None:
    """Refuse a decoder's output outside [0, 1]. What is not a number passes: training says so.

    Raises
    ------
    ValueError
        If a number lies outside.
    """
    if output.numel() == 0:
        return
    low, high = output.amin(), output.amax()
    if low < 0 or high > 1:
        raise ValueError(
            "this likelihood takes probabilities from 0 to 1, and the decoder's output reaches "
            f"from {low:g} to {high:g}. Give the decoder a sigmoid."
        )


def finite(x: Tensor, what: str) -> None:
    """Refuse numbers that are infinite, or not numbers.

    Raises
    ------
    ValueError
        If there is one.
    """
    if x.numel() and not all(end.isfinite() for end in (x.amin(), x.amax())):
        raise ValueError(f"{what} hold numbers that are not finite. Drop or replace these.")


def vectors(what: str, *sets: Tensor) -> None:
    """Refuse what are no vectors (n, k) of finite floating-point numbers, all of one length.

    Parameters
    ----------
    what : str
        Of the message: what they are, `codes`.
    *sets : Tensor
        Each with at least one vector.

    Raises
    ------
    TypeError
        If one of them is no tensor.
    ValueError
        If one has another shape or type, or holds what is not finite.
    """
    for x in sets:
        numbers(what, x)
    for x in sets:
        if x.ndim != 2 or x.shape[1] != sets[0].shape[1]:
            raise ValueError(
                f"{what} of shape (n, k), with one k, are expected, and these have "
                f"{' and '.join(str(tuple(one.shape)) for one in sets)}. Reshape them."
            )


def numbers(what: str, x: Tensor) -> None:
    """Refuse what holds no numbers, or others than finite floating-point ones.

    Raises
    ------
    TypeError
        If `x` is no tensor.
    ValueError
        If it is empty, or of another type, or a number is not finite.
    """
    _tensor(x)
    if x.ndim == 0 or x.numel() == 0:
        raise ValueError(f"{what} are expected, and there are none: shape {tuple(x.shape)}.")
    if not x.is_floating_point():
        raise ValueError(
            f"{what} must be floating-point numbers, and are {_name(x.dtype)}. {_mend(x)}"
        )
    if x.dtype not in (torch.float32, torch.float64):
        raise ValueError(f"{what} must be float32 or float64, and are {_name(x.dtype)}. {_mend(x)}")
    finite(x, what)


def alike(x: Tensor, other: Tensor) -> None:
    """Refuse to compare two batches of different shape or type: they would be broadcast.

    Raises
    ------
    TypeError
        If one of them is no tensor.
    ValueError
        If their shapes differ, or one of them holds no floating-point numbers.
    """
    for one in (x, other):
        _tensor(one)
        if not one.is_floating_point():
            raise ValueError(
                f"images are compared as float32 from 0 to 1, and these are {_name(one.dtype)}. "
                f"{_mend(one)}"
            )
    if x.shape != other.shape:
        raise ValueError(
            f"two batches of one shape are compared, image by image, and these have "
            f"{tuple(x.shape)} and {tuple(other.shape)}. Reshape one of them."
        )


def decoded(x: Tensor, output: Tensor) -> None:
    """Refuse decoded inputs that are not, one for one, of the shape and type of the inputs.

    Parameters
    ----------
    x : Tensor, shape (n, *shape)
    output : Tensor, expected of shape (..., n, *shape)

    Raises
    ------
    TypeError
        If one of them is no tensor.
    ValueError
        If another shape or type came.
    """
    _tensor(x)
    _tensor(output)
    if (
        x.ndim == 0
        or x.shape[0] == 0
        or output.ndim < x.ndim
        or output.shape[output.ndim - x.ndim :] != x.shape
    ):
        raise ValueError(
            f"inputs of shape {tuple(x.shape)} are scored under decoded ones of shape "
            f"(..., {', '.join(map(str, x.shape))}), and these have {tuple(output.shape)}. "
            "Reshape one of them."
        )
    if not x.is_floating_point() or x.dtype != output.dtype:
        raise ValueError(
            f"inputs of type {_name(x.dtype)} cannot be scored under decoded ones of type "
            f"{_name(output.dtype)}. {_mend(x, output.dtype)}"
        )


def option(what: str, value: object, choices: Sequence[str]) -> None:
    """Refuse an option that is none of those that there are.

    Raises
    ------
    ValueError
        With the list of names.
    """
    if not isinstance(value, str) or value not in choices:
        raise ValueError(f"{what} {value!r} is unknown. Choose one of {', '.join(choices)}.")


def counts(**numbers: float) -> None:
    """Refuse numbers of things, given by name, that are not whole and at least 1.

    Raises
    ------
    ValueError
        With the name and the number.
    """
    for name, number in numbers.items():
        _whole(name, number, number, 1)
        if number > MOST:
            raise ValueError(f"{name}={number!r}: that is more than any machine can hold.")


def sizes(**numbers: float | tuple[float, ...]) -> None:
    """The same for sizes, of which there may be several in a tuple.

    Raises
    ------
    ValueError
        With the name and the number.
    """
    for name, given in numbers.items():
        for number in given if isinstance(given, tuple) else (given,):
            _whole(name, given, number, 1)
            if number > MOST:
                raise ValueError(f"{name}={given!r}: that is more than any machine can hold.")


def plain_counts(**numbers: int) -> None:
    """Refuse numbers of things, given by name, that are not Python's own, or no numbers from 1 on.

    Raises
    ------
    TypeError
        If one is of another type, such as NumPy's.
    ValueError
        As in `counts`.
    """
    counts(**numbers)
    for name, number in numbers.items():
        if type(number) is not int:
            raise TypeError(f"{name}={number!r}: torch takes only int here. Give int({name}).")


def plain(**sizes: tuple[int, ...]) -> None:
    """Refuse sizes, given by name, that are no tuple of Python's own whole numbers.

    torch takes no others in some of its layers.

    Raises
    ------
    TypeError
        With the name and what came.
    """
    for name, given in sizes.items():
        if not isinstance(given, tuple) or not all(type(size) is int for size in given):
            raise TypeError(f"{name}={given!r}: give a tuple of int, tuple(map(int, {name})).")


def whole(least: int = 0, **numbers: int) -> None:
    """Refuse numbers, given by name, that are not whole, or below the least.

    Raises
    ------
    ValueError
        With the name and the number.
    """
    for name, number in numbers.items():
        _whole(name, number, number, least)
        if number > MOST:
            raise ValueError(f"{name}={number!r}: that is too large.")


def at_least_zero(**numbers: float) -> None:
    """Refuse numbers, given by name, that are negative or not finite.

    Raises
    ------
    ValueError
        With the name and the number.
    """
    for name, number in numbers.items():
        if not (0 <= _real(name, number) < math.inf):
            raise ValueError(f"{name}={number!r}: it must be a finite number, 0 or more.")


def images(x: Tensor) -> None:
    """Refuse what are no grey images (n, 1, height, width) of finite floating-point numbers.

    Raises
    ------
    TypeError
        If `x` is no tensor.
    ValueError
        If there is none, or it has another shape or type, or a pixel is not finite.
    """
    numbers("images", x)
    if x.ndim != 4 or x.shape[1] != 1:
        raise ValueError(
            f"images of shape (n, 1, height, width) are expected, and these have "
            f"{tuple(x.shape)}. Reshape them."
        )


def square(x: Tensor) -> None:
    """Refuse images whose height is not their width.

    Raises
    ------
    ValueError
        With the shape.
    """
    if x.shape[-2] != x.shape[-1]:
        raise ValueError(f"square images are expected, and these have {tuple(x.shape)}.")


def even_sides(x: Tensor) -> None:
    """Refuse images whose height or width is odd.

    Raises
    ------
    ValueError
        With the shape.
    """
    if x.shape[-2] % 2 or x.shape[-1] % 2:
        raise ValueError(
            f"images of even height and width are expected, and these have {tuple(x.shape)}."
        )


def of_each(x: Tensor, **given: Tensor) -> None:
    """Refuse what is not one finite number, 0 or more, for each item of a batch.

    Parameters
    ----------
    x : Tensor, shape (n, ...)
    **given : Tensor, expected of shape (n,)

    Raises
    ------
    TypeError
        If one of them is no tensor.
    ValueError
        With its name, if it has another shape or type, or a number is negative or not finite.
    """
    for name, values in given.items():
        numbers(name, values)
        if tuple(values.shape) != (len(x),):
            raise ValueError(
                f"{name} must be one number for each of {len(x)} items, shape ({len(x)},), "
                f"and has shape {tuple(values.shape)}."
            )
        if values.amin() < 0:
            raise ValueError(f"{name} must be 0 or more, and reaches {values.amin():g}.")


def move(x: Tensor, **by: int) -> None:
    """Refuse to move images by what is not a whole number of pixels, or more than a side.

    Raises
    ------
    ValueError
        With the name and the number.
    """
    for (name, pixels_), side in zip(by.items(), (x.shape[-1], x.shape[-2]), strict=False):
        _whole(name, pixels_, pixels_, -side)
        if pixels_ > side:
            raise ValueError(f"{name}={pixels_}: the images have only {side} pixels that way.")


def not_black(what: str, x: Tensor) -> None:
    """Refuse items that are 0 throughout: nothing can be divided by how bright they are.

    Raises
    ------
    ValueError
        With how many there are.
    """
    black = int((x.flatten(1) == 0).all(1).sum())
    if black:
        raise ValueError(f"{black} of {len(x)} {what} are 0 throughout. Leave these out.")


def labelled(*sets: tuple[Tensor, Tensor]) -> None:
    """Refuse what are no codes (n, k) with their classes, int64 of shape (n,), from 0 on.

    Raises
    ------
    TypeError
        If one of them is no tensor.
    ValueError
        If shapes or types are others, or a class is negative.
    """
    vectors("codes", *(codes for codes, _ in sets))
    for codes, classes in sets:
        _tensor(classes)
        if classes.dtype != torch.int64 or tuple(classes.shape) != (len(codes),):
            raise ValueError(
                f"{len(codes)} codes go with classes of type int64 and shape ({len(codes)},), and "
                f"these are {_name(classes.dtype)} of shape {tuple(classes.shape)}."
            )
        if classes.amin() < 0:
            raise ValueError(f"classes are numbered from 0 on, and these from {classes.amin()}.")


def paths(path: Tensor, moving: bool = False) -> None:
    """Refuse what are no paths (n, places, ...) of at least two places; or, `moving`, stand still.

    Raises
    ------
    TypeError
        If `path` is no tensor.
    ValueError
        If its shape or type is another one, a number is not finite, or the ends of one are equal.
    """
    numbers("paths", path)
    if path.ndim < 3 or path.shape[1] < 2:
        raise ValueError(
            f"paths of shape (n, places, ...), with two places or more, are expected, and these "
            f"have {tuple(path.shape)}."
        )
    if moving:
        not_black("walks from end to end", path[:, -1] - path[:, 0])


def not_still(path: Tensor) -> None:
    """Refuse paths that never leave their first place.

    Raises
    ------
    ValueError
        With how many there are.
    """
    not_black("paths' steps", path.diff(dim=1))


def gaussians(*moments: tuple[Tensor, Tensor]) -> None:
    """Refuse what are no means (p,) with covariances (p, p), all of one type and one p.

    Raises
    ------
    TypeError
        If one of them is no tensor.
    ValueError
        If shapes or types are others, or a number is not finite.
    """
    numbers("means", moments[0][0])
    size, dtype = moments[0][0].shape[:1], moments[0][0].dtype
    for mean, covariance in moments:
        numbers("means", mean)
        numbers("covariances", covariance)
        if mean.shape != size or covariance.shape != size * 2:
            raise ValueError(
                f"means of shape (p,) go with covariances of shape (p, p), and these have "
                f"{tuple(mean.shape)} and {tuple(covariance.shape)}; the first mean has "
                f"{tuple(size)}."
            )
        if {mean.dtype, covariance.dtype} != {dtype}:
            raise ValueError(f"means and covariances must all be {_name(dtype)}.")


def some_of(what: str, values: Sequence[object]) -> None:
    """Refuse to choose from nothing.

    Raises
    ------
    ValueError
        If there are none.
    """
    if not len(values):
        raise ValueError(f"there are no {what}: give at least one.")


def at_most(most: int, **numbers: tuple[float, ...]) -> None:
    """Refuse numbers of things, given by name, that are not whole, or not from 1 to the most.

    Raises
    ------
    ValueError
        With the name and the number.
    """
    sizes(**numbers)
    for name, given in numbers.items():
        if max(given, default=0) > most:
            raise ValueError(f"{name}={given!r}: there are only {most}.")


def above_zero(**numbers: float) -> None:
    """Refuse numbers, given by name, that are not above 0, or not finite.

    Raises
    ------
    ValueError
        With the name and the number.
    """
    for name, number in numbers.items():
        if not (_real(name, number) > 0 and math.isfinite(number)):
            raise ValueError(f"{name}={number!r}: it must be a finite number above 0.")


def each_above_zero(name: str, values: Sequence[float]) -> None:
    """Refuse a list in which a number is not above 0, or not finite.

    Raises
    ------
    ValueError
        With the name and the number.
    """
    for value in values:
        above_zero(**{name: value})


def items(x: Tensor) -> None:
    """Refuse a batch of which the items hold no floating-point number; what is not one may pass.

    Raises
    ------
    TypeError
        If `x` is no tensor.
    ValueError
        If there is no item, or it is empty or of another type.
    """
    _tensor(x)
    if x.ndim < 2 or x.numel() == 0:
        raise ValueError(f"a batch of shape (n, ...) is expected, and this has {tuple(x.shape)}.")
    if not x.is_floating_point():
        raise ValueError(
            f"a batch must hold floating-point numbers, and this is {_name(x.dtype)}. {_mend(x)}"
        )


def covariance_fits(x: Tensor) -> None:
    """Refuse points of more numbers than a covariance of theirs fits in memory.

    Raises
    ------
    ValueError
        If they have more than 20,000 numbers each.
    """
    d = x[0].numel()
    if d > LARGEST_COVARIANCE:
        raise ValueError(
            f"points of {d:,} numbers have a covariance of {8e-9 * d * d:.0f} GB. Shrink them."
        )


def points(x: Tensor) -> None:
    """Refuse a number alone: a batch has at least one dimension.

    Raises
    ------
    ValueError
        If `x` has none.
    """
    if isinstance(x, Tensor) and x.ndim == 0:
        raise ValueError("a batch of shape (n, ...) is expected, and this is one number.")


def order(values: ArrayLike, shares: Sequence[float]) -> None:
    """Refuse what has no order, and shares of it that are not from 0 to 1.

    Raises
    ------
    ValueError
        If there are no values, one is not a number, or a share lies outside.
    """
    given = np.asarray(values)
    if given.ndim != 1 or not given.size or given.dtype.kind not in "fiu" or np.isnan(given).any():
        raise ValueError(
            f"numbers of shape (n,) are put in order, and these are {given.dtype} of shape "
            f"{given.shape}, or some are not numbers."
        )
    for share in shares:
        from_zero_to_one(share=share)


def from_zero_to_one(**numbers: float) -> None:
    """Refuse numbers, given by name, that are not from 0 to 1.

    Raises
    ------
    ValueError
        With the name and the number.
    """
    for name, number in numbers.items():
        if not 0 <= _real(name, number) <= 1:
            raise ValueError(f"{name}={number!r}: it must be a number from 0 to 1.")


def filters(weights: np.ndarray, window: int) -> None:
    """Refuse what are no filters (n, height, width), finite and none of them 0 throughout.

    Raises
    ------
    TypeError
        If they are no NumPy array.
    ValueError
        If the shape is another one, a weight is not finite, a filter has no weight, or the window
        is no whole number from 1 on, or is wider than the filters.
    """
    if not isinstance(weights, np.ndarray):
        raise TypeError(f"filters are a NumPy array, and these are a {type(weights).__qualname__}.")
    counts(window=window)
    if weights.ndim != 3 or not weights.size or weights.dtype.kind not in "fiu":
        raise ValueError(
            f"filters of shape (n, height, width) are expected, and these are {weights.dtype} of "
            f"shape {weights.shape}."
        )
    if min(window, weights.shape[1]) > weights.shape[2]:
        raise ValueError(f"window={window}: the filters are only {weights.shape[2]} pixels wide.")
    if not np.isfinite(weights).all():
        raise ValueError("filters hold numbers that are not finite. Drop or replace these.")
    not_black("filters", torch.from_numpy(weights.astype(float)))


def not_negative(what: str, x: Tensor) -> None:
    """Refuse numbers below 0.

    Raises
    ------
    ValueError
        With the lowest.
    """
    if x.numel() and x.amin() < 0:
        raise ValueError(f"{what} must be 0 or more, and reach {x.amin():g}.")


def dimensions(what: str, x: Tensor, names: tuple[str, ...]) -> None:
    """Refuse a tensor of finite numbers that has not these dimensions.

    Raises
    ------
    TypeError
        If `x` is no tensor.
    ValueError
        If it is empty, or has another number of dimensions, or a number is not finite.
    """
    numbers(what, x)
    if x.ndim != len(names):
        raise ValueError(
            f"{what} of shape ({', '.join(names)}) are expected, and these have {tuple(x.shape)}."
        )


def same_size(what: str, *sets: Tensor) -> None:
    """Refuse batches whose items have not all the same number of finite floating-point numbers.

    Raises
    ------
    TypeError
        If one of them is no tensor.
    ValueError
        If one is empty or of another type, or their items differ in shape.
    """
    for x in sets:
        numbers(what, x)
        items(x)
    for x in sets:
        if x.shape[1:] != sets[0].shape[1:] or x.dtype != sets[0].dtype:
            raise ValueError(
                f"{what} of one shape and type are compared, and these have "
                f"{' and '.join(f'{tuple(one.shape)} {_name(one.dtype)}' for one in sets)}."
            )


def column_spaces(*bases: np.ndarray) -> None:
    """Refuse what are no matrices (d, k) of finite numbers with one d.

    Raises
    ------
    ValueError
        If the shapes are others, or a number is not finite.
    """
    for basis in map(np.asarray, bases):
        if basis.ndim != 2 or not basis.size or len(basis) != len(bases[0]):
            raise ValueError(
                "matrices of shape (d, k), with one d, are expected, and these have "
                f"{' and '.join(str(np.shape(one)) for one in bases)}."
            )
        if basis.dtype.kind not in "fiu" or not np.isfinite(basis).all():
            raise ValueError("the matrices must hold finite real numbers. Drop or replace others.")


def device_computes(name: object) -> None:
    """Refuse torch's device `meta`: it has shapes and no numbers, and would train nothing.

    Raises
    ------
    TypeError
        If it is no name.
    ValueError
        If it is `meta`.
    """
    if not isinstance(name, str | torch.device):
        raise TypeError(f"device {name!r} is no name. Choose 'auto', 'cpu', 'cuda' or 'mps'.")
    if str(name).partition(":")[0] == "meta":
        raise ValueError(
            f"device {str(name)!r} computes no numbers. Choose 'auto', 'cpu', 'cuda' or 'mps'."
        )


def strengths(std: Tensor) -> None:
    """Refuse strengths of noise that are not above 0.

    Raises
    ------
    ValueError
        If there is one.
    """
    if std.numel() and not std.amin() > 0:
        raise ValueError("strengths of noise must be above 0, and one is not. Give larger ones.")


def variances(spectrum: Sequence[float] | None) -> None:
    """Refuse variances of made data that are negative or not finite; None may pass.

    Raises
    ------
    ValueError
        With the number.
    """
    for variance in spectrum or ():
        at_least_zero(variance=variance)


def pairs(*samples: Tensor) -> None:
    """Refuse samples of one point, which have no pair.

    Raises
    ------
    ValueError
        If there is one.
    """
    if min(map(len, samples)) < 2:
        raise ValueError("a sample needs at least two points, and one of these has fewer.")


def of_kind_number(**given: float) -> None:
    """Refuse what is no number, given by name.

    Raises
    ------
    TypeError
        With the name and what came.
    """
    for name, value in given.items():
        _real(name, value)


def listed(**given: Sequence[float] | Tensor) -> None:
    """Refuse what is no list of numbers, given by name.

    Raises
    ------
    TypeError
        With the name and what came.
    """
    for name, values in given.items():
        if isinstance(values, Tensor | np.ndarray):
            continue
        if not isinstance(values, Sequence) or isinstance(values, str | bytes):
            raise TypeError(f"{name}={values!r}: give a list of numbers.")
        for value in values:
            _real(f"a number of {name}", value)


def seeds(**numbers: int) -> None:
    """Refuse seeds, given by name, that torch cannot take.

    Raises
    ------
    TypeError
        If one is of another type than Python's own, such as NumPy's.
    ValueError
        With the name and the number.
    """
    for name, number in numbers.items():
        _whole(name, number, number, -LARGEST_SEED)
        if type(number) is not int:
            raise TypeError(f"{name}={number!r}: torch takes only int here. Give int({name}).")
        if number > LARGEST_SEED:
            raise ValueError(f"{name}={number!r}: give a whole number below 2^62.")


def truths(**given: bool) -> None:
    """Refuse what is neither True nor False, given by name.

    Raises
    ------
    TypeError
        With the name and what came.
    """
    for name, value in given.items():
        if not isinstance(value, bool):
            raise TypeError(f"{name}={value!r}: give True or False.")


def instances(kind: type, **given: object) -> None:
    """Refuse values, given by name, that are no instances of a class.

    Raises
    ------
    TypeError
        With the name and the class.
    """
    for name, value in given.items():
        if not isinstance(value, kind):
            raise TypeError(
                f"{name} must be of the class {kind.__name__}, and is of {type(value).__name__}."
            )


def callables(**given: object) -> None:
    """Refuse values, given by name, that are neither None nor can be called.

    Raises
    ------
    TypeError
        With the name.
    """
    for name, value in given.items():
        if value is not None and not callable(value):
            raise TypeError(f"{name} must be a function or None, and is {value!r}.")


def arguments(function: Callable[..., object], given: Mapping[str, object]) -> None:
    """Refuse arguments, by name, that a class or function has not, or more than it can do without.

    Raises
    ------
    TypeError
        With what Python says of them, and the names that there are.
    """
    if not callable(function):
        raise TypeError(f"a class of models is expected, and this is {function!r}.")
    signature = inspect.signature(function)
    try:
        signature.bind(**given)
    except TypeError as problem:
        raise TypeError(f"{function.__name__}{signature}: {problem}.") from None


def _real(name: str, number: object) -> float:
    if isinstance(number, bool) or not isinstance(number, Real):
        raise TypeError(f"{name}={number!r}: it must be a number.")
    if isinstance(number, Integral) and abs(int(number)) > LARGEST_SEED:
        raise ValueError(f"{name}={number!r}: a whole number so large must be written as a float.")
    return float(number)


def _whole(name: str, given: object, number: object, least: int) -> None:
    if isinstance(number, bool) or not isinstance(number, Integral) or number < least:
        raise ValueError(f"{name}={given!r}: give whole numbers, at least {least}.")


def _other_range(expected: str, found: str) -> ValueError:
    return ValueError(
        f"pixels must be float32 {expected} and these {found}. "
        "Divide pixels of 0 to 255 by 255; replace what is not a number."
    )


def _tensor(x: object) -> None:
    if not isinstance(x, Tensor):
        raise TypeError(
            f"a torch tensor is expected, and this is a {type(x).__module__}."
            f"{type(x).__qualname__}. Convert it with torch.as_tensor."
        )


def _name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def _mend(x: Tensor, dtype: torch.dtype = torch.float32) -> str:
    if x.is_floating_point():
        return f"x.to({dtype}) converts them."
    return "Pixels of 0 to 255 become pixels of 0 to 1 by x.float() / 255."
