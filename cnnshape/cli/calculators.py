"""`cnnshape conv`, `pool` and `conv-transpose`: one layer, step by step."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

import click

from cnnshape.cli.answer import answer
from cnnshape.cli.complete import files
from cnnshape.cli.options import debug_option, examples
from cnnshape.cli.output import emit
from cnnshape.cli.sizes import SEPARATOR
from cnnshape.cli.value_options import Asked, kernel_and_file
from cnnshape.errors import FormulaError, UsageError
from cnnshape.layers.base import Layer, Spec
from cnnshape.layers.conv import Conv, ConvTranspose
from cnnshape.layers.pool import AvgPool, MaxPool
from cnnshape.symbolic import Size, parse, text

__all__ = ["conv", "conv_transpose", "pool"]

F = TypeVar("F", bound=Callable[..., Any])


def _options(kernel: str, first: str, *own: Callable[[F], F]) -> Callable[[F], F]:
    shared = (
        click.argument("size", metavar="[SIZE]", required=False),
        click.option("-k", "--kernel", multiple=True, metavar="K", shell_complete=files, help=kernel),
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
    form = click.option("--format", "form", type=click.Choice(["text", "latex"]), default="text", help="Default: text.")
    data = (
        click.option(
            "--data",
            metavar="FILE",
            shell_complete=files,
            help="The input, for the value of one output: .npy (up to 1 GiB), or rows of numbers as .csv or .txt (up "
            "to 1 MB; an empty line starts the next channel). HxW, CxHxW or 1xCxHxW.",
        ),
        click.option(
            "--at", metavar="I,J", help=f"Which output: row,column or {first},row,column, from 0. Default 0,0."
        ),
    )

    def decorate(command: F) -> F:
        for option in (debug_option, form, *reversed(data), *reversed(own), *reversed(shared)):
            command = option(command)
        return command

    return decorate


_KERNEL = "Kernel: 3 or 3x5; for a value the file of its weights: kxk, Cxkxk or filters x C x k x k."
_weighted: tuple[Any, ...] = (
    click.option("--out", metavar="C", help="Number of filters; SIZE then starts with the channels: 3x224x224."),
    click.option("-g", "--groups", default="1", metavar="G", help="Groups, default 1."),
    click.option("--bias/--no-bias", default=True, help="Default: with a bias."),
    click.option("-b", "biases", metavar="B", help="The bias of the value: a number, one per filter 0,1, or a file."),
    click.option("--activation", metavar="NAME", help="What follows the value: relu, sigmoid, tanh, gelu, ..."),
)


@click.command(
    epilog=examples(
        "cnnshape conv 5 -k 3 -s 1 -p 0",
        "cnnshape conv H -k 3 -s 2",
        "cnnshape conv 3x224x224 --out 64 -k 3x5 -d 2 -g 1 -p same",
        "cnnshape conv -k examples/notes/cross.csv --data examples/notes/image.csv",
    ),
)
@_options(_KERNEL, "filter", *_weighted)
def conv(size: str | None, **given: Any) -> int:
    """Compute the size after a convolution: the rule, the rule with the numbers put in, and what is cut off.

    SIZE is one axis (224, or a symbol such as H), or with --out a whole map (3x224x224, 3xHxW). With --data it may be
    left out, and the value of one output is worked out: its window, the products, their sum, the bias.
    """
    return _convolution(Conv, size, given)


@click.command(
    "conv-transpose",
    epilog=examples(
        "cnnshape conv-transpose 7 -k 4 -s 2 -p 1",
        "cnnshape conv-transpose 512x7x7 --out 256 -k 3 -s 2 -p 1 --output-padding 1",
    ),
)
@_options(
    "Kernel: 3 or 3x5; for a value the file of its weights: kxk, Cxkxk or C x filters x k x k.",
    "filter",
    click.option("--output-padding", metavar="O", help="Pixels added at the end: 1 or 1x0."),
    *_weighted,
)
def conv_transpose(size: str | None, output_padding: str | None, **given: Any) -> int:
    """Compute the size after a transposed convolution: the rule, and the rule with the numbers put in.

    SIZE is one axis (7, or a symbol such as H), or with --out a whole map (512x7x7). With --data it may be left out,
    and the value of one output is worked out: which inputs reach it, with which weights.
    """
    more = {} if output_padding is None else {"output_padding": _per_axis(output_padding, "--output-padding")}
    return _convolution(ConvTranspose, size, given, more)


@click.command(
    epilog=examples(
        "cnnshape pool 112 -k 3 -s 2 -p 1",
        "cnnshape pool 64xHxW -k 2 --ceil",
        "cnnshape pool -k 2 --op average --data examples/notes/image.csv --at 1,0",
    ),
)
@_options(
    "Kernel: 3 or 3x5.",
    "channel",
    click.option("--ceil", "ceil_mode", is_flag=True, help="Keep a last window that is partly outside."),
    click.option("--op", type=click.Choice(["max", "average"]), default="max", help="What of the window; default max."),
    click.option(
        "--count-include-pad/--no-count-include-pad",
        default=True,
        help="Whether the zeros of the padding count in an average; default: they do, as in PyTorch.",
    ),
)
def pool(size: str | None, op: str, count_include_pad: bool, ceil_mode: bool, **given: Any) -> int:
    """Compute the size after pooling: the rule, the rule with the numbers put in, and what is cut off.

    SIZE is one axis (112, or a symbol such as H), or a whole map (64x112x112). The stride is the kernel's size unless
    it is given. With --data SIZE may be left out, and the value of one output is worked out.
    """
    words, file = kernel_and_file(_kernel(given, size, "pool"))
    if words is None:
        raise UsageError(f"-k {file}: a pool has no weights", rule="-k is the size of the window", fix="-k 2")
    arguments = {**_arguments(given), "ceil_mode": ceil_mode}
    kernel = _per_axis(words, "--kernel")
    cls = AvgPool if op == "average" else MaxPool
    if op == "average":
        arguments["count_include_pad"] = count_include_pad
    asked = Asked(given["data"], at=given["at"])
    if asked:
        _text_alone(given["form"])
        from cnnshape.cli.values import pool_answer

        return _print(pool_answer(cls, asked, _sizes(size) if size else None, kernel, arguments))
    shape = _sizes(_needed(size))
    whole = len(shape) > 2
    return _size_alone(cls(kernel, **arguments), _map(_needed(size), whole), given["form"], whole=whole)


def _convolution(
    cls: type[Conv] | type[ConvTranspose], size: str | None, given: dict[str, Any], more: dict[str, Any] | None = None
) -> int:
    words, file = kernel_and_file(_kernel(given, size, "conv" if cls is Conv else "conv-transpose"))
    arguments = {**_arguments(given), "groups": _size(given["groups"], "-g"), "bias": given["bias"], **(more or {})}
    kernel = None if words is None else _per_axis(words, "--kernel")
    out = given["out"]
    asked = Asked(given["data"], file, given["biases"], given["at"], given["activation"])
    if asked:
        _text_alone(given["form"])
        from cnnshape.cli.values import conv_answer

        sizes, filters = _sizes(size) if size else None, _size(out, "--out") if out else None
        return _print(conv_answer(cls, asked, sizes, kernel, filters, arguments))
    layer = cls(_filters(out, arguments), kernel_size=kernel, **arguments)  # type: ignore[arg-type]  # no file: a size
    return _size_alone(layer, _map(_needed(size), out is not None), given["form"], whole=out is not None)


def _kernel(given: dict[str, Any], size: str | None, command: str) -> tuple[str, ...]:
    if not given["kernel"]:
        raise UsageError(
            "how large is the kernel?",
            rule="-k is the kernel, -s the stride, -p the padding on each side",
            fix=f"cnnshape {command} {size or 224} -k {2 if command == 'pool' else 3}",
        )
    words: tuple[str, ...] = given["kernel"]
    return words


def _text_alone(form: str) -> None:
    if form != "text":
        raise UsageError(
            "the value of an output is text alone",
            got=form,
            rule="--format latex is for sizes and counts",
            fix="leave out --format, or --data",
        )


def _size_alone(layer: Layer, x: Spec, form: str, *, whole: bool) -> int:
    if form == "latex":
        from cnnshape.cli.answer import latex_answer

        emit(latex_answer(layer, x, whole=whole), None)
        return 0
    return _print(answer(layer, x, whole=whole)[0])


def _print(lines: list[str]) -> int:
    emit("\n".join(lines) + "\n", None)
    return 0


def _needed(size: str | None) -> str:
    if size is None:
        raise click.MissingParameter(param_hint="'SIZE'", param_type="argument")
    return size


def _filters(out: str | None, arguments: dict[str, Any]) -> Size:
    return arguments["groups"] if out is None else _size(out, "--out")


def _arguments(given: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"padding": _padding(given["padding"] or "0")}
    for name in ("stride", "dilation"):
        words = given[name]
        if words is not None:
            found[name] = _per_axis(words, f"--{name}")
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
            fix=_whole(words, option) or error.fault.fix or f"{'224' if option == 'SIZE' else f'{option} 3'}",
        ) from error


def _whole(words: str, option: str) -> str:
    """Return the whole number to give in place of a broken one; of a padding, what to do with the half pixel."""
    if not re.fullmatch(r"\d{1,9}\.\d+", words):
        return "" if not re.fullmatch(r"\d{1,9}x\d+", words) else f"{option} {words.partition('x')[0]}"
    below = int(words.partition(".")[0])
    if option == "-p":
        return f"-p {below + 1}, or {below} before and {below + 1} after: -p {below},{below + 1}"
    return f"{max(below, 1)}" if option == "SIZE" else f"{option} {max(below, 1)}"


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
