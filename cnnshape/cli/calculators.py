"""`cnnshape conv`, `pool` and `conv-transpose`: one layer, step by step."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import click

from cnnshape.analysis.counts import count
from cnnshape.cli.options import debug_option, examples
from cnnshape.cli.output import emit
from cnnshape.cli.sizes import SEPARATOR
from cnnshape.errors import FormulaError, ShapeError, UsageError
from cnnshape.layers.base import Condition, Context, Layer, Spec
from cnnshape.layers.conv import Conv, ConvTranspose
from cnnshape.layers.pool import MaxPool
from cnnshape.render.grid import wrapped
from cnnshape.render.reading import map_words
from cnnshape.render.shapes import shape_text
from cnnshape.render.steps import steps
from cnnshape.render.units import count_text, exact
from cnnshape.symbolic import Size, parse, solve, symbols, text

__all__ = ["conv", "conv_transpose", "pool"]

F = TypeVar("F", bound=Callable[..., Any])

_PAGE = 80
_LABEL = 12
_AXES = {1: ("",), 2: ("H", "W"), 3: ("D", "H", "W")}


def _options(*own: Callable[[F], F]) -> Callable[[F], F]:
    shared = (
        click.argument("size", metavar="SIZE"),
        click.option("-k", "--kernel", "kernel_size", required=True, metavar="K", help="Kernel: 3 or 3x5."),
        click.option("-s", "--stride", metavar="S", help="Stride: 2 or 2x1."),
        click.option(
            "-p",
            "--padding",
            default="0",
            metavar="P",
            help="Padding: 1, per axis 1x2, before and after 0,1, or same, same_upper, same_lower, valid.",
        ),
        click.option("-d", "--dilation", default="1", metavar="D", help="Dilation: 2 or 2x1."),
    )

    def decorate(command: F) -> F:
        for option in (debug_option, *reversed(own), *reversed(shared)):
            command = option(command)
        return command

    return decorate


_channels: tuple[Any, ...] = (
    click.option("--out", metavar="C", help="Number of filters; SIZE then starts with the channels: 3x224x224."),
    click.option("-g", "--groups", default="1", metavar="G", help="Groups, default 1."),
    click.option("--bias/--no-bias", default=True, help="Default: with a bias."),
)


@click.command(
    epilog=examples(
        "cnnshape conv 5 -k 3 -s 1 -p 0",
        "cnnshape conv H -k 3 -s 2",
        "cnnshape conv 3x224x224 --out 64 -k 3x5 -d 2 -g 1 -p same",
    ),
)
@_options(*_channels)
def conv(size: str, out: str | None, groups: str, bias: bool, **rest: str | None) -> int:
    """Compute the size after a convolution: the rule, the rule with the numbers put in, and what is cut off.

    SIZE is one axis (224, or a symbol such as H), or with --out a whole map (3x224x224, 3xHxW).
    """
    arguments = {**_arguments(rest), "groups": _size(groups, "-g"), "bias": bias}
    return _answer(Conv(_filters(out, arguments), **arguments), _map(size, out is not None), whole=out is not None)


@click.command(
    "conv-transpose",
    epilog=examples(
        "cnnshape conv-transpose 7 -k 4 -s 2 -p 1",
        "cnnshape conv-transpose 512x7x7 --out 256 -k 3 -s 2 -p 1 --output-padding 1",
    ),
)
@_options(click.option("--output-padding", metavar="O", help="Pixels added at the end: 1 or 1x0."), *_channels)
def conv_transpose(size: str, out: str | None, groups: str, bias: bool, output_padding: str | None, **rest: Any) -> int:
    """Compute the size after a transposed convolution: the rule, and the rule with the numbers put in.

    SIZE is one axis (7, or a symbol such as H), or with --out a whole map (512x7x7).
    """
    arguments = {**_arguments(rest), "groups": _size(groups, "-g"), "bias": bias}
    if output_padding is not None:
        arguments["output_padding"] = _per_axis(output_padding, "--output-padding")
    layer = ConvTranspose(_filters(out, arguments), **arguments)
    return _answer(layer, _map(size, out is not None), whole=out is not None)


@click.command(
    epilog=examples("cnnshape pool 112 -k 3 -s 2 -p 1", "cnnshape pool 64xHxW -k 2 --ceil"),
)
@_options(click.option("--ceil", "ceil_mode", is_flag=True, help="Keep a last window that is partly outside."))
def pool(size: str, ceil_mode: bool, **rest: Any) -> int:
    """Compute the size after pooling: the rule, the rule with the numbers put in, and what is cut off.

    SIZE is one axis (112, or a symbol such as H), or a whole map (64x112x112). The stride is the kernel's size unless
    it is given.
    """
    arguments = _arguments(rest)
    shape = _sizes(size)
    whole = len(shape) > 2
    kernel = arguments.pop("kernel_size")
    return _answer(MaxPool(kernel, ceil_mode=ceil_mode, **arguments), _map(size, whole), whole=whole)


def _filters(out: str | None, arguments: dict[str, Any]) -> Size:
    return arguments["groups"] if out is None else _size(out, "--out")


def _arguments(given: dict[str, str | None]) -> dict[str, Any]:
    found: dict[str, Any] = {"padding": _padding(given["padding"] or "0")}
    for name in ("kernel_size", "stride", "dilation"):
        words = given[name]
        if words is not None:
            found[name] = _per_axis(words, f"--{name.removesuffix('_size')}")
    return found


def _map(size: str, whole: bool) -> Spec:
    shape = _sizes(size)
    if not whole:
        if len(shape) > 2:
            raise UsageError(
                f"{size}: how many filters?",
                rule="a map with channels needs the number of filters; one or two sizes are axes of space",
                fix=f"--out 64, or one axis: {text(shape[-1])}",
            )
        shape = (1, *shape)
    if not 2 <= len(shape) <= 4:
        raise UsageError(f"{size}: a map has channels and 1 to 3 axes", rule="CxL, CxHxW or CxDxHxW", fix="3x224x224")
    return Spec((1, *shape))


def _sizes(words: str) -> tuple[Size, ...]:
    parts = [words] if "(" in words else re.split(SEPARATOR, words)
    return tuple(_size(part.strip(), "SIZE") for part in parts)


def _size(words: str, option: str) -> Size:
    try:
        return parse(words.removeprefix("="))  # -k=3
    except FormulaError as error:
        raise UsageError(
            f"{option} {words!r} is no size: {error.fault.message.removeprefix('not a formula: ')}",
            rule="a size is a whole number or a formula of whole numbers, such as H or H//2",
            fix=error.fault.fix or f"{'224' if option == 'SIZE' else f'{option} 3'}",
        ) from error


def _per_axis(words: str, option: str) -> Size | tuple[Size, ...]:
    found = tuple(_size(part, option) for part in re.split(r"[x,]", words))
    return found[0] if len(found) == 1 else found


def _padding(words: str) -> Any:
    words = words.removeprefix("=")
    if words.isidentifier() and len(words) > 3:
        return words
    axes = [tuple(_size(side, "-p") for side in axis.split(",")) for axis in words.split("x")]
    if any(len(axis) > 2 for axis in axes):
        raise UsageError(f"-p {words}: an axis has two sides", rule="before,after for each axis", fix="-p 0,1x0,1")
    pairs = tuple(axis if len(axis) == 2 else axis[0] for axis in axes)
    return pairs if len(pairs) > 1 else (pairs[0] if len(axes[0]) == 1 else pairs)


def _answer(layer: Layer, x: Spec, *, whole: bool) -> int:
    ctx = Context()
    layer = _spread(layer, len(x.shape) - 2)
    try:
        (y, *_) = layer.outputs((x,), ctx)
    except ShapeError as error:
        if whole or len(x.shape) > 3:
            raise
        raise error.at(message=error.fault.message.removeprefix("axis L: ")) from None  # the axis has no name here
    shown = slice(1, None) if whole else slice(2, None)
    out = [f"{shape_text(x.shape[shown], '')} -> {shape_text(y.shape[shown], '')}", ""]
    if whole:
        out += _row("input", map_words(x.shape[1:]))
    out += _derivation(layer, x)
    if whole and layer.weights((x,)):
        out += _costs(layer, x, y)
    if ctx.conditions:
        out += _row("fits", ", ".join(_condition(condition) for condition in ctx.conditions))
    emit("\n".join(out) + "\n", None)
    return 0


def _spread(layer: Layer, rank: int) -> Layer:
    """Return the layer with a lone pair of paddings given to every axis."""
    padding = getattr(layer, "padding", 0)
    if rank > 1 and isinstance(padding, tuple) and len(padding) == 1:
        from dataclasses import replace

        return replace(layer, padding=padding * rank)  # type: ignore[type-var]  # a layer is a dataclass
    return layer


def _derivation(layer: Layer, x: Spec) -> Iterator[str]:
    windows = layer.window((x,)).axes
    found = [steps(x.shape[axis], window) for axis, window in sorted(windows.items())]
    for rule, letters in dict.fromkeys((each.rule, each.letters) for each in found):
        yield from _row("rule", rule)
        yield from _row("where", letters)
    names = _AXES[len(found)] if len({(each.filled, each.cut_off) for each in found}) > 1 else ("",)
    for name, each in zip(names, found, strict=False):
        label = name
        for line in (*each.filled, *([f"cut off: {each.cut_off}"] if each.cut_off else [])):
            yield from _row(label, line)
            label = ""


def _costs(layer: Layer, x: Spec, y: Spec) -> Iterator[str]:
    counted = count(layer, (x,), (y,))
    weights = layer.weights((x,))
    products = " + ".join("*".join(text(size) for size in weight.shape) for weight in weights.values())
    yield from _row("parameters", f"{products} = {_number(counted.params)}")
    kernel = weights["weight"].shape
    places = x.shape[2:] if isinstance(layer, ConvTranspose) else y.shape[2:]
    macs = "*".join(_factor(size) for size in (*kernel, *places))
    yield from _row("MACs", f"{macs} = {_number(counted.work.macs)}")


def _factor(size: Size) -> str:
    written = text(size)
    return f"({written})" if " " in written else written


def _number(size: Size) -> str:
    if not isinstance(size, int):
        return text(size)
    return exact(size) if size < 10_000 else f"{exact(size)} ({count_text(size)})"


def _condition(condition: Condition) -> str:
    names = symbols(condition.expr)
    if len(names) != 1:
        return str(condition)
    (name,) = names
    return str(solve(condition.expr, condition.op, name).named(name))


def _row(label: str, words: str) -> Sequence[str]:
    first, *rest = wrapped([words], _PAGE - _LABEL, indent="")
    return [f"{label:<{_LABEL}}{first}", *(" " * _LABEL + line for line in rest)]
