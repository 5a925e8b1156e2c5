"""The value of one output, for the calculators: files of data and weights, and what they ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

from cnnshape.analysis.activation_values import CURVES
from cnnshape.analysis.one_value import Number, conv_value, pool_value
from cnnshape.cli.answer import answer
from cnnshape.cli.arrays import is_file_name, read_array, shape_words
from cnnshape.cli.fitting import Fit, fit_kernel, fit_pool
from cnnshape.cli.value_options import Asked
from cnnshape.errors import UsageError
from cnnshape.layers.base import Spec
from cnnshape.layers.catalog import lookup
from cnnshape.layers.conv import Conv, ConvTranspose
from cnnshape.layers.pool import AvgPool, MaxPool
from cnnshape.render.one_value import conv_lines, pool_lines
from cnnshape.symbolic import Dim, Size, text

__all__ = ["activation_name", "bias_of", "conv_answer", "fitted_files", "pool_answer"]

_MOST = 1_000_000
_NAMES = {1: ("position",), 2: ("row", "column"), 3: ("slice", "row", "column")}


def conv_answer(
    cls: type[Conv] | type[ConvTranspose],
    asked: Asked,
    sizes: Sequence[Size] | None,
    kernel: Size | tuple[Size, ...] | None,
    out: Size | None,
    arguments: dict[str, Any],
) -> list[str]:
    """Return the derivation of the size of a convolution, and one of its values.

    Parameters
    ----------
    cls : Conv or ConvTranspose
    asked : the options on values
    sizes, kernel, out : what SIZE, -k and --out say; held against the files
    arguments : of the layer
    """
    assert asked.data is not None
    if asked.weights is not None:
        _no_symbols(arguments)
        cls(1, kernel_size=1, **arguments)  # an argument that no file could make right is refused first
    groups: int = arguments["groups"]
    fit = fitted_files(asked.data, asked.weights, groups, transposed=cls is ConvTranspose)
    fit.check(sizes, kernel, out)
    activation = activation_name(asked.activation)
    layer = cls(fit.filters, kernel_size=fit.kernel, **arguments)
    spec = Spec((1, fit.channels, *fit.space))
    lines, spread, y = answer(layer, spec, whole=fit.has_channels)
    assert isinstance(spread, Conv | ConvTranspose)
    at = _at(asked.at, y, "filter")
    _few_enough(fit.channels // groups * prod(fit.kernel))
    if not arguments["bias"] and asked.bias is not None:
        raise UsageError(f"-b {asked.bias} and --no-bias contradict each other", fix="leave one of them out")
    bias = bias_of(asked.bias, fit.filters, at[0])
    value = conv_value(spread, spec, fit.number, fit.weight, at, bias)
    return [*lines, "", *conv_lines(value, activation, biased=asked.bias is not None)]


def fitted_files(data: str, weights: str | None, groups: int, *, transposed: bool) -> Fit:
    """Return the numbers of the data and of the weights with what their axes are.

    Raises
    ------
    UsageError
        CS001, the weights are not given; CS013, the two do not fit.
    ReadError
        CS10x, a file that cannot be read.
    """
    if weights is None:
        raise UsageError(
            "the value of an output needs the weights of the kernel",
            rule="-k names their file: .npy, or rows of numbers in a .csv or .txt file",
            fix="-k w.npy",
        )
    x, w = read_array(data, "the data"), read_array(weights, "the weights")
    return fit_kernel(x, w, groups, transposed=transposed)


def pool_answer(
    cls: type[MaxPool] | type[AvgPool],
    asked: Asked,
    sizes: Sequence[Size] | None,
    kernel: Size | tuple[Size, ...],
    arguments: dict[str, Any],
) -> list[str]:
    """Return the derivation of the size of a pool, and one of its values; the parameters are those of `conv_answer`."""
    assert asked.data is not None
    _no_symbols({"kernel": kernel, **arguments})
    fit = fit_pool(read_array(asked.data, "the data"), kernel)
    fit.check(sizes)
    spec = Spec((1, fit.channels, *fit.space))
    lines, layer, y = answer(cls(kernel, **arguments), spec, whole=fit.has_channels)
    assert isinstance(layer, MaxPool | AvgPool)
    at = _at(asked.at, y, "channel")
    _few_enough(prod(kernel if isinstance(kernel, tuple) else (kernel,) * len(fit.space)))  # type: ignore[arg-type]
    value = pool_value(layer, spec, fit.number, at)
    counts = isinstance(layer, AvgPool) and layer.count_include_pad
    return [*lines, "", *pool_lines(value, padding_counts=counts)]


_OPTIONS = {"kernel": "-k", "stride": "-s", "padding": "-p", "dilation": "-d", "groups": "-g"}


def _no_symbols(arguments: Mapping[str, Any]) -> None:
    """Refuse formulas beside data.

    Raises
    ------
    UsageError
        CS001, a size is a formula.
    """
    for name, value in arguments.items():
        parts, found = [value], None
        while parts and found is None:
            part = parts.pop()
            parts += part if isinstance(part, tuple) else ()
            found = part if isinstance(part, Dim) else None
        if found is not None:
            option = _OPTIONS.get(name, f"--{name.replace('_', '-')}")
            raise UsageError(
                f"{option} {text(found)}: data has sizes, not symbols",
                got=found,
                rule="beside --data, every size is a whole number",
                fix=f"{option} 1",
            )


def _at(words: str | None, y: Spec, first: str) -> tuple[int, ...]:
    """Return the place that is asked for, (filter, position on each axis); without words the first one."""
    sizes = y.shape[1:]
    names = (first, *_NAMES[len(sizes) - 1])
    parts = [part.strip() for part in (words or ",".join("0" * (len(sizes) - 1))).split(",")]
    numbers = [int(part) if part.isascii() and part.isdigit() and len(part) < 19 else -1 for part in parts]
    at = tuple(numbers if len(numbers) == len(sizes) else [0, *numbers])
    if len(at) == len(sizes) and all(0 <= i < size for i, size in zip(at, sizes, strict=True)):
        return at
    ranges = ", ".join(f"{name} 0..{size - 1}" for name, size in zip(names, sizes, strict=True))
    place = ",".join(names[1:])
    raise UsageError(
        f"there is no output at {words}",
        code="CS013",
        got=words,
        needed=sizes,
        given=f"the output has {ranges}",
        rule=f"--at {place}, or --at {','.join(names)}, counted from 0",
        fix=f"--at {','.join(str(size - 1) for size in sizes[1:])}, the last one",
    )


def _few_enough(products: int) -> None:
    if products > _MOST:
        raise UsageError(
            f"one output is made of {products:,} numbers",
            code="CS013",
            got=products,
            needed=_MOST,
            rule=f"the value of an output is shown for at most {_MOST:,}",
            fix="a smaller kernel, or fewer channels",
        )


def bias_of(words: str | None, filters: int, number: int) -> Number:
    """Return the bias of one filter.

    Raises
    ------
    UsageError
        CS013, another number of biases than filters, or none that are numbers.
    """
    if words is None:
        return 0
    if is_file_name(words):
        found = read_array(words, "the biases")
        count = prod(found.shape)
        if count == max(found.shape) and count in (1, filters):
            return found.at([number if size == count and count > 1 else 0 for size in found.shape])
        raise _biases(f"{words} holds {shape_words(found.shape)} numbers", filters)
    parts = words.split(",")
    try:
        numbers = [float(part) for part in parts]
    except ValueError:
        numbers = []
    if len(numbers) not in (1, filters) or not all(number - number == 0 for number in numbers):
        raise _biases(f"-b {words}", filters)
    found_number = numbers[number if len(numbers) > 1 else 0]
    return int(found_number) if found_number == int(found_number) else found_number


def _biases(what: str, filters: int) -> UsageError:
    each = "" if filters == 1 else f", or {filters} numbers, one for each filter, or a file of them"
    return UsageError(
        f"{what}: the bias of {filters} filter{'s' * (filters != 1)}?",
        code="CS013",
        needed=filters,
        rule=f"one number{each}: the bias belongs to the filter, not to the pixel",
        fix="-b 0",
    )


def activation_name(words: str | None) -> str:
    """Return the name of an activation in `CURVES`, "" without words.

    Raises
    ------
    UsageError
        CS001, there is no such activation.
    """
    if words is None:
        return ""
    found = lookup(words)
    name = found[0].name if found else words
    if name in CURVES:
        return name
    from difflib import get_close_matches

    near = get_close_matches(words.lower(), CURVES, 1)
    raise UsageError(
        f"--activation {words}: no activation of one number",
        got=words,
        rule=f"one of {', '.join(CURVES)}",
        fix=f"--activation {near[0] if near else 'relu'}",
    )
