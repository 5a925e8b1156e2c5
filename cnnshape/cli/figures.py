"""Figures of a layer from the command line: their options, the numbers they calculate with, the file they go to."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from cnnshape.cli import complete
from cnnshape.cli.output import write_file
from cnnshape.errors import UsageError

if TYPE_CHECKING:
    from cnnshape.analysis.report import Facts
    from cnnshape.cli.fitting import Fit
    from cnnshape.render.figures.lesson.options import Numbers, Options

__all__ = ["Drawn", "draw_figure", "figure_options", "value_options"]

F = TypeVar("F", bound=Callable[..., Any])

_FIGURE = (
    click.option(
        "--figure",
        metavar="NAME",
        shell_complete=complete.figures,
        help="Draw instead: window, values, connections, shift, receptive-field or curve; to -o (.svg, .pdf, .png, "
        ".tex), else as SVG to standard output.",
    ),
    click.option("--width", metavar="W", help="Of a figure: 252pt, 88mm, col, text. Default: as it needs."),
    click.option("--palette", type=click.Choice(["color", "print"]), help="Of a figure: print is gray with hatches."),
)
_VALUES = (
    click.option("--at", metavar="I,J", help="Of a figure: which output, row,column or channel,row,column, from 0."),
    click.option(
        "--data",
        metavar="FILE",
        shell_complete=complete.files,
        help="Of --figure values: what enters the layer, .npy, .csv or .txt.",
    ),
    click.option(
        "-k", "--kernel", metavar="FILE", shell_complete=complete.files, help="Of --figure values: its weights."
    ),
    click.option("-b", "biases", metavar="B", help="Of --figure values: the bias, a number or one per filter."),
)


def figure_options(command: F) -> F:
    """Give a command the options that ask for a figure."""
    for option in reversed(_FIGURE):
        command = option(command)
    return command


def value_options(command: F) -> F:
    """Give a command the options on the place and the numbers that a figure is about."""
    for option in reversed(_VALUES):
        command = option(command)
    return command


@dataclass(frozen=True, slots=True)
class Drawn:
    """What the options on figures say, as they were typed; None where one is not given."""

    figure: str | None = None
    width: str | None = None
    palette: str | None = None
    at: str | None = None
    data: str | None = None
    kernel: str | None = None
    biases: str | None = None
    activation: str | None = None

    def __bool__(self) -> bool:
        """Say whether a figure is asked for, and refuse options that make no sense without one.

        Raises
        ------
        UsageError
            CS001, a part of the question is missing.
        """
        if self.figure is not None:
            return True
        given = {
            "--width": self.width,
            "--palette": self.palette,
            "--at": self.at,
            "--data": self.data,
            "-k": self.kernel,
            "-b": self.biases,
        }
        first = next((f"{name} {words}" for name, words in given.items() if words is not None), None)
        if first is None:
            return False
        raise UsageError(
            f"{first} is about a figure, and none is asked for",
            got=first,
            rule="--figure names what is drawn: window, values, connections, shift, receptive-field or curve",
            fix="--figure values" if {self.data, self.kernel, self.biases} != {None} else "--figure window",
        )


def draw_figure(facts: Facts, layer: str, asked: Drawn, output: str | None, fit: Fit | None = None) -> None:
    """Draw a figure and write it.

    Parameters
    ----------
    facts : of the network
    layer : name of the layer, or ""
    asked : the options
    output : a file, or None for SVG on standard output
    fit : the numbers, if they have been read

    Raises
    ------
    UsageError
        CS001, no such figure or file; CS013, numbers that are not those of the layer.
    """
    from cnnshape.render.figures.lesson import checked, figure
    from cnnshape.render.figures.lesson.written import checked_form, written

    assert asked.figure is not None
    name = checked(asked.figure)
    form = "svg" if output in (None, "-") else checked_form(file=str(output))
    if name != "values" and (asked.data, asked.kernel, asked.biases) != (None, None, None) and fit is None:
        raise UsageError(
            f"--figure {name} calculates with no numbers of yours",
            got=name,
            rule="--data, -k and -b are the numbers of --figure values",
            fix="--figure values",
        )
    scene = figure(facts, layer, name, _options(facts, layer, asked, fit))
    data = written(scene, form)
    if output in (None, "-"):
        sys.stdout.write(data.decode())
        sys.stdout.flush()
    else:
        write_file(Path(str(output)), data)


def _options(facts: Facts, layer: str, asked: Drawn, fit: Fit | None) -> Options:
    from cnnshape.cli.values import activation_name
    from cnnshape.render.figures.lesson.options import options_of

    return options_of(
        width=asked.width,
        palette=asked.palette or "color",
        at=_place(asked.at),
        numbers=_numbers(facts, layer, asked, fit),
        activation=activation_name(asked.activation),
    )


def _place(words: str | None) -> tuple[int, ...]:
    if words is None:
        return ()
    parts = [part.strip() for part in words.split(",")]
    if all(part.isascii() and part.isdigit() and len(part) < 19 for part in parts):
        return tuple(map(int, parts))
    raise UsageError(
        f"--at {words} is no place",
        code="CS013",
        got=words,
        rule="--at row,column, or --at channel,row,column, whole numbers counted from 0",
        fix="--at 0,0",
    )


def _numbers(facts: Facts, layer: str, asked: Drawn, fit: Fit | None) -> Numbers | None:
    """Return what a value is worked out with, held against the layer."""
    from cnnshape.cli.values import bias_of
    from cnnshape.render.figures.lesson.options import Numbers

    if asked.data is None and asked.kernel is None and asked.biases is None:
        return None
    if fit is None:
        fit = _fit(facts, layer, asked)
    words, filters = asked.biases, fit.filters
    return Numbers(
        fit.number if asked.data is not None else None,
        fit.weight if fit.w is not None else None,
        None if words is None else lambda number: bias_of(words, filters, number),
    )


def _fit(facts: Facts, layer: str, asked: Drawn) -> Fit:
    from cnnshape.cli.arrays import Array, read_array
    from cnnshape.cli.fitting import Fit
    from cnnshape.layers.conv import ConvTranspose
    from cnnshape.render.figures.lesson.subject import subject, whole

    about = subject(facts, layer)
    weights = about.layer.weights((about.x,))
    shape = tuple(map(whole, about.x.shape[1:]))
    x = read_array(asked.data, "the data") if asked.data is not None else Array("", shape, None)
    w = read_array(asked.kernel, "the weights") if asked.kernel is not None else None
    rank = len(shape) - 1
    if asked.data is not None:
        _same(f"--data {asked.data}", x.shape, shape, about.name, "takes", rank)
    if w is not None:
        wanted = tuple(map(whole, weights["weight"].shape)) if "weight" in weights else ()
        _same(f"-k {asked.kernel}", w.shape, wanted, about.name, "has weights of", rank)
    return Fit(x, w, rank, whole(about.y.shape[1]), isinstance(about.layer, ConvTranspose))


def _same(option: str, found: tuple[int, ...], wanted: tuple[int, ...], name: str, verb: str, rank: int) -> None:
    """Refuse an array that is not the layer's; axes in front of one entry may be left out or stand there."""
    short = wanted
    while len(short) > rank and short[0] == 1:
        short = short[1:]
        if found == short:
            return
    if wanted and found in (wanted, (1, *wanted)):
        return
    from cnnshape.cli.arrays import shape_words

    words = shape_words(wanted) if wanted else "none"
    raise UsageError(
        f"{option} is {shape_words(found)}, {name} {verb} {words}",
        code="CS013",
        got=found,
        needed=wanted,
        rule="the numbers are those of the layer, channels first",
        fix=f"an array of shape {words}" if wanted else "leave -k out",
    )
