"""What every public function refuses: inputs of another shape, type or range, unknown options.

Broadcasting makes a wrong number of a wrong shape without a word, and a network trains on pixels
of 0 to 255 without a word. Each check here says what was expected, what came, and what to do.
"""

import math
from collections.abc import Sequence
from numbers import Integral

import torch
from torch import Tensor

# 15 standard deviations of noise as strong as the pixels' whole range.
NOISE_REACHES = 16.0


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
    if output.ndim < x.ndim or output.shape[output.ndim - x.ndim :] != x.shape:
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
    if value not in choices:
        raise ValueError(f"{what} {value!r} is unknown. Choose one of {', '.join(choices)}.")


def counts(**numbers: int | tuple[int, ...]) -> None:
    """Refuse numbers of things, given by name, that are not whole and at least 1.

    Raises
    ------
    ValueError
        With the name and the number.
    """
    for name, given in numbers.items():
        for number in given if isinstance(given, tuple) else (given,):
            _whole(name, given, number, 1)


def whole(least: int = 0, **numbers: int) -> None:
    """Refuse numbers, given by name, that are not whole, or below the least.

    Raises
    ------
    ValueError
        With the name and the number.
    """
    for name, number in numbers.items():
        _whole(name, number, number, least)


def at_least_zero(**numbers: float) -> None:
    """Refuse numbers, given by name, that are negative or not finite.

    Raises
    ------
    ValueError
        With the name and the number.
    """
    for name, number in numbers.items():
        if not (number >= 0 and math.isfinite(number)):
            raise ValueError(f"{name}={number!r}: it must be a finite number, 0 or more.")


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
