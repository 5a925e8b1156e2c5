"""`cnnshape conv`, `pool` and `conv-transpose`: one layer, step by step."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import click

from cnnshape.cli.answer import answer
from cnnshape.cli.complete import files
from cnnshape.cli.figures import Drawn, draw_figure, figure_options
from cnnshape.cli.options import debug_option, examples, output_option
from cnnshape.cli.output import emit
from cnnshape.cli.sizes import SEPARATOR
from cnnshape.cli.value_options import Asked, kernel_and_file
from cnnshape.errors import FormulaError, UsageError
from cnnshape.layers.base import Context, Layer, Spec
from cnnshape.layers.conv import Conv, ConvTranspose
from cnnshape.layers.pool import AvgPool, MaxPool
from cnnshape.symbolic import Size, parse, text

if TYPE_CHECKING:
    from cnnshape.cli.fitting import Fit

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
        for option in (
            debug_option,
            output_option,
            figure_options,
            form,
            *reversed(data),
            *reversed(own),
            *reversed(shared),
        ):
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
        "cnnshape conv 5x5 -k 3 -s 2 --figure window -o window.svg",
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
    if drawn := _drawn(given):
        return _pool_figure(cls, drawn, size, kernel, arguments, given["output"])
    asked = Asked(given["data"], at=given["at"])
    if asked:
        _text_alone(given["form"])
        from cnnshape.cli.values import pool_answer

        return _print(pool_answer(cls, asked, _sizes(size) if size else None, kernel, arguments), given["output"])
    shape = _sizes(_needed(size))
    whole = len(shape) > 2
    return _size_alone(cls(kernel, **arguments), _map(_needed(size), whole), given, whole=whole)


def _convolution(
    cls: type[Conv] | type[ConvTranspose], size: str | None, given: dict[str, Any], more: dict[str, Any] | None = None
) -> int:
    words, file = kernel_and_file(_kernel(given, size, "conv" if cls is Conv else "conv-transpose"))
    arguments = {**_arguments(given), "groups": _size(given["groups"], "-g"), "bias": given["bias"], **(more or {})}
    kernel = None if words is None else _per_axis(words, "--kernel")
    out = given["out"]
    if drawn := _drawn(given, file):
        return _conv_figure(cls, drawn, size, kernel, out, arguments, given["output"])
    asked = Asked(given["data"], file, given["biases"], given["at"], given["activation"])
    if asked:
        _text_alone(given["form"])
        from cnnshape.cli.values import conv_answer

        sizes, filters = _sizes(size) if size else None, _size(out, "--out") if out else None
        return _print(conv_answer(cls, asked, sizes, kernel, filters, arguments), given["output"])
    layer = cls(_filters(out, arguments), kernel_size=kernel, **arguments)  # type: ignore[arg-type]  # no file: a size
    return _size_alone(layer, _map(_needed(size), out is not None), given, whole=out is not None)


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


def _drawn(given: dict[str, Any], file: str | None = None) -> Drawn | None:
    """Return what is to be drawn; None if nothing is."""
    drawn = Drawn(given["figure"], given["width"], given["palette"])
    if not drawn:
        return None
    if given["form"] != "text":
        raise UsageError(
            f"--format {given['form']} and --figure {drawn.figure} contradict each other",
            rule="a figure is drawn, or numbers are derived; the suffix of -o says what a figure is written as",
            fix="leave --format out",
        )
    more = {name: given.get(name) for name in ("at", "data", "biases", "activation")}
    return replace(drawn, kernel=file, **more)


def _conv_figure(
    cls: type[Conv] | type[ConvTranspose],
    drawn: Drawn,
    size: str | None,
    kernel: Size | tuple[Size, ...] | None,
    out: str | None,
    arguments: dict[str, Any],
    output: str | None,
) -> int:
    if drawn.data is not None:
        from cnnshape.cli.values import fitted_files

        fit = fitted_files(drawn.data, drawn.kernel, arguments["groups"], transposed=cls is ConvTranspose)
        fit.check(_sizes(size) if size else None, kernel, _size(out, "--out") if out else None)
        layer = cls(fit.filters, kernel_size=fit.kernel, **arguments)
        return _draw(layer, Spec((1, fit.channels, *fit.space)), drawn, output, fit)
    x = _map(_needed(size), out is not None)
    return _draw(cls(_filters(out, arguments), kernel_size=kernel, **arguments), x, drawn, output)  # type: ignore[arg-type]  # no file: a size


def _pool_figure(
    cls: type[MaxPool] | type[AvgPool],
    drawn: Drawn,
    size: str | None,
    kernel: Size | tuple[Size, ...],
    arguments: dict[str, Any],
    output: str | None,
) -> int:
    if drawn.data is not None:
        from cnnshape.cli.arrays import read_array
        from cnnshape.cli.fitting import fit_pool

        fit = fit_pool(read_array(drawn.data, "the data"), kernel)
        fit.check(_sizes(size) if size else None)
        return _draw(cls(kernel, **arguments), Spec((1, fit.channels, *fit.space)), drawn, output, fit)
    x = _map(_needed(size), len(_sizes(_needed(size))) > 2)
    return _draw(cls(kernel, **arguments), x, drawn, output)


def _draw(layer: Layer, x: Spec, drawn: Drawn, output: str | None, fit: Fit | None = None) -> int:
    """Draw a figure of one layer on a map."""
    from cnnshape.analysis.report import facts
    from cnnshape.cli.answer import spread
    from cnnshape.graph.build import Input
    from cnnshape.graph.network import Network

    given = Input("input", x.shape[1:])
    network = Network("one layer", inputs=given, outputs=spread(layer, len(x.shape) - 2)(given))
    layer.outputs((x,), Context())  # what does not fit is refused in the words of the layer
    draw_figure(facts(network), "", drawn, output, fit)
    return 0


def _size_alone(layer: Layer, x: Spec, given: dict[str, Any], *, whole: bool) -> int:
    if given["form"] == "latex":
        from cnnshape.cli.answer import latex_answer

        emit(latex_answer(layer, x, whole=whole), given["output"])
        return 0
    return _print(answer(layer, x, whole=whole)[0], given["output"])


def _print(lines: list[str], output: str | None) -> int:
    emit("\n".join(lines) + "\n", output)
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
